"""Acceptance slips: what stands on the paper, and that it stands nowhere else."""

import dataclasses
import subprocess
from datetime import UTC, datetime

import numpy as np
import pytest

from devices.printer.media import A4, Roll, media_for
from devices.printer.pages import count_pages, page_size_mm
from kiosk.printing.slips import Slip, SlipLayout, SlipPress, fee_of, promise_of
from tests.fakes import town
from tests.terminal_parts import START, TERMINAL
from wire.case import SlipCode, new_case_number, new_slip_token, parse_slip
from wire.catalogue import Material, ServiceItem

URL = "https://centre.example"
CODE = SlipCode(case_number=new_case_number(START.date(), 12, 7), token=new_slip_token())
ITEM = town.SHOP.model_copy(
    update={
        "fee_fen": 1050,
        "materials": (
            Material(name=town.text("经营场所使用证明", "Proof of premises")),
            Material(name=town.text("委托书", "Power of attorney"), copies=2),
            Material(name=town.text("居民身份证", "Resident ID card"), held=True),
        ),
    }
)


def slip(item: ServiceItem = ITEM, code: SlipCode = CODE) -> Slip:
    return Slip(
        code=code,
        item=item,
        department=town.DEPARTMENTS[1].name,
        applicant=town.ZHANG_RESIDENT,
        received_at=datetime(2026, 11, 23, 1, 30, tzinfo=UTC),
        centre=TERMINAL.enrolment.centre_name,
        public_url=URL,
    )


@pytest.fixture(scope="module")
def press() -> SlipPress:
    return SlipPress()


@pytest.fixture(scope="module", params=SlipLayout, ids=lambda layout: layout.name)
def layout(request: pytest.FixtureRequest) -> SlipLayout:
    return request.param


@pytest.fixture(scope="module")
def paper(press: SlipPress, layout: SlipLayout) -> bytes:
    return press.render(slip(), layout)


def words(pdf: bytes) -> str:
    done = subprocess.run(["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True)
    return done.stdout.decode()


def test_says_all_that_was_told(paper: bytes) -> None:
    """Number, item, department, masked applicant, promise, fee and every material, in both languages, on one page."""
    said = words(paper)
    for part in (
        "受理通知书",
        "Acceptance slip",
        "20261123 0012 0007",
        "2026-11-23 09:30",
        "个体工商户设立登记",
        "Registration of an Individual Business",
        "市场监督管理局",
        "**燕",
        "210203********0028",
        "3 个工作日内办结",
        "within 3 working days",
        "10.50 元",
        "经营场所使用证明",
        "2 份",
        "2 copies",
        "Held by the centre",
        "示例政务服务中心",
    ):
        assert part in said
    assert count_pages(paper) == 1


def test_masks_the_applicant(paper: bytes) -> None:
    """Neither the whole name nor the whole number stands anywhere in the file."""
    assert town.ZHANG_RESIDENT.name not in words(paper)
    assert town.ZHANG_RESIDENT.id_number not in words(paper)
    assert town.ZHANG_RESIDENT.id_number.encode() not in paper
    assert town.ZHANG_RESIDENT.name not in repr(slip())
    assert CODE.token not in repr(slip())


def dots(pdf: bytes, dpi: int) -> "np.ndarray[tuple[int, int], np.dtype[np.uint8]]":
    """Return the page as a printer of that resolution draws it, white 255."""
    done = subprocess.run(["pdftoppm", "-r", str(dpi), "-gray", "-"], input=pdf, capture_output=True, check=True)
    kind, width, height, _ = done.stdout.split(maxsplit=3)
    assert kind == b"P5"
    return np.frombuffer(done.stdout[-int(width) * int(height) :], np.uint8).reshape(int(height), int(width))


def test_qr_code_opens_the_case(paper: bytes) -> None:
    """The printed code reads back, at the resolution of a cheap printer, as what the tracking page takes."""
    from devices.scanner.decoders import decode  # noqa: PLC0415 - loads OpenCV

    raw = dots(paper, 100)
    (code,) = decode(raw, 1.0)
    assert parse_slip(code.payload.decode()) == CODE


def test_a_roll_is_cut_to_the_slip(press: SlipPress) -> None:
    """The narrow slip is one piece 80 mm wide, as long as its words; A4 stays A4, whatever it says."""
    short = press.render(slip(ITEM.model_copy(update={"materials": ()})), SlipLayout.ROLL_80)
    long = press.render(slip(), SlipLayout.ROLL_80)
    for pdf in (short, long):
        size = page_size_mm(pdf)
        assert size is not None
        assert size[0] == pytest.approx(80, abs=0.1)
        assert media_for(Roll(80), pdf) == f"custom_80x{int(size[1]) + 2}mm_80x{int(size[1]) + 2}mm"
        assert media_for(A4, pdf) == "iso_a4_210x297mm"
        assert media_for(Roll(58), pdf) is None
    assert media_for(Roll(80), press.render(slip())) is None
    assert (page_size_mm(short) or (0, 0))[1] < (page_size_mm(long) or (0, 0))[1]


def test_a_thermal_head_prints_the_narrow_slip(press: SlipPress) -> None:
    """Its ink stays within the 72 mm that such heads reach, and at 203 dpi it is black or white, with no grey areas."""
    page = dots(press.render(slip(), SlipLayout.ROLL_80), 203)
    mm = 203 / 25.4
    inked = np.flatnonzero((page < 128).any(axis=0))
    assert inked[0] >= 3.8 * mm
    assert inked[-1] <= 76.2 * mm
    inside = page[1:-1, 1:-1]
    same = (inside == page[:-2, 1:-1]) & (inside == page[2:, 1:-1]) & (inside == page[1:-1, :-2])
    grey = same & (inside > 40) & (inside < 215)  # an edge of a letter is grey, an area must not be
    assert grey.sum() < 0.0005 * inside.size


def test_the_case_number_stands_on_one_line(paper: bytes) -> None:
    """The number, check digit included, is never broken."""
    assert any("20261123 0012 0007" in line and line.split()[-1].isalnum() for line in words(paper).splitlines())
    (line,) = [line for line in words(paper).splitlines() if "20261123 0012 0007" in line]
    assert len(line.split("20261123 0012 0007")[1].split()[0]) == 1


def test_no_line_of_the_narrow_slip_begins_with_a_stop(press: SlipPress) -> None:
    """Chinese is broken as it should be: no line begins with a closing mark or ends with an opening one."""
    text = "经营场所使用证明（房屋租赁合同或产权证明，租期不少于一年），并附《房屋所有人身份证》复印件。"
    for begin in range(12):
        item = ITEM.model_copy(update={"materials": (Material(name=town.text("甲" * begin + text, "x")),)})
        for line in words(press.render(slip(item), SlipLayout.ROLL_80)).splitlines():
            told = line.strip()
            assert not told.startswith(tuple("，。、）》；：")), line
            assert not told.endswith(tuple("（《")), line


def test_two_slips_never_mix(press: SlipPress, paper: bytes, layout: SlipLayout) -> None:
    """The kept compiler keeps nothing of the slip before; the same slip gives the same bytes."""
    other = SlipCode(case_number=new_case_number(START.date(), 12, 8), token=new_slip_token())
    said = words(press.render(slip(town.NO_PROPERTY, other), layout))
    assert "20261123 0012 0008" in said
    assert "20261123 0012 0007" not in said
    assert press.render(slip(), layout) == paper


def test_nothing_to_bring(press: SlipPress, layout: SlipLayout) -> None:
    """An item without materials says so."""
    assert "不需要另外提交材料" in words(press.render(slip(ITEM.model_copy(update={"materials": ()})), layout))


def test_long_lists_take_more_pages(press: SlipPress) -> None:
    """Materials are never cut off: thirty of them go over to the next page."""
    many = tuple(Material(name=town.text(f"材料{number}", f"Document {number}")) for number in range(30))
    pdf = press.render(slip(ITEM.model_copy(update={"materials": many})))
    assert (count_pages(pdf) or 0) > 1
    assert "Document 29" in words(pdf)


def test_words_that_look_like_markup_are_printed(press: SlipPress) -> None:
    """A centre's words are text, whatever they look like to the typesetter."""
    name = town.text('#panic("x") *a* $b$ @c', "<label> = [x]")
    assert '#panic("x") *a* $b$ @c' in words(press.render(slip(ITEM.model_copy(update={"name": name}))))


def test_fees_and_promises() -> None:
    """Fen become yuan without floats; one day is one day."""
    assert fee_of(ITEM.model_copy(update={"fee_fen": 5})).zh == "0.05 元"
    assert fee_of(ITEM.model_copy(update={"fee_fen": 0})).en == "Free of charge"
    assert promise_of(ITEM.model_copy(update={"promise_days": 1})).en == "Decided within 1 working day"
    assert promise_of(town.NO_PROPERTY).en == "Decided at once"


@pytest.mark.parametrize(
    ("name", "printed"),
    [
        ("仉𬱖", "*𬱖"),
        ("张小\ue000", "**〔U+E000〕"),
        ("张小\U0002fa1f", "**〔U+2FA1F〕"),
        ("古丽努尔·买买提江", "********江"),
    ],
)
def test_rare_characters_are_printed_by_their_code(
    press: SlipPress, layout: SlipLayout, name: str, printed: str
) -> None:
    """A character that no font here draws, or that means nothing elsewhere, is printed as its code and not as a box."""
    applicant = town.ZHANG_RESIDENT.model_copy(update={"name": name})
    assert printed in words(press.render(dataclasses.replace(slip(), applicant=applicant), layout))
