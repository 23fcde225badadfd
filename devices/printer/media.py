"""The paper that a printer takes, and the name by which a job asks for it (PWG 5101.1, self-describing names)."""

import math
import re
from dataclasses import dataclass
from typing import assert_never

from devices.printer.pages import page_size_mm


@dataclass(frozen=True, slots=True)
class Sheets:
    """Cut paper of one size, by its PWG name: every document is printed on it, whatever its own size."""

    name: str

    @property
    def size_mm(self) -> tuple[int, int] | None:
        """Width and length; None where the name does not tell."""
        return size_of(self.name)


@dataclass(frozen=True, slots=True)
class Roll:
    """Paper of one width, in millimetres, which the printer cuts to the length of each document."""

    width_mm: int = 80


Paper = Sheets | Roll

A4 = Sheets("iso_a4_210x297mm")
_SIZE = re.compile(r"_([0-9]{1,5}(?:\.[0-9]{1,4})?)x([0-9]{1,5}(?:\.[0-9]{1,4})?)(mm|in)$")
_MM_PER_INCH = 25.4
_SLACK_MM = 1  # sizes are rounded to points on their way through CUPS, downwards


def size_of(name: str) -> tuple[int, int] | None:
    """Return width and length, in millimetres, that a self-describing name tells; None where it is none."""
    found = _SIZE.search(name)
    if found is None:
        return None
    unit = _MM_PER_INCH if found[3] == "in" else 1
    return round(float(found[1]) * unit), round(float(found[2]) * unit)


def media_for(paper: Paper, pdf: bytes) -> str | None:
    """Return what a job has to ask for, or None where the document does not go onto this paper."""
    match paper:
        case Sheets(name):
            return name
        case Roll(width_mm):
            size = page_size_mm(pdf)
            if size is None or size[0] > width_mm + _SLACK_MM:
                return None
            name = f"{width_mm}x{math.ceil(size[1]) + _SLACK_MM}mm"
            return f"custom_{name}_{name}"
    assert_never(paper)
