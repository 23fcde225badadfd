"""``bianmin ferry export | import``: data carried on a stick where there is no line. And ``bianmin roll-key``."""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kiosk import logs
from kiosk.commands.outcome import Exit, coded, config_option, error_content, json_option, print_json
from kiosk.config import Config

if TYPE_CHECKING:
    from kiosk.sync.ferry import Ferry

_paths = click.Path(path_type=Path, exists=True)


@click.group()
def ferry() -> None:
    """Carry data to the centre and back on a stick."""


@ferry.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@config_option
@json_option
@coded
def export(folder: Path, config_path: Path, *, as_json: bool) -> None:
    """Write what is queued into one sealed file in FOLDER. The queue stays until an answer comes back."""
    with open_ferry(config_path) as opened:
        done = opened.export(folder, version("bianmin"))
    if as_json:
        print_json({"file": done.path.name, "export": done.number, "envelopes": done.envelopes})
    else:
        click.echo(f"{done.path}: {done.envelopes} envelopes")


@ferry.command(name="import")
@click.argument("paths", nargs=-1, required=True, type=_paths)
@config_option
@json_option
@coded
def import_(paths: tuple[Path, ...], config_path: Path, *, as_json: bool) -> Exit:
    """Take over the centre's answers: files, or folders that hold some. Exits with 1 when one was refused.

    An answer that is older than what is here is told as such; it is no error.
    """
    from wire.errors import WireError  # noqa: PLC0415 - with it comes cryptography
    from wire.ferry import Way  # noqa: PLC0415
    from wire.ferry_files import listed  # noqa: PLC0415

    outcome = Exit.DONE
    with open_ferry(config_path) as opened:
        for path in paths:
            for file in listed(path, Way.DOWN) if path.is_dir() and not path.is_symlink() else [path]:
                try:
                    done = opened.take_over(file)
                except WireError as error:
                    told = error_content(error.code, str(error))
                    words = f"{told['number']} {told['happened']['en']} {told['next']['en']}"
                    content: dict[str, object] = {"error": told}
                    outcome = outcome if error.code == "wire.ferry_old" else Exit.FAULT
                else:
                    words = f"{done.settled} envelopes are at the centre"
                    content = {"answer": done.number, "export": done.export, "settled": done.settled}
                    content["changed"] = done.changed
                if as_json:
                    print_json({"file": file.name, **content})
                else:
                    click.echo(f"{file.name}: {words}")
    return outcome


@click.command()
@config_option
@json_option
@coded
def roll_key(config_path: Path, *, as_json: bool) -> None:
    """Give this terminal a new device key, or end a change that was interrupted. Needs the line to the centre."""
    key = asyncio.run(_roll(Config.load(config_path)))
    if as_json:
        print_json({"key": key})
    else:
        click.echo(key)


async def _roll(config: Config) -> str:
    from kiosk.store.recovery import open_store  # noqa: PLC0415 - not needed by the other commands
    from kiosk.sync import enrolment  # noqa: PLC0415
    from kiosk.sync.key_roll import KeyRoll  # noqa: PLC0415
    from kiosk.sync.line import line_to  # noqa: PLC0415
    from wire.clock import SystemClock  # noqa: PLC0415

    terminal, clock = enrolment.load(config.data_dir), SystemClock()
    with open_store(config.database, clock, terminal) as store:
        async with line_to(config.centre, clock, terminal) as client:
            return await KeyRoll(config.data_dir).roll(store, client)


@contextmanager
def open_ferry(config_path: Path) -> "Iterator[Ferry]":
    """Open the ferry of this terminal. Raises ConfigWrong, NotEnrolled, KeyExposed, StoreError."""
    from kiosk.store.recovery import open_store  # noqa: PLC0415 - not needed by the other commands
    from kiosk.sync import enrolment  # noqa: PLC0415
    from kiosk.sync.ferry import Ferry  # noqa: PLC0415
    from wire.clock import SystemClock  # noqa: PLC0415

    logs.begin(logging.CRITICAL)  # what goes wrong is told by the command itself
    config, clock = Config.load(config_path), SystemClock()
    terminal = enrolment.load(config.data_dir)
    with open_store(config.database, clock, terminal) as store:
        yield Ferry(store, terminal, clock, config.data_dir)
