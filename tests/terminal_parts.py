"""An invented terminal and centre for tests: keys from fixed seeds, a clock that stands until told, one citizen."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.store import Store, Terminal
from wire.clock import ClockQuality
from wire.envelope import Envelope
from wire.identity import DocumentKind, Identity, Sex
from wire.keys import SealingKey, signing_key
from wire.messages import Enrolment, PushOutcome, Receipt
from wire.receipts import digest_of_envelope, sign_receipt
from wire.text import Text

START = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
SEALING_KEY = SealingKey.from_bytes(bytes(range(96)))
CENTRE_KEY: Ed25519PrivateKey = signing_key(bytes([1]) * 32)
DEVICE_KEY: Ed25519PrivateKey = signing_key(bytes([2]) * 32)
ISSUER_KEY: Ed25519PrivateKey = signing_key(bytes([3]) * 32)


@dataclass
class StandingClock:
    """Time that passes only by :meth:`pass_`."""

    at: datetime = START
    since_boot: float = 1000.0
    trust: ClockQuality = field(default=ClockQuality.SYNCHRONISED)

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.since_boot

    def quality(self) -> ClockQuality:
        return self.trust

    def pass_(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)
        self.since_boot += seconds


def enrolment(terminal: str = "dl-0012") -> Enrolment:
    """Return what the invented centre answered at enrolment."""
    return Enrolment(
        terminal=terminal,
        terminal_number=12,
        centre="dalian",
        centre_name=Text(zh="示例政务服务中心", en="Sample service centre"),
        public_url="https://centre.example",
        sealing_key=SEALING_KEY.public_bytes(),
        centre_key=CENTRE_KEY.public_key().public_bytes_raw(),
        server_time=START,
    )


TERMINAL = Terminal(DEVICE_KEY, enrolment())


def receipt_for(
    envelope: Envelope, outcome: PushOutcome = PushOutcome.STORED, problem: str | None = None, **told: object
) -> Receipt:
    """Return the invented centre's signed word on an envelope."""
    stored = outcome in {PushOutcome.STORED, PushOutcome.DUPLICATE}
    digest = digest_of_envelope(envelope) if stored else b""
    said = {"id": envelope.header.id, "outcome": outcome, "problem": problem, "digest": digest, **told}
    return sign_receipt(Receipt.model_validate(said), CENTRE_KEY)


CITIZEN = Identity(
    document=DocumentKind.RESIDENT_CARD,
    name="欧阳小燕",
    id_number="210203199003072342",
    sex=Sex.FEMALE,
    birth_date=date(1990, 3, 7),
    nation="汉",
    address="辽宁省大连市西岗区示例路一号",
)


def submit(store: Store, count: int = 1) -> None:
    """Have a citizen submit so many applications."""
    for _ in range(count):
        store.cases.submit("item", CITIZEN, {})
