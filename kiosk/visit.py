"""One citizen's visit, as the flows see it: what they may use, and who is there.

The supervisor around it (idle time, Home, the end of a session) is ``kiosk/session.py``.
"""

from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

from devices.scanner.api import Scanner
from devices.speech.api import Mute, Speech
from kiosk.attention import Attention
from kiosk.cards import Card, Cards
from kiosk.catalogue import Catalogue
from kiosk.printing import Desk
from kiosk.showing import Showing
from kiosk.staff import Staff
from kiosk.stage import Stage
from kiosk.travel_documents import TravelDocuments
from wire.case import CaseView, SlipCode
from wire.clock import CHINA, Clock
from wire.identity import Identity
from wire.messages import CertificateReply
from wire.problems import Problem
from wire.text import Text

Order = Callable[[], Awaitable[CertificateReply]]
"""Asks for one certificate. Called again, after an answer that was lost, it is still that one."""


class Centre(Protocol):
    """The centre, asked on the spot. Each call ends within seconds; what it raises carries a ``code``."""

    async def reachable(self) -> bool:
        """Tell whether the centre answers now."""
        ...

    def order_certificate(self, item: str, applicant: Identity, answers: dict[str, Any]) -> Order:
        """Write the order for one certificate of an item (its code). It is sent when it is called."""
        ...

    async def case(self, case_number: str, *, token: str | None = None, id_number_end: str | None = None) -> CaseView:
        """Ask for a case, with its slip's token or the last four characters of the applicant's ID number."""
        ...


class Applications(Protocol):
    """Where applications are kept for the centre (:class:`kiosk.store.Cases`)."""

    def submit(self, item: str, applicant: Identity, answers: dict[str, Any]) -> SlipCode:
        """Keep an application of an item (its code), so that it survives a power cut and needs no line."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Equipment:
    """What stands behind every visit: screen, devices, the centre, the terminal's memory.

    ``staff``: what the technician's screen needs, None where nobody may open it. ``travel_documents``: what opens
    their chips, None where no reader reads them. ``closed`` says why the terminal is out of service, if it is.
    ``wipe`` is called at the end of each session: what of a citizen may lie in a keyboard, a temporary file or a
    picture goes with it. ``engaged`` is entered for each session: other processes see by it that somebody is served.
    """

    stage: Stage
    cards: Cards
    scanner: Scanner
    desk: Desk
    centre: Centre
    applications: Applications
    catalogue: Catalogue
    clock: Clock
    centre_name: Text
    public_url: str
    speech: Speech = field(default_factory=Mute)
    staff: Staff | None = None
    travel_documents: TravelDocuments | None = None
    closed: Callable[[], Problem | None] = lambda: None
    wipe: Callable[[], None] = lambda: None
    engaged: Callable[[], AbstractContextManager[None]] = nullcontext


@dataclass(slots=True)
class Visit(Showing):
    """A session of one citizen. ``identity`` is who a card said it is; nothing else of a citizen is kept here.

    ``not_theirs``: cards that lay there before the citizen came; ``tried``: cards that were read, or could not be.
    ``paper_waits``: a paper came out, and nobody has said yet that it was taken. ``committed``: the terminal does
    what must not be left half done.
    """

    at: Equipment
    attention: Attention
    not_theirs: frozenset[Card] = frozenset()
    tried: frozenset[Card] = frozenset()
    identity: Identity | None = field(default=None, repr=False)
    paper_waits: bool = False
    committed: bool = False

    @property
    def shown_on(self) -> Stage:
        """The screen."""
        return self.at.stage

    @property
    def today(self) -> date:
        """The day in China."""
        return self.at.clock.now().astimezone(CHINA).date()

    @property
    def card_lies_there(self) -> bool:
        """Whether a card of this citizen has to be taken along."""
        return bool(self.at.cards.lying() - self.not_theirs)
