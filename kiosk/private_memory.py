"""What of a citizen stays in this process's memory: nothing in core dumps, and what is freed is overwritten.

Python gives no way to wipe a string. But the C library can overwrite each block as it is freed, when it does so from
the beginning of the process, and when Python asks it for every object instead of keeping pools of its own.
"""

import asyncio
import gc
import os
import sys
from collections.abc import Callable, Mapping
from typing import Protocol

from devices import core_dumps

OVERWRITING = {
    "PYTHONMALLOC": "malloc",
    # perturb: what freed blocks are filled with (mallopt(3), M_PERTURB); blocks in a thread's cache would be spared
    "GLIBC_TUNABLES": "glibc.malloc.perturb=165:glibc.malloc.tcache_count=0",
}
_SWEPT_AGAIN_S = 1.0  # by then tasks, frames and widgets of the visit have let go of each other


class Execute(Protocol):
    """Begins a program in this process (:func:`os.execve`); returns only in tests."""

    def __call__(self, path: str, arguments: list[str], environment: Mapping[str, str], /) -> object:
        """Begin it."""
        ...


def begin(environment: Mapping[str, str] = os.environ, execute: Execute = os.execve) -> None:
    """Call first in a process that serves citizens: it begins anew, the same process, under these rules."""
    core_dumps.forbid()
    if OVERWRITING.items() <= dict(environment).items():
        return
    execute(sys.executable, [sys.executable, *sys.orig_argv[1:]], {**environment, **OVERWRITING})


def sweep(later: Callable[[float, Callable[[], object]], object] | None = None) -> None:
    """Free what of a visit is held in cycles only, now and once more a second later. For the end of a visit."""
    gc.collect()
    (later or asyncio.get_running_loop().call_later)(_SWEPT_AGAIN_S, gc.collect)
