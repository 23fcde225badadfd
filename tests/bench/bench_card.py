"""Card inserted → identity read → form prefilled on the glass, beside the raw commands that the card needs."""

import asyncio
import os
import time
from collections import defaultdict

from devices.card_reader import social_security
from devices.card_reader.api import CardPresent, CardReader, NoCard
from devices.card_reader.pcsc_reader import PcscReader
from devices.card_reader.sam import SamReader
from devices.virtual.people import ZHANG
from tests.bench.stand import Stand
from tests.bench.tables import Row, Table
from tests.bench.watching import WatchedTerminal

_READS = 12
_LONGEST_POLL_S = 0.4
_VISITS = 3
_ITEM = "no_property_certificate"


async def measure(at: Stand) -> list[Table]:
    """Return a table for the drivers alone, and one for the whole terminal."""
    return [await _drivers(at), await _terminal(at)]


async def _drivers(at: Stand) -> Table:
    os.environ.update(at.hardware.environment)  # before pyscard's first call
    times: dict[str, list[float]] = defaultdict(list)
    spent: list[float] = []
    pcsc = PcscReader((social_security.read,), name_part=at.hardware.reader_name, on_apdu=spent.append)
    sam = SamReader(at.hardware.sam_port, on_exchange=spent.append)
    try:
        for name, reader, insert in (
            ("social security card", pcsc, at.hardware.insert_social_security_card),
            ("resident card", sam, at.hardware.put_resident_card),
        ):
            for turn in range(_READS):
                await _until(reader, NoCard)
                await asyncio.sleep(turn / _READS * _LONGEST_POLL_S)  # insertions know nothing of polls
                began = time.monotonic()
                insert(ZHANG)
                await _until(reader, CardPresent)
                seen = time.monotonic()
                spent.clear()
                await reader.read()
                ended = time.monotonic()
                times[f"{name}: inserted → seen"].append((seen - began) * 1000)
                times[f"{name}: read"].append((ended - seen) * 1000)
                # of the SAM line, polls may come between: the read itself is the longest exchange
                raw = sum(spent) if reader is pcsc else max(spent)
                times[f"{name}: raw commands"].append(raw * 1000)
                times[f"{name}: inserted → identity"].append((ended - began) * 1000)
                at.hardware.take_cards()
    finally:
        await pcsc.aclose()
        await sam.aclose()
    rows = tuple(
        Row(
            name,
            tuple(of),
            f"{name.partition(':')[0]}: raw commands" if name.endswith((": read", "identity")) else None,
        )
        for name, of in times.items()
    )
    notes = ("Seen: pcscd looks at its virtual slot every 400 ms, the driver at the SAM module every 300 ms.",)
    return Table("Card → identity, drivers alone, through pcscd and a serial line (pty)", "ms", rows, notes)


def _peer(name: str) -> str | None:
    card, _, what = name.partition(": ")
    return f"{card}: raw commands" if what in {"read", "inserted → identity"} else None


async def _terminal(at: Stand) -> Table:
    """Play the product's own process; the moments are of the frames that it flipped."""
    watched = WatchedTerminal(at, "card")
    times: dict[str, list[float]] = defaultdict(list)
    await at.terminal.sync.start()
    await watched.app.start()
    glass = at.terminal.glass
    try:
        await glass.see("Attract")
        for name, insert in (
            ("social security card", at.hardware.insert_social_security_card),
            ("resident card", at.hardware.put_resident_card),
        ):
            for _ in range(_VISITS):
                await glass.see("Attract")
                await glass.tap_at(540, 1200)
                await glass.see("Home")
                await glass.tap("tile:print")
                await glass.see("ItemList")
                await glass.tap(f"item:{_ITEM}")
                await glass.see("Identify")
                began = time.monotonic()
                insert(ZHANG)
                await glass.see("FormPage")
                times[f"{name}: inserted → first question"].append((watched.at("FormPage", began) - began) * 1000)
                tapped = time.monotonic()
                await glass.tap("main")
                await glass.see("Review")
                times["tap on Continue → review, prefilled"].append((watched.at("Review", tapped) - tapped) * 1000)
                at.hardware.take_cards()
                await _leave(at)
    finally:
        at.hardware.take_cards()
        await watched.app.stop()
        await at.terminal.sync.stop()
    rows = tuple(Row(of, tuple(values)) for of, values in times.items())
    return Table("Card → form on the glass, the whole terminal", "ms", rows, _GLASS_NOTES)


_GLASS_NOTES = (
    "The form asks one thing (the purpose); what the card says is filled in and shown in the review.",
    "The tap lasts 60 ms, as a finger's; a deaf time of 250 ms after each change of screen may come before it.",
)


async def _leave(at: Stand) -> None:
    """Go home, and from there end the session."""
    glass = at.terminal.glass
    await glass.tap("home")
    await glass.see("Home")
    await glass.tap("home")
    await glass.see("Attract")


async def _until(reader: CardReader, kind: type[CardPresent | NoCard]) -> None:
    async with asyncio.timeout(5):
        while not isinstance(status := reader.status, kind):
            await reader.changed(status)
