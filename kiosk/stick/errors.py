"""What can be wrong with a stick, each with the code of a message to a technician; the terminal loses nothing by it."""

import errno

from kiosk.support.ways import StickUnwritable
from wire.ferry_files import FerryUnreadable

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})  # EFBIG: a file beyond 4 GiB, which FAT cannot hold
_GONE = frozenset({errno.EIO, errno.ENODEV, errno.ENXIO, errno.ENOENT, errno.ESTALE, errno.EROFS})


class StickError(Exception):
    """What was to be done with the stick was not done."""

    code: str = StickUnwritable.code


class StickMissing(StickError):
    """No stick is mounted: none is plugged in, or it has no file system that is taken (vfat, exFAT)."""

    code = "terminal.stick_missing"


class StickProtected(StickError):
    """The stick takes no writes: its switch, or a damaged file system."""

    code = "terminal.stick_protected"


class StickFull(StickError):
    """There is no room on the stick."""

    code = "terminal.stick_full"


class StickPulled(StickError):
    """The stick went while it was used, or fails."""

    code = "terminal.stick_pulled"


class NothingForUs(StickError):
    """No answer for this terminal lies on the stick."""

    code = "wire.ferry_none"


class NotDone(StickError):
    """The unit beside the application did not do it; ``code`` is what it said."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def stick_error(error: FerryUnreadable | StickUnwritable) -> StickError:
    """Return what an error of reading or writing means on a stick that was there a moment ago, and took writes."""
    number, cause = None, error.__cause__
    while cause is not None and number is None:
        number = cause.errno if isinstance(cause, OSError) else None
        cause = cause.__cause__
    if number in _FULL:
        return StickFull(str(error))
    return StickPulled(str(error)) if number in _GONE else StickError(str(error))
