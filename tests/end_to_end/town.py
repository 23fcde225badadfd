"""A citizen at a terminal and everything around them, for tests: hands, eyes, and what stands in the books."""

import asyncio
import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from cryptography import x509

from demo.glass import Glass, NotSeen
from demo.hardware import Hardware
from demo.play import Stand
from demo.process import Child
from devices.printer.ipp_tags import JobState
from devices.printer.pages import count_pages
from devices.virtual.card_slot import CardSlot
from devices.virtual.people import Person
from devices.virtual.printer import Trouble
from kiosk.session_folder import place
from kiosk.stage import View
from kiosk.store import PrintCopy, Store
from kiosk.sync import enrolment
from tests.end_to_end.remains import family, found_in, held_files, in_memory, words_of
from wire.clock import SystemClock
from wire.identity import mask_name

SOON_S = 60.0  # against hangs only: a lost line is tried again after up to some 16 s in these tests
PAGE_S = 0.3
PHONE = "13900000000"
CERTIFICATE = "no_property_certificate"
APPLICATION = "senior_card"
ANY_VIEW = tuple(view.__name__ for view in View.__subclasses__())


class Town:
    """One terminal, its centre, and the people before it."""

    def __init__(self, stand: Stand) -> None:
        self.stand = stand
        self.glass: Glass = stand.terminal.glass
        self.hardware: Hardware = stand.hardware

    # --- a citizen's hands

    async def touch_in(self, tile: str) -> None:
        """Wake the terminal with a touch, and choose what to do."""
        await self.glass.see("Attract")
        await self.glass.tap("start")
        await self.glass.see("Home")
        await self.glass.tap(f"tile:{tile}")

    async def choose(self, item: str) -> None:
        """Find an item in the list, and touch it."""
        while f"item:{item}" not in (await self.glass.see("ItemList")).names:
            await self.glass.tap("page_down")
        await self.glass.tap(f"item:{item}")

    async def ask_for_certificate(self, person: Person, item: str = CERTIFICATE) -> None:
        """Put a social security card in, and go up to the review of a certificate."""
        await self.glass.see("Attract")
        self.hardware.insert_social_security_card(person)
        await self.glass.read(mask_name(person.name))
        await self.glass.tap("tile:print")
        await self.choose(item)
        await self.answer_questions()

    async def fill_in_application(self, person: Person, item: str = APPLICATION) -> str:
        """Read an item's guide, put a resident card on, and go up to the review; return all that it says."""
        await self.touch_in("apply")
        await self.choose(item)
        await self.glass.see("ItemGuide")
        await self.glass.tap("main")
        await self.glass.see("Identify")
        self.hardware.put_resident_card(person)
        await self.answer_questions()
        return await self.read_pages()

    async def read_pages(self) -> str:
        """Return every text of the view that is shown, turning its pages to the last."""
        seen = await self.glass.look()
        texts = list(seen.texts)
        while "page_down" in seen.names:
            await self.glass.tap("page_down")
            seen = await self.glass.look()
            texts += seen.texts
        return "\n".join(texts)

    async def leave(self) -> None:
        """Take the cards and go, from wherever the visit is."""
        self.hardware.take_cards()
        async with asyncio.timeout(SOON_S):
            while (seen := await self.glass.see_any(*ANY_VIEW)).view != "Attract":
                out = "leave" if seen.warning else "main" if seen.view == "Delivered" else "home"
                with suppress(NotSeen):  # the screen changed by itself
                    await self.glass.tap(out)

    async def tidy_up(self) -> None:
        """Mend everything, clear the counter, and see that the terminal waits for the next citizen."""
        terminal = self.stand.terminal
        for process in (terminal.app, terminal.sync):
            if not process.running:
                await process.start()
        self.hardware.camera.clear()
        self.hardware.pcscd.start()
        await self.go_on_printing()
        self.hardware.mend_printer()
        await self.stand.line.mend()
        await self.leave()
        self.hardware.printer.take_paper()
        self.hardware.printer.received.clear()

    async def answer_questions(self) -> None:
        """Answer whatever the form asks, plausibly, until the review is shown."""
        while True:
            seen = await self.glass.see_any("FormPage", "Review")
            if seen.view == "Review":
                return
            await self._answer(seen.facts["kind"], seen.names)
            await self.glass.tap("main")
            await self.glass.gone(seen.facts["key"])

    async def _answer(self, kind: str, names: tuple[str, ...]) -> None:
        if option := next((name for name in names if name.startswith("option:")), None):
            await self.glass.tap(option)
        elif kind == "NumberQuestion":
            await self.glass.enter("20")
        elif kind == "TextQuestion":
            await self.glass.enter(PHONE if "key:1" in names else "lin")

    # --- what happens around them

    @property
    def slot(self) -> CardSlot:
        """The slot of the contact reader."""
        return self.hardware.pcscd.slots[0]

    def hold_printing(self) -> None:
        """Let the next page take for ever, until :meth:`go_on_printing`."""
        self.hardware.printer.page_s = SOON_S * 10

    async def printing(self) -> None:
        """Wait until the printer works on a job, and the screen says so."""
        await self.soon(lambda: self._has_job(JobState.PROCESSING), "a job is being printed")
        await self.glass.see("Waiting", awaiting=False)

    async def go_on_printing(self) -> None:
        """Let the page that is held come out."""
        printer = self.hardware.printer
        printer.page_s = PAGE_S
        if self._has_job(JobState.PROCESSING):  # its engine waits still: a pause wakes it
            printer.trouble(Trouble.PAUSED)
            await self.soon(lambda: not self._has_job(JobState.PROCESSING), "the printer pauses")
            printer.mend(Trouble.PAUSED)

    def _has_job(self, state: JobState) -> bool:
        return any(job.state is state for job in list(self.hardware.printer.jobs.values()))

    async def cut_printers_power(self) -> None:
        """Switch the printer off and on again: it has forgotten all jobs."""
        printer = self.hardware.printer
        printer.trouble(Trouble.POWER_CUT)
        where = urlsplit(self.hardware.printer_uri)
        await self.soon(lambda: not _answers(str(where.hostname), where.port or 0), "the printer is dark")
        printer.page_s = PAGE_S
        printer.mend(Trouble.POWER_CUT)

    async def kill(self, process: Child) -> None:
        """End a process of the terminal as a power cut would."""
        process.kill()
        await process.ended()

    def printed(self) -> int:
        """Return how many documents lie in the tray, each of which must be whole and there once."""
        printer = self.hardware.printer
        tray = sorted((sheet.job_name, sheet.page) for sheet in printer.tray)
        sent = {one.job_name: count_pages(one.pdf) or 0 for one in printer.received}
        jobs = {name for name, _ in tray}
        assert tray == sorted((name, page + 1) for name in jobs for page in range(sent[name]))
        return len(jobs)

    # --- what stands in the books

    def ledger(self, serial: str) -> list[PrintCopy]:
        """Return the terminal's ledger rows of a certificate, read from its file."""
        with self._store() as store:
            return store.ledger.copies(serial)

    def copy(self, job_name: str) -> PrintCopy:
        """Return the terminal's ledger row of a print job."""
        with self._store() as store:
            return store.ledger.copy(job_name)

    def queued(self) -> int:
        """Return how many envelopes the terminal still has to send."""
        with self._store() as store:
            return store.outbox.queue().queued

    def issuer_keys(self) -> dict[str, bytes]:
        """Return the issuers' keys that the terminal knows."""
        with self._store() as store:
            return store.resources.issuer_keys()

    def _store(self) -> Store:
        terminal = self.stand.terminal
        return Store.open(terminal.data_dir / "terminal.sqlite3", SystemClock(), enrolment.load(terminal.data_dir))

    def rows(self, sql: str, *values: object) -> list[tuple[object, ...]]:
        """Ask the centre's database."""
        with psycopg.connect(self.stand.centre.database_url) as connection:
            return list(connection.execute(sql, values).fetchall())  # type: ignore[call-overload] # fixed SQL of tests

    def copies_at_centre(self, serial: str | None) -> list[str]:
        """Return what the centre was told of every copy of a certificate."""
        told = self.rows(
            "SELECT r.outcome FROM certificates_printrecord r JOIN certificates_certificate c ON c.id ="
            " r.certificate_id WHERE c.serial = %s ORDER BY r.copy_number",
            serial,
        )
        return [str(outcome) for (outcome,) in told]

    def certificates(self) -> int:
        """Return how many certificates the centre has ever issued."""
        ((count,),) = self.rows("SELECT count(*) FROM certificates_certificate")
        return int(str(count))

    def cases(self, number: str) -> list[str]:
        """Return the states of the centre's cases with a number."""
        return [str(state) for (state,) in self.rows("SELECT state FROM cases_case WHERE number = %s", number)]

    def cases_of_terminal(self) -> list[str]:
        """Return the numbers of every case that came from this terminal."""
        terminal = enrolment.load(self.stand.terminal.data_dir).enrolment.terminal
        return [
            str(number)
            for (number,) in self.rows("SELECT number FROM cases_case WHERE terminal_id = %s ORDER BY number", terminal)
        ]

    def authority(self) -> x509.Certificate:
        """Return the authority that vouches for the centre's signer."""
        (path,) = (self.stand.centre.root / "centre" / "keys").glob("*/certificate_authority.pem")
        return x509.load_pem_x509_certificate(path.read_bytes())

    async def soon(self, promise: Callable[[], bool], what: str) -> None:
        """Wait until something holds."""
        end = time.monotonic() + SOON_S
        while not await asyncio.to_thread(promise):
            assert time.monotonic() < end, f"not within {SOON_S} s: {what}"
            await asyncio.sleep(0.1)

    # --- what is left behind

    def traces(self, person: Person) -> list[str]:
        """Return where anything of a person, masked or not, can be read in a file.

        On the terminal's disk, in its spool, logs and folders in memory, and in what its processes hold open or mapped.
        """
        words = words_of(person, phone=PHONE, masked=True)
        processes = self.processes() if os.geteuid() == 0 else []  # nobody else may look: they forbid it
        held = (one for pid in processes for one in held_files(pid))
        return [f"{where}: {what}" for where, content in (*self._written(), *held) for what in found_in(content, words)]

    async def left_of(self, person: Person) -> list[str]:
        """Return :meth:`traces`, once the spooler has deleted what it printed, as it does by itself some time later."""
        await self.soon(lambda: not list(self.hardware.cupsd.spool.glob("d*")), "the spooler has no document any more")
        return await asyncio.to_thread(self.traces, person)

    def _written(self) -> Iterator[tuple[str, bytes]]:
        for path in self.files():
            with suppress(FileNotFoundError):  # deleted in this moment
                yield str(path), path.read_bytes()

    def forgot(self, *people: Person) -> bool:
        """Tell whether nothing of them can be read, unmasked, in the memory of the terminal's processes."""
        words: dict[bytes, str] = {}
        for person in people:
            words |= words_of(person, phone=PHONE, masked=False)
        return not any(in_memory(pid, words) for pid in self.processes())

    def processes(self) -> list[int]:
        """Return the terminal's processes, and those that they started."""
        terminal = self.stand.terminal
        return [pid for process in (terminal.app, terminal.sync) if process.running for pid in family(process.pid)]

    @property
    def session_folder(self) -> Path:
        """Where the application keeps temporary files."""
        return place(self.stand.terminal.data_dir, {}) / "session"

    def files(self) -> Iterator[Path]:
        """Give every regular file that terminal, spooler and card service wrote."""
        roots = (self.stand.terminal.root, self.hardware.root, self.hardware.pcscd.socket_path.parent)
        for root in (*roots, self.session_folder.parent):
            yield from (path for path in root.rglob("*") if path.is_file() and not path.is_symlink())


def _answers(host: str, port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((host, port)) == 0
