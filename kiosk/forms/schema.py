"""Vets a form's data schema: the part of JSON Schema 2020-12 that a form needs, local, finite and quick to check."""

import re
from collections.abc import Iterator
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import SchemaError

from kiosk.forms.errors import FormError
from kiosk.forms.patterns import check_pattern
from wire.identity import check_id_number

Schema = dict[str, Any]

_MAX_DEPTH = 16
_MAX_VALUES = 5_000
_MAX_STRING = 2_000
_DEFINITION = re.compile(r"#/\$defs/([A-Za-z0-9_.-]{1,64})", re.ASCII)
_ONE_SCHEMA = ("not", "if", "then", "else", "additionalProperties")
_SCHEMA_LISTS = ("allOf", "anyOf", "oneOf")
_SCHEMA_MAPS = ("properties", "$defs", "dependentSchemas")
_PLAIN = (
    *("$schema", "$id", "$comment", "$ref", "title", "description", "default", "examples", "deprecated", "readOnly"),
    *("type", "enum", "const", "format", "pattern", "minLength", "maxLength", "i18n", "required", "dependentRequired"),
    *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minProperties", "maxProperties"),
)
_KNOWN = frozenset((*_ONE_SCHEMA, *_SCHEMA_LISTS, *_SCHEMA_MAPS, *_PLAIN))

FORMATS = FormatChecker(formats=("date", "email"))


@FORMATS.checks("id-number")
def _is_id_number(value: object) -> bool:
    """``format: id-number``: a resident ID number (GB 11643), check digit included."""
    return not isinstance(value, str) or check_id_number(value)


def check_size(value: Any) -> None:  # noqa: ANN401 - JSON
    """Refuse JSON that is too deep or too large to be a form. Raises :class:`FormError`."""
    stack = [(value, 1)]
    count = 0
    while stack:
        part, depth = stack.pop()
        count += 1
        if depth > _MAX_DEPTH or count > _MAX_VALUES:
            raise FormError("form too deep or too large")
        if isinstance(part, str) and len(part) > _MAX_STRING:
            raise FormError("a text of the form is too long")
        if isinstance(part, dict):
            stack.extend((child, depth + 1) for child in part.values())
            stack.extend((key, depth + 1) for key in part)
        elif isinstance(part, list):
            stack.extend((child, depth + 1) for child in part)


def vetted(schema: Any) -> Schema:  # noqa: ANN401 - JSON
    """Return a form's data schema, with its references replaced by what they refer to. Raises :class:`FormError`."""
    check_size(schema)
    try:
        Draft202012Validator.check_schema(schema)
    except (SchemaError, RecursionError) as error:
        raise FormError("not a JSON Schema 2020-12") from error
    if not isinstance(schema, dict) or schema.get("type") != "object":
        raise FormError("a form's schema describes an object")
    definitions = schema.get("$defs", {})
    for part in _schemas(schema):
        _check_keywords(part)
    if any("$ref" in part for definition in definitions.values() for part in _schemas(definition)):
        raise FormError("a definition may not refer to another one")
    whole: Schema = _inline(
        {key: value for key, value in schema.items() if key not in {"$id", "$schema", "$defs"}}, definitions
    )
    check_size(whole)
    return whole


def vetted_condition(schema: Any) -> Schema | bool:  # noqa: ANN401 - JSON
    """Return the schema of a rule's condition, vetted likewise; it may refer to nothing."""
    try:
        Draft202012Validator.check_schema(schema)
    except (SchemaError, RecursionError) as error:
        raise FormError("not a JSON Schema 2020-12") from error
    if isinstance(schema, bool):
        return schema
    for part in _schemas(schema):
        _check_keywords(part)
        if "$ref" in part:
            raise FormError("a condition may not refer to a definition")
    return dict(schema)


def _schemas(schema: Any) -> Iterator[Schema]:  # noqa: ANN401 - JSON
    """Give a schema and all schemas inside it."""
    stack = [schema]
    while stack:
        part = stack.pop()
        if isinstance(part, bool):
            continue
        yield part
        stack.extend(part[name] for name in _ONE_SCHEMA if name in part)
        for name in _SCHEMA_LISTS:
            stack.extend(part.get(name, ()))
        for name in _SCHEMA_MAPS:
            stack.extend(part.get(name, {}).values())


def _check_keywords(schema: Schema) -> None:
    for keyword in schema:
        if keyword not in _KNOWN and not keyword.startswith("x-"):
            raise FormError(f"keyword {keyword[:40]!r} is not supported")
    if "pattern" in schema:
        check_pattern(schema["pattern"])
    if "$ref" in schema and _DEFINITION.fullmatch(schema["$ref"]) is None:
        raise FormError("only definitions of the form itself may be referred to")


def _inline(part: Any, definitions: Schema) -> Any:  # noqa: ANN401 - JSON
    """Replace references. Depth is bounded: ``check_size`` went before, and definitions refer to nothing."""
    if isinstance(part, list):
        return [_inline(child, definitions) for child in part]
    if not isinstance(part, dict):
        return part
    if isinstance(name := part.get("$ref"), str) and (match := _DEFINITION.fullmatch(name)):
        if not isinstance(definition := definitions.get(match[1]), dict):
            raise FormError("a reference leads nowhere")
        part = {**definition, **{key: value for key, value in part.items() if key != "$ref"}}
    return {key: _inline(value, definitions) for key, value in part.items()}
