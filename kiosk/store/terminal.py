"""Who this terminal is: its key and what it learned at enrolment; what it closes envelopes with."""

from dataclasses import dataclass

from kiosk.store.device_key import DeviceKey
from wire.clock import Clock, unix_ms
from wire.envelope import Envelope, EnvelopeKind, Header, seal
from wire.ids import uuid7
from wire.messages import Enrolment
from wire.model import Message


@dataclass(frozen=True, slots=True)
class Terminal:
    """An enrolled terminal. ``key`` never leaves the machine."""

    key: DeviceKey
    enrolment: Enrolment

    def __repr__(self) -> str:
        """Keep the key out of logs."""
        return f"Terminal({self.enrolment.terminal})"

    def close(self, kind: EnvelopeKind, content: Message, clock: Clock, sequence: int = 0) -> Envelope:
        """Seal content to the centre and sign it. From here on, this terminal cannot read it."""
        now = clock.now()
        header = Header(
            id=uuid7(unix_ms(now)),
            kind=kind,
            terminal=self.enrolment.terminal,
            sequence=sequence,
            created_at=now,
            clock=clock.quality(),
        )
        return seal(header, content, receiver=self.enrolment.sealing_key, signer=self.key)
