"""``bianmin technician-pin``: makes the line of the configuration that opens the technician's screen."""

import sys

import click

from kiosk.technician_pin import PIN_DIGITS, make_hash


@click.command()
def technician_pin() -> None:
    """Make the salted hash of a technician's PIN, for terminal.toml. The PIN is typed, or comes on standard input."""
    if sys.stdin.isatty():
        pin = click.prompt(f"PIN ({PIN_DIGITS} digits)", hide_input=True, confirmation_prompt=True)
    else:
        pin = sys.stdin.readline().strip()
    try:
        made = make_hash(pin)
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f'[technician]\npin_hash = "{made}"')
