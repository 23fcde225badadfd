"""One terminal without hardware for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.staff import staff_of
from tests.fakes.terminal import FakeTerminal


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[FakeTerminal]:
    """Return a terminal that pulled the town's items, with an empty reader and paper in the printer."""
    made = FakeTerminal(tmp_path)
    yield made
    made.store.close()


@pytest.fixture
def staffed(terminal: FakeTerminal) -> FakeTerminal:
    """Return a terminal whose technician has a PIN."""
    terminal.staff = staff_of(terminal)
    return terminal
