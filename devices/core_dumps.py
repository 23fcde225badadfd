"""Keeps a process's memory out of files and out of reach: it leaves no core dump, and its own user cannot trace it."""

import ctypes
import os
import resource

_PR_SET_DUMPABLE = 4  # linux/prctl.h


def forbid() -> None:
    """Forbid core dumps to this process and to all that it starts from now on, whoever started it and how.

    The limit is inherited, the flag (prctl(2), PR_SET_DUMPABLE) is not: a program of ours that is started as a new one
    calls this itself. Raises OSError where the system refuses.
    """
    if resource.getrlimit(resource.RLIMIT_CORE) != (0, 0):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
