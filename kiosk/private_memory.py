"""What of a citizen stays in this process's memory: nothing in core dumps, and what is freed is overwritten.

Python gives no way to wipe a string. But the C library can overwrite each block as it is freed, when Python asks it for
every object instead of keeping pools of its own, and when no thread keeps freed blocks for itself. Both are settled as
a process begins. The overwriting itself can be switched on later: what is freed until then is of nobody.
"""

import asyncio
import ctypes
import gc
import os
import sys
from collections.abc import Callable, Mapping
from typing import Protocol

from devices import core_dumps

_WITHOUT_CACHES = "glibc.malloc.tcache_count=0"
BEGUN_WITH = {"PYTHONMALLOC": "malloc", "GLIBC_TUNABLES": _WITHOUT_CACHES}
_FILLER = 165  # what freed blocks are filled with
_M_PERTURB = -6  # malloc.h; mallopt(3)
_SWEPT_AGAIN_S = 1.0  # by then tasks, frames and widgets of the visit have let go of each other


class Execute(Protocol):
    """Begins a program in this process (:func:`os.execve`); returns only in tests."""

    def __call__(self, path: str, arguments: list[str], environment: Mapping[str, str], /) -> object:
        """Begin it."""
        ...


def begin(environment: Mapping[str, str] = os.environ, execute: Execute = os.execve) -> None:
    """Call first in a process that will serve citizens: it begins anew, the same process, so that it can overwrite."""
    core_dumps.forbid()
    if BEGUN_WITH.items() <= dict(environment).items():
        return
    execute(sys.executable, [sys.executable, *sys.orig_argv[1:]], {**environment, **BEGUN_WITH})


def overwrite_what_is_freed() -> None:
    """Overwrite from now on, in this process and in all that it starts. Call before anything of a citizen can come in.

    Not earlier: starting frees more than all of a day's visits, and each block would cost its filling, twice.
    Raises OSError where the C library refuses.
    """
    if not ctypes.CDLL(None).mallopt(_M_PERTURB, _FILLER):
        raise OSError(f"mallopt refuses M_PERTURB={_FILLER}")
    os.environ["GLIBC_TUNABLES"] = f"glibc.malloc.perturb={_FILLER}:{_WITHOUT_CACHES}"


def sweep(later: Callable[[float, Callable[[], object]], object] | None = None) -> None:
    """Free what of a visit is held in cycles only, now and once more a second later. For the end of a visit."""
    gc.collect()
    (later or asyncio.get_running_loop().call_later)(_SWEPT_AGAIN_S, gc.collect)
