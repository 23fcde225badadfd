"""``bianmin decommission``: the end of this terminal's key and data."""

import asyncio
import logging
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kiosk import logs
from kiosk.commands.outcome import coded, config_option, json_option, print_json
from kiosk.config import Config

if TYPE_CHECKING:
    from kiosk.sync.decommission import Ended


@click.command()
@click.option("--export", type=click.Path(path_type=Path, exists=True, file_okay=False),
              help="Folder of a stick onto which goes what could not be sent.")  # fmt: skip
@click.option("--lose-unsent", is_flag=True, help="Erase also what never reached the centre.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@config_option
@json_option
@coded
def decommission(*, export: Path | None, lose_unsent: bool, yes: bool, config_path: Path, as_json: bool) -> None:
    """Send or export what is unsent, then erase this terminal's key and everything in its data folder.

    Refuses, and erases nothing, while something is unsent. Revoke the terminal at the centre afterwards.
    """
    logs.begin(logging.CRITICAL)  # what goes wrong is told by the command itself
    config = Config.load(config_path)
    if not yes:
        click.confirm(f"Erase everything in {config.data_dir}?", abort=True, err=True)
    done: dict[str, Any]
    if not (config.data_dir / "terminal.json").exists():  # never enrolled, or interrupted here before
        from kiosk.store.erasing import erase  # noqa: PLC0415

        config.data_dir.mkdir(parents=True, exist_ok=True)
        done = {"files": erase(config.database, lose_unsent=lose_unsent)}
    else:
        done = asdict(asyncio.run(_ended(config, export, lose_unsent=lose_unsent)))
    if as_json:
        print_json(done)
    else:
        click.echo(", ".join(f"{name}: {value}" for name, value in done.items()))


async def _ended(config: Config, export: Path | None, *, lose_unsent: bool) -> "Ended":
    from kiosk.store.recovery import open_store  # noqa: PLC0415 - not needed by the other commands
    from kiosk.sync import enrolment  # noqa: PLC0415
    from kiosk.sync.decommission import decommission as end  # noqa: PLC0415
    from kiosk.sync.line import line_to  # noqa: PLC0415
    from wire.clock import SystemClock  # noqa: PLC0415

    terminal, clock = enrolment.load(config.data_dir), SystemClock()
    store = open_store(config.database, clock, terminal)
    async with line_to(config.centre, clock, terminal) as client:
        return await end(
            config, terminal, store, client, clock, version=version("bianmin"), export=export, lose_unsent=lose_unsent
        )
