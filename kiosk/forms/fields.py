"""One property of a form, read once: what kind of question asks for it, in which words, within which bounds."""

import re
from dataclasses import dataclass
from datetime import date
from enum import Enum, auto

from kiosk.forms.errors import FormError
from kiosk.forms.layout import Control
from kiosk.forms.model import (
    ChoiceQuestion,
    DateQuestion,
    Keyboard,
    NumberQuestion,
    Option,
    Question,
    TextQuestion,
    Value,
    YesNoQuestion,
)
from kiosk.forms.patterns import MAX_TEXT
from kiosk.forms.schema import Schema
from kiosk.forms.words import Words, i18n_key, said
from wire.identity import Identity
from wire.text import Text

KNOWN_FIELDS = frozenset(Identity.model_fields) - {"photo"}
CORRECTABLE = frozenset({"address"})  # what a document says and may be out of date: shown, and open to change
_DIGITS_ONLY = re.compile(r"(?:\\d|[\^$0-9\[\](){},?:|-])+", re.ASCII)
_EARLIEST, _LATEST = date(1900, 1, 1), date(2100, 12, 31)
_DEFAULT_TEXT = 60


class Kind(Enum):
    """Which question asks for a property."""

    TEXT = auto()
    CHOICE = auto()
    YES_NO = auto()
    NUMBER = auto()
    DATE = auto()


@dataclass(frozen=True, slots=True)
class Field:
    """A property that is asked for, or known from the document (``known``: the field of Identity that says it)."""

    key: str
    kind: Kind
    schema: Schema
    control: Control
    label: Text
    hint: Text | None
    options: tuple[Option, ...]
    required: bool
    known: str | None
    earliest: date
    latest: date
    unit: Text | None = None

    def question(self, value: Value) -> Question:
        """Return the question, with the answer that it has now."""
        match self.kind:
            case Kind.TEXT:
                return TextQuestion(
                    key=self.key,
                    label=self.label,
                    hint=self.hint,
                    required=self.required,
                    value=value if isinstance(value, str) else "",
                    max_length=min(int(self.schema.get("maxLength", _DEFAULT_TEXT)), MAX_TEXT),
                    keyboard=_keyboard(self.schema, self.control),
                )
            case Kind.CHOICE:
                return ChoiceQuestion(
                    key=self.key,
                    label=self.label,
                    hint=self.hint,
                    required=self.required,
                    options=self.options,
                    value=value if isinstance(value, str) else None,
                )
            case Kind.YES_NO:
                return YesNoQuestion(
                    key=self.key,
                    label=self.label,
                    hint=self.hint,
                    required=self.required,
                    value=value if isinstance(value, bool) else None,
                )
            case Kind.NUMBER:
                return NumberQuestion(
                    key=self.key,
                    label=self.label,
                    hint=self.hint,
                    required=self.required,
                    value=value if isinstance(value, int) else None,
                    minimum=_bound(self.schema.get("minimum")),
                    maximum=_bound(self.schema.get("maximum")),
                    unit=self.unit,
                )
            case Kind.DATE:
                return DateQuestion(
                    key=self.key,
                    label=self.label,
                    hint=self.hint,
                    required=self.required,
                    earliest=self.earliest,
                    latest=self.latest,
                    value=_date(value),
                )


def read_field(control: Control, schema: Schema, words: Words, *, required: bool, today: date) -> Field:
    """Read a property and its control. Raises :class:`FormError`."""
    prefix = i18n_key(control.element, schema, control.key)
    known = schema.get("x-known")
    if known is not None and (not isinstance(known, str) or known not in KNOWN_FIELDS):
        raise FormError("x-known names no field of an identity")
    kind = _kind(schema)
    earliest, latest = _day(schema.get("x-earliest"), today, _EARLIEST), _day(schema.get("x-latest"), today, _LATEST)
    if earliest > latest:
        raise FormError("x-earliest is after x-latest")
    label = words.find(f"{prefix}.label") or said(control.element.get("label")) or said(schema.get("title"))
    return Field(
        key=control.key,
        kind=kind,
        schema=schema,
        control=control,
        label=label or Text(zh=control.key, en=control.key),
        hint=words.find(f"{prefix}.description") or said(schema.get("description")),
        options=_options(schema, words, prefix) if kind is Kind.CHOICE else (),
        required=required,
        known=known,
        earliest=earliest,
        latest=latest,
        unit=words.find(f"{prefix}.unit"),
    )


def _kind(schema: Schema) -> Kind:
    match schema.get("type"):
        case "string" if "enum" in schema or "oneOf" in schema:
            return Kind.CHOICE
        case "string" if schema.get("format") == "date":
            return Kind.DATE
        case "string":
            return Kind.TEXT
        case "boolean":
            return Kind.YES_NO
        case "integer":
            return Kind.NUMBER
    raise FormError(f"properties of type {str(schema.get('type'))[:40]!r} cannot be asked")


def _options(schema: Schema, words: Words, prefix: str) -> tuple[Option, ...]:
    """Return an enumeration's values, or a ``oneOf`` of constants with titles, as JSON Forms allows both."""
    entries = [(value, None) for value in schema["enum"]] if "enum" in schema else None
    if entries is None:
        entries = [(part.get("const"), part.get("title")) for part in schema["oneOf"] if isinstance(part, dict)]
    options = []
    for value, title in entries:
        if not isinstance(value, str):
            raise FormError("an option is no text")
        words_of_option = words.find(f"{prefix}.{value}") or said(title) or Text(zh=value, en=value)
        options.append(Option(value, words_of_option))
    if not options:
        raise FormError("a choice without options")
    return tuple(options)


def _keyboard(schema: Schema, control: Control) -> Keyboard:
    """Return the keys to offer: as the control's ``options.keyboard`` says, or as format and pattern suggest."""
    options = control.element.get("options")
    wanted = options.get("keyboard") if isinstance(options, dict) else None
    if isinstance(wanted, str) and wanted.upper() in Keyboard.__members__:
        return Keyboard[wanted.upper()]
    if schema.get("format") == "id-number" or schema.get("x-known") == "id_number":
        return Keyboard.ID_NUMBER
    pattern = schema.get("pattern", "")
    return Keyboard.DIGITS if pattern and _DIGITS_ONLY.fullmatch(pattern) else Keyboard.TEXT


def _bound(value: float | None) -> int | None:
    return None if value is None else int(value)


def _date(value: Value) -> date | None:
    """Read an answer; one that is no day yet (it is being asked again) counts as none."""
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _day(value: object, today: date, default: date) -> date:
    """Read ``x-earliest`` or ``x-latest``: a day, or ``today``."""
    if value is None:
        return default
    if value == "today":
        return today
    try:
        return date.fromisoformat(str(value))
    except ValueError as error:
        raise FormError("x-earliest and x-latest are a day or 'today'") from error
