"""Processes of ours at work on a forgetful disk until the power goes."""

import json
import random
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import ExitStack
from pathlib import Path

from tests.crash.losing.forgetful import Cut, Loss
from tests.crash.losing.mount import mounted
from tests.crash.losing.work import Told

_LONGEST_S = 120.0  # against hangs: the calls are used up in seconds
_SAID_S = 2.0


class WorkFailed(Exception):
    """The worker ended before the power did. The text ends with what it said."""


def cut_at(seed: int, number: int, early: int, late: int) -> tuple[Cut, random.Random]:
    """Choose a cut from seed and point alone; a third of them come early. Give what to choose more by, too."""
    name = f"{seed}/{number}"
    chance = random.Random(name)  # noqa: S311 - to be repeated
    return Cut(name, chance.randint(1, chance.choice((early, late, late))), chance.choice(list(Loss))), chance


def work_until_cut(
    root: Path, cut: Cut, worker: Sequence[str], beside: Sequence[Sequence[str]], note: Callable[[Told], None]
) -> tuple[str, str]:
    """Mount ``root/disk`` at ``root/at``, run a worker and others beside it, kill all when the power goes.

    Return the path and the call that found no power.
    ``note`` gets each line of the worker. Raises :class:`WorkFailed` when it ends by itself; cut and unmounted is the
    disk then as well.
    """
    log = root / "log"
    with ExitStack() as stack, log.open("ab") as said:
        hands = stack.enter_context(ThreadPoolExecutor())
        power = stack.enter_context(mounted(root / "disk", root / "at", cut))
        assert power.stdout is not None
        for words in beside:
            stack.enter_context(_killed_after(words, stdout=said, stderr=said))
        work = stack.enter_context(_killed_after(worker, stdout=subprocess.PIPE, stderr=said))
        assert work.stdout is not None
        lines = work.stdout

        def listen() -> None:
            for line in lines:
                note(json.loads(line))

        listening, gone = hands.submit(listen), hands.submit(power.stdout.readline)
        wait((listening, gone), _LONGEST_S, FIRST_COMPLETED)
        wait((gone,), _SAID_S)
        work.kill()
        listening.result()
        if not gone.done():
            raise WorkFailed(log.read_text(encoding="utf-8", errors="replace")[-2000:])
        call, _, path = gone.result().strip().partition(" ")
        return path, call


def _killed_after(words: Sequence[str], *, stdout: object, stderr: object) -> "_Killed":
    return _Killed([sys.executable, "-m", *words], stdout=stdout, stderr=stderr, text=True)


class _Killed(subprocess.Popen[str]):
    """A process that is killed at the end of its block."""

    def __exit__(self, *error: object) -> None:
        self.kill()
        super().__exit__(None, None, None)
