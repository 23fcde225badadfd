"""What only the appliance's units call: ``xorg``, ``out-of-service``, ``health``."""

import threading
from pathlib import Path

import click

from kiosk import logs
from kiosk.commands.outcome import Exit, coded, config_option


@click.command()
@config_option
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="The file to write.")
@coded
def xorg(config_path: Path, out: Path) -> None:
    """Write a file for Xorg that turns the picture and the touches as the configuration says."""
    from kiosk.config import Config  # noqa: PLC0415 - not needed by the out-of-service screen
    from kiosk.xorg import rotation_file  # noqa: PLC0415

    content = rotation_file(Config.load(config_path).screen.rotation)
    beside = out.with_name(f".{out.name}")  # Xorg reads names that end in .conf, and no hidden ones
    beside.write_text(content, encoding="ascii")
    beside.replace(out)


@click.command(name="out-of-service")
def out_of_service() -> None:
    """Show on the framebuffer that the terminal is out of service, and end after a quarter of an hour."""
    from kiosk.out_of_service import show  # noqa: PLC0415 - reaches the screen

    show(threading.Event().wait)


@click.command()
@config_option
@click.option("--settle", "settle_s", type=float, default=60.0, show_default=True, help="Seconds that all must hold.")
@click.option("--patience", "patience_s", type=float, default=300.0, show_default=True, help="Seconds until it is bad.")
@coded
def health(config_path: Path, settle_s: float, patience_s: float) -> Exit:
    """Tell whether this start is a good one: kiosk ready, sync alive, store open. Exits with 1 when it is not."""
    logs.begin()
    from kiosk.good_start import watch  # noqa: PLC0415 - opens the store

    return Exit.DONE if watch(config_path, settle_s, patience_s, threading.Event().wait) else Exit.FAULT
