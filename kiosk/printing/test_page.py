"""The technician's test page as PDF: one page that names no citizen, A4 or a piece of a roll."""

import json
from datetime import datetime
from importlib.resources import files

import typst  # noqa: TID251 - the terminal's door: its own pages

from devices.printer.media import A4, Paper, Roll
from wire.clock import CHINA


def render(terminal: str, version: str, at: datetime, paper: Paper = A4) -> bytes:
    """Return the page. ``terminal``: the name that the centre gave this terminal."""
    width_mm = paper.width_mm if isinstance(paper, Roll) else None
    printed = f"{at.astimezone(CHINA):%Y-%m-%d %H:%M:%S}"
    pdf = typst.Compiler().compile(
        input=files("kiosk.printing").joinpath("test_page.typ").read_bytes(),
        format="pdf",
        sys_inputs={
            "page": json.dumps({"terminal": terminal, "version": version, "printed": printed, "width_mm": width_mm})
        },
        timestamp=int(at.timestamp()),
    )
    if not isinstance(pdf, bytes):
        raise TypeError("typst gave no PDF")
    return pdf
