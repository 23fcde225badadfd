"""Definitions that are broken or meant to harm: each is a coded error at once, never a hang or a call abroad."""

import copy
from typing import Any, TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.forms.errors import FormError
from kiosk.forms.questionnaire import Questionnaire
from tests.fakes.terminal import TODAY
from tests.fakes.town import ZHANG_RESIDENT
from wire.catalogue import Form
from wire.problems import catalogue

Json: TypeAlias = Any
CONTROL = {"type": "Control", "scope": "#/properties/a"}


def build(data_schema: Json, ui_schema: Json = None) -> Questionnaire:
    ui = {"type": "VerticalLayout", "elements": [CONTROL]} if ui_schema is None else ui_schema
    form = Form.model_construct(code="f", data_schema=data_schema, ui_schema=ui, texts={})
    return Questionnaire(form, TODAY)


def one(**schema: Json) -> dict[str, Json]:
    return {"type": "object", "properties": {"a": schema}}


def nested(depth: int, leaf: Json, key: str = "not") -> Json:
    for _ in range(depth):
        leaf = {key: leaf}
    return leaf


def rule(**changes: Json) -> dict[str, Json]:
    condition = {"scope": "#/properties/a", "schema": {"const": 1}} | changes.pop("condition", {})
    return {
        "type": "VerticalLayout",
        "elements": [CONTROL | {"rule": {"effect": "SHOW", "condition": condition} | changes}],
    }


STRING = one(type="string")

SCHEMAS: dict[str, Json] = {
    "no object": [],
    "true": True,
    "not a schema": {"type": "objekt"},
    "another type": {"type": "string"},
    "array": one(type="array"),
    "number": one(type="number"),
    "null": one(type="null"),
    "several types": one(type=["string", "null"]),
    "no type": one(),
    "boolean property": {"type": "object", "properties": {"a": True}},
    "remote": one(**{"$ref": "https://attacker.example/schema.json"}),
    "file": one(**{"$ref": "file:///etc/passwd"}),
    "recursive": one(**{"$ref": "#"}),
    "nowhere": one(**{"$ref": "#/$defs/none"}),
    "true definition": {**one(**{"$ref": "#/$defs/d"}), "$defs": {"d": True}},
    "circle": {**one(**{"$ref": "#/$defs/d"}), "$defs": {"d": {"$ref": "#/$defs/d"}}},
    "dynamic": one(type="string", **{"$dynamicRef": "#x"}),
    "anchor": one(type="string", **{"$anchor": "x"}),
    "pattern properties": {"type": "object", "patternProperties": {"(a+)+$": {"type": "string"}}},
    "bomb": one(type="string", pattern="(a+)+$"),
    "deep bomb": {**STRING, "allOf": [{"if": {"properties": {"a": {"pattern": "(a|a)*$"}}}}]},
    "deep": {**STRING, "allOf": [nested(40, {})]},
    "very deep": nested(20_000, {}),
    "large": one(type="string", enum=[str(number) for number in range(6000)]),
    "long text": one(type="string", title="x" * 2001),
    "doubling": {
        "type": "object",
        "properties": {f"p{n}": {"$ref": "#/$defs/d"} for n in range(60)},
        "$defs": {"d": {"type": "string", "enum": [str(n) for n in range(100)]}},
    },
    "negative": one(type="string", maxLength=-1),
    "unknown keyword": one(type="string", surprise=1),
    "options that are no texts": one(type="string", enum=[1, 2]),
    "no options": one(type="string", oneOf=[True]),
    "unknown person": one(type="string", **{"x-known": "shoe_size"}),
    "known by a list": one(type="string", **{"x-known": []}),
    "photo": one(type="string", **{"x-known": "photo"}),
    "no day": one(type="string", format="date", **{"x-earliest": "soon"}),
    "days swapped": one(type="string", format="date", **{"x-earliest": "2020-01-02", "x-latest": "2020-01-01"}),
    "never asked": {**STRING, "required": ["b"]},
}
LAYOUTS: dict[str, Json] = {
    "no object": [],
    "unknown element": {"type": "ListWithDetail", "elements": []},
    "no type": {"elements": []},
    "no elements": {"type": "Group"},
    "type is a list": {"type": []},
    "elements are no list": {"type": "Group", "elements": {}},
    "child is no object": {"type": "Group", "elements": ["x"]},
    "no scope": {"type": "Control"},
    "scope elsewhere": {"type": "Control", "scope": "#/definitions/a"},
    "scope nowhere": {"type": "Control", "scope": "#/properties/b"},
    "twice": {"type": "Group", "elements": [CONTROL, CONTROL]},
    "deep": nested(30, CONTROL, "elements"),
    "disable": rule(effect="DISABLE"),
    "rule without condition": {**CONTROL, "rule": {"effect": "SHOW"}},
    "rule is no object": {**CONTROL, "rule": 3},
    "condition without schema": {**CONTROL, "rule": {"effect": "SHOW", "condition": {"scope": "#/properties/a"}}},
    "condition elsewhere": rule(condition={"scope": "#/properties/z"}),
    "condition no schema": rule(condition={"schema": {"type": "x"}}),
    "condition remote": rule(condition={"schema": {"$ref": "https://attacker.example/"}}),
    "condition local": rule(condition={"schema": {"$ref": "#/$defs/d"}}),
    "condition bomb": rule(condition={"schema": {"pattern": "(a+)+$"}}),
}


@pytest.mark.parametrize("schema", SCHEMAS.values(), ids=SCHEMAS)
def test_hostile_schemas(schema: Json) -> None:
    """A data schema outside what a form needs is refused."""
    with pytest.raises(FormError) as caught:
        build(schema)
    assert caught.value.code in catalogue()


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_hostile_layouts(layout: Json) -> None:
    """A UI schema outside what a page per question can show is refused."""
    with pytest.raises(FormError):
        build(STRING, layout)


RICH: dict[str, Json] = {
    "data_schema": {
        "$id": "https://centre.example/form",
        "type": "object",
        "properties": {
            "who": {"type": "string", "x-known": "name", "title": "Who", "i18n": "who"},
            "kind": {"type": "string", "enum": ["x", "y"], "default": "x"},
            "one": {"type": "string", "oneOf": [{"const": "a", "title": "A"}]},
            "why": {"$ref": "#/$defs/text", "maxLength": 9},
            "staff": {"type": "integer", "minimum": 1, "maximum": 9, "default": 2},
            "day": {"type": "string", "format": "date", "x-earliest": "2020-01-01", "x-latest": "today"},
            "yes": {"type": "boolean", "const": True},
        },
        "required": ["kind"],
        "dependentRequired": {"who": ["why"]},
        "allOf": [{"if": {"properties": {"kind": {"const": "x"}}}, "then": {"required": ["why"]}}],
        "$defs": {"text": {"type": "string", "pattern": "^[a-z]+$"}},
        "additionalProperties": False,
    },
    "ui_schema": {
        "type": "Categorization",
        "elements": [
            {"type": "Control", "scope": "#/properties/kind", "label": "Kind", "options": {"keyboard": "digits"}},
            {
                "type": "Group",
                "elements": [
                    {"type": "Control", "scope": f"#/properties/{key}", "i18n": key}
                    for key in ("one", "why", "staff", "day", "yes")
                ],
                "rule": {
                    "effect": "SHOW",
                    "condition": {"scope": "#/properties/kind", "schema": {"const": "x"}, "failWhenUndefined": True},
                },
            },
            {"type": "Label", "text": "words"},
        ],
    },
}
ANSWERS = {"who": "x", "kind": "x", "one": "a", "why": "so", "staff": 3, "day": "2021-01-01", "yes": True}
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 10**20)
    | st.floats()
    | st.sampled_from(
        ["", "string", "object", "#/$defs/text", "#/properties/why", "today", "(a+)+$", "HIDE", "id_number"]
    ),
    lambda children: (
        st.lists(children, max_size=2)
        | st.dictionaries(st.sampled_from(["type", "a", "$ref", "const"]), children, max_size=2)
    ),
    max_leaves=4,
)


def places(value: Json, path: tuple[Json, ...] = ()) -> list[tuple[Json, ...]]:
    """Return the way to every value inside a value."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(way for key, child in inside for way in places(child, (*path, key)))]


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(places(RICH)[1:]), VALUES)
def test_any_part_may_be_anything(path: tuple[Json, ...], value: Json) -> None:
    """Whatever stands in any place of a form, it is a form that can be asked, or a coded error."""
    form = copy.deepcopy(RICH)
    parent = form
    for key in path[:-1]:
        parent = parent[key]
    parent[path[-1]] = value
    try:
        asked = build(form["data_schema"], form["ui_schema"])
        known = asked.known(ZHANG_RESIDENT)
        answers = {**asked.defaults(), **ANSWERS, **known}
        for given in ({}, answers):
            for field in asked.to_ask(given, known):
                asked.question(field.key, given)
            if asked.check_all(given, known) is None:
                asked.rows(given, known)
    except FormError:
        pass


def test_the_form_that_is_spoilt_is_sound() -> None:
    """Unspoilt, the form of the test above is asked without complaint."""
    asked = build(RICH["data_schema"], RICH["ui_schema"])
    known = asked.known(ZHANG_RESIDENT)
    assert [field.key for field in asked.to_ask(ANSWERS, known)] == ["kind", "one", "why", "staff", "day", "yes"]
    assert asked.check_all(ANSWERS | known, known) is None
