"""What the application imports before its first screen, and that the rest is there when it is wanted."""

import subprocess
import sys
from importlib import import_module
from inspect import iscoroutinefunction

from kiosk.flows import menu

# what takes long to import
SPARED = (
    "jsonschema",
    "tomlkit",
    "pypinyin",
    "kiosk.forms.questionnaire",
    "kiosk.flows.apply",
    "kiosk.flows.technician",
)


def test_the_attract_screen_comes_without_what_it_does_not_need() -> None:
    """Everything is wired, and nothing of flows, forms and searching has been imported."""
    asked = f"import sys, kiosk.wiring; print(*(name for name in {SPARED} if name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stderr


def test_every_flow_is_found_by_its_name() -> None:
    """Flows that are imported when they are played are there: each a coroutine function named like its module."""
    menu.make_ready()
    for name in menu.NAMES:
        assert iscoroutinefunction(getattr(import_module(f"kiosk.flows.{name}"), name))
