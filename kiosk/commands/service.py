"""The commands that a terminal lives by: ``run``, ``sync``, ``enrol``, and ``demo`` where it is there."""

import asyncio
import gc
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click

from devices import core_dumps
from kiosk import logs, private_memory
from kiosk.commands.outcome import coded, config_option
from wire.invitation import SCHEME, Invitation, NotAnInvitation, typed_code


def _live_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command an option that no release has, for what it serves is not part of one."""
    if find_spec("screens.live") is None:
        return command
    told = "Serve the screen on loopback (demo and tests)."
    return click.option("--live-port", type=int, hidden=True, help=told)(command)


@click.command()
@config_option
@_live_option
@coded
def run(config_path: Path, live_port: int | None = None) -> None:
    """Serve citizens."""
    private_memory.begin()
    gc.disable()  # until the window is open (screens.app): what a start makes stays
    logs.begin()
    from kiosk import wiring  # noqa: PLC0415 - brings in every driver and the screen
    from kiosk.config_file import ConfigFile  # noqa: PLC0415

    asyncio.run(wiring.run(ConfigFile(config_path), live_port=live_port))


@click.command()
@config_option
@coded
def sync(config_path: Path) -> None:
    """Push, pull and report to the centre, for ever."""
    core_dumps.forbid()
    logs.begin()
    from kiosk.sync.process import serve  # noqa: PLC0415 - not needed by the other commands

    serve(config_path)


@click.command()
@config_option
@click.argument("code")
@click.option("--same-key", is_flag=True, help="Keep the device key: for a centre that was restored from an old copy.")
@coded
def enrol(config_path: Path, code: str, *, same_key: bool) -> None:
    """Introduce this terminal to its centre with a one-time CODE, or with what the QR code beside it says.

    The QR code's text (bianmin:enrol?...) also says where the centre is, and that is kept in the configuration.
    """
    asyncio.run(_enrol(config_path, code, same_key=same_key))


@click.command()
@click.option("--watch", is_flag=True, help="Serve the live screen and the dock to a browser, until interrupted.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("build/demo"), show_default=True)
def demo(*, watch: bool, out: Path) -> None:
    """Run centre, sync, app and virtual hardware; play one whole visit where there is no display."""
    try:
        from demo.play import play  # noqa: PLC0415 - not part of a release
    except ImportError as error:
        raise click.ClickException("the demo is not part of this release") from error
    sys.exit(play(out, watch=watch))


async def _enrol(path: Path, code: str, *, same_key: bool) -> None:
    from kiosk.config_file import ConfigFile  # noqa: PLC0415 - with these come cryptography and the line
    from kiosk.sync.joining import join  # noqa: PLC0415
    from wire.clock import SystemClock  # noqa: PLC0415

    file = ConfigFile(path)
    try:
        invitation = (
            Invitation.parse(code)
            if code.startswith(f"{SCHEME}:")
            else Invitation(file.load().centre.url, typed_code(code))
        )
    except NotAnInvitation as error:
        raise click.UsageError(str(error)) from error
    joined = await join(file, invitation, SystemClock(), same_key=same_key)
    click.echo(f"{joined.terminal.enrolment.terminal}: {joined.terminal.enrolment.centre_name.zh}")
