"""Reads resident ID cards through a SAM module; its line, frames and fields are other modules' business.

One thread owns the line: it looks for a card every ``poll_s`` and reads when asked to. What the protocol leaves
open, and what is done about it (from vendors' notes, unverified on a module of each make):

* A card that was selected is not found again until it is lifted. So while one is selected, its presence is
  checked by reading its additional address (30 03), which is short; any other answer means it has gone.
* Replies carry no number. One that cannot be the answer to the command at hand is late and is dropped.
"""

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from typing import Final, assert_never

from devices.card_reader import api, resident_card, sam_frames
from devices.card_reader.hardware import SamModel, sam_model_at
from devices.card_reader.recovery import PACE, Failure, Ladder, Pace, Rung
from devices.card_reader.remedies import Remedies
from devices.card_reader.resident_card_layouts import NEW_ADDRESS_SIZE
from devices.card_reader.sam_frames import Command, FrameDecoder, Reply
from devices.card_reader.sam_hid import HidLine, Reports
from devices.card_reader.sam_line import Line, LineLost, OpenLine
from devices.card_reader.sam_serial import SerialLine
from devices.status import StatusCell
from wire.identity import Identity

_RETRY_S: Final = 0.5  # between attempts to open the port
_POLL_DEADLINE_S: Final = 0.8  # a module answers a search within 0.3 s
_FRAME_GAP_S: Final = 0.5  # a frame that stops for so long has been cut
_PATIENCE: Final = 3  # unanswered polls in a row that make a fault


@dataclass(slots=True)
class _Request:
    """A read that was asked for, and its outcome."""

    insertion: int
    finished: "Future[None]" = field(default_factory=Future)
    outcome: Identity | Exception | None = None

    def finish(self, outcome: Identity | Exception) -> None:
        self.outcome = outcome
        self.finished.set_result(None)


class _Unanswered(Exception):
    """The module gave no valid answer in time. ``heard`` tells whether anything came at all."""

    def __init__(self, *, heard: bool) -> None:
        super().__init__("damaged answer" if heard else "no answer")
        self.heard = heard


class SamReader:
    """The module at ``port``, a device file. A read ends ``deadline_s`` seconds after it began, at most.

    ``model`` is what is known of such a module, by what is plugged in unless given; ``open_line`` and ``poll_s`` are
    its own unless given. A module that is silent, or not there, has its line opened again, then the ``remedies``,
    at that ``pace``. ``on_exchange`` is told how many seconds each command took, in the line's thread.
    """

    def __init__(
        self,
        port: str,
        *,
        open_line: OpenLine | None = None,
        model: SamModel | None = None,
        poll_s: float | None = None,
        deadline_s: float = 3.0,
        remedies: Remedies | None = None,
        pace: Pace = PACE,
        on_exchange: Callable[[float], None] | None = None,
    ) -> None:
        self.name = f"SAM module {port}"
        self._port = port
        self._model = model
        self._open_line = open_line
        self._remedies = remedies or Remedies()
        rungs = (self._remedies.rungs & {Rung.POWER_CYCLE}) | {Rung.RECONNECT}
        self._ladder = Ladder(self.name, rungs, pace, time.monotonic)
        self._poll_s = poll_s
        self._deadline_s = deadline_s
        self._on_exchange = on_exchange
        self._cell: StatusCell[api.CardStatus] = StatusCell(api.ReaderMissing())
        self.looked_at = time.monotonic()
        self._insertion = 0
        self._selected = False  # the card that is present gave itself up for reading
        self._selected_before = True  # a card may have done so before the port was opened
        self._lock = threading.Lock()
        self._request: _Request | None = None
        self._wake = threading.Event()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sam-line", daemon=True)
        self._thread.start()

    @property
    def status(self) -> api.CardStatus:
        """Last known state; never blocks."""
        return self._cell.value

    async def changed(self, since: api.CardStatus) -> api.CardStatus:
        """Return the first status that differs from ``since``."""
        return await self._cell.changed(since)

    async def read(self) -> Identity:
        """Read the card that lies there now. Raises :class:`~api.CardReadError` subclasses only."""
        insertion = api.present(self.status).insertion
        with self._lock:
            if self._closing.is_set():
                raise api.ReaderLost("closed")
            request = self._request  # of a visit that was cancelled in mid-read: the same card, the same answer
            if request is None or request.insertion != insertion:
                request = self._request = _Request(insertion)
        self._wake.set()
        await asyncio.wait({asyncio.wrap_future(request.finished)})
        match request.outcome:
            case Identity() as identity:
                return identity
            case api.CardReadError() as error:
                raise error
            case error:
                raise api.CardGarbled("unreadable") from error

    async def aclose(self) -> None:
        """Close the line."""
        self._closing.set()
        self._wake.set()
        await asyncio.to_thread(self._thread.join, self._deadline_s + _POLL_DEADLINE_S)

    # --- everything below runs in the line's thread

    def _run(self) -> None:
        while not self._closing.is_set():
            self.looked_at = time.monotonic()
            model = self._model or sam_model_at(self._port)  # another may have been plugged in
            open_line = self._open_line or line_of(model)
            try:
                with closing(open_line(self._port)) as line:
                    self._remedies.look()
                    self._serve(line, self._poll_s or model.poll_s)
            except LineLost:
                self._selected = False
                self._cell.set(api.ReaderMissing())
                self._answer_request(api.ReaderLost("line lost"))
                self._recover(Failure.MISSING)
                self._wake.clear()
                self._wake.wait(_RETRY_S)
        self._answer_request(api.ReaderLost("closed"))

    def _serve(self, line: Line, poll_s: float) -> None:
        """Return when the line has to be opened again."""
        unanswered = 0
        self._selected_before = True
        while not self._closing.is_set():
            self.looked_at = time.monotonic()
            try:
                self._look(line)
                unanswered = 0
            except _Unanswered as error:
                unanswered += 1
                if unanswered >= _PATIENCE or isinstance(self._cell.value, api.ReaderMissing):
                    self._lose(str(error))
            if self._recover(Failure.SILENT if isinstance(self._cell.value, api.ReaderFault) else None):
                return
            self._wake.wait(poll_s)
            self._wake.clear()
            if self._request is not None:
                self._answer_request(self._read(line, self._request))

    def _recover(self, failure: Failure | None) -> bool:
        """Do what it is time for; tell whether the line has to be opened again."""
        rung = self._ladder.tick(failure)
        if rung is None:
            return False
        self._remedies.apply(rung)
        if rung is Rung.OUT_OF_SERVICE and failure is Failure.SILENT:
            self._lose(failure.value)
            return False
        return True

    def _look(self, line: Line) -> None:
        """Bring the status up to date with what lies on the reader."""
        if self._selected_before:  # by a process before this one: then the search would not find it
            reply = self._ask(line, sam_frames.READ_NEW_ADDRESS, _POLL_DEADLINE_S)
            self._selected_before = False
            if reply.status != sam_frames.NOT_READ:
                self._see_card(selected=True)
                return
        present = isinstance(self._cell.value, api.CardPresent)
        if present and self._selected:
            reply = self._ask(line, sam_frames.READ_NEW_ADDRESS, _POLL_DEADLINE_S)
            if reply.status != sam_frames.NOT_READ:
                return
            present = self._selected = False
            self._cell.set(api.NoCard())
        if self._ask(line, sam_frames.FIND, _POLL_DEADLINE_S).status != sam_frames.FOUND:
            self._cell.set(api.NoCard())
        elif not present:
            reply = self._ask(line, sam_frames.SELECT, _POLL_DEADLINE_S)
            self._see_card(selected=reply.status == sam_frames.DONE)

    def _lose(self, reason: str) -> None:
        self._selected, self._selected_before = False, True
        given_up = self._ladder.rung is Rung.OUT_OF_SERVICE
        self._cell.set(api.ReaderFault(f"out of service: {reason}" if given_up else reason))

    def _see_card(self, *, selected: bool) -> None:
        self._selected = selected
        self._insertion += 1
        self._cell.set(api.CardPresent(self._insertion))

    def _read(self, line: Line, request: _Request) -> Identity | Exception:
        if self._cell.value != api.CardPresent(request.insertion):
            return api.CardRemoved("the card has changed")
        if not self._selected:
            return api.CardUnsupported("not a resident ID card")
        try:
            return self._read_selected(line)
        except _Unanswered as error:
            if error.heard:
                return api.CardGarbled(str(error))
            self._lose(str(error))
            return api.CardSilent(str(error))
        except api.CardReadError as error:
            return error

    def _read_selected(self, line: Line) -> Identity:
        began = time.monotonic()
        reply = self._ask(line, sam_frames.READ, self._deadline_s)
        if reply.status != sam_frames.DONE:
            raise self._gone("the module could not read it")
        text, photo = reply.data[4 : 4 + sam_frames.TEXT_SIZE], reply.data[4 + sam_frames.TEXT_SIZE :]
        added = self._ask(line, sam_frames.READ_NEW_ADDRESS, self._deadline_s - (time.monotonic() - began))
        if added.status == sam_frames.NOT_READ:
            raise self._gone("it left before its new address was read")
        # what is no whole number of addresses is the late answer to another command
        new_address = added.data if len(added.data) % NEW_ADDRESS_SIZE == 0 else b""
        return resident_card.parse(text, photo, new_address)

    def _gone(self, how: str) -> api.CardRemoved:
        self._selected = False
        self._cell.set(api.NoCard())
        return api.CardRemoved(how)

    def _answer_request(self, outcome: Identity | Exception) -> None:
        with self._lock:
            request, self._request = self._request, None
        if request is not None:
            request.finish(outcome)

    def _ask(self, line: Line, command: Command, deadline_s: float) -> Reply:
        """Send a command and return its reply; raise ``_Unanswered`` when none comes, or a damaged one."""
        line.send(command.frame())
        started = time.monotonic()
        decoder, heard = FrameDecoder(), False
        while (waited := time.monotonic() - started) < deadline_s and not self._closing.is_set():
            received = line.receive(min(_FRAME_GAP_S, deadline_s - waited))
            heard = heard or bool(received)
            for body in decoder.feed(received):
                reply = sam_frames.reply_of(body)
                if reply is not None and reply.answers(command):
                    if self._on_exchange is not None:
                        self._on_exchange(time.monotonic() - started)
                    return reply
            if not received and (decoder.damaged or decoder.inside_frame):
                break  # what was to come has come
        raise _Unanswered(heard=heard)


def line_of(model: SamModel) -> OpenLine:
    """Return what opens a model's kind of line."""
    match model.line:
        case "serial":
            return SerialLine
        case "hid":
            return partial(HidLine, reports=Reports(model.report_size, model.reports_counted))
    assert_never(model.line)
