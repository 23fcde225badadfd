"""A form's answers in the words of its form, for an officer to read."""

from collections.abc import Iterator
from typing import Any

from wire.catalogue import Form
from wire.text import Language

_PROPERTY = "#/properties/"


def answers_in_words(form: Form, answers: dict[str, Any]) -> list[tuple[str, str]]:
    """Return (question, answer) in the order of the form; what the form does not know comes last under its own name."""
    words = form.texts.get(Language.ZH, {})
    keys = dict(_controls(form.ui_schema))
    order = [name for name in keys if name in answers] + [name for name in answers if name not in keys]
    return [
        (words.get(f"{keys.get(name, name)}.label", name), _in_words(answers[name], keys.get(name, name), words))
        for name in order
    ]


def _controls(element: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield (property, i18n key) for every control of a UI schema, from the top."""
    scope = element.get("scope", "")
    if scope.startswith(_PROPERTY):
        name = scope.removeprefix(_PROPERTY).replace("/properties/", ".")
        yield name, element.get("i18n", name)
    for inner in element.get("elements", []):
        yield from _controls(inner)


def _in_words(answer: object, key: str, words: dict[str, str]) -> str:
    match answer:
        case bool():
            return "是" if answer else "否"
        case list():
            return "、".join(_in_words(one, key, words) for one in answer)
        case None:
            return ""
        case _:
            return words.get(f"{key}.{answer}", str(answer))
