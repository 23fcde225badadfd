"""``bianmin update``: the agent's look at what is wanted, a release from a stick, and the installer's part."""

import asyncio
import logging
from pathlib import Path

import click

from kiosk import logs
from kiosk.commands.outcome import Exit, coded, config_option, json_option, print_json
from kiosk.config import Config

root_option = click.option(
    "--root", type=click.Path(path_type=Path), default=Path("/"), hidden=True, help="The machine's tree (tests)."
)
boot_option = click.option("--boot", default="", hidden=True, help="This boot's id, where /proc does not say it.")


@click.group()
def update() -> None:
    """Bring this terminal's software up to date."""


@update.command()
@config_option
@root_option
@boot_option
@json_option
@coded
def check(config_path: Path, root: Path, boot: str, *, as_json: bool) -> None:
    """Ask the centre, fetch what it wants, and hand it to the installer when nobody is served and the hour fits.

    What cannot be done now is tried at the next call; only a terminal that cannot work at all is an error.
    """
    logs.begin()
    from kiosk.updates.running import look  # noqa: PLC0415 - with it come the store and the line
    from kiosk.updates.system import Machine  # noqa: PLC0415

    report = asyncio.run(look(Config.load(config_path), Machine(root, boot)))
    if as_json:
        print_json(report.model_dump(mode="json"))


@update.command(name="from-stick")
@click.argument("stick", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--now", "at_once", is_flag=True, help="Install as soon as nobody is served, whatever the hour.")
@config_option
@root_option
@boot_option
@json_option
@coded
def from_stick(stick: Path, config_path: Path, root: Path, boot: str, *, at_once: bool, as_json: bool) -> None:
    """Take the release in the folder bianmin-update of STICK (or STICK itself); only with a valid signature."""
    logs.begin(logging.CRITICAL)  # what goes wrong is told by the command itself
    from kiosk.updates.running import take_from_stick  # noqa: PLC0415 - with it come the store and the line
    from kiosk.updates.system import Machine  # noqa: PLC0415

    config = Config.load(config_path)
    report = asyncio.run(take_from_stick(stick, config, Machine(root, boot), at_once=at_once))
    if as_json:
        print_json(report.model_dump(mode="json"))
    else:
        click.echo(f"{report.wanted}: {report.phase.value}")


@update.command()
@root_option
@coded
def apply(root: Path) -> Exit:
    """Install what the agent left a mark for. Root's part; reads nothing unsigned that anybody else can write.

    Ends with 0 only after a release was installed: then the machine is to be restarted.
    """
    logs.begin()
    from contextlib import ExitStack  # noqa: PLC0415
    from threading import Event  # noqa: PLC0415

    from kiosk.occupancy import Occupancy  # noqa: PLC0415
    from kiosk.updates.applying import Installer  # noqa: PLC0415
    from kiosk.updates.system import Machine  # noqa: PLC0415
    from wire.clock import SystemClock  # noqa: PLC0415
    from wire.release_keys import release_keys  # noqa: PLC0415

    machine = Machine(root)
    installer = Installer(
        keys=release_keys(machine.keys),
        running=machine.running(),
        install=machine.install,
        put_last=machine.put_last,
        occupancy=Occupancy(machine.data),
        now=SystemClock().now,
        sleep=Event().wait,
    )
    with ExitStack() as stack:
        verdict = installer.apply(machine.releases, machine.verdicts, stack)
        return Exit.DONE if verdict is not None and verdict.installed else Exit.FAULT
