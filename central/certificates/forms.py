"""Checks a form before it is published: its schema, its layout, and that nothing it says lacks a language."""

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError

from wire.catalogue import Form
from wire.identity import Identity
from wire.text import Language

_SCOPE = re.compile(r"#/properties/([A-Za-z0-9_]{1,64})", re.ASCII)
_CONTAINERS = {"VerticalLayout", "HorizontalLayout", "Group", "Categorization", "Category"}
_MAX_DEPTH = 16


def faults_of(form: Form) -> list[str]:
    """Return what is wrong with a form, in words for its author; empty when nothing is."""
    try:
        Draft202012Validator.check_schema(form.data_schema)
    except SchemaError as error:
        return [f"data_schema is not JSON Schema 2020-12: at {error.json_path}: {error.message[:200]}"]
    except RecursionError:
        return ["data_schema is nested too deeply"]
    properties = form.data_schema.get("properties")
    if form.data_schema.get("type") != "object" or not isinstance(properties, dict) or not properties:
        return ["data_schema does not describe an object with properties"]
    faults = list(_property_faults(properties))
    asked: list[tuple[str, str]] = []
    faults += _layout_faults(form.ui_schema, properties, asked, _MAX_DEPTH)
    keys = [key for key, _ in asked]
    faults += [f"property {key} is not asked for" for key in form.data_schema.get("required", ()) if key not in keys]
    faults += [f"property {key} is asked for twice" for key in sorted({key for key in keys if keys.count(key) > 1})]
    faults += _text_faults(form, _wanted(properties, asked) | set(_group_labels(form.ui_schema, _MAX_DEPTH)))
    return faults


def _property_faults(properties: dict[str, Any]) -> Iterator[str]:
    for key, schema in properties.items():
        if not isinstance(schema, dict):
            yield f"property {key}: no schema"
            continue
        known = schema.get("x-known")
        if known is not None and known not in Identity.model_fields:
            yield f"property {key}: x-known {known!r} is no field of an identity"
        if "default" in schema and not Draft202012Validator(schema).is_valid(schema["default"]):
            yield f"property {key}: its default does not fit its own schema"
        for bound in ("x-earliest", "x-latest"):
            if bound in schema and not _is_day(schema[bound]):
                yield f"property {key}: {bound} is neither a day nor 'today'"
        if "pattern" in schema:
            try:
                re.compile(schema["pattern"])
            except re.error:
                yield f"property {key}: its pattern is no regular expression"


def _is_day(value: Any) -> bool:  # noqa: ANN401 - JSON
    try:
        return value == "today" or bool(date.fromisoformat(str(value)))
    except ValueError:
        return False


def _layout_faults(
    element: Any,  # noqa: ANN401 - JSON
    properties: dict[str, Any],
    asked: list[tuple[str, str]],
    depth: int,
) -> Iterator[str]:
    """Give the layout's faults; ``asked`` collects (property, i18n key) of its controls."""
    if not isinstance(element, dict) or depth == 0:
        yield "ui_schema: an element is no object, or nested too deeply"
        return
    kind = element.get("type")
    if "rule" in element:
        yield from _rule_faults(element["rule"], properties)
    if kind == "Control":
        match = _SCOPE.fullmatch(str(element.get("scope")))
        if match is None or match[1] not in properties:
            yield f"ui_schema: scope {str(element.get('scope'))[:80]!r} leads to no property"
        else:
            asked.append((match[1], str(element.get("i18n", match[1]))))
    elif kind in _CONTAINERS and isinstance(element.get("elements"), list):
        for child in element["elements"]:
            yield from _layout_faults(child, properties, asked, depth - 1)
    else:
        yield f"ui_schema: element {str(kind)[:40]!r} is unknown, or has no elements"


def _rule_faults(rule: Any, properties: dict[str, Any]) -> Iterator[str]:  # noqa: ANN401 - JSON
    try:
        scope, schema = rule["condition"]["scope"], rule["condition"]["schema"]
        effect = rule["effect"]
        Draft202012Validator.check_schema(schema)
    except (KeyError, TypeError, SchemaError):
        yield "ui_schema: a rule needs an effect, and a condition with scope and schema"
        return
    match = _SCOPE.fullmatch(str(scope))
    if match is None or match[1] not in properties:
        yield f"ui_schema: a rule's scope {str(scope)[:80]!r} leads to no property"
    if effect not in {"SHOW", "HIDE"}:
        yield f"ui_schema: a rule's effect is SHOW or HIDE, not {str(effect)[:40]!r}"


def _wanted(properties: dict[str, Any], asked: list[tuple[str, str]]) -> set[str]:
    """Return the texts that the controls cannot do without: their label, and the name of each choice."""
    wanted = {f"{i18n}.label" for _, i18n in asked}
    return wanted | {f"{i18n}.{choice}" for key, i18n in asked for choice in properties[key].get("enum", ())}


def _group_labels(element: Any, depth: int) -> Iterator[str]:  # noqa: ANN401 - JSON
    if not isinstance(element, dict) or depth == 0:
        return
    if element.get("type") == "Group" and "i18n" in element:
        yield f"{element['i18n']}.label"
    elements = element.get("elements")
    for child in elements if isinstance(elements, list) else ():
        yield from _group_labels(child, depth - 1)


def _text_faults(form: Form, wanted: set[str]) -> Iterator[str]:
    """Every wanted text, and every text that one language has, is there in every language and not blank."""
    wanted = wanted.union(*form.texts.values())
    for language in Language:
        texts = form.texts.get(language, {})
        for key in sorted(wanted):
            if not texts.get(key, "").strip():
                yield f"texts: {key!r} is missing in {language.value}"
