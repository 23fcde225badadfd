"""The technician's test page as PDF: one A4 page that names no citizen."""

import json
from datetime import datetime
from importlib.resources import files

import typst  # noqa: TID251 - the terminal's door: its own pages

from wire.clock import CHINA


def render(terminal: str, version: str, at: datetime) -> bytes:
    """Return the page. ``terminal``: the name that the centre gave this terminal."""
    printed = f"{at.astimezone(CHINA):%Y-%m-%d %H:%M:%S}"
    pdf = typst.Compiler().compile(
        input=files("kiosk.printing").joinpath("test_page.typ").read_bytes(),
        format="pdf",
        sys_inputs={"page": json.dumps({"terminal": terminal, "version": version, "printed": printed})},
        timestamp=int(at.timestamp()),
    )
    if not isinstance(pdf, bytes):
        raise TypeError("typst gave no PDF")
    return pdf
