"""The centre's command line: ``python -m central init | migrate | serve | new-terminal | …``."""

import os
import sys

from django.core.management import execute_from_command_line


def main(arguments: list[str]) -> None:
    """Run one command; ``new-terminal`` may be written as ``new_terminal``."""
    os.umask(0o077)  # database and keys are for this account only
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "central.settings")
    command = [argument.replace("-", "_") for argument in arguments[:1] if not argument.startswith("-")]
    execute_from_command_line(["python -m central", *command, *arguments[len(command) :]])


if __name__ == "__main__":
    main(sys.argv[1:])
