"""One terminal that is struck at again and again: plays up to a point, strikes, starts everything again, compares."""

import asyncio
import random
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from demo.centre import CentreServer
from demo.glass import NotSeen
from demo.play import Stand, set_up_terminal
from demo.process import ChildFailed
from devices.virtual.people import LIU, ZHANG
from kiosk.store import Store
from kiosk.sync import enrolment
from tests.crash.killing.books import Books
from tests.crash.killing.invariants import Breach, Kind, breaches, left_behind
from tests.crash.killing.points import Moment, Point, Scene
from tests.crash.killing.publishing import Publisher
from tests.crash.killing.reading import CentreFile, OutputTray, TerminalFile
from tests.crash.killing.striking import Listener, Striker
from tests.crash.killing.told import Told
from tests.crash.killing.visits import Eyes, Visits
from tests.end_to_end.town import PAGE_S, Town
from tests.terminal_parts import CITIZEN
from wire.clock import SystemClock

_POINT_S = 150.0  # against hangs
_ROUND_S = 30.0  # as long as a round of the sync process may take; then it is struck anyway
_SPOOL = "cups/spool"
_KILLED = -9
_PEOPLE = (ZHANG, LIU)


@dataclass(frozen=True, slots=True)
class Struck:
    """What came of a point: where it struck really, whether at the very system call, and the promises that it broke.

    ``told``: what the citizen had been told by then.
    """

    point: Point
    place: str
    exact: bool
    told: Told
    breaches: tuple[Breach, ...]


class Rig:
    """One terminal at a centre. Points may be played in any order."""

    def __init__(self, stand: Stand, publisher: Publisher) -> None:
        self.stand = stand
        self._eyes = Eyes(stand.terminal.glass.url)
        self._town = Town(stand)
        self._town.glass = self._eyes
        self._visits = Visits(self._town, self._eyes)
        self._publisher = publisher
        self._listener = Listener()
        stand.line.listen = self._listener.hear
        self._file = TerminalFile(stand.terminal.data_dir)
        self._centre = CentreFile(
            str(stand.centre.database_url), enrolment.load(stand.terminal.data_dir).enrolment.terminal
        )
        self._tray = OutputTray(stand.hardware)
        self._place = ""
        self._striker: Striker | None = None
        self._known: set[Breach] = set()

    async def prepare(self) -> None:
        """Leave one case at the centre, for those who track theirs. Raises :class:`demo.glass.NotSeen`."""
        await self._visits.leave_a_slip()
        await self._settled()

    async def ready(self) -> None:
        """Wait until it serves. Raises :class:`demo.process.ChildFailed`."""
        try:
            await self._settled()
        except (NotSeen, AssertionError) as error:
            raise ChildFailed(f"{error}; {self.stand.terminal.app.tail()}") from error

    async def strike(self, point: Point) -> Struck:
        """Play one point, and compare what was said with what then is. Each broken promise is told once."""
        self._place, self._striker = "nowhere", None
        found: list[Breach] = []
        try:
            async with asyncio.timeout(_POINT_S):
                found += await self._play(point)
        except (NotSeen, TimeoutError, AssertionError, OSError) as error:
            found.append(Breach(Kind.LOST, f"the terminal serves again: {type(error).__name__}: {str(error)[:300]}"))
            with suppress(NotSeen, TimeoutError, AssertionError, OSError):
                await self._start_again()
        new = tuple(breach for breach in dict.fromkeys(found) if breach not in self._known)
        self._known |= set(new)
        exact = self._striker is not None and self._striker.exact
        return Struck(point, self._place, exact, self._eyes.told, new)

    async def _play(self, point: Point) -> list[Breach]:
        chance = random.Random(f"{point}")  # noqa: S311 - the same again
        self._eyes.told = told = Told(before=await asyncio.to_thread(self._centre.cases))
        if point.published:
            await asyncio.to_thread(self._publisher.change, point.published, chance)
        if point.scene is Scene.ROUND:
            await self._round(point, told)
        elif point.scene is Scene.RESTART:
            await self._restart(point)
        else:
            await self._visit(point)
        found = list(self._as_found(point))
        published = self._publisher.cursor if point.of_sync else 0  # whoever else publishes later is not waited for
        await self._start_again()
        await self._settled(published)
        return [*found, *await asyncio.to_thread(self._compare, told), *await self._glass_is_clean()]

    # --- up to the strike

    async def _visit(self, point: Point) -> None:
        """Strike in the course of a visit. Where only the sync process is struck, the visit goes on to its end."""
        striker = self._new_striker(point)

        async def reached(moment: Moment) -> None:
            if moment is point.moment and not striker.armed:
                await striker.arm(point.trigger)

        if point.line_cut:
            await self.stand.line.cut()
        visit = asyncio.create_task(self._visits.play(point.scene, reached))
        struck = asyncio.create_task(striker.struck.wait())
        try:
            await asyncio.wait({visit, struck}, return_when=asyncio.FIRST_COMPLETED)
            if not point.of_app:
                await visit
            elif visit.done() and isinstance(visit.exception(), OSError):
                await struck  # a touch came too late: the glass was dead already
            elif visit.done():
                await visit
        finally:
            for task in (visit, struck):
                task.cancel()
            await asyncio.gather(visit, struck, return_exceptions=True)
            await striker.finish()

    async def _restart(self, point: Point) -> None:
        """Kill the application while it prints, and strike while the next one starts and asks about that copy."""
        app = self.stand.terminal.app
        printing = asyncio.Event()

        async def reached(moment: Moment) -> None:
            if moment is Moment.CONFIRMED:
                printing.set()

        visit = asyncio.create_task(self._visits.play(Scene.CERTIFICATE, reached))
        await printing.wait()
        await self._town.soon(lambda: bool(self._file.unfinished()), "a copy is begun")
        await self._town.kill(app)
        visit.cancel()
        await asyncio.gather(visit, return_exceptions=True)
        self.stand.hardware.take_cards()
        self._eyes.view = None
        await app.start()
        striker = self._new_striker(point, place="start")
        await striker.arm(point.trigger)
        await self._until(striker, self._town.glass.see("Attract", timeout_s=60))
        await striker.finish()

    async def _round(self, point: Point, told: Told) -> None:
        """Strike at the sync process, which has much to push and to pull, and hears staff's word on doubtful copies."""
        terminal = self.stand.terminal
        await terminal.sync.stop()
        told.before |= await asyncio.to_thread(self._queue, point.queued)
        await asyncio.to_thread(self._centre.settle_copies, "delivered" if point.number % 2 else "void")
        self._listener.sync_started()
        await terminal.sync.start()
        striker = self._new_striker(point)
        await striker.arm(point.trigger)
        await self._until(striker, self._round_is_over())
        await striker.finish()

    async def _round_is_over(self) -> None:
        def over() -> bool:
            return self._listener.sync_place == "rest" and self._file.to_send() == 0

        with suppress(TimeoutError):
            async with asyncio.timeout(_ROUND_S):
                await self._town.soon(over, "the round is over")

    def _queue(self, count: int) -> frozenset[str]:
        """Keep applications as the application does, from a process beside it; return their numbers."""
        data_dir = self.stand.terminal.data_dir
        with Store.open(data_dir / "terminal.sqlite3", SystemClock(), enrolment.load(data_dir)) as store:
            return frozenset(store.cases.submit("senior_card", CITIZEN, {}).case_number for _ in range(count))

    def _new_striker(self, point: Point, place: str = "") -> Striker:
        terminal = self.stand.terminal
        first_sync = point.scene is Scene.ROUND
        chosen = [(terminal.app, point.of_app), (terminal.sync, point.of_sync)]
        victims = [child for child, wanted in (reversed(chosen) if first_sync else chosen) if wanted]

        def on_strike() -> None:
            at_app = point.of_app and not first_sync
            self._place = place or (self._eyes.place if at_app else self._listener.sync_place)

        self._striker = Striker(victims, self._listener, on_strike)
        return self._striker

    async def _until(self, striker: Striker, something: object) -> None:
        other = asyncio.ensure_future(something)  # type: ignore[call-overload] # any awaitable
        struck = asyncio.create_task(striker.struck.wait())
        await asyncio.wait({other, struck}, return_when=asyncio.FIRST_COMPLETED)
        for task in (other, struck):
            task.cancel()
        await asyncio.gather(other, struck, return_exceptions=True)

    # --- after it

    def _as_found(self, point: Point) -> Iterator[Breach]:
        """Look at what the strike left, before anything is started again."""
        if self._place == "waiting":
            states = set(self._file.unfinished())
            application = point.scene is Scene.APPLICATION
            begun = "issue" if states & {"reserved", "issued"} else "print" if states else "confirmed"
            self._place = "submit, slip" if application else begun
        terminal = self.stand.terminal
        if not terminal.app.running and not terminal.sync.running and (damage := self._file.damage_as_found()):
            yield Breach(Kind.LOST, f"the database opens: {damage}")
        for name, child, wanted in (("app", terminal.app, point.of_app), ("sync", terminal.sync, point.of_sync)):
            if child.running == wanted:
                yield Breach(Kind.LOST, f"only a strike ends the {name}")
        in_the_spool = str(self.stand.hardware.root / _SPOOL)  # a document that is being printed; a tmpfs
        yield from left_behind(trace for trace in self._traces() if not trace.startswith(in_the_spool))

    async def _start_again(self) -> None:
        hardware, terminal = self.stand.hardware, self.stand.terminal
        hardware.take_cards()
        hardware.camera.clear()
        await self._town.go_on_printing()
        hardware.mend_printer()
        await self.stand.line.mend()
        if not terminal.sync.running:
            self._listener.sync_started()
            await terminal.sync.start()
        if terminal.app.running:
            await self._town.leave()
        else:
            self._eyes.view = None
            await terminal.app.start()

    async def _settled(self, published: int = 0) -> None:
        """Wait until the terminal waits for a citizen, every copy has its end, and all was sent, and taken so far."""
        await self._town.glass.see("Attract", timeout_s=60)
        file = self._file
        await self._town.soon(lambda: not file.unfinished(), "every copy comes to an end")
        await self._town.soon(lambda: file.to_send() == 0, "everything is sent")
        if published:
            await self._town.soon(lambda: file.cursor() >= published, "everything is taken")
            await self._town.soon(lambda: file.doubtful() == self._centre.doubtful(), "what staff decided is taken")

    def _compare(self, told: Told) -> list[Breach]:
        terminal = self._file.books()
        books = Books(terminal, self._centre.books(self._publisher, terminal.cursor), self._tray.paper())
        return [*breaches(told, books), *left_behind(self._traces())]

    async def _glass_is_clean(self) -> list[Breach]:
        texts = "".join((await self._town.glass.look()).texts)
        return left_behind(f"{person.name} on the glass" for person in _PEOPLE if person.name in texts)

    def _traces(self) -> list[str]:
        return [trace for person in _PEOPLE for trace in self._town.traces(person)]


@asynccontextmanager
async def rig(root: Path, centre: CentreServer, publisher: Publisher) -> AsyncIterator[Rig]:
    """Give a new terminal at a centre, started."""
    async with AsyncExitStack() as stack:
        made = Rig(await set_up_terminal(root, centre, stack, page_s=PAGE_S), publisher)
        await made.ready()
        yield made
