"""``bianmin set-clock``: the clock as a technician wished at the screen; a unit runs it while no time service does."""

import logging
from pathlib import Path

import click

from kiosk import logs
from kiosk.commands.outcome import coded, config_option
from kiosk.config import Config


@click.command()
@config_option
@coded
def set_clock(config_path: Path) -> None:
    """Set the clock as a technician wished at the screen; never one that the network sets."""
    from kiosk.clock_setting import fulfil  # noqa: PLC0415 - not needed by the other commands
    from wire.clock import SystemClock  # noqa: PLC0415

    logs.begin(logging.WARNING)
    fulfil(Config.load(config_path).data_dir, SystemClock())
