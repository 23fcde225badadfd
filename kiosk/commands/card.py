"""``bianmin card read``: one card, read as the terminal reads it, and shown masked."""

import asyncio
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from kiosk import logs
from kiosk.commands.outcome import NothingCame, coded, json_option, print_json

DEADLINE_S = 30.0


@click.group()
def card() -> None:
    """Card readers."""


@card.command()
@click.option("--reader", "reader_name", help="Part of a PC/SC reader's name. Without it: every PC/SC reader.")
@click.option("--sam", "sam_port", type=click.Path(path_type=Path), help="Serial port of a resident card's SAM module.")
@click.option("--deadline", "deadline_s", type=click.FloatRange(0, 3600), default=DEADLINE_S, show_default=True,
              help="Seconds to wait for a card.")  # fmt: skip
@click.option("--show", is_flag=True, help="Show the holder's data whole, not masked.")
@json_option
@coded
def read(reader_name: str | None, sam_port: Path | None, deadline_s: float, *, show: bool, as_json: bool) -> None:
    """Wait for one card and read it."""
    if reader_name and sam_port:
        raise click.UsageError("--reader and --sam exclude each other")
    logs.begin(logging.CRITICAL)  # what goes wrong is told by the command itself
    told = asyncio.run(_read(reader_name, sam_port, deadline_s, show=show))
    if as_json:
        print_json(told)
    else:
        for field, value in told.items():
            click.echo(f"{field}: {value}")


async def _read(reader_name: str | None, sam_port: Path | None, deadline_s: float, *, show: bool) -> dict[str, Any]:
    from devices.card_reader.api import ReaderLost  # noqa: PLC0415
    from kiosk.cards import Cards  # noqa: PLC0415
    from kiosk.masking import shown  # noqa: PLC0415

    readers = _readers(reader_name, sam_port)
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


def _readers(reader_name: str | None, sam_port: Path | None) -> Sequence[Any]:
    """Open the reader that is asked for; several PC/SC readers may be plugged in, and a card may come to any."""
    if sam_port is not None:
        from devices.card_reader.sam import SamReader  # noqa: PLC0415

        return (SamReader(str(sam_port)),)
    from devices.card_reader import api, pcsc, social_security  # noqa: PLC0415
    from devices.card_reader.pcsc_reader import PcscReader  # noqa: PLC0415

    try:
        with pcsc.context() as context:
            names = [name for name in pcsc.readers(context) if (reader_name or "") in name]
    except api.ReaderLost:
        names = []  # pcscd may come yet
    return [PcscReader((social_security.read,), name_part=name) for name in names or [reader_name or ""]]
