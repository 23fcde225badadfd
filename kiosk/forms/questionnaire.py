"""A form ready to be asked: what is known, what is asked next, what is wrong with an answer, and the summary.

Pure: the answers are given in and out, so that nothing of a citizen stays here.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from kiosk.forms import messages
from kiosk.forms.errors import FormError
from kiosk.forms.fields import CORRECTABLE, Field, Kind, read_field
from kiosk.forms.layout import Control, controls_of
from kiosk.forms.model import Question, Value
from kiosk.forms.patterns import MAX_TEXT
from kiosk.forms.schema import FORMATS, vetted
from kiosk.forms.summary import Row, row_of
from kiosk.forms.words import Words, i18n_key
from wire.catalogue import Form
from wire.identity import Identity
from wire.text import Text

_MAX_NUMBER = 10**15
Answers = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong with the answers: the question to go back to, and what to say there."""

    key: str
    message: Text


class Questionnaire:
    """One form of the centre. ``today`` bounds its dates."""

    def __init__(self, form: Form, today: date) -> None:
        """Vet a form's definition and read it. Raises :class:`FormError`; never hangs."""
        self._schema = vetted(form.data_schema)
        self._words = Words.of(form)
        properties = self._schema.get("properties", {})
        for schema in properties.values():
            if not isinstance(schema, dict):
                raise FormError("a property is not described")
        required = set(self._schema.get("required", ()))
        controls = controls_of(form.ui_schema, properties)
        placed = {control.key for control in controls}
        known = [key for key, schema in properties.items() if "x-known" in schema and key not in placed]
        controls = (*(Control(key, {}, ()) for key in known), *controls)
        if not required <= {control.key for control in controls}:
            raise FormError("something is required that is never asked")
        self._fields = {
            control.key: read_field(
                control, properties[control.key], self._words, required=control.key in required, today=today
            )
            for control in controls
        }

    def known(self, identity: Identity) -> dict[str, Value]:
        """Return the answers that the citizen's document gives. What does not fit the form is asked instead."""
        said = identity.model_dump(mode="json", exclude={"photo"})
        answers = {field.key: said[field.known] for field in self._fields.values() if field.known}
        return {key: value for key, value in answers.items() if value is not None and self.check(key, value) is None}

    @property
    def known_fields(self) -> frozenset[str]:
        """The fields of an identity that this form takes over."""
        return frozenset(field.known for field in self._fields.values() if field.known)

    def defaults(self) -> dict[str, Value]:
        """Return the answers that the form proposes (``default``); the citizen sees each and may change it."""
        proposed = {key: field.schema.get("default") for key, field in self._fields.items()}
        return {key: value for key, value in proposed.items() if value is not None and self.check(key, value) is None}

    def question(self, key: str, answers: Answers) -> Question:
        """Return the question for one property, with the answer that it has now."""
        return self._fields[key].question(answers.get(key))

    def to_ask(self, answers: Answers, known: Collection[str]) -> list[Field]:
        """Return what is asked, in order, as far as the answers so far tell."""
        return [field for field in self._fields.values() if field.key not in known and field.control.shown(answers)]

    def kept(self, answers: Answers, known: Collection[str]) -> dict[str, Value]:
        """Return the answers that count: given, and to questions that are still asked."""
        asked = {field.key for field in self.to_ask(answers, known)}
        return {
            key: answers[key] for key in self._fields if answers.get(key) is not None and (key in asked or key in known)
        }

    def check(self, key: str, value: Value) -> Text | None:
        """Return what is wrong with one answer, or None."""
        field = self._fields[key]
        if value is None or value == "":
            return self._say(field, "required", messages.REQUIRED) if field.required else None
        if isinstance(value, str) and len(value) > MAX_TEXT:
            return messages.TOO_LONG
        if isinstance(value, int | float) and abs(value) > _MAX_NUMBER:
            return messages.TOO_LONG
        for error in Draft202012Validator(field.schema, format_checker=FORMATS).iter_errors(value):
            return self._message(field, error)
        return self._check_day(field, value) if field.kind is Kind.DATE else None

    def check_all(self, answers: Answers, known: Collection[str]) -> Wrong | None:
        """Return the first thing wrong with all answers together, or None when they can be submitted."""
        asked = self.to_ask(answers, known)
        kept = self.kept(answers, known)
        for field in asked:
            if message := self.check(field.key, kept.get(field.key)):
                return Wrong(field.key, message)
        hidden = self._fields.keys() - {field.key for field in asked} - set(known)
        for error in Draft202012Validator(self._schema, format_checker=FORMATS).iter_errors(kept):
            missing = _missing(error)
            if missing and missing <= hidden:
                continue
            if not asked:
                raise FormError("the document's data do not fit the form, and nothing is asked")
            places = [str(step) for step in error.path] + sorted(missing - hidden)
            field = next((field for field in asked if field.key in places), asked[-1])
            return Wrong(field.key, self._message(field, error))
        return None

    def rows(self, answers: Answers, known: Collection[str]) -> tuple[Row, ...]:
        """Return a line for each thing known or answered, masked where it is personal."""
        kept = self.kept(answers, known)
        return tuple(
            row_of(field, kept[key], editable=key not in known or field.known in CORRECTABLE)
            for key, field in self._fields.items()
            if key in kept
        )

    def _check_day(self, field: Field, value: Value) -> Text | None:
        day = date.fromisoformat(str(value))
        for keyword, broken, limit in (
            ("x-earliest", day < field.earliest, field.earliest),
            ("x-latest", day > field.latest, field.latest),
        ):
            if broken:
                return self._say(field, keyword, messages.with_limit(messages.BY_KEYWORD[keyword], limit))
        return None

    def _message(self, field: Field, error: ValidationError) -> Text:
        keyword = str(error.validator)
        if keyword == "format":
            ours: Text = messages.BY_FORMAT.get(str(error.validator_value), messages.OTHER)
        else:
            ours = messages.with_limit(messages.BY_KEYWORD.get(keyword, messages.OTHER), error.validator_value)
        return self._say(field, keyword, ours)

    def _say(self, field: Field, keyword: str, ours: Text) -> Text:
        """Return the form's own words for a broken keyword, as JSON Forms finds them, or else ours."""
        prefix = i18n_key(field.control.element, field.schema, field.key)
        return (
            self._words.find(f"{prefix}.error.custom")
            or self._words.find(f"{prefix}.error.{keyword}")
            or self._words.find(f"error.{keyword}")
            or ours
        )


def _missing(error: ValidationError) -> set[str]:
    """Return the properties that an error finds missing."""
    instance: Any = error.instance
    rule: Any = error.validator_value
    match error.validator:
        case "required":
            return {str(name) for name in rule if name not in instance}
        case "dependentRequired":
            return {str(name) for key in rule if key in instance for name in rule[key] if name not in instance}
    return set()
