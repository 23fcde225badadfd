"""``bianmin card read``: one card, read as the terminal reads it, and shown masked."""

import asyncio
import logging
import re
import sys
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import click

from kiosk import logs
from kiosk.commands.outcome import NothingCame, coded, json_option, print_json
from wire.clock import CHINA, SystemClock

if TYPE_CHECKING:
    from devices.card_reader.api import CardReader
    from devices.card_reader.emrtd import Access

OpenReaders: TypeAlias = "Callable[[], Sequence[CardReader]]"
DEADLINE_S = 30.0
READ_S = 10.0  # a technician waits longer for one card than a citizen


@click.group()
def card() -> None:
    """Card readers."""


@card.command()
@click.option("--reader", "reader_name", help="Part of a PC/SC reader's name. Without it: every PC/SC reader.")
@click.option("--sam", "sam_port", type=click.Path(path_type=Path), help="Serial port of a resident card's SAM module.")
@click.option(
    "--mrz", help="What opens a passport or permit: its printed lines, joined; - reads them from standard input."
)
@click.option("--mrz-image", type=click.Path(path_type=Path), help="Picture from which the printed lines are read.")
@click.option("--can", help="The six digits on a card that open its chip; - reads them from standard input.")
@click.option(
    "--trust",
    "trust_folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder with the issuing states' certificates (CSCA); without it no chip is called authentic.",
)
@click.option("--deadline", "deadline_s", type=click.FloatRange(0, 3600), default=DEADLINE_S, show_default=True,
              help="Seconds to wait for a card.")  # fmt: skip
@click.option("--show", is_flag=True, help="Show the holder's data whole, not masked.")
@json_option
@coded
def read(
    *,
    reader_name: str | None,
    sam_port: Path | None,
    mrz: str | None,
    mrz_image: Path | None,
    can: str | None,
    trust_folder: Path | None,
    deadline_s: float,
    show: bool,
    as_json: bool,
) -> None:
    """Wait for one card and read it.

    Other users of the machine can see a command's arguments: give the printed lines with "--mrz -", on standard input.
    """
    if sam_port is not None and (reader_name or mrz or mrz_image or can):
        raise click.UsageError("--sam excludes what is for PC/SC readers")
    if sum(given is not None for given in (mrz, mrz_image, can)) > 1:
        raise click.UsageError("--mrz, --mrz-image and --can exclude each other")
    access = _printed(mrz_image) if mrz_image is not None else _access(mrz, can)
    readers = _sam(sam_port) if sam_port is not None else _pcsc(reader_name, access, trust_folder)
    logs.begin(logging.CRITICAL)  # what goes wrong is told by the command itself
    told = asyncio.run(_read(readers, deadline_s, show=show))
    if as_json:
        print_json(told)
    else:
        for field, value in told.items():
            click.echo(f"{field}: {value}")


async def _read(open_readers: "OpenReaders", deadline_s: float, *, show: bool) -> dict[str, Any]:
    from devices.card_reader.api import ReaderLost  # noqa: PLC0415
    from kiosk.cards import Cards  # noqa: PLC0415
    from kiosk.masking import shown  # noqa: PLC0415

    readers = open_readers()
    cards = Cards(*readers)
    try:
        try:
            async with asyncio.timeout(deadline_s):
                found = await cards.next(())
        except TimeoutError:
            if cards.missing:
                raise ReaderLost(f"no reader within {deadline_s:.0f} s") from None
            raise NothingCame("card.none_placed", f"within {deadline_s:.0f} s") from None
        return {"reader": found.reader, **shown(await cards.read(found), whole=show)}
    finally:
        await asyncio.gather(*(reader.aclose() for reader in readers))


def _sam(port: Path) -> "OpenReaders":
    def opened() -> "Sequence[CardReader]":
        from devices.card_reader.sam import SamReader  # noqa: PLC0415

        return (SamReader(str(port)),)

    return opened


def _pcsc(reader_name: str | None, access: "Access | None", trust_folder: Path | None) -> "OpenReaders":
    """Open the reader that is asked for, or every one: a card may come to any."""

    def opened() -> "Sequence[CardReader]":
        from devices.card_reader import api, emrtd, pcsc, social_security  # noqa: PLC0415
        from devices.card_reader.emrtd.command import EXTENDED_ANSWER, SHORT_ANSWER  # noqa: PLC0415
        from devices.card_reader.hardware import known  # noqa: PLC0415
        from devices.card_reader.pcsc_reader import PcscReader  # noqa: PLC0415

        trust = None if trust_folder is None else emrtd.Trust.of_folder(trust_folder)

        def reader(name: str) -> PcscReader:
            longest = EXTENDED_ANSWER if known().pcsc_model(name).extended_length else SHORT_ANSWER
            document = emrtd.profile(lambda: access, trust, longest_answer=longest)
            return PcscReader((social_security.read, document), name_part=name, deadline_s=READ_S)

        try:
            with pcsc.context() as context:
                names = [name for name in pcsc.readers(context) if (reader_name or "") in name]
        except api.ReaderLost:
            names = []  # pcscd may come yet
        return [reader(name) for name in names or [reader_name or ""]]

    return opened


def _access(mrz: str | None, can: str | None) -> "Access | None":
    """Return what opens a chip. Raises ``MrzWrong`` for printed lines whose check digits do not hold."""
    from devices import mrz as zones  # noqa: PLC0415
    from devices.card_reader import emrtd  # noqa: PLC0415

    if can is not None:
        digits = (sys.stdin.readline() if can == "-" else can).strip()
        if re.fullmatch(r"[0-9]{6}", digits) is None:
            raise click.UsageError("a card access number is six digits")
        return emrtd.CardAccessNumber(digits)
    if mrz is None:
        return None
    text = "".join((sys.stdin.read() if mrz == "-" else mrz).split()).upper()
    size = next((size for size in zones.Size if size.lines * size.width == len(text)), None)
    if size is None:
        raise zones.MrzWrong("length")
    lines = [text[at : at + size.width] for at in range(0, len(text), size.width)]
    return emrtd.MrzKey.of(zones.parse(lines, _today()))


def _printed(image: Path) -> "Access":
    """Return what opens a chip, read from a picture of its document. Raises ``MrzWrong`` where no lines can be read."""
    from devices.card_reader import emrtd  # noqa: PLC0415
    from devices.document.api import read_mrz  # noqa: PLC0415
    from devices.mrz import MrzWrong  # noqa: PLC0415
    from kiosk.commands.pictures import read_picture  # noqa: PLC0415

    found = read_mrz(read_picture(image), _today())
    if found is None:
        raise MrzWrong("no printed lines can be read")
    return emrtd.MrzKey.of(found)


def _today() -> date:
    return SystemClock().now().astimezone(CHINA).date()
