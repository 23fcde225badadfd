"""Acceptance slips: what stands on the paper, and that it stands nowhere else."""

import subprocess
from datetime import UTC, datetime

import numpy as np
import pytest

from devices.printer.pages import count_pages
from kiosk.printing.slips import Slip, SlipPress, fee_of, promise_of
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


@pytest.fixture(scope="module")
def paper(press: SlipPress) -> bytes:
    return press.render(slip())


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


def test_qr_code_opens_the_case(paper: bytes) -> None:
    """The printed code reads back, at the resolution of a cheap printer, as what the tracking page takes."""
    from devices.scanner.decoders import decode  # noqa: PLC0415 - loads OpenCV

    done = subprocess.run(["pdftoppm", "-r", "100", "-gray", "-"], input=paper, capture_output=True, check=True)
    kind, width, height, _ = done.stdout.split(maxsplit=3)
    assert kind == b"P5"
    raw = np.frombuffer(done.stdout[-int(width) * int(height) :], np.uint8).reshape(int(height), int(width))
    (code,) = decode(raw, 1.0)
    assert parse_slip(code.payload.decode()) == CODE


def test_two_slips_never_mix(press: SlipPress, paper: bytes) -> None:
    """The kept compiler keeps nothing of the slip before; the same slip gives the same bytes."""
    other = SlipCode(case_number=new_case_number(START.date(), 12, 8), token=new_slip_token())
    said = words(press.render(slip(town.NO_PROPERTY, other)))
    assert "20261123 0012 0008" in said
    assert "20261123 0012 0007" not in said
    assert press.render(slip()) == paper


def test_nothing_to_bring(press: SlipPress) -> None:
    """An item without materials says so."""
    assert "不需要另外提交材料" in words(press.render(slip(ITEM.model_copy(update={"materials": ()}))))


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
