"""Documents of invented people as pictures: an A4 letter, a filled form, a card, a passport's data page."""

import json
from enum import Enum
from functools import cache

import cv2  # noqa: TID251 - decodes what is drawn, for the far end of the real stack
import numpy as np
import typst  # noqa: TID251 - draws test documents; nothing of it is in a release

from devices.camera.api import Pixels
from devices.virtual.people import ZHANG, Person

DRAWN_PPI = 200.0


class Sheet(Enum):
    """What can be drawn, at its true size."""

    LETTER = "an A4 page of text with a seal"
    FORM = "an A4 page with a frame around it"
    CARD = "a card with a photograph (ISO/IEC 7810 ID-1)"
    TRAVEL_CARD = "the side of a card that has the zone (ISO/IEC 7810 ID-1)"
    PASSPORT = "the data page of a passport (ISO/IEC 7810 ID-3)"


_LETTER = """
#set page(width: 210mm, height: 297mm, margin: 22mm)
#set text(font: "Noto Serif CJK SC", size: 11pt)
#align(center, text(size: 20pt, weight: "bold")[租房合同补充说明])
#v(8mm)
#for n in range(9) [
  第#(n + 1)条　乙方 #data.name 承租位于#data.address 的房屋，租期十二个月，每月租金 #(1200 + 35 * n) 元，按季支付。
  The tenant pays the rent quarterly, and gives notice thirty days before leaving. \\ \\
]
#place(bottom + right, circle(radius: 17mm, stroke: 1.2mm + rgb("c02020"), align(center + horizon,
  text(fill: rgb("c02020"), size: 12pt)[望海巷 \\ 物业专用])))
"""
_FORM = """
#set page(width: 210mm, height: 297mm, margin: 16mm)
#set text(font: "Noto Sans CJK SC", size: 10pt)
#rect(width: 100%, height: 100%, stroke: 0.6mm, inset: 6mm)[
  #align(center, text(size: 17pt)[居住登记申请表])
  #table(columns: (1fr, 2fr, 1fr, 2fr), rows: 14mm, stroke: 0.3mm, align: horizon,
    ..range(14).map(n => ([第 #(n + 1) 项], data.name, [日期], [2026 年 #(n + 1) 月])).flatten())
]
"""
_CARD = """
#set page(width: 85.6mm, height: 53.98mm, margin: 5mm, fill: rgb("dfe9f2"))
#set text(font: "Noto Sans CJK SC", size: 7.5pt)
#text(fill: rgb("2a4a80"), size: 9pt)[样本社会保障卡 SPECIMEN] \\ #v(1.5mm)
姓名 #data.name \\ 卡号 #data.card \\ 签发 2019.04.08
#place(bottom + right, rect(width: 18mm, height: 23mm, fill: rgb("9fb0c4"),
  align(center + bottom, circle(radius: 6mm, fill: rgb("6d7f96")))))
#place(bottom + left, text(size: 6pt)[#data.address])
"""
_PASSPORT = """
#set page(width: 125mm, height: 88mm, margin: 0mm, fill: rgb("f1efe6"))
#set text(font: "Noto Sans CJK SC", size: 8pt)
#place(dx: 6mm, dy: 6mm, text(fill: rgb("803030"))[样本护照 SPECIMEN PASSPORT])
#place(dx: 6mm, dy: 16mm, rect(width: 32mm, height: 42mm, fill: rgb("b9c3cc"),
  align(center + bottom, circle(radius: 11mm, fill: rgb("75828e")))))
#place(dx: 46mm, dy: 16mm)[姓名 Name \\ #data.name #v(2mm) 签发机关 Authority \\ SPECIMEN OFFICE]
#for (n, line) in data.mrz.enumerate() {
  place(dx: 6mm, dy: 88mm - 20.5mm + n * 6.35mm, text(font: "OCR B", size: 9.96pt, line))
}
"""
_TRAVEL_CARD = """
#set page(width: 85.6mm, height: 53.98mm, margin: 0mm, fill: rgb("e6efe6"))
#set text(font: "Noto Sans CJK SC", size: 7pt)
#place(dx: 5mm, dy: 5mm, text(fill: rgb("2a6a40"))[样本通行证 SPECIMEN PERMIT])
#place(dx: 5mm, dy: 13mm, rect(width: 11mm, height: 11mm, fill: rgb("b08d3c"), radius: 2mm))
#for (n, line) in data.mrz.enumerate() {
  place(dx: 4.7mm, dy: 53.98mm - 21mm + n * 6.35mm, text(font: "OCR B", size: 9.96pt, line))
}
"""
_SOURCES = {
    Sheet.LETTER: _LETTER,
    Sheet.FORM: _FORM,
    Sheet.CARD: _CARD,
    Sheet.TRAVEL_CARD: _TRAVEL_CARD,
    Sheet.PASSPORT: _PASSPORT,
}


@cache
def draw(sheet: Sheet, person: Person = ZHANG, mrz: tuple[str, ...] = (), ppi: float = DRAWN_PPI) -> Pixels:
    """Return a document, seen straight from above and evenly lit, as height × width × 3 (BGR).

    ``mrz``: the lines of a machine readable zone, printed in OCR-B at ten characters an inch (ICAO
    Doc 9303-3, 4.1). The picture is kept: do not write on it.
    """
    data = {"name": person.name, "address": person.address, "card": person.card_number, "mrz": mrz}
    source = f'#let data = json(bytes(sys.inputs.at("data")))\n{_SOURCES[sheet]}'
    png = typst.Compiler().compile(
        input=source.encode(), format="png", ppi=ppi, sys_inputs={"data": json.dumps(data, ensure_ascii=False)}
    )
    if not isinstance(png, bytes):
        raise TypeError("typst gave no single page")
    picture = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)
    if picture is None:
        raise ValueError("typst gave no picture")
    return np.asarray(picture, np.uint8)
