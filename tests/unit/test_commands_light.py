"""The command line starts light: no command brings in what it does not need before it is called."""

import subprocess
import sys

from kiosk.__main__ import COMMANDS
from tests.command_line import bianmin

HEAVY = {"kivy", "cv2", "numpy", "typst", "smartcard", "serial", "cups", "zxingcpp", "pyzbar", "django"}


def test_no_command_brings_in_a_driver() -> None:
    """All commands together, imported and not called, load no driver's library and no screen."""
    modules = ", ".join(sorted({f"kiosk.commands.{module}" for module, _ in COMMANDS.values()}))
    code = f"import sys, {modules}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert {name.partition(".")[0] for name in done.stdout.split()} & HEAVY == set()


def test_help_names_every_command() -> None:
    """`bianmin --help` lists the commands, each with what it does."""
    told = bianmin("--help")
    assert told.code == 0
    lines = told.out.partition("Commands:\n")[2].splitlines()
    assert [line.split()[0] for line in lines] == list(COMMANDS)
    assert all(len(line.split()) > 1 for line in lines)


def test_an_unknown_command() -> None:
    """A command that is not there is a mistake of the command line."""
    assert bianmin("nope").code == 2
