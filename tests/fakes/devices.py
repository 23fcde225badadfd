"""Devices in memory, each able to fail. They keep the contracts of the real ones (tests/flows/test_fakes.py)."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from devices.camera.api import CameraError, Frame
from devices.card_reader.api import (
    CardAccessWrong,
    CardGarbled,
    CardPresent,
    CardReadError,
    CardRemoved,
    CardSilent,
    CardStatus,
    CardWantsAccess,
    NoCard,
    ReaderFault,
    ReaderLost,
    ReaderMissing,
)
from devices.card_reader.emrtd import Access, MrzKey
from devices.document.errors import ReadingFailed
from devices.document.mrz_reading import MrzSight, NoZone
from devices.mrz import Mrz
from devices.printer.api import (
    JobOutcome,
    JobProgress,
    NotPrinted,
    PrintDoubtful,
    Printed,
    PrinterMissing,
    PrinterReady,
    PrinterStatus,
    PrinterStopped,
    PrinterUnavailable,
    Supplies,
)
from devices.printer.media import A4, Paper
from devices.printer.reasons import code_of
from devices.scanner.api import Hint, ScannedCode, ScannerError, ScannerReady, ScannerStatus
from devices.speech.api import SpeechReady, SpeechStatus
from devices.status import StatusCell
from kiosk.travel_documents import TravelDocumentAccess
from wire.identity import Identity
from wire.text import Language

READ_S = 0.2


@dataclass(frozen=True)
class Locked:
    """A chip that opens to one key, and then is ``inside``."""

    key: str
    inside: Identity | CardReadError

    def opened_by(self, access: Access | None) -> Identity | CardReadError:
        if access is None:
            return CardWantsAccess("nothing offered")
        return self.inside if access == MrzKey(self.key) else CardAccessWrong("another key")


FakeCard = Identity | CardReadError | Locked


class FakeReader:
    """A card reader. What lies on it is an identity, the error that reading it gives, or what ``access`` opens."""

    def __init__(self, name: str = "reader") -> None:
        self.name = name
        self.looked_at = 0.0
        self.cell: StatusCell[CardStatus] = StatusCell(NoCard())
        self.reads = 0
        self.during_read: Callable[[], object] | None = None
        self.access: TravelDocumentAccess | None = None
        self._card: FakeCard | None = None
        self._insertions = 0

    def insert(self, card: "FakeCard") -> None:
        if self._card is not None:
            self.remove()
        self._card = card
        self._insertions += 1
        self.cell.set(CardPresent(self._insertions))

    def remove(self) -> None:
        self._card = None
        self.cell.set(NoCard())

    def lose(self) -> None:
        self.cell.set(ReaderMissing())

    def bring_back(self) -> None:
        if self._card is None:
            self.cell.set(NoCard())
        else:
            self._insertions += 1
            self.cell.set(CardPresent(self._insertions))

    @property
    def status(self) -> CardStatus:
        return self.cell.value

    async def changed(self, since: CardStatus) -> CardStatus:
        return await self.cell.changed(since)

    async def read(self) -> Identity:
        self.reads += 1
        before = self.status
        _check_presence(before)
        if self.during_read is not None:
            deed, self.during_read = self.during_read, None
            asyncio.get_running_loop().call_later(READ_S / 2, deed)
        with suppress(TimeoutError):
            async with asyncio.timeout(READ_S):
                await self.cell.changed(before)
        if self.status != before:
            raise ReaderLost("went away") if isinstance(self.status, ReaderMissing) else CardRemoved("pulled")
        if isinstance(self._card, CardSilent):
            self.cell.set(ReaderFault("silent"))
        card = self._card
        if isinstance(card, Locked):
            card = card.opened_by(self.access and self.access.current())
        if isinstance(card, CardReadError):
            raise card
        assert card is not None
        return card

    def garble_next_read(self) -> None:
        card = self._card
        assert isinstance(card, Identity)
        self._card = CardGarbled("check digit")

    async def aclose(self) -> None:
        self.cell.set(ReaderMissing())


def _check_presence(status: CardStatus) -> None:
    match status:
        case NoCard():
            raise CardRemoved("no card")
        case ReaderMissing():
            raise ReaderLost("no reader")
        case ReaderFault():
            raise CardSilent("still silent")
        case CardPresent():
            pass


class FakeScanner:
    """A scanner. A code stays in view until it is taken away."""

    def __init__(self, name: str = "scanner") -> None:
        self.name = name
        self.cell: StatusCell[ScannerStatus] = StatusCell(ScannerReady())
        self.calls = 0
        self._eci: int | None = None
        self.hints: StatusCell[Hint] = StatusCell(Hint.SEARCHING)
        self._in_view: StatusCell[bytes | ScannerError | None] = StatusCell(None)

    def hold(self, code: str | bytes | ScannerError, eci: int | None = None) -> None:
        self._eci = eci
        self._in_view.set(code.encode() if isinstance(code, str) else code)

    def take_away(self) -> None:
        self._in_view.set(None)

    @property
    def status(self) -> ScannerStatus:
        return self.cell.value

    async def changed(self, since: ScannerStatus) -> ScannerStatus:
        return await self.cell.changed(since)

    @property
    def hint(self) -> Hint:
        return self.hints.value

    async def hint_changed(self, since: Hint) -> Hint:
        return await self.hints.changed(since)

    async def next_code(self, but_not: bytes | None = None) -> ScannedCode:
        self.calls += 1
        await asyncio.sleep(0.03)
        try:
            seen = self._in_view.value
            while seen is None or seen == but_not:
                if seen is not None:
                    self.hints.set(Hint.ALREADY_USED)
                seen = await self._in_view.changed(seen)
        finally:
            self.hints.set(Hint.SEARCHING)
        if isinstance(seen, ScannerError):
            raise seen
        return ScannedCode(seen, "fake", self._eci)

    def latest(self) -> Frame | None:
        return None

    async def aclose(self) -> None:
        return


class FakeMrzReader:
    """What reads printed lines. A page stays in view until it is taken away."""

    def __init__(self) -> None:
        self.sight: StatusCell[MrzSight] = StatusCell(NoZone())
        self.filming = 0
        self._in_view: StatusCell[Mrz | CameraError | ReadingFailed | None] = StatusCell(None)

    def show(self, page: Mrz | CameraError | ReadingFailed | None) -> None:
        self._in_view.set(page)

    def latest(self) -> Frame | None:
        return None

    async def next_mrz(self, but_not: str | None = None) -> Mrz:
        self.filming += 1
        try:
            await asyncio.sleep(0.03)
            seen = self._in_view.value
            while seen is None or (isinstance(seen, Mrz) and seen.key() == but_not):
                seen = await self._in_view.changed(seen)
        finally:
            self.filming -= 1
        if not isinstance(seen, Mrz):
            raise seen
        return seen

    async def aclose(self) -> None:
        return


class FakeSpeech:
    """A voice that takes ``takes_s`` a text. ``said``: when, in which language, what; ``cut``: how often halfway."""

    def __init__(self) -> None:
        self.name = "speech"
        self.cell: StatusCell[SpeechStatus] = StatusCell(SpeechReady())
        self.said: list[tuple[float, Language, str]] = []
        self.takes_s = 2.0
        self.stops = 0
        self.cut = 0

    @property
    def status(self) -> SpeechStatus:
        return self.cell.value

    async def changed(self, since: SpeechStatus) -> SpeechStatus:
        return await self.cell.changed(since)

    async def say(self, text: str, language: Language, *, prompt: str | None = None) -> None:
        self.said.append((asyncio.get_running_loop().time(), language, text))
        try:
            await asyncio.sleep(self.takes_s)
        except asyncio.CancelledError:
            self.cut += 1
            raise

    async def stop(self) -> None:
        self.stops += 1

    async def aclose(self) -> None:
        return


@dataclass
class Job:
    """What a fake printer was given, and what it says became of it."""

    name: str
    pdf: bytes
    outcome: JobOutcome | None = None


class FakePrinter:
    """A printer with ``sheets``. ``next_outcome``: what becomes of the next job instead of its being printed."""

    def __init__(self, name: str = "printer", pages: int = 1) -> None:
        self.name = name
        self.paper: Paper = A4
        self.pages = pages
        self.cell: StatusCell[PrinterStatus] = StatusCell(PrinterReady())
        self.jobs: list[Job] = []
        self.next_outcome: JobOutcome | None = None
        self.silent = False
        self.stuck_after: int | None = None
        self.patience_s = 120.0
        self.known: dict[str, JobOutcome] = {}
        self.supplies = Supplies()
        self._refilled = asyncio.Event()

    @property
    def tray(self) -> list[str]:
        """The names of the jobs that lie in the tray whole."""
        return [job.name for job in self.jobs if isinstance(job.outcome, Printed)]

    def run_out(self) -> None:
        self.cell.set(PrinterStopped(("media-empty-error",)))

    def refill(self) -> None:
        self.cell.set(PrinterReady())
        self._refilled.set()

    def vanish(self) -> None:
        self.cell.set(PrinterMissing())

    def run_out_in_next_job(self, after_page: int = 0) -> None:
        self.stuck_after = after_page
        self._refilled.clear()

    @property
    def status(self) -> PrinterStatus:
        return self.cell.value

    async def changed(self, since: PrinterStatus) -> PrinterStatus:
        return await self.cell.changed(since)

    async def probe(self) -> PrinterStatus:
        await asyncio.sleep(0.05)
        return self.status

    async def print_pdf(
        self, pdf: bytes, job_name: str, on_progress: Callable[[JobProgress], None] | None = None
    ) -> JobOutcome:
        match self.status:
            case PrinterStopped(reasons):
                return NotPrinted(code_of(reasons))
            case PrinterMissing():
                return NotPrinted("printer.unavailable")
        job = Job(job_name, pdf)
        self.jobs.append(job)
        job.outcome = self.known[job_name] = await self._print(on_progress or (lambda _: None))
        return job.outcome

    async def _print(self, tell: Callable[[JobProgress], None]) -> JobOutcome:
        await asyncio.sleep(1)
        if self.next_outcome is not None:
            outcome, self.next_outcome = self.next_outcome, None
            return outcome
        if self.stuck_after is not None:
            done, self.stuck_after = self.stuck_after, None
            self.run_out()
            tell(JobProgress(done, ("media-empty-error",)))
            try:
                async with asyncio.timeout(self.patience_s):
                    await self._refilled.wait()
            except TimeoutError:
                code = "printer.out_of_paper"
                return PrintDoubtful(code, done) if done else NotPrinted(code)
        tell(JobProgress(self.pages, ()))
        return Printed(self.pages)

    async def outcome_of(self, job_name: str) -> JobOutcome | None:
        await asyncio.sleep(0.05)
        if self.silent:
            raise PrinterUnavailable("silent")
        return self.known.get(job_name)

    async def aclose(self) -> None:
        return
