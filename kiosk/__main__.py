"""The command line: ``bianmin run | sync | enrol | doctor | demo``."""

import asyncio
import json
import logging
import sys
from collections.abc import Callable
from functools import wraps
from importlib.metadata import version
from pathlib import Path
from typing import ParamSpec

import click

from kiosk import logs
from kiosk.config import Config, ConfigWrong
from kiosk.store.terminal import Terminal
from kiosk.sync import enrolment
from kiosk.sync.client import CentreClient
from wire.clock import SystemClock
from wire.problems import catalogue, problem

DEFAULT_CONFIG = Path("/etc/bianmin/terminal.toml")
_EXIT_FAULT = 1
_EXIT_CONFIG = 78  # EX_CONFIG of sysexits.h: systemd does not start it again and again

P = ParamSpec("P")
_config_option = click.option(
    "--config",
    "config_path",
    type=click.Path(path_type=Path),
    default=DEFAULT_CONFIG,
    show_default=True,
    help="The terminal's configuration.",
)


@click.group()
@click.version_option(version("bianmin"))
def main() -> None:
    """Bianmin (便民): the terminal that a citizen uses alone."""


def _coded(command: Callable[P, None]) -> Callable[P, None]:
    """Turn a known error into one clear line with its number; a bug keeps its traceback."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except ConfigWrong as error:
            click.echo(str(error), err=True)
            sys.exit(_EXIT_CONFIG)
        except Exception as error:
            code = getattr(error, "code", None)
            if not isinstance(code, str) or code not in catalogue():
                raise
            told = problem(code)
            click.echo(f"{told.number} {code}: {told.happened.en} {told.next.en} ({error})", err=True)
            sys.exit(_EXIT_FAULT)

    return run


@main.command()
@_config_option
@click.option("--live-port", type=int, hidden=True, help="Serve the screen on loopback (demo and tests).")
@_coded
def run(config_path: Path, live_port: int | None) -> None:
    """Serve citizens."""
    logs.begin()
    from kiosk import wiring  # noqa: PLC0415 - brings in every driver and the screen

    asyncio.run(wiring.run(Config.load(config_path), live_port=live_port))


@main.command()
@_config_option
@_coded
def sync(config_path: Path) -> None:
    """Push, pull and report to the centre, for ever."""
    logs.begin()
    from kiosk.sync.process import serve  # noqa: PLC0415 - not needed by the other commands

    serve(Config.load(config_path))


@main.command()
@_config_option
@click.argument("code")
@_coded
def enrol(config_path: Path, code: str) -> None:
    """Introduce this terminal to its centre with a one-time CODE."""
    config = Config.load(config_path)
    terminal = asyncio.run(_enrol(config, code))
    click.echo(f"{terminal.enrolment.terminal}: {terminal.enrolment.centre_name.zh}")


@main.command()
@_config_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@_coded
def doctor(config_path: Path, *, as_json: bool) -> None:
    """Check configuration, enrolment, store, line and every device; exit with 1 when anything is wrong."""
    logs.begin(logging.ERROR)
    from kiosk.doctor import examine  # noqa: PLC0415 - brings in every driver

    findings = asyncio.run(examine(Config.load(config_path)))
    if as_json:
        click.echo(json.dumps([finding.as_dict() for finding in findings], ensure_ascii=False))
    else:
        for finding in findings:
            click.echo(f"{'ok  ' if finding.well else 'FAIL'}  {finding.subject}: {finding.detail}")
    sys.exit(0 if all(finding.well for finding in findings) else _EXIT_FAULT)


@main.command()
@click.option("--watch", is_flag=True, help="Serve the live screen and the dock to a browser, until interrupted.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("build/demo"), show_default=True)
def demo(*, watch: bool, out: Path) -> None:
    """Run centre, sync, app and virtual hardware; play one whole visit where there is no display."""
    try:
        from demo.play import play  # noqa: PLC0415 - not part of a release
    except ImportError as error:
        raise click.ClickException("the demo is not part of this release") from error
    sys.exit(play(out, watch=watch))


async def _enrol(config: Config, code: str) -> Terminal:
    config.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    async with CentreClient(config.centre.url, SystemClock(), ca_file=config.centre.ca_file) as client:
        return await enrolment.enrol(config.data_dir, client, code, version("bianmin"))


if __name__ == "__main__":
    main()
