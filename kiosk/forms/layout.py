"""Reads a form's UI schema: in which order properties are asked, and when each of them is.

The part of JSON Forms that makes sense where each page asks one question: layouts, groups, categories, controls,
and rules that show or hide. See https://jsonforms.io/docs/uischema.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from jsonschema import Draft202012Validator

from kiosk.forms.errors import FormError
from kiosk.forms.model import Value
from kiosk.forms.schema import FORMATS, Schema, check_size, vetted_condition

_SCOPE = re.compile(r"#/properties/([A-Za-z0-9_]{1,64})", re.ASCII)
_CONTAINERS = ("VerticalLayout", "HorizontalLayout", "Group", "Categorization", "Category")


class Effect(StrEnum):
    """What a rule does when its condition holds."""

    SHOW = "SHOW"
    HIDE = "HIDE"


@dataclass(frozen=True, slots=True)
class Rule:
    """Whether something is asked, from the answer to another question."""

    effect: Effect
    scope: str
    schema: Schema | bool
    fail_when_undefined: bool

    def shows(self, answers: Mapping[str, Value]) -> bool:
        """Tell whether the rule lets it be asked. An answer that is missing is seen as null."""
        value = answers.get(self.scope)
        holds = Draft202012Validator(self.schema, format_checker=FORMATS).is_valid(value)
        if value is None and self.fail_when_undefined:
            holds = False
        return holds if self.effect is Effect.SHOW else not holds


@dataclass(frozen=True, slots=True)
class Control:
    """One question of the layout: the property it asks for, how, and the rules above and on it."""

    key: str
    element: Schema
    rules: tuple[Rule, ...]

    def shown(self, answers: Mapping[str, Value]) -> bool:
        """Tell whether all rules let it be asked."""
        return all(rule.shows(answers) for rule in self.rules)


def controls_of(ui_schema: Any, properties: Mapping[str, Any]) -> tuple[Control, ...]:  # noqa: ANN401 - JSON
    """Return a UI schema's controls in order. Raises :class:`FormError`."""
    check_size(ui_schema)
    controls = tuple(_read(ui_schema, (), properties))
    if len({control.key for control in controls}) != len(controls):
        raise FormError("a question is asked twice")
    return controls


def _read(element: Any, above: tuple[Rule, ...], properties: Mapping[str, Any]) -> Iterator[Control]:  # noqa: ANN401
    if not isinstance(element, dict):
        raise FormError("an element of the layout is no object")
    rules = above if "rule" not in element else (*above, _rule(element["rule"], properties))
    kind = element.get("type")
    if kind == "Control":
        yield Control(_key(element.get("scope"), properties), element, rules)
    elif kind in _CONTAINERS:
        children = element.get("elements")
        if not isinstance(children, list):
            raise FormError(f"{kind} without elements")
        for child in children:
            yield from _read(child, rules, properties)
    elif kind != "Label":  # words between questions have no place where each page asks one
        raise FormError(f"layout element {str(kind)[:40]!r} is not supported")


def _rule(rule: Any, properties: Mapping[str, Any]) -> Rule:  # noqa: ANN401 - JSON
    try:
        condition = rule["condition"]
        return Rule(
            effect=Effect(rule["effect"]),
            scope=_key(condition["scope"], properties),
            schema=vetted_condition(condition["schema"]),
            fail_when_undefined=bool(condition.get("failWhenUndefined", False)),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise FormError("a rule of a kind that is not supported") from error


def _key(scope: Any, properties: Mapping[str, Any]) -> str:  # noqa: ANN401 - JSON
    match = _SCOPE.fullmatch(scope) if isinstance(scope, str) else None
    if match is None or match[1] not in properties:
        raise FormError("a scope leads to no property")
    return match[1]
