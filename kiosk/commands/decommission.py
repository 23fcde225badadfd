"""``bianmin decommission``: the end of this terminal's key and data."""

import asyncio
import logging
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import click

from kiosk import logs
from kiosk.commands.outcome import coded, config_option, json_option, print_json
from kiosk.config import Config


@click.command()
@click.option("--export", type=click.Path(path_type=Path, exists=True, file_okay=False),
              help="Folder of a stick onto which goes what could not be sent.")  # fmt: skip
@click.option("--lose-unsent", is_flag=True, help="Erase also what never reached the centre.")
@click.option("--factory-reset", "reset", is_flag=True, help="Then reset the machine: the partition's key goes, too.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@config_option
@json_option
@coded
def decommission(
    *, export: Path | None, lose_unsent: bool, reset: bool, yes: bool, config_path: Path, as_json: bool
) -> None:
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
        from kiosk.sync.decommission import Ending, end_here  # noqa: PLC0415
        from wire.clock import SystemClock  # noqa: PLC0415

        how = Ending(version("bianmin"), export, lose_unsent=lose_unsent, reset=reset)
        done = asdict(asyncio.run(end_here(config, SystemClock(), how)))
    if as_json:
        print_json(done)
    else:
        click.echo(", ".join(f"{name}: {value}" for name, value in done.items()))
