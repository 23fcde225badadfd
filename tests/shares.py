"""How the workers of a run (pytest-xdist) share the tests: what goes together, and that what takes longest comes first.

Left to itself, xdist begins with the files that hold most tests: those with one long test come last, and while they
are run the other workers have nothing to do.
"""

import re

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

# In this order. What is on one line goes to one worker, as it shares a server or a terminal that takes long to start.
LONG = (
    r"tests/end_to_end/test_(application|certificate|faults_\w+|slip_printer|technician|travel_document)\.py",
    r"tests/end_to_end/test_(commands|first_start|privacy)\.py|tests/crash/test_killed\.py",
    r"tests/central/test_on_postgresql\.py::.*\[first-half\]",
    r"tests/central/test_on_postgresql\.py::.*\[second-half\]",
    r"tests/crash/test_unsynced\.py",
    r"tests/guards/test_code_base\.py",
)
# Each file by itself; whatever is not named comes after these.
THEN = ("tests/appliance/", "tests/end_to_end/", "tests/contract/", "tests/central/", "tests/screens/")


def share_of(test: str) -> str:
    """Return what a test, called by its id, goes together with: its line of ``LONG``, else its file."""
    path = test.partition("::")[0]
    return next((share for share in LONG if re.fullmatch(share, test) or re.fullmatch(share, path)), path)


def _turn(test: str) -> int:
    share = share_of(test)
    if share in LONG:
        return LONG.index(share)
    return len(LONG) + next((turn for turn, folder in enumerate(THEN) if share.startswith(folder)), len(THEN))


class Sharing(LoadFileScheduling):
    """Gives each worker one share after another."""

    def _split_scope(self, nodeid: str) -> str:
        return share_of(nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Sharing | None:
    """Take over what ``--dist loadfile`` would do."""
    if config.getoption("dist") != "loadfile":
        return None
    config.option.loadscopereorder = False
    return Sharing(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the tests in their order; those of one file stay as they stand in it."""
    items.sort(key=lambda item: _turn(item.nodeid))
