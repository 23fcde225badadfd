"""What can go wrong with the terminal's database, each with the code of a message to a person."""

from typing import ClassVar


class StoreError(Exception):
    """The database did not do what was asked; nothing was changed. The text is for the log."""

    code: ClassVar[str] = "terminal.unexpected"


class StoreFull(StoreError):
    """No room is left on the disk."""

    code: ClassVar[str] = "terminal.store_full"


class StoreDamaged(StoreError):
    """The file cannot be read or written: no access, or the disk fails, or what the subclasses say."""

    code: ClassVar[str] = "terminal.store_damaged"


class StoreReadOnly(StoreDamaged):
    """The file system takes no writes: a failing disk that the kernel has locked, or a wrong mount."""

    code: ClassVar[str] = "terminal.store_read_only"


class StoreCorrupt(StoreDamaged):
    """The file is no sound database. :func:`kiosk.store.recovery.open_store` replaces it at the next start."""

    code: ClassVar[str] = "terminal.store_corrupt"


class StoreTooNew(StoreError):
    """A newer program wrote this database; this one would misread it (after an update was taken back)."""

    code: ClassVar[str] = "terminal.store_too_new"
