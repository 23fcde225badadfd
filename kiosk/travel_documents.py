"""Travel documents with a chip, as a visit uses them: what opens a chip, and for how long the terminal knows it."""

import threading
from dataclasses import dataclass, field
from typing import Final, Protocol

from devices.camera.api import Frame
from devices.card_reader.emrtd.access import Access
from devices.document.mrz_reading import MrzSight
from devices.mrz import Mrz
from devices.status import StatusCell
from wire.identity import DocumentKind

KINDS: Final = frozenset(
    (
        DocumentKind.PASSPORT,
        DocumentKind.TRAVEL_PERMIT,
        DocumentKind.FOREIGN_RESIDENT_CARD,
        DocumentKind.FOREIGN_IDENTITY_CARD,
    )
)
"""What the chip of a travel document may turn out to be, once it is open."""


class TravelDocumentAccess:
    """What opens the chip that is about to be read: offered by a flow, asked for in a card reader's thread.

    It holds a number and two dates of one citizen at most, and shows them in no repr.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._access: Access | None = None

    def offer(self, access: Access) -> None:
        """Let the next chip be opened with this, and with nothing that was offered before."""
        with self._lock:
            self._access = access

    def current(self) -> Access | None:
        """Return what was offered last and is not wiped yet."""
        with self._lock:
            return self._access

    def wipe(self) -> None:
        """Forget it: the chip was read, or refused, or the citizen is gone."""
        with self._lock:
            self._access = None


class MrzReader(Protocol):
    """What reads the printed lines of a document (:class:`devices.document.mrz_camera.MrzCamera`)."""

    sight: StatusCell[MrzSight]

    def latest(self) -> Frame | None:
        """Return the newest picture for a preview while filming, else None."""
        ...

    async def next_mrz(self, but_not: str | None = None) -> Mrz:
        """Film until printed lines are read whose key is not ``but_not``.

        Raises :class:`devices.camera.api.CameraError` and :class:`devices.document.errors.ReadingFailed`.
        """
        ...


@dataclass(frozen=True, slots=True)
class TravelDocuments:
    """What a terminal needs to identify somebody by a travel document."""

    printed: MrzReader
    access: TravelDocumentAccess = field(default_factory=TravelDocumentAccess)
