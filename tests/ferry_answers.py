"""The invented centre's part of the ferry: an answer to a file that a terminal of the tests exported."""

from io import BytesIO

from tests.terminal_parts import CENTRE_KEY, SEALING_KEY, START, receipt_for
from wire.envelope import Envelope
from wire.ferry import FerryFile, FerryWriter, Manifest, RecordKind, Way, unpack_envelope
from wire.messages import PushReply


def answer_to(exported: bytes, number: int = 1) -> bytes:
    """Return the answer by which every envelope of an exported file is at the centre."""
    file = FerryFile(BytesIO(exported))
    asked = file.check(SEALING_KEY, lambda _signature, _signed, _manifest: None)
    texts = [unpack_envelope(content)[2] for kind, content in file.records() if kind is RecordKind.ENVELOPE]
    receipts = tuple(receipt_for(Envelope.model_validate_json(text)) for text in texts)
    out = BytesIO()
    route = file.route
    writer = FerryWriter(out, Way.DOWN, route.terminal, route.centre, receiver=asked.reply_key, signer=CENTRE_KEY)
    writer.add(RecordKind.PUSH_REPLY, PushReply(receipts=receipts).model_dump_json().encode())
    writer.finish(
        Manifest(
            number=number,
            created_at=START,
            records=writer.records,
            digest=writer.digest(),
            cursor=asked.cursor,
            answers=asked.number,
        )
    )
    return out.getvalue()
