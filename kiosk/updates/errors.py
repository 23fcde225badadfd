"""What can go wrong with an update, each with the code of a message to a person; what runs is never touched by it."""

from typing import ClassVar


class UpdateError(Exception):
    """The update is not done now. The text is for the log."""

    code: ClassVar[str] = "terminal.unexpected"


class NotNewer(UpdateError):
    """The release is not above what runs, and does not say that it may go back."""

    code: ClassVar[str] = "update.older"


class GivenUpBefore(UpdateError):
    """This very version was tried here and did not last."""

    code: ClassVar[str] = "update.given_up"


class FileDamaged(UpdateError):
    """A file is not the one that the manifest names: cut, changed on the way, or torn on the disk."""

    code: ClassVar[str] = "update.damaged"


class NoRoom(UpdateError):
    """The release does not fit on the data partition beside what must always fit there."""

    code: ClassVar[str] = "update.no_room"


class FolderUnusable(UpdateError):
    """A folder of updates, or a stick, cannot be read or written."""

    code: ClassVar[str] = "update.unreadable"


class InstallFailed(UpdateError):
    """systemd-sysupdate did not install what it was given."""

    code: ClassVar[str] = "update.install_failed"


class Busy(UpdateError):
    """Somebody is being served, again and again; tried later."""

    code: ClassVar[str] = "update.busy"
