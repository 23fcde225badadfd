"""The PC/SC card reader: watches for cards, and reads them through profiles within a deadline.

One thread with a context of its own waits for cards; each read runs in a helper thread with another context.
A read that a silent card blocks is given up and its context left alone (why: see ``pcsc``); it cleans up itself
when it comes back, which is when the card is taken out or pcscd restarts. Until then the status is ``ReaderFault``.
A supervisor takes a reader up the ladder of ``recovery`` while a card is silent, pcscd hangs, or the reader is missing.
"""

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final

from devices.card_reader import api, pcsc
from devices.card_reader.apdu import Profile
from devices.card_reader.hardware import PcscModel, known
from devices.card_reader.pcsc import SlotState
from devices.card_reader.pcsc_reading import Reading, read_card
from devices.card_reader.recovery import PACE, Failure, Ladder, Pace, Rung
from devices.card_reader.remedies import Remedies
from devices.card_reader.supervisor import Supervisor
from devices.status import StatusCell
from wire.identity import Identity

_RETRY_S: Final = 0.5  # between attempts to reach pcscd
_WAIT_MS: Final = 2000  # one wait for a card
_NUDGE_S: Final = 0.02  # between cancels of such a wait
_STUCK_S: Final = 4.0  # a watcher that has not come round for so long hangs in a call: pcscd does not answer


class PcscReader:
    """The first PC/SC reader whose name contains ``name_part`` (any, when None).

    ``profiles`` are tried in order. A read ends after ``deadline_s`` seconds at most. ``model`` is what is known of
    such a reader, by its name unless given. ``remedies`` are what can be done about it from outside, at that ``pace``.
    ``on_apdu`` is told how many seconds each command took, for benchmarks; it is called in the helper thread.
    """

    def __init__(
        self,
        profiles: Sequence[Profile],
        *,
        name_part: str | None = None,
        model: PcscModel | None = None,
        deadline_s: float = 5.0,
        remedies: Remedies | None = None,
        pace: Pace = PACE,
        on_apdu: Callable[[float], None] | None = None,
    ) -> None:
        self.name = f"PC/SC {name_part or 'reader'}"
        self._profiles = profiles
        self._name_part = name_part or ""
        self._model = model or known().pcsc_model(self._name_part)
        self._deadline_s = deadline_s
        self._on_apdu = on_apdu
        self._cell: StatusCell[api.CardStatus] = StatusCell(api.ReaderMissing())
        self._lock = threading.Lock()
        self._seen: api.CardStatus = api.ReaderMissing()  # what the watcher saw, whatever a read is doing
        self._insertion = 0
        self._card_at: tuple[str, int] | None = None  # reader's name and pcscd's event counter for this insertion
        self._silent = False  # a read is given up and has not come back
        self._doubt = threading.Event()  # a read lost its card: look again, after a pause
        self._reading: Reading | None = None
        self._reached = False  # pcscd answered when it was last asked
        self._stuck = False  # the watcher hangs in a call
        self._renew = threading.Event()  # the watcher is to begin anew, with a context of its own
        self._came_round = time.monotonic()
        self._closing = threading.Event()
        self._watch_context: int | None = None
        self._watcher = threading.Thread(target=self._watch, name="pcsc-watch", daemon=True)
        remedies = remedies or Remedies()
        rungs = (remedies.rungs | {Rung.RECONNECT, Rung.NEW_CONTEXT}) & self._model.allowed
        ladder = Ladder(self.name, rungs, pace, time.monotonic)
        self._supervisor = Supervisor(ladder, remedies, self._failure, self._act)
        self._watcher.start()
        self._supervisor.start()

    @property
    def status(self) -> api.CardStatus:
        """Last known state; never blocks."""
        return self._cell.value

    @property
    def looked_at(self) -> float:
        """When the reader was last looked after, in monotonic seconds."""
        return self._supervisor.looked_at

    async def changed(self, since: api.CardStatus) -> api.CardStatus:
        """Return the first status that differs from ``since``."""
        return await self._cell.changed(since)

    async def read(self) -> Identity:
        """Read the card that lies there now. Raises :class:`~api.CardReadError` subclasses only."""
        if self._reading is not None:  # of a visit that was cancelled in mid-read
            await self._wait_for(self._reading)
        with self._lock:
            status, card_at = self._cell.value, self._card_at
        api.present(status)
        assert card_at is not None  # noqa: S101 - set together with CardPresent
        return await self._read_with_deadline(card_at)

    async def aclose(self) -> None:
        """Stop watching. A read that is blocked by a silent card, or a watcher by pcscd, is left to itself."""
        self._closing.set()
        self._supervisor.close()
        if self._stuck:
            return
        await asyncio.to_thread(self._wake_watcher, lambda: not self._watcher.is_alive())

    # --- reading

    async def _read_with_deadline(self, card_at: tuple[str, int]) -> Identity:
        reading = self._reading = Reading(card_at)
        threading.Thread(target=self._read_in_thread, args=(reading,), name="pcsc-read", daemon=True).start()
        try:
            await self._wait_for(reading)
        finally:
            with self._lock:
                reading.given_up.set()
                outcome, reading.outcome = reading.outcome, None  # nothing of a holder stays here
        match outcome:
            case Identity():
                return outcome
            case api.CardReadError():
                raise outcome
            case _:
                raise api.CardGarbled("a profile failed") from outcome

    async def _wait_for(self, reading: Reading) -> None:
        """Wait until a read has ended; raise ``CardSilent`` when it does not within the deadline."""
        await asyncio.wait({asyncio.wrap_future(reading.finished)}, timeout=self._deadline_s)
        with self._lock:
            if not reading.ended:
                self._silent = True
                self._publish()
                raise api.CardSilent(f"no answer within {self._deadline_s} s")

    def _read_in_thread(self, reading: Reading) -> None:
        outcome: Identity | Exception
        try:
            outcome = read_card(reading, self._profiles, self._model.protocols, self._on_apdu)
        except Exception as error:  # noqa: BLE001 - whatever it was, the caller must not be left waiting
            outcome = error
        with self._lock:
            lost = self._silent or isinstance(outcome, api.CardRemoved)
            self._silent = False
            reading.ended = True
            reading.outcome = None if reading.given_up.is_set() else outcome
            if lost:
                if isinstance(self._seen, api.CardPresent):
                    self._seen = api.NoCard()
                self._doubt.set()
            self._publish()
        reading.finished.set_result(None)
        if lost:
            self._wake_watcher(lambda: not self._doubt.is_set())

    # --- watching, in a thread of its own

    def _watch(self) -> None:
        while not self._closing.is_set():
            with suppress(api.ReaderLost), pcsc.context() as context:
                self._watch_context = context
                try:
                    self._watch_readers(context)
                finally:
                    self._watch_context = None
            if self._renew.is_set():
                self._renew.clear()
                continue
            self._reached = False
            self._see(api.ReaderMissing())
            self._came_round = time.monotonic()
            self._closing.wait(_RETRY_S)

    def _watch_readers(self, context: int) -> None:
        """Raise ``ReaderLost`` when pcscd is gone."""
        while not self._closing.is_set() and not self._renew.is_set():
            self._came_round = time.monotonic()
            names = pcsc.readers(context)
            self._reached = True
            name = next((name for name in names if self._name_part in name), None)
            if name is None:
                self._doubt.clear()
            else:
                self._watch_cards(context, name)
            if self._renew.is_set():
                return
            self._see(api.ReaderMissing())
            if name is None and not self._closing.is_set():
                pcsc.await_plugging(context, len(names), _WAIT_MS)

    def _watch_cards(self, context: int, name: str) -> None:
        """Return when this reader is gone, raise ``ReaderLost`` when pcscd is."""
        state: SlotState | None = pcsc.UNAWARE
        card: int | None = None
        while state is not None and not self._closing.is_set() and not self._renew.is_set():
            self._came_round = time.monotonic()
            state = pcsc.slot_state(context, name, state, _WAIT_MS)
            if self._doubt.is_set():
                self._doubt.clear()
                self._closing.wait(self._model.settle_s)
                state, card = pcsc.UNAWARE, None
            elif state is not None and not state.present:
                card = None
                self._see(api.NoCard())
            elif state is not None and state.events != card:
                card = state.events
                self._see_card(name, card)

    def _see(self, status: api.CardStatus) -> None:
        with self._lock:
            self._seen = status
            self._publish()

    def _see_card(self, name: str, events: int) -> None:
        with self._lock:
            self._insertion += 1
            self._card_at = name, events
            self._seen = api.CardPresent(self._insertion)
            self._publish()

    def _publish(self) -> None:
        fault = "a card does not answer" if self._silent else "pcscd does not answer" if self._stuck else ""
        given_up = "out of service: " if self._supervisor.out_of_service else ""
        self._cell.set(api.ReaderFault(given_up + fault) if fault else self._seen)

    # --- recovering, in the supervisor's thread

    def _failure(self) -> Failure | None:
        with self._lock:
            self._stuck = time.monotonic() - self._came_round > _STUCK_S
            self._publish()
            if self._silent:
                return Failure.SILENT
            if self._stuck:
                return Failure.SERVICE
            if isinstance(self._seen, api.ReaderMissing):
                return Failure.MISSING if self._reached else Failure.SERVICE
            return None

    def _act(self, rung: Rung) -> None:
        if self._stuck:  # it could not be woken, and to try would hang this thread as well
            return
        if rung is Rung.RECONNECT:
            self._doubt.set()  # look again, at the slot or for it
            self._wake_watcher(lambda: not self._doubt.is_set())
        elif rung is Rung.NEW_CONTEXT:
            self._renew.set()
            self._wake_watcher(lambda: not self._renew.is_set())

    def _wake_watcher(self, heard: Callable[[], bool]) -> None:
        """Cancel the watcher's wait until it has noticed: a cancel just before a wait is lost."""
        for _ in range(int(2 * _WAIT_MS / 1000 / _NUDGE_S)):
            context = self._watch_context
            if context is not None:
                pcsc.cancel(context)
            self._watcher.join(_NUDGE_S)
            if heard() or not self._watcher.is_alive():
                return
