"""``bianmin doctor``: what a terminal needs, looked at and named."""

import asyncio
import logging
import os
from pathlib import Path

import click

from kiosk import logs
from kiosk.commands.outcome import Exit, config_option, json_option, print_json
from wire.text import Language

_MARKS = {"well": "ok    ", "notice": "notice", "fault": "FAULT "}


@click.command()
@config_option
@json_option
def doctor(config_path: Path, *, as_json: bool) -> None:
    """Look at configuration, enrolment, store, line, disk and clock, and try every device.

    Exits with 1 when there is a fault. Stop bianmin-kiosk first: some devices serve one program at a time.
    """
    logs.begin(logging.CRITICAL)  # what goes wrong is a finding
    from kiosk.doctor import examine  # noqa: PLC0415 - brings in every driver
    from wire.clock import SystemClock  # noqa: PLC0415

    findings = asyncio.run(examine(config_path, SystemClock()))
    if as_json:
        print_json([finding.as_dict() for finding in findings])
    else:
        language = Language.ZH if os.environ.get("LANG", "").startswith("zh") else Language.EN
        for finding in findings:
            number = f" [{finding.number}]" if finding.number else ""
            click.echo(f"{_MARKS[finding.grade]}  {finding.subject}: {finding.detail}{number}")
            if finding.advice is not None:
                click.echo(f"        → {finding.advice.in_language(language)}")
    raise SystemExit(Exit.DONE if all(finding.well for finding in findings) else Exit.FAULT)
