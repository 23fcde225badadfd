"""What can go wrong with an update, each with the code of a message to a person; what runs is never touched by it."""


class UpdateError(Exception):
    """The update is not done now. The text is for the log."""

    code: str = "terminal.unexpected"


class NotNewer(UpdateError):
    """The release is not above what runs, and does not say that it may go back."""

    code = "update.older"


class GivenUpBefore(UpdateError):
    """This very version was tried here and did not last."""

    code = "update.given_up"


class FileDamaged(UpdateError):
    """A file is not the one that the manifest names: cut, changed on the way, or torn on the disk."""

    code = "update.damaged"


class NoRoom(UpdateError):
    """The release does not fit on the data partition beside what must always fit there."""

    code = "update.no_room"


class FolderUnusable(UpdateError):
    """A folder of updates, or a stick, cannot be read or written."""

    code = "update.unreadable"


class InstallFailed(UpdateError):
    """systemd-sysupdate did not install what it was given."""

    code = "update.install_failed"


class Busy(UpdateError):
    """Somebody is being served, again and again; tried later."""

    code = "update.busy"


class StickRefused(UpdateError):
    """The update agent did not take the release of a stick; ``code`` is what it said."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
