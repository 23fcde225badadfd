"""The buttons that move a case: what each says, what it asks of the officer, and the event it makes."""

from collections.abc import Callable
from dataclasses import dataclass

from central.cases.transitions import (
    Approve,
    BeginReview,
    Deliver,
    Event,
    ReceiveSupplement,
    Reject,
    RequestSupplement,
    Standing,
    possible,
)


@dataclass(frozen=True, slots=True)
class Button:
    """``asks``: what the note is for. ``weight``: main, other or against. ``event`` takes note and reason."""

    name: str
    label: str
    asks: str
    weight: str
    kind: type[Event]
    event: Callable[[str, str], Event]
    note_wanted: bool = False


_BUTTONS = (
    Button("review", "开始审查", "告知申请人（可不填）", "main", BeginReview, lambda _note, _reason: BeginReview()),
    Button("approve", "准予办理", "告知申请人（可不填）", "main", Approve, lambda _note, _reason: Approve()),
    Button(
        "supplement",
        "一次性告知补正",
        "缺少的全部材料（会告知申请人）",
        "other",
        RequestSupplement,
        RequestSupplement,
        note_wanted=True,
    ),
    Button(
        "reject",
        "不予办理",
        "理由（会告知申请人）",
        "against",
        Reject,
        lambda note, _reason: Reject(note),
        note_wanted=True,
    ),
    Button(
        "supplemented",
        "材料已补正",
        "告知申请人（可不填）",
        "main",
        ReceiveSupplement,
        lambda _note, _reason: ReceiveSupplement(),
    ),
    Button("deliver", "已送达", "送达方式（可不填）", "main", Deliver, lambda _note, _reason: Deliver()),
)


def buttons_for(standing: Standing) -> list[Button]:
    """Return the buttons that a case shows, the main one first."""
    kinds = possible(standing)
    return [button for button in _BUTTONS if button.kind in kinds]


def button_named(name: str) -> Button | None:
    """Return the button that was pressed."""
    return next((button for button in _BUTTONS if button.name == name), None)
