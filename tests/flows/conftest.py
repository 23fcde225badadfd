"""One terminal without hardware for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.terminal import FakeTerminal


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[FakeTerminal]:
    """Return a terminal that pulled the town's items, with an empty reader and paper in the printer."""
    made = FakeTerminal(tmp_path)
    yield made
    made.store.close()
