"""Command lines that cannot be meant: told with exit code 2, before anything is opened. Without processes."""

import pytest
from click.testing import CliRunner

from devices.virtual.travellers import ANNA
from kiosk.__main__ import main

ZONE = "".join(ANNA.zone())


@pytest.mark.parametrize(
    "arguments",
    [
        ("card", "read", "--reader", "x", "--sam", "/dev/ttyS0"),
        ("card", "read", "--sam", "/dev/ttyS0", "--can", "123456"),
        ("card", "read", "--mrz", ZONE, "--can", "123456"),
        ("card", "read", "--mrz", ZONE, "--mrz-image", "a.png"),
        ("card", "read", "--can", "12345"),
        ("card", "read", "--can", "１２３４５６"),
        ("card", "read", "--trust", "/none"),
        ("card", "read", "--deadline", "-1"),
        ("scan",),
        ("scan", "a.png", "--camera", "0"),
        ("document", "a.png"),
        ("document", "-o", "a.pdf"),
        ("document", "a.png", "-o", "a.pdf", "--tone", "blue"),
    ],
    ids=" ".join,
)
def test_what_cannot_be_meant(arguments: tuple[str, ...]) -> None:
    """Options that contradict each other, or say nothing, are a mistake of the command line."""
    result = CliRunner().invoke(main, arguments)
    assert (result.exit_code, result.stdout) == (2, "")


@pytest.mark.parametrize("zone", [ZONE[:-1], ZONE[:-1] + "9", "", "<" * 88])
def test_printed_lines_that_are_none(zone: str) -> None:
    """Printed lines whose length or check digits are wrong open nothing, and are not said again."""
    result = CliRunner().invoke(main, ["card", "read", "--mrz", "-"], input=zone)
    assert result.exit_code == 1
    assert result.stderr.startswith("2033 card.mrz_wrong")
    assert ANNA.number not in result.output
