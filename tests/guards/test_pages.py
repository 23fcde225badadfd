"""Pages made of the code say what the code says, and what the issue names as a fault has a test."""

import pytest

from tests.pages import DOCS, PAGES, fault_tests
from wire.problems import catalogue

# what has to be in the fault matrix, whoever tests it
FAULTS = {
    "disk full",
    "read-only file system",
    "corrupt database",
    "torn bundle",
    "wrong clock",
    "line drops",
    "line stalls",
    "line resets",
    "line answers garbage",
    "line answers half",
}


@pytest.mark.parametrize("name", list(PAGES))
def test_page_is_as_written_by_the_code(name: str) -> None:
    """Nobody edits these pages by hand, and none is out of date."""
    written = (DOCS / name).read_text(encoding="utf-8")
    assert written == PAGES[name](), f"docs/{name} is out of date: run `python -m tests.pages`"


def test_every_fault_has_a_test() -> None:
    """Each kind of fault has at least one test, and each marked test a promise."""
    tests = list(fault_tests())
    assert FAULTS - {test.kind for test in tests} == set()
    assert [test.name for test in tests if not test.promise] == []


def test_every_fault_is_told_by_a_listed_code() -> None:
    """A code in the matrix is one that people are told; each kind of fault has at least one."""
    tests = list(fault_tests())
    assert {test.code for test in tests if test.code} <= set(catalogue())
    assert FAULTS - {test.kind for test in tests if test.code} == set()
