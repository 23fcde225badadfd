"""Certificate asked → job at the printer, with its parts, beside CUPS's own ``lp`` on the same queue."""

import asyncio
import os
import time
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from central.certificates import pki
from central.certificates.rendering import Press, Sheet
from central.certificates.signing import PdfSealer
from demo.hardware import QUEUE
from devices.printer.cups_printer import CupsPrinter
from kiosk.printing import Desk
from kiosk.store import Store
from kiosk.sync import enrolment
from kiosk.sync.client import CentreClient
from tests.bench.stand import Stand
from tests.bench.tables import Row, Table, ms_since, timed
from tests.terminal_parts import CITIZEN
from wire.clock import SystemClock
from wire.envelope import seal_reply, unseal_reply
from wire.ids import uuid7
from wire.keys import SealingKey
from wire.messages import CertificateReply

_ITEM = "no_property_certificate"
_ANSWERS = {"purpose": "loan"}
_TIMES = 12
_LP = "lp: command → document at the printer"
_FONTS = Path("/usr/share/fonts/opentype/noto")


async def measure(at: Stand) -> list[Table]:
    """Return the whole with its parts, and what the centre does in its part."""
    times: dict[str, list[float]] = defaultdict(list)
    clock = SystemClock()
    terminal = enrolment.load(at.terminal.data_dir)
    printer = CupsPrinter(QUEUE, at.hardware.printer_uri, str(at.hardware.cupsd.socket))
    try:
        await printer.ensure_queue()
        with Store.open(at.root / "bench.sqlite3", clock, terminal) as store:
            async with CentreClient(at.centre.url, clock, terminal=terminal) as client:
                desk = Desk(printer, store.ledger)
                reply = await _once(desk, client, at, defaultdict(list))  # warms both workers' templates and fonts
                await _once(desk, client, at, defaultdict(list))
                for _ in range(_TIMES):
                    reply = await _once(desk, client, at, times)
                    times["HTTP there and back, nothing asked (healthz)"].append(await _ping(client))
                    times[_LP].append(await _lp(at, reply.pdf))
    finally:
        await printer.aclose()
    return [_parts(times), await asyncio.to_thread(_at_the_centre, at, reply)]


async def _once(desk: Desk, client: CentreClient, at: Stand, times: dict[str, list[float]]) -> CertificateReply:
    """Do what the flow does, once, and note the parts."""
    replies = []

    async def ask() -> CertificateReply:
        began = time.perf_counter()
        question = client.certificate_question(_ITEM, CITIZEN, _ANSWERS)
        times["  question: reply key, seal, sign"].append(ms_since(began))
        began = time.perf_counter()
        replies.append(await client.ask_certificate(question))
        times["  asked → answered and opened"].append(ms_since(began))
        return replies[0]

    began = time.monotonic()
    certificate = await desk.issue(_ITEM, ask)
    issued = time.monotonic()
    before = len(at.hardware.printer.received)
    await desk.deliver(certificate, lambda _: None)
    received = at.hardware.printer.received[before].at
    asked = times["  question: reply key, seal, sign"][-1] + times["  asked → answered and opened"][-1]
    times["  ledger: copy reserved, issued"].append((issued - began) * 1000 - asked)
    times["  handed over → document at the printer"].append((received - issued) * 1000)
    times["certificate asked → document at the printer"].append((received - began) * 1000)
    return replies[0]


async def _ping(client: CentreClient) -> float:
    began = time.perf_counter()
    await client.reachable()
    return ms_since(began)


async def _lp(at: Stand, pdf: bytes) -> float:
    """Print the same file with CUPS's own command, from memory as the terminal does."""
    before = len(at.hardware.printer.received)
    began = time.monotonic()
    lp = await asyncio.create_subprocess_exec(
        *("lp", "-d", QUEUE, "-o", "media=A4"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
        env={**os.environ, "CUPS_SERVER": str(at.hardware.cupsd.socket)},
    )
    await lp.communicate(pdf)
    async with asyncio.timeout(20):
        while len(at.hardware.printer.received) == before:  # noqa: ASYNC110 - the printer has no event; it notes times
            await asyncio.sleep(0.005)
    return (at.hardware.printer.received[before].at - began) * 1000


def _parts(times: dict[str, list[float]]) -> Table:
    whole = "certificate asked → document at the printer"
    handing = "  handed over → document at the printer"
    order = [whole, *(name for name in times if name.startswith(" ") and name != handing), handing]
    order += [name for name in times if name not in order]
    rows = tuple(Row(name, tuple(times[name]), _LP if name == handing else None) for name in order)
    return Table("Certificate asked → job at the printer, no screen", "ms", rows)


def _at_the_centre(at: Stand, reply: CertificateReply) -> Table:
    """Do the centre's parts here, warm, with its own template and key."""
    source = (Path(__file__).parents[2] / "sample_centre/certificates/no_property.typ").read_text(encoding="utf-8")
    both, now = {"zh": "样例", "en": "Specimen"}, datetime.now(UTC)
    sheet = Sheet(
        title=both,
        centre=both,
        seal={"around": "样例", "below": "样例"},
        notice=both,
        serial=reply.serial,
        issued=both,
        holder={"name": CITIZEN.name, "id_number": "******************"},
        facts={"searched": both, "purpose": both},
        qr=reply.verification,
    )
    press = Press(_FONTS)
    pdf = press.set(source, sheet, at=now)
    sealer = PdfSealer(pki.create(at.root / "centre", "dalian", "样例", now))
    key, signer, question = SealingKey.generate(), Ed25519PrivateKey.generate(), uuid7(0)
    sealed = seal_reply(question, reply, receiver=key.public_bytes(), signer=signer)
    rows = (
        Row("Typst sets the page (PDF/A-2b)", timed(lambda: press.set(source, sheet, at=now), _TIMES)),
        Row("pyHanko signs it (RSA, PAdES)", timed(lambda: sealer.sign(pdf, now=now), _TIMES)),
        Row(
            "seal the reply",
            timed(lambda: seal_reply(question, reply, receiver=key.public_bytes(), signer=signer), _TIMES),
        ),
        Row(
            "open the reply (the terminal does)",
            timed(
                lambda: unseal_reply(question, sealed, CertificateReply, key=key, signer=signer.public_key()), _TIMES
            ),
        ),
    )
    sizes = f"the signed PDF has {len(reply.pdf) / 1000:.0f} kB, {reply.pages} page"
    return Table("Of the centre's part, warm, in this process", "ms", rows, (sizes,))
