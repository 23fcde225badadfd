"""A travel document read whole through pcscd, by BAC and by PACE, beside the raw commands of the same read."""

import asyncio
import os
import time
from collections import defaultdict

from devices.card_reader.api import CardPresent, CardReader, NoCard
from devices.card_reader.emrtd import MrzKey, Trust, profile
from devices.card_reader.emrtd.suites import Suite
from devices.card_reader.pcsc_reader import PcscReader
from devices.virtual.emrtd_chip import EmrtdChip, Temper
from devices.virtual.emrtd_pki import Issuer
from devices.virtual.emrtd_proof import ChipAgreement, EcProof
from devices.virtual.travellers import ANNA, chip
from tests.bench.stand import Stand
from tests.bench.tables import Row, Table

_READS = 12
_EXTENDED = Temper(longest=30_000, announced=30_000)
_NOTES = (
    "COM, SOD, DG1, DG2 (14 kB photo), DG11, DG12; hashes, signature and certificate of the signer verified.",
    "Proofs: chip authentication and active authentication, both on P-256.",
    "The virtual chip computes in this process: its share of the cryptography is in the raw commands.",
)


async def measure(at: Stand) -> list[Table]:
    """Return one table: whole reads, and what of them were commands."""
    os.environ.update(at.hardware.environment)  # before pyscard's first call
    issuer = Issuer()
    spent: list[float] = []
    reading = profile(lambda: MrzKey(ANNA.key), Trust((issuer.csca,)))
    reader = PcscReader((reading,), name_part=at.hardware.reader_name, deadline_s=20, on_apdu=spent.append)
    rows: list[Row] = []
    try:
        for name, card in _chips(issuer).items():
            await _until(reader, NoCard)
            at.hardware.pcscd.slots[0].insert(card)
            await _until(reader, CardPresent)
            rows += await _read(reader, name, spent)
            at.hardware.take_cards()
    finally:
        at.hardware.take_cards()
        await reader.aclose()
    return [Table("Travel document → identity, through pcscd", "ms", tuple(rows), _NOTES)]


def _chips(issuer: Issuer) -> dict[str, EmrtdChip]:
    return {
        "BAC, short": chip(ANNA, issuer),
        "BAC, extended": chip(ANNA, issuer, temper=_EXTENDED),
        "PACE AES-128, short": chip(ANNA, issuer, pace=Suite.AES_128),
        "PACE AES-128, extended": chip(ANNA, issuer, pace=Suite.AES_128, temper=_EXTENDED),
        "PACE AES-256, proofs, extended": chip(
            ANNA, issuer, pace=Suite.AES_256, proof=EcProof(), agreement=ChipAgreement(Suite.AES_256), temper=_EXTENDED
        ),
    }


async def _read(reader: CardReader, name: str, spent: list[float]) -> list[Row]:
    times: dict[str, list[float]] = defaultdict(list)
    for _ in range(_READS):
        spent.clear()
        began = time.monotonic()
        await reader.read()
        times["read"].append((time.monotonic() - began) * 1000)
        times["raw commands"].append(sum(spent) * 1000)
    raw = f"{name}: {len(spent)} raw commands"
    return [Row(f"{name}: read", tuple(times["read"]), raw), Row(raw, tuple(times["raw commands"]))]


async def _until(reader: CardReader, kind: type[CardPresent | NoCard]) -> None:
    async with asyncio.timeout(5):
        while not isinstance(status := reader.status, kind):
            await reader.changed(status)
