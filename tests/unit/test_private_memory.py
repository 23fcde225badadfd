"""A process that serves citizens leaves no core dump, and overwrites what it frees."""

import gc
import os
import subprocess
import sys
import weakref
from collections.abc import Callable, Mapping

from kiosk.private_memory import BEGUN_WITH, begin, sweep

OVERWRITE = {"OVERWRITE": "1"}
FORBIDDEN = """
import ctypes, resource
from devices import core_dumps
core_dumps.forbid()
core_dumps.forbid()
print(*resource.getrlimit(resource.RLIMIT_CORE), ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))
"""  # 3: PR_GET_DUMPABLE
# texts are made, searched for in the process's own memory, freed, and searched for again
FREED = """
import os
from pathlib import Path
from kiosk.private_memory import overwrite_what_is_freed

if "OVERWRITE" in os.environ:
    overwrite_what_is_freed()

def seen():
    found = 0
    for line in Path("/proc/self/maps").read_text().splitlines():
        place, mode = line.split()[:2]
        if mode.startswith("rw"):
            begin, end = (int(one, 16) for one in place.split("-"))
            with open("/proc/self/mem", "rb", 0) as memory:
                memory.seek(begin)
                found += memory.read(end - begin).translate(UP).count(MARK)
    return found

# a text stands in this program, and in what it searches for, with each letter one further
UP, DOWN = (bytes((number + by) % 256 for number in range(256)) for by in (1, -1))
MARK = b"RJVTIVJ.OJFO"
# between any two of them lies one that stays, so that no freed block grows together with another
kept, stays = [], []
for count in range(1, 40):
    kept.append(str(MARK.translate(DOWN) * count, "ascii"))
    stays.append("-" * len(kept[-1]))
before = seen()
del kept
print(before > 0, seen())
"""


def run(code: str, environment: Mapping[str, str] | None = None) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={**os.environ, **(environment or {})},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_no_core_dump() -> None:
    """Both limits are zero and the process cannot be dumped or traced, without any help of systemd."""
    assert run(FORBIDDEN) == "0 0 0"


def test_what_is_freed_is_overwritten() -> None:
    """Freed texts are found in an ordinary process's memory, and in no process that began and overwrites as ours does.

    Neither half is enough: Python's pools and threads' caches would be spared, or nothing is overwritten at all.
    """
    assert run(FREED, BEGUN_WITH | OVERWRITE) == "True 0"
    for less in (None, OVERWRITE, BEGUN_WITH):
        found = run(FREED, less)
        assert found.startswith("True ")
        assert found != "True 0", f"nothing is left with {less or 'nothing'}: then this test proves nothing"


def test_what_is_started_later_overwrites_from_its_beginning() -> None:
    """A program that this process starts afterwards, such as the decoder, needs no call of its own."""
    started = f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {FREED!r}], check=True)"
    switched_on = f"from kiosk.private_memory import overwrite_what_is_freed\noverwrite_what_is_freed()\n{started}"
    assert run(switched_on, BEGUN_WITH) == "True 0"


def test_begun_anew_once() -> None:
    """The process begins anew with its own arguments and whatever else is in the environment; then no more."""
    begun: list[tuple[str, list[str], Mapping[str, str]]] = []
    begin({"LANG": "C"}, lambda path, arguments, environment: begun.append((path, arguments, environment)))
    ((path, arguments, environment),) = begun
    assert (path, arguments) == (sys.executable, [sys.executable, *sys.orig_argv[1:]])
    assert environment == {"LANG": "C", **BEGUN_WITH}
    begin(environment, lambda *_: begun.append(("", [], os.environ)))
    assert len(begun) == 1


class _Knot:
    """Holds itself, as a task and the frame that waits for it do."""

    def __init__(self) -> None:
        self.myself = self


def test_swept() -> None:
    """What only holds itself goes at the end of a visit, and what lets go a moment later goes then."""
    gc.disable()
    try:
        asked: list[tuple[float, Callable[[], object]]] = []
        knot = weakref.ref(_Knot())
        sweep(lambda delay, again: asked.append((delay, again)))
        assert knot() is None
        later = weakref.ref(_Knot())
        ((delay, again),) = asked
        again()
        assert (delay > 0, later()) == (True, None)
    finally:
        gc.enable()
