"""The end of the program at one of its system calls, as a power cut brings it; for tests that try one after another."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import wraps

import pytest


class Killed(BaseException):
    """The end: nothing of the program catches it."""


class Killer:
    """Ends the program at a step: the first is number 0."""

    def __init__(self, at: int) -> None:
        self._left = at
        self.struck = False

    def step(self) -> None:
        """Count one. Raises :class:`Killed` when it was that one."""
        self.struck = self.struck or self._left == 0
        if self._left == 0:
            raise Killed
        self._left -= 1


@contextmanager
def killed_at(at: int, *calls: str, after: bool = False) -> Iterator[Killer]:
    """End the block at one of its calls of some functions of :mod:`os`, before the call does anything.

    ``after``: what follows the call is a step of its own. Gives who strikes, and tells whether it did.
    """
    killer = Killer(at)
    with pytest.MonkeyPatch.context() as patch:
        for name in calls:
            original = getattr(os, name)

            @wraps(original)
            def call(*args: object, original: object = original, **kwargs: object) -> object:
                killer.step()
                done = original(*args, **kwargs)  # type: ignore[operator] # bound above
                if after:
                    killer.step()
                return done

            patch.setattr(os, name, call)
        try:
            yield killer
        except Killed:
            assert killer.struck
