"""The table by which a run's workers share the tests names tests that are there."""

import re
from pathlib import Path

import pytest

from tests.shares import LONG, THEN

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("share", [part for share in LONG for part in share.split("|tests/")])
def test_a_share_is_there(share: str) -> None:
    """No line is left behind when a file is called otherwise, or a test no longer shares a terminal."""
    file = "tests/" + share.partition("::")[0].removeprefix("tests/")
    assert any(re.fullmatch(file, str(path.relative_to(ROOT))) for path in (ROOT / "tests").rglob("test_*.py"))


def test_a_folder_is_there() -> None:
    """The same for the folders behind them."""
    assert all((ROOT / folder).is_dir() for folder in THEN)
