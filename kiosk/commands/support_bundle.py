"""``bianmin support-bundle``: what this terminal may tell of itself, onto a stick or to the centre."""

import asyncio
import logging
from contextlib import ExitStack
from importlib.metadata import version
from pathlib import Path
from typing import Any

import click

from kiosk import logs
from kiosk.commands.outcome import Exit, coded, config_option, json_option, print_json


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), required=False)
@click.option("--to-centre", is_flag=True, help="Queue it for the centre instead of writing it into FOLDER.")
@click.option("--plain", is_flag=True, help="Not sealed to the centre: for whoever stands before the terminal.")
@click.option("--if-asked", is_flag=True, hidden=True, help="Do nothing unless the centre has asked (a unit calls it).")
@config_option
@json_option
@coded
def support_bundle(
    *, folder: Path | None, to_centre: bool, plain: bool, if_asked: bool, config_path: Path, as_json: bool
) -> Exit:
    """Write versions, settings, findings, states, counts and events into one file in FOLDER. Nothing of a citizen.

    Sealed, only the centre's administrators can open it. Nothing has to be stopped.
    """
    if (folder is None) is not to_centre:
        raise click.UsageError("either FOLDER or --to-centre")
    if plain and to_centre:
        raise click.UsageError("--plain is for a FOLDER")
    logs.begin(logging.CRITICAL)  # what goes wrong is told by the command itself
    done = make(config_path, folder, plain=plain, if_asked=if_asked)
    if as_json:
        print_json(done)
    elif done:
        click.echo(" ".join(str(value) for value in done.values()))
    return Exit.DONE


def make(config_path: Path, folder: Path | None, *, plain: bool = False, if_asked: bool = False) -> dict[str, Any]:
    """Make a bundle and put it where it is wanted; return what was made. Raises what has a code."""
    from kiosk import health  # noqa: PLC0415 - not needed by the other commands
    from kiosk.doctor import examine  # noqa: PLC0415
    from kiosk.doctor.terminal import load  # noqa: PLC0415
    from kiosk.store import KeyExposed, StoreError  # noqa: PLC0415
    from kiosk.store.recovery import open_store  # noqa: PLC0415
    from kiosk.support import journal, ways  # noqa: PLC0415
    from kiosk.support.bundle import Facts, archive  # noqa: PLC0415
    from kiosk.sync import enrolment  # noqa: PLC0415
    from kiosk.sync.errors import NotEnrolled  # noqa: PLC0415
    from kiosk.sync.support_request import take  # noqa: PLC0415
    from wire.clock import SystemClock  # noqa: PLC0415

    clock = SystemClock()
    config, _ = load(config_path)
    command = None
    if if_asked:
        command = None if config is None else take(config.data_dir)
        if command is None:
            return {}
    findings = asyncio.run(examine(config_path, clock, devices=False))
    terminal, store = None, None
    with ExitStack() as stack:
        if config is not None:
            try:
                terminal = enrolment.load(config.data_dir)
                store = stack.enter_context(open_store(config.database, clock, terminal))
            except (NotEnrolled, KeyExposed, StoreError):
                if not plain:
                    raise
        facts = Facts(
            at=clock.now(),
            version=version("bianmin"),
            enrolment=None if terminal is None else terminal.enrolment,
            config=config,
            findings=[(one.subject, one.grade.value, one.code) for one in findings],
            machine=() if config is None or store is None else health.reports(config.data_dir, clock, store.settings),
            store=store,
        )
        made = archive(facts, journal.read())
        if plain and folder is not None:
            return {"file": str(ways.plain_to_folder(folder, made, clock)), "bytes": len(made)}
        if terminal is None or store is None:
            raise NotEnrolled("without a centre only --plain can be written")
        if folder is not None:
            return {"file": str(ways.to_folder(folder, made, terminal, clock)), "bytes": len(made)}
        return {"envelope": str(ways.to_centre(store, made, command)), "bytes": len(made)}
