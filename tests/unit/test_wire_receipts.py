"""Receipts: the centre's word, every field of it."""

from datetime import date
from uuid import UUID

import pytest

from tests.terminal_parts import CENTRE_KEY, DEVICE_KEY, TERMINAL, StandingClock
from wire.envelope import EnvelopeKind
from wire.errors import SignatureWrong
from wire.messages import PushOutcome, Receipt, Revocation
from wire.receipts import check_receipt, digest_of_envelope, sign_receipt

KEY = CENTRE_KEY.public_key()
REFUSED = Receipt(
    id=UUID(int=1), outcome=PushOutcome.REFUSED, problem="wire.malformed", owner="0007", due_on=date(2026, 11, 26)
)


def test_signed_is_believed() -> None:
    """What the centre signed holds, also after a way as JSON."""
    signed = sign_receipt(REFUSED, CENTRE_KEY)
    check_receipt(Receipt.model_validate_json(signed.model_dump_json()), KEY)


@pytest.mark.parametrize(
    "change",
    [
        {"id": UUID(int=2)},
        {"outcome": PushOutcome.STORED},
        {"problem": None},
        {"digest": bytes(32)},
        {"owner": ""},
        {"due_on": None},
        {"signature": b""},
        {"signature": bytes(64)},
    ],
    ids=str,
)
def test_every_field_is_signed(change: dict[str, object]) -> None:
    """A receipt with any field changed is not the centre's."""
    with pytest.raises(SignatureWrong):
        check_receipt(sign_receipt(REFUSED, CENTRE_KEY).model_copy(update=change), KEY)


def test_another_signer_is_nobody() -> None:
    """A terminal cannot give itself a receipt."""
    with pytest.raises(SignatureWrong):
        check_receipt(sign_receipt(REFUSED, DEVICE_KEY), KEY)


def test_digest_tells_envelopes_apart() -> None:
    """Two envelopes with the same id and header have digests of their own."""
    content = Revocation(revoked_on=date(2026, 11, 23))
    one = TERMINAL.close(EnvelopeKind.PRINT_RECEIPT, content, StandingClock(), 1)
    other = one.model_copy(update={"body": one.body[:-1] + bytes([one.body[-1] ^ 1])})
    resigned = one.model_copy(update={"signature": bytes(64)})
    assert len({digest_of_envelope(one), digest_of_envelope(other), digest_of_envelope(resigned)}) == 3
