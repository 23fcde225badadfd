"""The sample centre is complete, in both languages, and every form of it can be filled at a terminal."""

import json
import tomllib
from datetime import date
from typing import Any

import pytest

from devices.virtual.people import PEOPLE, ZHANG
from kiosk.forms.questionnaire import Questionnaire
from sample_centre import FOLDER
from wire.catalogue import Form, Processing, ServiceItem
from wire.identity import DocumentKind, Identity, check_id_number

TODAY = date(2026, 11, 23)
CODES = sorted(path.stem for path in (FOLDER / "items").glob("*.toml"))
CENTRE: dict[str, Any] = tomllib.loads((FOLDER / "centre.toml").read_text(encoding="utf-8"))
REGISTERS: list[dict[str, Any]] = json.loads((FOLDER / "registers.json").read_text(encoding="utf-8"))["people"]
IDENTITY = Identity(
    document=DocumentKind.RESIDENT_CARD,
    name=ZHANG.name,
    id_number=ZHANG.id_number,
    sex=ZHANG.sex,
    birth_date=ZHANG.birth_date,
    nation=ZHANG.nation_name,
    address=ZHANG.address,
)


def item(code: str) -> ServiceItem:
    raw = tomllib.loads((FOLDER / "items" / f"{code}.toml").read_text(encoding="utf-8"))
    form = json.loads((FOLDER / "forms" / f"{code}.json").read_text(encoding="utf-8"))
    return ServiceItem.model_validate_json(json.dumps({**raw, "form": {"code": code, **form}}))


def test_centre_is_as_broad_as_promised() -> None:
    """Twelve items of at least six of at least eight departments, three of them with certificates, one with a fee."""
    items = [item(code) for code in CODES]
    assert len(items) == 12
    assert len(CENTRE["departments"]) >= 8
    assert len({each.department for each in items}) >= 6
    assert {each.certificate for each in items} - {None} == {"no_property", "social_insurance", "residence"}
    assert any(each.fee_fen for each in items)
    assert {each.processing for each in items} == set(Processing)


@pytest.mark.parametrize("code", CODES)
def test_item_says_everything(code: str) -> None:
    """Every item has words in both languages, a legal basis with an article, and words to be found by."""
    read = item(code)
    for text in (read.name, read.summary, read.legal_basis, *(material.name for material in read.materials)):
        assert text.zh.strip()
        assert text.en.strip()
    assert "《" in read.legal_basis.zh
    assert "条" in read.legal_basis.zh
    assert read.keywords
    assert read.life_events
    assert read.accepted_documents
    assert set(read.form.texts["zh"]) == set(read.form.texts["en"])  # type: ignore[index]  # a StrEnum's values


@pytest.mark.parametrize("code", CODES)
def test_form_can_be_asked(code: str) -> None:
    """The terminal's own reader takes every form, finds words for every question, and prefills what the card says."""
    form: Form = item(code).form
    questionnaire = Questionnaire(form, TODAY)
    known = questionnaire.known(IDENTITY)
    for field in questionnaire.to_ask(known | questionnaire.defaults(), ()):
        assert field.label.zh != field.key, f"{field.key} has no label"
        assert all(option.label.zh for option in field.options)


@pytest.mark.parametrize("code", [code for code in CODES if code.endswith("_certificate")])
def test_certificates_need_no_typing(code: str) -> None:
    """A certificate is asked for with choices only, each with an answer proposed: few touches."""
    questionnaire = Questionnaire(item(code).form, TODAY)
    proposed = questionnaire.defaults()
    assert all(field.key in proposed and field.options for field in questionnaire.to_ask(proposed, ()))
    assert questionnaire.check_all(proposed, ()) is None


def test_forms_together_use_every_kind_of_question() -> None:
    """Between them the forms ask for text, choices, days, numbers and yes or no, and hide what does not apply."""
    forms = [item(code).form for code in CODES]
    properties = [schema for form in forms for schema in form.data_schema["properties"].values()]
    assert {schema["type"] for schema in properties} == {"string", "integer", "boolean"}
    assert any(schema.get("format") == "date" for schema in properties)
    assert any("enum" in schema for schema in properties)
    assert any("x-known" in schema for schema in properties)
    assert any('"rule"' in json.dumps(form.ui_schema) for form in forms)


def test_registers_know_the_people_of_the_virtual_cards() -> None:
    """Whoever can put a virtual card on the reader is in the registers; one of them owns property."""
    listed = {person["id_number"]: person["name"] for person in REGISTERS}
    assert listed == {person.id_number: person.name for person in PEOPLE}
    assert all(check_id_number(number) for number in listed)
    assert any(person["property"] for person in REGISTERS)
