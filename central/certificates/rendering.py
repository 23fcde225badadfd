"""The door to Typst: a certificate's template and facts become PDF/A-2b. Knows nothing of where facts come from."""

import io
import json
import threading
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import segno
import typst  # noqa: TID251 - the door

_LOOK = Path(__file__).parent / "look"
FAMILIES = ("Noto Serif CJK SC", "Noto Sans CJK SC")
_QR_BORDER = 4  # modules, ISO/IEC 18004


class FontsMissing(Exception):
    """The fonts of certificates are not installed; Debian has them in ``fonts-noto-cjk`` and ``-extra``."""


class CannotRender(Exception):
    """A certificate cannot be set: its template is wrong, or a character is in no font. Never quotes the text."""


@dataclass(frozen=True, slots=True, repr=False)
class Sheet:
    """What a certificate's template gets to see; texts in both languages are ``{"zh": …, "en": …}``.

    ``qr`` is the verification code's text; the template receives it as a picture.
    """

    title: dict[str, str]
    centre: dict[str, str]
    seal: dict[str, str]
    notice: dict[str, str] | None
    serial: str
    issued: dict[str, str]
    holder: dict[str, str]
    facts: dict[str, Any]
    qr: str


class Press:
    """Sets certificates. Keeps fonts and compiled templates warm: 200 ms for the first page, about 12 for the next.

    One compiler for all threads, one page at a time: it cannot be shared while it runs.
    """

    def __init__(self, fonts: Path) -> None:
        """Find the fonts below a folder. Raises :class:`FontsMissing`."""
        found = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(fonts)])
        if missing := [family for family in FAMILIES if family not in found.families()]:
            raise FontsMissing(f"{', '.join(missing)} not found below {fonts}")
        self._compiler = typst.Compiler(root=_LOOK, font_paths=found, ignore_system_fonts=True)
        self._turn = threading.Lock()

    def set(self, source: str, sheet: Sheet, *, at: datetime) -> bytes:
        """Return the PDF of a template (Typst) and a sheet, dated ``at``. Raises :class:`CannotRender`."""
        stamp = at.replace(microsecond=0)  # PDF dates have seconds only
        data = json.dumps(asdict(sheet) | {"qr": qr_svg(sheet.qr)}, ensure_ascii=False)
        with self._turn:
            try:
                pdf = self._compiler.compile(
                    source.encode(), format="pdf", sys_inputs={"data": data}, pdf_standards="a-2b", timestamp=stamp
                )
            except typst.TypstError as error:
                # The chain is cut: Typst quotes the text, and a template's text may be a citizen's name.
                raise CannotRender(_without_quotes(error.message)) from None
        if not isinstance(pdf, bytes):
            raise CannotRender("the template gives no document")
        return pdf

    def has_glyphs(self, text: str) -> bool:
        """Tell whether every font of certificates has every character of a text."""
        for family in FAMILIES:
            source = "#set text(font: sys.inputs.family, fallback: false)\n#sys.inputs.text"
            with self._turn:
                try:
                    self._compiler.compile(
                        source.encode(),
                        format="pdf",
                        sys_inputs={"family": family, "text": text},
                        pdf_standards="a-2b",
                    )
                except typst.TypstError:
                    return False
        return True


def qr_svg(text: str) -> str:
    """Return a QR code at error level M as SVG, quiet zone included."""
    picture = io.BytesIO()
    segno.make_qr(text, error="m", boost_error=False).save(picture, kind="svg", border=_QR_BORDER, xmldecl=False)
    return picture.getvalue().decode()


def _without_quotes(message: str) -> str:
    """Return a Typst message up to its first quotation."""
    return message.split('"', 1)[0].split("`", 1)[0].strip()
