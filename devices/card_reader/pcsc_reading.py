"""One read of one card over PC/SC, in a helper thread: whichever profile knows it, and the same card to the end."""

import threading
import time
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

from devices.card_reader import api, pcsc
from devices.card_reader.apdu import Profile
from wire.identity import Identity


@dataclass(slots=True)
class Reading:
    """One attempt to read; its thread may outlive the coroutine that asked for it.

    ``card_at``: the reader's name, and pcscd's count of insertions and removals in it when the card was seen.
    """

    card_at: tuple[str, int]
    given_up: threading.Event = field(default_factory=threading.Event)
    finished: "Future[None]" = field(default_factory=Future)
    ended: bool = False
    outcome: Identity | Exception | None = None


def read_card(
    reading: Reading,
    profiles: Sequence[Profile],
    protocols: Collection[str],
    on_apdu: Callable[[float], None] | None = None,
) -> Identity:
    """Read the card; blocks for as long as the card does. Raises ``CardReadError`` subclasses."""
    name, events = reading.card_at
    with pcsc.context() as context:
        _must_be_at(context, name, events)
        with pcsc.connection(context, name, protocols) as raw_transmit:

            def transmit(command: bytes) -> bytes:
                if reading.given_up.is_set():
                    raise api.CardSilent("given up")
                started = time.perf_counter()
                answer = raw_transmit(command)
                if on_apdu is not None:
                    on_apdu(time.perf_counter() - started)
                return answer

            for profile in profiles:
                identity = profile(transmit)
                if identity is not None:
                    _must_be_at(context, name, events)
                    return identity
        _must_be_at(context, name, events)
    raise api.CardUnsupported("no profile knows this card")


def _must_be_at(context: int, name: str, events: int) -> None:
    """Raise ``CardRemoved`` unless pcscd still counts the same insertion."""
    state = pcsc.slot_state(context, name)
    if state is None or state.events != events or not state.present:
        raise api.CardRemoved("the card has changed")
