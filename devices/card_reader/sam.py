"""Reads resident ID cards through a SAM module on a serial line; frames and fields are other modules' business.

One thread owns the line: it looks for a card every ``poll_s`` and reads when asked to. What the protocol leaves
open, and what is done about it (from vendors' notes, unverified on a module of each make):

* A card that was selected is not found again until it is lifted. So while one is selected, its presence is
  checked by reading its additional address (30 03), which is short; any other answer means it has gone.
* Replies carry no number. One that cannot be the answer to the command at hand is late and is dropped.
"""

import asyncio
import termios
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Final

import serial  # noqa: TID251 - this module is the door to pyserial

from devices.card_reader import api, resident_card, sam_frames
from devices.card_reader.sam_frames import Command, FrameDecoder, Reply
from devices.status import StatusCell
from wire.identity import Identity

_RETRY_S: Final = 0.5  # between attempts to open the port
_POLL_DEADLINE_S: Final = 0.8  # a module answers a search within 0.3 s
_FRAME_GAP_S: Final = 0.5  # a frame that stops for so long has been cut
_CHUNK: Final = 4096
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
    """The module on serial ``port`` (115200 8N1). A read ends ``deadline_s`` seconds after it began, at most.

    ``on_exchange`` is told how many seconds each command took, for benchmarks; it is called in the line's thread.
    """

    def __init__(
        self,
        port: str,
        *,
        poll_s: float = 0.3,
        deadline_s: float = 3.0,
        on_exchange: Callable[[float], None] | None = None,
    ) -> None:
        self.name = "SAM module"
        self._port = port
        self._poll_s = poll_s
        self._deadline_s = deadline_s
        self._on_exchange = on_exchange
        self._cell: StatusCell[api.CardStatus] = StatusCell(api.ReaderMissing())
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
        match self.status:
            case api.ReaderMissing():
                raise api.ReaderLost("no reader")
            case api.NoCard():
                raise api.CardRemoved("no card")
            case api.ReaderFault(reason=reason):
                raise api.CardSilent(reason)
            case api.CardPresent(insertion=insertion):
                pass
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
        """Close the port."""
        self._closing.set()
        self._wake.set()
        await asyncio.to_thread(self._thread.join, self._deadline_s + _POLL_DEADLINE_S)

    # --- everything below runs in the line's thread

    def _run(self) -> None:
        while not self._closing.is_set():
            try:
                with serial.Serial(self._port, 115200, timeout=_FRAME_GAP_S, exclusive=True) as line:
                    self._serve(line)
            except (OSError, termios.error):
                self._selected = False
                self._cell.set(api.ReaderMissing())
                self._answer_request(api.ReaderLost("port lost"))
                self._wake.clear()
                self._wake.wait(_RETRY_S)
        self._answer_request(api.ReaderLost("closed"))

    def _serve(self, line: serial.Serial) -> None:
        unanswered = 0
        self._selected_before = True
        while not self._closing.is_set():
            try:
                self._look(line)
                unanswered = 0
            except _Unanswered as error:
                unanswered += 1
                if unanswered >= _PATIENCE or isinstance(self._cell.value, api.ReaderMissing):
                    self._lose(str(error))
            self._wake.wait(self._poll_s)
            self._wake.clear()
            if self._request is not None:
                self._answer_request(self._read(line, self._request))

    def _look(self, line: serial.Serial) -> None:
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
        self._cell.set(api.ReaderFault(reason))

    def _see_card(self, *, selected: bool) -> None:
        self._selected = selected
        self._insertion += 1
        self._cell.set(api.CardPresent(self._insertion))

    def _read(self, line: serial.Serial, request: _Request) -> Identity | Exception:
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

    def _read_selected(self, line: serial.Serial) -> Identity:
        reply = self._ask(line, sam_frames.READ, self._deadline_s)
        if reply.status != sam_frames.DONE:
            self._selected = False
            self._cell.set(api.NoCard())
            raise api.CardRemoved("the module could not read it")
        text, photo = reply.data[4 : 4 + sam_frames.TEXT_SIZE], reply.data[4 + sam_frames.TEXT_SIZE :]
        return resident_card.parse(text, photo)

    def _answer_request(self, outcome: Identity | Exception) -> None:
        with self._lock:
            request, self._request = self._request, None
        if request is not None:
            request.finish(outcome)

    def _ask(self, line: serial.Serial, command: Command, deadline_s: float) -> Reply:
        """Send a command and return its reply; raise ``_Unanswered`` when none comes, or a damaged one."""
        line.reset_input_buffer()
        line.write(command.frame())
        started = time.monotonic()
        decoder, heard = FrameDecoder(), False
        while (waited := time.monotonic() - started) < deadline_s and not self._closing.is_set():
            line.timeout = min(_FRAME_GAP_S, deadline_s - waited)
            received = line.read(max(1, min(line.in_waiting, _CHUNK)))
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
