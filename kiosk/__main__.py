"""The command line, ``bianmin``: which commands there are. Each is imported only when it is called, or told about."""

from importlib import import_module

import click

# name → module of kiosk.commands and the command in it
COMMANDS: dict[str, tuple[str, str]] = {
    "run": ("service", "run"),
    "sync": ("service", "sync"),
    "enrol": ("service", "enrol"),
    "doctor": ("doctor", "doctor"),
    "card": ("card", "card"),
    "scan": ("scan", "scan"),
    "document": ("document", "document"),
    "print": ("print_file", "print_file"),
    "technician-pin": ("technician_pin", "technician_pin"),
    "ferry": ("ferry", "ferry"),
    "roll-key": ("ferry", "roll_key"),
    "quarantine": ("quarantine", "quarantine"),
    "update": ("update", "update"),
    "support-bundle": ("support_bundle", "support_bundle"),
    "stick": ("stick", "stick"),
    "decommission": ("decommission", "decommission"),
    "time-sources": ("time_sources", "time_sources"),
    "set-clock": ("clock", "set_clock"),
    "xorg": ("appliance", "xorg"),
    "out-of-service": ("appliance", "out_of_service"),
    "health": ("appliance", "health"),
    "demo": ("service", "demo"),
}


class _Commands(click.Group):
    def list_commands(self, _context: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, _context: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module, command = COMMANDS[name]
        found = getattr(import_module(f"kiosk.commands.{module}"), command)
        assert isinstance(found, click.Command)  # noqa: S101 - what the table says
        return found


@click.command(cls=_Commands)
@click.version_option(package_name="bianmin")
def main() -> None:
    """Bianmin (便民): the terminal that a citizen uses alone."""


if __name__ == "__main__":
    main()
