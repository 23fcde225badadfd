"""Acceptance slips (受理通知书) as PDF: from a case to paper in both languages, A4 or a roll, in memory only.

The compiler is made with the first slip and kept: that one costs what finding the fonts costs, every later one some
milliseconds.
"""

import io
import json
import re
import threading
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from functools import cached_property
from importlib.resources import files

import segno
import typst  # noqa: TID251 - the terminal's door: slips

from wire.case import SlipCode, show_case_number
from wire.catalogue import Material, Processing, ServiceItem
from wire.characters import is_interchangeable, rare_characters
from wire.clock import CHINA
from wire.identity import Identity, mask_id_number, mask_name
from wire.text import Text

_COMMON = re.compile(r"[\x20-\x7e·\u4e00-\u9fa5]")  # in every Chinese font: not asked about


class SlipLayout(Enum):
    """The paper that a slip is laid out for, by its template beside this module."""

    A4 = "slip.typ"
    ROLL_80 = "slip_80mm.typ"


@dataclass(frozen=True, slots=True)
class Slip:
    """What a slip says. ``applicant`` is masked before it is printed."""

    code: SlipCode
    item: ServiceItem
    department: Text
    applicant: Identity = field(repr=False)
    received_at: datetime
    centre: Text
    public_url: str


class SlipPress:
    """Makes slips' PDFs. May be used from any thread; one page at a time."""

    def __init__(self) -> None:
        folder = files("kiosk.printing")
        self._templates = {layout: folder.joinpath(layout.value).read_bytes() for layout in SlipLayout}
        self._lock = threading.Lock()

    @cached_property
    def _compiler(self) -> typst.Compiler:
        return typst.Compiler()

    def render(self, slip: Slip, layout: SlipLayout = SlipLayout.A4) -> bytes:
        """Return a slip as PDF."""
        with self._lock:
            data = _data(slip) | {"applicant": self._writable(mask_name(slip.applicant.name))}
            pdf = self._compiler.compile(
                input=self._templates[layout],
                format="pdf",
                sys_inputs={"slip": json.dumps(data, ensure_ascii=False)},
                timestamp=int(slip.received_at.timestamp()),
            )
            self._compiler.compile(input=b"", format="pdf", sys_inputs={})  # forgets the applicant
        if not isinstance(pdf, bytes):
            raise TypeError("typst gave no PDF")
        return pdf

    def _writable(self, name: str) -> str:
        """Return a name with the codes of the characters that no font here draws, as screens show them: no boxes."""
        for char in rare_characters(name, self._draws):
            name = name.replace(char, f"〔U+{ord(char):04X}〕")
        return name

    def _draws(self, char: str) -> bool:
        if not is_interchangeable(char):
            return False
        if _COMMON.fullmatch(char):
            return True
        try:  # PDF/A admits no glyph that is not there; what else it asks for, this page has
            self._compiler.compile(
                input=b"#sys.inputs.text", format="pdf", sys_inputs={"text": char}, pdf_standards="a-2b"
            )
        except typst.TypstError:
            return False
        return True


def _data(slip: Slip) -> dict[str, object]:
    received = slip.received_at.astimezone(CHINA)
    return {
        "centre": slip.centre.model_dump(),
        "case_number": show_case_number(slip.code.case_number),
        "qr_svg": _qr_svg(slip.code.to_text(slip.public_url)),
        "received": f"{received:%Y-%m-%d %H:%M}",
        "item": slip.item.name.model_dump(),
        "department": slip.department.model_dump(),
        "id_number": mask_id_number(slip.applicant.id_number),
        "promise": promise_of(slip.item).model_dump(),
        "fee": fee_of(slip.item).model_dump(),
        "materials": [
            {"name": material.name.model_dump(), "how": _how(material).model_dump()} for material in slip.item.materials
        ],
    }


def promise_of(item: ServiceItem) -> Text:
    """Say when an item is decided."""
    match item.processing:
        case Processing.INSTANT:
            return Text(zh="当场办结", en="Decided at once")
        case Processing.PROMISED:
            days = item.promise_days
            unit = "day" if days == 1 else "days"
            return Text(zh=f"{days} 个工作日内办结", en=f"Decided within {days} working {unit}")


def fee_of(item: ServiceItem) -> Text:
    """Say what an item costs."""
    if not item.fee_fen:
        return Text(zh="不收费", en="Free of charge")
    yuan = f"{item.fee_fen // 100}.{item.fee_fen % 100:02}"
    return Text(zh=f"{yuan} 元", en=f"{yuan} yuan")


def _how(material: Material) -> Text:
    if material.held:
        return Text(zh="中心已有，不用提交", en="Held by the centre: nothing to bring")
    copies = "copy" if material.copies == 1 else "copies"
    return Text(zh=f"{material.copies} 份，交到窗口", en=f"{material.copies} {copies}, to the window")


def _qr_svg(text: str) -> str:
    """Draw a QR code; error correction M: paper gets folded."""
    drawing = io.BytesIO()
    segno.make(text, error="m", micro=False).save(drawing, kind="svg", border=2, xmldecl=False, unit="mm")
    return drawing.getvalue().decode()
