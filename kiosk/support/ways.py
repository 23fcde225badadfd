"""The ways of a support bundle: sealed or plain onto a stick, sealed through the outbox."""

from pathlib import Path
from typing import ClassVar
from uuid import UUID

from kiosk.store import Store, Terminal
from wire.clock import Clock
from wire.envelope import EnvelopeKind
from wire.ferry_files import FerryUnreadable, written
from wire.support import SupportBundle


class StickUnwritable(Exception):
    """The stick is not there, is full, or takes no writes; nothing of the file is left on it."""

    code: ClassVar[str] = "terminal.stick_unwritable"


def to_folder(folder: Path, archive: bytes, terminal: Terminal, clock: Clock) -> Path:
    """Write a bundle that only the centre's administrators can open. Raises :class:`StickUnwritable`."""
    envelope = terminal.close(EnvelopeKind.SUPPORT_BUNDLE, SupportBundle(archive=archive), clock)
    name = f"bianmin-{terminal.enrolment.terminal}-{clock.now():%Y%m%dT%H%M%S}.support"
    return _to_folder(folder, name, envelope.model_dump_json().encode())


def plain_to_folder(folder: Path, archive: bytes, clock: Clock) -> Path:
    """Write a bundle that anybody can open, for whoever stands before the terminal. Raises :class:`StickUnwritable`."""
    return _to_folder(folder, f"bianmin-support-{clock.now():%Y%m%dT%H%M%S}.tar.gz", archive)


def to_centre(store: Store, archive: bytes, command: UUID | None = None) -> UUID:
    """Queue a bundle; return its envelope's id."""
    return store.support.submit(SupportBundle(archive=archive, command=command)).header.id


def _to_folder(folder: Path, name: str, content: bytes) -> Path:
    try:
        with written(folder, name) as out:
            out.write(content)
    except FerryUnreadable as error:
        raise StickUnwritable(str(error)) from error
    return folder / name
