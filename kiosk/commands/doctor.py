"""``bianmin doctor``: what a terminal needs, looked at and named."""

import asyncio
import json
import logging
from pathlib import Path

import click

from kiosk import logs
from kiosk.commands.outcome import Exit, coded, config_option, json_option


@click.command()
@config_option
@json_option
@coded
def doctor(config_path: Path, *, as_json: bool) -> Exit:
    """Check configuration, enrolment, store, line and every device; exit with 1 when anything is wrong."""
    logs.begin(logging.ERROR)
    from kiosk.config import Config  # noqa: PLC0415
    from kiosk.doctor import examine  # noqa: PLC0415 - brings in every driver

    findings = asyncio.run(examine(Config.load(config_path)))
    if as_json:
        click.echo(json.dumps([finding.as_dict() for finding in findings], ensure_ascii=False))
    else:
        for finding in findings:
            click.echo(f"{'ok  ' if finding.well else 'FAIL'}  {finding.subject}: {finding.detail}")
    return Exit.DONE if all(finding.well for finding in findings) else Exit.FAULT
