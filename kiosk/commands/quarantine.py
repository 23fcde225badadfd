"""``bianmin quarantine``: what the centre refused, whose it is to settle and until when; and sending it again."""

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import click

from kiosk import logs
from kiosk.commands.outcome import Exit, coded, config_option, json_option, print_json
from kiosk.config import Config
from wire.problems import problem

if TYPE_CHECKING:
    from datetime import date

    from kiosk.store import Quarantined


@click.command()
@config_option
@json_option
@click.option("--release", "released", multiple=True, type=click.UUID, metavar="ID", help="Send one again, as it is.")
@coded
def quarantine(config_path: Path, released: tuple[UUID, ...], *, as_json: bool) -> Exit:
    """List the envelopes that the centre refused, or send some of them again.

    They are sealed: nothing of a citizen can be told. Exits with 1 when an ID is not in quarantine. What is released
    goes with the next push; refused again, it comes back.
    """
    from kiosk.store.recovery import open_store  # noqa: PLC0415 - not needed by the other commands
    from kiosk.sync import enrolment  # noqa: PLC0415
    from wire.clock import CHINA, SystemClock  # noqa: PLC0415

    logs.begin(logging.CRITICAL)  # what goes wrong is told by the command itself
    config, clock = Config.load(config_path), SystemClock()
    with open_store(config.database, clock, enrolment.load(config.data_dir)) as store:
        kept = store.outbox.quarantined()
        unknown = [str(one) for one in released if str(one) not in {envelope.id for envelope in kept}]
        done = [str(one) for one in released if str(one) not in unknown and store.outbox.release(str(one))]
        today = clock.now().astimezone(CHINA).date()
    if as_json:
        print_json(
            {"released": done, "unknown": unknown}
            if released
            else {"quarantined": [_as_json(one, today) for one in kept]}
        )
    elif released:
        for id_ in done:
            click.echo(f"{id_}: will be sent again")
        for id_ in unknown:
            click.echo(f"{id_}: is not in quarantine", err=True)
    else:
        for one in kept:
            click.echo(_as_line(one, today))
        click.echo(f"{len(kept)} in quarantine")
    return Exit.FAULT if unknown else Exit.DONE


def _as_json(kept: "Quarantined", today: "date") -> dict[str, Any]:
    told = problem(kept.problem)
    return {
        "id": kept.id,
        "kind": kept.kind.value,
        "sequence": kept.sequence,
        "code": kept.problem,
        "number": told.number,
        "happened": told.happened.model_dump(),
        "owner": kept.owner,
        "due_on": kept.due_on.isoformat(),
        "overdue": kept.overdue(today),
    }


def _as_line(kept: "Quarantined", today: "date") -> str:
    owner = kept.owner or "the centre's administrators"
    late = ", OVERDUE" if kept.overdue(today) else ""
    return (
        f"{kept.id}  {kept.kind.value} #{kept.sequence}: {problem(kept.problem).number} {kept.problem};"
        f" to be settled by {owner} until {kept.due_on.isoformat()}{late}"
    )
