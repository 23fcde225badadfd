"""``bianmin document``: pictures of pages to one PDF, made as the terminal makes it of what a citizen photographs."""

import logging
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kiosk import logs
from kiosk.commands.outcome import Exit, coded, error_content, json_option, print_json

if TYPE_CHECKING:
    from devices.document.api import Capture

_PAPERS = ("a4", "card", "passport_page")
_TONES = ("colour", "grey", "binary")


@click.command()
@click.argument("images", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("-o", "--out", required=True, type=click.Path(path_type=Path), help="The PDF to be written.")
@click.option("--tone", type=click.Choice(_TONES), default="colour", show_default=True)
@click.option("--paper", type=click.Choice(_PAPERS), help="The pages' size, where it is known.")
@click.option("--budget", "budget_bytes", type=click.IntRange(min=10_000), help="Bytes a page may take in the PDF.")
@json_option
@coded
def document(
    images: Sequence[Path], out: Path, tone: str, paper: str | None, budget_bytes: int | None, *, as_json: bool
) -> Exit:
    """Find the page in each of IMAGES, straighten it, and put all of them into one PDF.

    Writes nothing and exits with 1 when one of them shows no page that could be kept; each picture's quality is told.
    """
    logs.begin(logging.CRITICAL)  # what goes wrong is told by the command itself
    from devices.document.api import BUDGET_BYTES, DocumentError, Paper, Tone, capture, to_pdf, usable  # noqa: PLC0415
    from kiosk.commands.pictures import read_picture  # noqa: PLC0415

    wanted = None if paper is None else Paper[paper.upper()]
    taken = {image: capture(read_picture(image), Tone(tone), wanted) for image in images}
    told: dict[str, Any] = {"pages": [_told(image, captured) for image, captured in taken.items()]}
    pages = [one.page for one in taken.values() if one.page is not None and usable(one.quality)]
    if len(pages) < len(taken):
        if not as_json:
            missing = ", ".join(f"{one['image']}: {one['quality']}" for one in told["pages"] if not one["usable"])
            raise DocumentError(missing)
        print_json(told | {"error": error_content(DocumentError.code, "")})
        return Exit.FAULT
    pdf = to_pdf(pages, budget_bytes or BUDGET_BYTES)
    _write(out, pdf)
    if as_json:
        print_json(told | {"file": str(out), "bytes": len(pdf)})
    else:
        click.echo(f"{out}: {len(pages)} pages, {len(pdf)} bytes")
    return Exit.DONE


def _told(image: Path, captured: "Capture") -> dict[str, Any]:
    from devices.document.api import usable  # noqa: PLC0415

    page = captured.page
    return {
        "image": str(image),
        "quality": type(captured.quality).__name__,
        "usable": page is not None and usable(captured.quality),
        "paper": None if page is None else page.paper.name.lower(),
        "seen_dpi": None if page is None else page.seen_dpi,
    }


def _write(path: Path, pdf: bytes) -> None:
    """Write a file that its owner alone can read: it may be somebody's."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    except OSError as error:
        raise click.FileError(str(path), error.strerror) from error
    with os.fdopen(descriptor, "wb") as file:
        file.write(pdf)
