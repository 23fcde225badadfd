"""``bianmin time-sources``: tells chrony which time servers the configuration names. A unit calls it."""

from pathlib import Path

import click

from kiosk.commands.outcome import coded, config_option
from kiosk.config import Config


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@config_option
@coded
def time_sources(folder: Path, config_path: Path) -> None:
    """Write the configured time servers into FOLDER, where chrony looks for its sources."""
    from kiosk.time_sources import write  # noqa: PLC0415 - not needed by the other commands

    click.echo(write(folder, Config.load(config_path).time))
