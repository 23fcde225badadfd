"""``bianmin stick out | in``: the errands with a stick. Units run them, and systemd mounts the stick meanwhile."""

import logging
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

import click

from kiosk import logs
from kiosk.commands.outcome import coded, config_option
from kiosk.config import Config

_folder = click.argument("folder", type=click.Path(path_type=Path))


@click.group()
def stick() -> None:
    """Do what a technician asked for at the screen, with the stick that is mounted at FOLDER."""


@stick.command()
@_folder
@click.option("--read-only", type=click.Path(path_type=Path), help="Where a stick is that takes no writes.")
@config_option
@coded
def out(folder: Path, read_only: Path | None, config_path: Path) -> None:
    """Write a support bundle, or what is queued, onto it."""
    from kiosk.commands.ferry import open_ferry  # noqa: PLC0415 - not needed by the other commands
    from kiosk.commands.support_bundle import make  # noqa: PLC0415
    from kiosk.stick.errands import OUT_AT_WORK, Errand, answering  # noqa: PLC0415
    from kiosk.stick.work import writable  # noqa: PLC0415

    logs.begin(logging.WARNING)
    data_dir = Config.load(config_path).data_dir
    wish = OUT_AT_WORK.take(data_dir)
    if wish is None:
        return
    with answering(OUT_AT_WORK, data_dir, wish) as told, writable(folder, read_only):
        if wish.what == Errand.SUPPORT:
            told["file"] = Path(make(config_path, folder)["file"]).name
        else:
            with open_ferry(config_path) as ferry:
                done = ferry.export(folder, version("bianmin"))
            told.update(file=done.path.name, envelopes=done.envelopes)


@stick.command(name="in")
@_folder
@config_option
@coded
def in_(folder: Path, config_path: Path) -> None:
    """Take the centre's answers from it."""
    from kiosk.commands.ferry import open_ferry  # noqa: PLC0415 - not needed by the other commands
    from kiosk.stick.errands import IN_AT_WORK, answering  # noqa: PLC0415
    from kiosk.stick.work import bring_back  # noqa: PLC0415
    from kiosk.sync import enrolment  # noqa: PLC0415

    logs.begin(logging.WARNING)
    data_dir = Config.load(config_path).data_dir
    wish = IN_AT_WORK.take(data_dir)
    if wish is None:
        return
    with answering(IN_AT_WORK, data_dir, wish) as told, open_ferry(config_path) as ferry:
        told.update(asdict(bring_back(ferry, enrolment.load(data_dir).enrolment.terminal, folder)))
