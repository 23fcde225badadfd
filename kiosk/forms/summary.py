"""The lines of a review: a question's short words and its answer as a person reads it, masked where it is personal."""

from dataclasses import dataclass, field
from datetime import date

from kiosk.forms.fields import Field, Kind
from kiosk.forms.model import Value
from wire.identity import check_id_number, mask_id_number
from wire.text import Text

_YES = Text(zh="是", en="Yes")
_NO = Text(zh="否", en="No")
_SEX = {
    "male": Text(zh="男", en="male"),
    "female": Text(zh="女", en="female"),
    "unknown": Text(zh="未说明", en="not stated"),
}
_DOCUMENT = {
    "resident_card": Text(zh="居民身份证", en="resident ID card"),
    "social_security_card": Text(zh="社会保障卡", en="social security card"),
    "foreign_resident_card": Text(zh="外国人永久居留身份证", en="foreign permanent resident ID card"),
    "residence_permit": Text(zh="港澳台居民居住证", en="residence permit for Hong Kong, Macau and Taiwan residents"),
    "travel_permit": Text(zh="来往内地（大陆）通行证", en="mainland travel permit"),
    "passport": Text(zh="护照", en="passport"),
    "foreign_identity_card": Text(zh="境外身份证件", en="foreign identity card"),
}
_SHOWN_OF_CARD = 4


@dataclass(frozen=True, slots=True)
class Row:
    """One line. ``editable``: the citizen said it, not the document."""

    key: str
    label: Text
    value: Text = field(repr=False)
    editable: bool


def row_of(asked: Field, value: Value, *, editable: bool) -> Row:
    """Return the line of one answer."""
    return Row(asked.key, asked.label, _words(asked, value), editable)


def _words(asked: Field, value: Value) -> Text:
    match asked.kind:
        case Kind.CHOICE:
            return next(option.label for option in asked.options if option.value == value)
        case Kind.YES_NO:
            return _YES if value else _NO
        case Kind.DATE:
            day = date.fromisoformat(str(value))
            return Text(zh=f"{day.year}年{day.month}月{day.day}日", en=day.isoformat())
        case Kind.NUMBER:
            unit = asked.unit or Text(zh="", en="")
            return Text(zh=f"{value} {unit.zh}".strip(), en=f"{value} {unit.en}".strip())
        case Kind.TEXT:
            return _text(asked, str(value))


def _text(asked: Field, value: str) -> Text:
    known = {"sex": _SEX, "document": _DOCUMENT}.get(asked.known or "", {}).get(value)
    if known is not None:
        return known
    if check_id_number(value):
        value = mask_id_number(value)
    elif asked.known == "card_number":
        value = "*" * (len(value) - _SHOWN_OF_CARD) + value[-_SHOWN_OF_CARD:]
    return Text(zh=value, en=value)
