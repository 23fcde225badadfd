"""Forms as citizens meet them: questions in order, prefilled from the card, checked with clear words, summed up."""

import json
from datetime import date
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from kiosk.forms import messages
from kiosk.forms.errors import FormError
from kiosk.forms.model import (
    ChoiceQuestion,
    DateQuestion,
    Keyboard,
    NumberQuestion,
    Option,
    TextQuestion,
    YesNoQuestion,
)
from kiosk.forms.questionnaire import Questionnaire, Wrong
from tests.fakes.terminal import TODAY
from tests.fakes.town import ZHANG_RESIDENT, ZHANG_SOCIAL, form, text
from wire.catalogue import Form
from wire.identity import Identity
from wire.text import Language, Text

Json: TypeAlias = Any
NOBODY: frozenset[str] = frozenset()
SAMPLES = Path(__file__).parents[2] / "sample_centre" / "forms"
ZH = Language.ZH


def ask(properties: dict[str, Json], required: tuple[str, ...] = (), **more: Json) -> Questionnaire:
    return Questionnaire(form(properties, required, **more), TODAY)


def keys(form: Questionnaire, answers: dict[str, Json] | None = None, known: frozenset[str] = NOBODY) -> list[str]:
    return [field.key for field in form.to_ask(answers or {}, known)]


def control(key: str, **more: Json) -> dict[str, Json]:
    return {"type": "Control", "scope": f"#/properties/{key}", **more}


def when(key: str, schema: Json, effect: str = "SHOW", **more: Json) -> dict[str, Json]:
    return {"effect": effect, "condition": {"scope": f"#/properties/{key}", "schema": schema, **more}}


STRING = {"type": "string"}


def test_each_type_has_its_question() -> None:
    """Text, choice, yes or no, number, date: each with its bounds, its words and its answer."""
    asked = ask(
        {
            "text": {"type": "string", "maxLength": 20, "title": "Text", "description": "Help"},
            "choice": {"type": "string", "oneOf": [{"const": "a", "title": "A"}, {"const": "b"}]},
            "yes": {"type": "boolean"},
            "number": {"type": "integer", "minimum": 1, "maximum": 9},
            "day": {"type": "string", "format": "date", "x-earliest": "2020-01-01", "x-latest": "today"},
        },
        ("text",),
        texts={Language.ZH: {"number.unit": "人"}, Language.EN: {"number.unit": "people"}},
    )
    assert asked.question("text", {"text": "x"}) == TextQuestion(
        key="text", label=text("Text", "Text"), hint=text("Help", "Help"), required=True, value="x", max_length=20
    )
    assert asked.question("choice", {"choice": "b"}) == ChoiceQuestion(
        key="choice",
        label=text("choice", "choice"),
        options=(Option("a", text("A", "A")), Option("b", text("b", "b"))),
        value="b",
    )
    assert asked.question("yes", {"yes": False}) == YesNoQuestion(key="yes", label=text("yes", "yes"), value=False)
    assert asked.question("number", {"number": 3}) == NumberQuestion(
        key="number", label=text("number", "number"), value=3, minimum=1, maximum=9, unit=text("人", "people")
    )
    assert asked.question("day", {"day": "2021-02-03"}) == DateQuestion(
        key="day", label=text("day", "day"), earliest=date(2020, 1, 1), latest=TODAY, value=date(2021, 2, 3)
    )
    assert getattr(asked.question("day", {"day": "2021-02-30"}), "value", "") is None
    for key in keys(asked):
        assert getattr(asked.question(key, {}), "value", "") in (None, "")


def test_words_are_found_as_json_forms_finds_them() -> None:
    """The control's key first, then the property's own, then its name; one language stands in for the other."""
    asked = ask(
        {"a": {**STRING, "i18n": "other"}, "b": STRING, "c": {"type": "string", "enum": ["x"]}},
        elements=[control("a", i18n="mine"), control("b", label="Said"), control("c")],
        texts={
            Language.ZH: {"mine.label": "我的", "c.x": "甲", "mine.description": "提示"},
            Language.EN: {"other.label": "Other"},
        },
    )
    assert asked.question("a", {}).label == text("我的", "我的")
    assert asked.question("a", {}).hint == text("提示", "提示")
    assert asked.question("b", {}).label == text("Said", "Said")
    choice = asked.question("c", {})
    assert isinstance(choice, ChoiceQuestion)
    assert choice.options[0].label.zh == "甲"
    named = ask({"a": {**STRING, "i18n": "other"}}, texts={Language.EN: {"other.label": "Other"}})
    assert named.question("a", {}).label == text("Other", "Other")


@pytest.mark.parametrize(
    ("schema", "options", "keyboard"),
    [
        (STRING, {}, Keyboard.TEXT),
        ({**STRING, "pattern": "^\\d{6}$"}, {}, Keyboard.DIGITS),
        ({**STRING, "pattern": "^[A-Z]$"}, {}, Keyboard.TEXT),
        ({**STRING, "format": "id-number"}, {}, Keyboard.ID_NUMBER),
        ({**STRING, "x-known": "id_number"}, {}, Keyboard.ID_NUMBER),
        (STRING, {"keyboard": "phone"}, Keyboard.PHONE),
        (STRING, {"keyboard": "organ"}, Keyboard.TEXT),
        (STRING, "phone", Keyboard.TEXT),
    ],
)
def test_keyboards(schema: dict[str, Json], options: object, keyboard: Keyboard) -> None:
    """The control names its keys, or format and pattern suggest them."""
    question = ask({"a": schema}, elements=[control("a", options=options)]).question("a", {})
    assert isinstance(question, TextQuestion)
    assert question.keyboard is keyboard


def test_order_is_the_layouts() -> None:
    """Layouts, groups and categories are walked in order; labels and what is not placed are not asked."""
    asked = ask(
        {"a": STRING, "b": STRING, "c": STRING, "d": STRING},
        elements=[
            {"type": "Categorization", "elements": [{"type": "Category", "elements": [control("c")]}]},
            {"type": "Label", "text": "words"},
            {"type": "Group", "elements": [{"type": "HorizontalLayout", "elements": [control("b"), control("a")]}]},
        ],
    )
    assert keys(asked) == ["c", "b", "a"]


def test_rules_show_and_hide() -> None:
    """A rule asks for more, or less, as the answers go; a group's rule holds for all inside; hidden answers go."""
    asked = ask(
        {"kind": {"type": "string", "enum": ["x", "y"]}, "more": STRING, "less": STRING, "deep": STRING, "odd": STRING},
        elements=[
            control("kind"),
            control("more", rule=when("kind", {"const": "x"})),
            control("less", rule=when("kind", {"const": "x"}, "HIDE")),
            {
                "type": "Group",
                "rule": when("kind", {"enum": ["x"]}),
                "elements": [control("deep", rule=when("more", {"minLength": 2}, failWhenUndefined=True))],
            },
            control("odd", rule=when("kind", True)),  # noqa: FBT003 - a JSON Schema
        ],
    )
    assert keys(asked) == ["kind", "less", "odd"]
    assert keys(asked, {"kind": "x"}) == ["kind", "more", "odd"]
    assert keys(asked, {"kind": "x", "more": "ab"}) == ["kind", "more", "deep", "odd"]
    assert asked.kept({"kind": "y", "more": "ab", "less": "c", "deep": None}, NOBODY) == {"kind": "y", "less": "c"}


def test_the_card_answers_first() -> None:
    """What the card says is filled in, not asked, and shown; what it does not say, or says unfit, is asked."""
    asked = ask(
        {
            "who": {**STRING, "x-known": "name"},
            "number": {**STRING, "x-known": "id_number", "format": "id-number"},
            "home": {**STRING, "x-known": "address"},
            "sex": {"type": "string", "enum": ["m", "f"], "x-known": "sex"},
            "why": STRING,
        },
        elements=[control("why"), control("home"), control("sex")],
    )
    assert asked.known_fields == {"name", "id_number", "address", "sex"}
    known = asked.known(ZHANG_RESIDENT)
    assert known == {
        "who": ZHANG_RESIDENT.name,
        "number": ZHANG_RESIDENT.id_number,
        "home": ZHANG_RESIDENT.address,
    }
    assert keys(asked, known, frozenset(known)) == ["why", "sex"]
    assert keys(asked, {}, frozenset(asked.known(ZHANG_SOCIAL))) == ["why", "home", "sex"]
    rows = {row.key: row for row in asked.rows(known, frozenset(known))}
    assert rows["number"].value.zh == "210203********0028"
    assert {key: row.editable for key, row in rows.items()} == {"who": False, "number": False, "home": True}
    assert "0028" not in repr(rows["number"])


def test_summary_reads_like_words() -> None:
    """Each kind of answer is written as a person reads it; numbers of documents are masked wherever they stand."""
    asked = ask(
        {
            "choice": {"type": "string", "enum": ["a"]},
            "yes": {"type": "boolean"},
            "no": {"type": "boolean"},
            "number": {"type": "integer"},
            "plain": {"type": "integer"},
            "day": {"type": "string", "format": "date"},
            "guardian": STRING,
            "card": {**STRING, "x-known": "card_number"},
            "sex": {**STRING, "x-known": "sex"},
            "document": {**STRING, "x-known": "document"},
            "left": STRING,
        },
        texts={Language.ZH: {"choice.a": "甲", "number.unit": "平方米"}, Language.EN: {"choice.a": "A"}},
    )
    answers = {
        "choice": "a",
        "yes": True,
        "no": False,
        "number": 90,
        "plain": 1,
        "day": "2026-01-02",
        "guardian": "210281194803153120",
        "card": "DL1000024",
        "sex": "female",
        "document": "resident_card",
        "left": None,
    }
    shown = {row.key: row.value for row in asked.rows(answers, NOBODY)}
    assert {key: value.zh for key, value in shown.items()} == {
        "choice": "甲",
        "yes": "是",
        "no": "否",
        "number": "90 平方米",
        "plain": "1",
        "day": "2026年1月2日",
        "guardian": "210281********3120",
        "card": "*****0024",
        "sex": "女",
        "document": "居民身份证",
    }
    assert shown["day"].en == "2026-01-02"


WRONG: list[tuple[dict[str, Json], Json, str]] = [
    ({**STRING, "pattern": "^a$"}, "b", "格式不对"),
    ({**STRING, "minLength": 3}, "ab", "至少要 3 个字"),
    ({**STRING, "maxLength": 3}, "abcd", "最多 3 个字"),
    (STRING, "x" * 201, "太长了"),
    ({"type": "integer", "minimum": 2}, 1, "最小是 2"),
    ({"type": "integer", "maximum": 2}, 3, "最大是 2"),
    ({"type": "integer", "exclusiveMinimum": 2}, 2, "大于 2"),
    ({"type": "integer", "exclusiveMaximum": 2}, 2, "小于 2"),
    ({"type": "integer", "multipleOf": 5}, 7, "5 的倍数"),
    ({"type": "integer"}, 10**16, "太长了"),
    ({"type": "integer"}, 1.5, "请检查"),
    ({"type": "string", "enum": ["a"]}, "b", "选项"),
    ({"type": "string", "oneOf": [{"const": "a"}]}, "b", "选项"),
    ({"type": "boolean", "const": True}, False, "同意"),
    ({**STRING, "format": "date"}, "2026-02-30", "不存在"),
    ({**STRING, "format": "date", "x-earliest": "today"}, "2026-11-22", "不能早于 2026-11-23"),
    ({**STRING, "format": "date", "x-latest": "today"}, "2026-11-24", "不能晚于 2026-11-23"),
    ({**STRING, "format": "email"}, "nobody", "电子邮箱"),
    ({**STRING, "format": "id-number"}, "210203199106120029", "公民身份号码"),
    ({**STRING, "not": {"const": "a"}}, "a", "请检查"),
]


@pytest.mark.parametrize(("schema", "value", "said"), WRONG)
def test_what_is_wrong_is_said_in_both_languages(schema: dict[str, Json], value: Json, said: str) -> None:
    """Each keyword has its words; the validator's own never reach a citizen."""
    message = ask({"a": schema}).check("a", value)
    assert message is not None
    assert said in message.zh
    assert message.en.isascii()
    assert "{" not in message.zh + message.en


def test_what_is_right_is_not_remarked() -> None:
    """A fitting answer, and an optional one left open, say nothing."""
    asked = ask({"a": {**STRING, "format": "id-number"}, "b": {**STRING, "format": "date"}}, ("a",))
    assert asked.check("a", "210203199106120028") is None
    assert asked.check("b", "2026-02-28") is None
    assert asked.check("b", None) is None
    assert asked.check("b", "") is None
    assert asked.check("a", None) == messages.REQUIRED


def test_the_centre_may_word_it() -> None:
    """A form's own words for a fault go before ours: custom, then by keyword, then for all questions."""
    texts = {
        Language.ZH: {"a.error.custom": "甲", "b.error.minLength": "乙", "error.pattern": "丙"},
        Language.EN: {},
    }
    asked = ask(
        {"a": {**STRING, "minLength": 2}, "b": {**STRING, "minLength": 2}, "c": {**STRING, "pattern": "^x$"}},
        texts=texts,
    )
    assert [getattr(asked.check(key, "1"), "zh", None) for key in "abc"] == ["甲", "乙", "丙"]


def test_answers_are_checked_together() -> None:
    """What one answer demands of another is found, and leads to the page where it can be put right."""
    asked = ask(
        {"kind": {"type": "string", "enum": ["x", "y"]}, "why": STRING, "a": STRING, "b": STRING},
        ("kind",),
        elements=[control("kind"), control("why", rule=when("kind", {"const": "x"})), control("a"), control("b")],
        allOf=[{"if": {"properties": {"kind": {"const": "x"}}, "required": ["kind"]}, "then": {"required": ["why"]}}],
        dependentRequired={"a": ["b"]},
    )
    assert asked.check_all({}, NOBODY) == Wrong("kind", messages.REQUIRED)
    assert asked.check_all({"kind": "x"}, NOBODY) == Wrong("why", messages.REQUIRED)
    assert asked.check_all({"kind": "x", "why": "so"}, NOBODY) is None
    assert asked.check_all({"kind": "y"}, NOBODY) is None
    assert getattr(asked.check_all({"kind": "y", "a": "1"}, NOBODY), "key", None) == "b"


def test_required_but_hidden_is_not_required() -> None:
    """A rule that hides a required question lifts the duty to answer it."""
    asked = ask(
        {"kind": STRING, "why": STRING},
        ("why",),
        elements=[control("kind"), control("why", rule=when("kind", {"const": "x"}))],
    )
    assert asked.check_all({"kind": "y"}, NOBODY) is None
    assert asked.check_all({"kind": "x"}, NOBODY) == Wrong("why", messages.REQUIRED)


def test_fault_of_no_single_question() -> None:
    """A fault that names no question leads to the last page; where nothing is asked, the form is at fault."""
    broken = {"anyOf": [{"required": ["nothing"]}]}
    asked = ask({"a": STRING, "b": STRING}, **broken)
    assert asked.check_all({"a": "1"}, NOBODY) == Wrong("b", messages.OTHER)
    known = ask({"a": {**STRING, "x-known": "name"}}, elements=[], **broken)
    with pytest.raises(FormError):
        known.check_all({"a": "x"}, frozenset({"a"}))


def test_defaults_are_proposed_when_they_fit() -> None:
    """A default stands in the page at first; one that does not fit its own question does not."""
    asked = ask({"a": {"type": "string", "enum": ["x"], "default": "x"}, "b": {"type": "integer", "default": "no"}})
    assert asked.defaults() == {"a": "x"}


def test_definitions_are_shared() -> None:
    """A local definition may be referred to, with what stands beside the reference added."""
    asked = ask(
        {"a": {"$ref": "#/$defs/name", "maxLength": 5}},
        **{"$defs": {"name": {"type": "string", "minLength": 2, "title": "Name"}}, "$id": "https://x.example/f"},
    )
    question = asked.question("a", {})
    assert isinstance(question, TextQuestion)
    assert question.max_length == 5
    assert question.label.zh == "Name"
    assert asked.check("a", "x") is not None


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*.json")), ids=lambda path: path.stem)
@pytest.mark.parametrize("citizen", [ZHANG_RESIDENT, ZHANG_SOCIAL], ids=["resident", "social"])
def test_every_sample_form_can_be_asked(path: Path, citizen: Identity) -> None:
    """The sample centre's forms are read, prefilled, and worded in both languages on every page."""
    sample = json.loads(path.read_text(encoding="utf-8"))
    asked = Questionnaire(Form(code=path.stem, **sample), TODAY)
    known = asked.known(citizen)
    assert len(asked.to_ask({}, frozenset(known))) >= 1
    for field in asked.to_ask({}, NOBODY):
        label: Text = asked.question(field.key, {}).label
        assert label.zh != label.en, f"{path.stem}: {field.key} is not worded"
