"""The page with the recovery key of a terminal's data partition, as PDF: to be kept by the centre."""

import json
from collections.abc import Sequence
from datetime import datetime
from importlib.resources import files

import typst  # noqa: TID251 - the terminal's door: its own pages

from wire.clock import CHINA


def render(centre: str, lines: Sequence[str], at: datetime) -> bytes:
    """Return the page, A4. ``lines``: the key as it is to be typed."""
    page = {"centre": centre, "lines": list(lines), "printed": f"{at.astimezone(CHINA):%Y-%m-%d %H:%M}"}
    pdf = typst.Compiler().compile(
        input=files("kiosk.printing").joinpath("recovery_page.typ").read_bytes(),
        format="pdf",
        sys_inputs={"page": json.dumps(page)},
        timestamp=int(at.timestamp()),
    )
    if not isinstance(pdf, bytes):
        raise TypeError("typst gave no PDF")
    return pdf
