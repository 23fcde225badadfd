"""A form's words: what the centre wrote for a key, in every language, and what is said where it wrote nothing."""

from dataclasses import dataclass
from typing import Any

from kiosk.forms.schema import Schema
from wire.catalogue import Form
from wire.text import Language, Text


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one form."""

    texts: dict[Language, dict[str, str]]

    @classmethod
    def of(cls, form: Form) -> "Words":
        """Take them from a form."""
        return cls(form.texts)

    def find(self, key: str) -> Text | None:
        """Return the text behind a key. What one language lacks is said in the other."""
        zh = self.texts.get(Language.ZH, {}).get(key)
        en = self.texts.get(Language.EN, {}).get(key)
        if zh is None and en is None:
            return None
        return Text(zh=zh or en or "", en=en or zh or "")


def i18n_key(element: Schema, schema: Schema, key: str) -> str:
    """Return the prefix of a control's texts: its own, its property's, or the property's name, as JSON Forms does."""
    for place in (element, schema):
        if isinstance(name := place.get("i18n"), str):
            return name
    return key


def said(words: Any) -> Text | None:  # noqa: ANN401 - JSON
    """Return a title or label that stands in the form itself, the same in every language."""
    return Text(zh=words, en=words) if isinstance(words, str) and words else None
