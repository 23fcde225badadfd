"""Loading a centre: all of it or nothing, and an author is told everything that is wrong at once."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from central.catalogue.models import Cursor, Published, ServiceItem
from central.catalogue.publishing import offer
from central.certificates.definition import DefinitionWrong, read
from central.certificates.models import CertificateTemplate, RegisterEntry
from central.organisation.models import Centre, Department, Window
from sample_centre import FOLDER

Change = Callable[[Path], None]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Copy the sample centre, to spoil it."""
    return Path(shutil.copytree(FOLDER, tmp_path / "centre"))


def replaced(name: str, old: str, new: str) -> Change:
    """Change a text in a file."""

    def change(folder: Path) -> None:
        path = folder / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    return change


def form(name: str, edit: Callable[[dict[str, Any]], object]) -> Change:
    """Edit a form."""

    def change(folder: Path) -> None:
        path = folder / "forms" / f"{name}.json"
        content = json.loads(path.read_text(encoding="utf-8"))
        edit(content)
        path.write_text(json.dumps(content), encoding="utf-8")

    return change


ITEM, FORM = "items/senior_card.toml", "senior_card"
SPOILT: dict[str, tuple[Change, str]] = {
    "TOML": (replaced(ITEM, "code =", "code"), "senior_card.toml: not TOML"),
    "JSON": (replaced("forms/senior_card.json", "{", "["), "senior_card.json: not JSON"),
    "field missing": (replaced(ITEM, "fee_fen = 0\n", ""), "senior_card.toml: fee_fen: Field required"),
    "field unknown": (replaced(ITEM, "fee_fen = 0\n", "fee_fen = 0\nfee_yuan = 1\n"), "fee_yuan: Extra inputs"),
    "fraction of a fen": (replaced(ITEM, "fee_fen = 0", "fee_fen = 0.5"), "senior_card.toml: fee_fen"),
    "negative fee": (replaced(ITEM, "fee_fen = 0", "fee_fen = -1"), "cannot be negative"),
    "promise of an instant item": (replaced(ITEM, '"promised"', '"instant"'), "promises 0 working days"),
    "department": (replaced(ITEM, '"civil-affairs"', '"moon-affairs"'), "no department 'moon-affairs'"),
    "certificate": (replaced("items/residence_certificate.toml", '"residence"', '"moon"'), "no certificate 'moon'"),
    "document": (
        replaced("items/residence_certificate.toml", '["', '["passport", "'),
        "not every holder has one",
    ),
    "code": (replaced(ITEM, '"senior_card"', '"junior_card"'), "not the file's name"),
    "form missing": (lambda folder: (folder / "forms/senior_card.json").unlink(), "forms/senior_card.json: missing"),
    "template missing": (lambda folder: (folder / "certificates/residence.typ").unlink(), "residence.typ: missing"),
    "facts": (replaced("centre.toml", 'facts = "residence"', 'facts = "magic"'), "no facts 'magic'"),
    "ID number": (replaced("registers.json", "210203199106120028", "210203199106120020"), "no valid ID number"),
    "schema": (form(FORM, lambda f: f["data_schema"]["properties"]["name"].update(type="text")), "JSON Schema 2020-12"),
    "scope": (
        form(FORM, lambda f: f["ui_schema"]["elements"][0]["elements"][0].update(scope="#/properties/nobody")),
        "leads to no property",
    ),
    "element": (form(FORM, lambda f: f["ui_schema"]["elements"][0].update(type="Script")), "'Script' is unknown"),
    "rule": (
        form(FORM, lambda f: f["ui_schema"]["elements"][0].update(rule={"effect": "EXPLODE"})),
        "a rule needs an effect",
    ),
    "known": (
        form(FORM, lambda f: f["data_schema"]["properties"]["name"].update({"x-known": "salary"})),
        "no field of an identity",
    ),
    "default": (
        form(FORM, lambda f: f["data_schema"]["properties"]["home_visit"].update(default="maybe")),
        "its default does not fit",
    ),
    "bound": (
        form(FORM, lambda f: f["data_schema"]["properties"]["birth_date"].update({"x-latest": "someday"})),
        "neither a day nor",
    ),
    "pattern": (form(FORM, lambda f: f["data_schema"]["properties"]["phone"].update(pattern="(")), "(pattern|regex)"),
    "language": (form(FORM, lambda f: f["texts"]["en"].pop("living.alone")), "'living.alone' is missing in en"),
    "label": (
        form(FORM, lambda f: [texts.pop("name.label") for texts in f["texts"].values()]),
        "'name.label' is missing",
    ),
    "never asked": (form(FORM, lambda f: f["data_schema"]["required"].append("wish")), "property wish is not asked"),
    "depth": (form(FORM, lambda f: f.update(ui_schema=nested(20))), "nested too deeply"),
    "purpose": (
        form("residence_certificate", lambda f: f["data_schema"].update(required=[])),
        "asks for a purpose, required",
    ),
}


def nested(depth: int) -> dict[str, Any]:
    layout: dict[str, Any] = {"type": "Control", "scope": "#/properties/name"}
    for _ in range(depth):
        layout = {"type": "Group", "elements": [layout]}
    return layout


@pytest.mark.parametrize("name", SPOILT)
def test_fault_is_named(folder: Path, name: str) -> None:
    """Each kind of fault is told with its file, before the database hears of anything."""
    change, told = SPOILT[name]
    change(folder)
    with pytest.raises(DefinitionWrong) as caught:
        read(folder)
    choices = told.strip("()").split("|")
    assert any(choice in fault for fault in caught.value.faults for choice in choices), caught.value.faults


def test_all_faults_are_told_at_once(folder: Path) -> None:
    """An author need not try again and again."""
    for name in ("department", "language", "ID number", "facts"):
        SPOILT[name][0](folder)
    with pytest.raises(DefinitionWrong) as caught:
        read(folder)
    assert len(caught.value.faults) == 4


def test_faults_of_registers_name_nobody(folder: Path) -> None:
    """A message about a person's record does not quote it."""
    replaced("registers.json", '"base_fen": 745000', '"base_fen": "张小燕"')(folder)
    with pytest.raises(DefinitionWrong) as caught:
        read(folder)
    assert "张小燕" not in str(caught.value)
    assert "base_fen" in str(caught.value)


def _state() -> list[Any]:
    models = (Centre, Department, Window, ServiceItem, CertificateTemplate, RegisterEntry, Cursor, Published)
    return [list(model._default_manager.order_by("pk").values()) for model in models]


@pytest.mark.parametrize("name", ["language", "template"])
def test_broken_definition_leaves_everything_as_it_was(db: None, folder: Path, name: str) -> None:
    """What was loaded yesterday stays in use, whether the fault shows on reading or when a template is set."""
    call_command("load_centre", folder, verbosity=0)
    before = _state()
    replaced("centre.toml", "大连市民政局", "民政局")(folder)
    if name == "template":
        replaced("certificates/residence.typ", "facts.address", "facts.adress")(folder)
    else:
        SPOILT[name][0](folder)
    with pytest.raises(CommandError, match="nothing was changed"):
        call_command("load_centre", folder, verbosity=0)
    assert _state() == before


def test_loading_twice_publishes_nothing_new(db: None, folder: Path) -> None:
    """Terminals hear of changes only."""
    call_command("load_centre", folder, public_url="https://centre.example", verbosity=0)
    cursor = Cursor.objects.get(centre_id="dalian").value
    call_command("load_centre", folder, verbosity=0)
    assert Cursor.objects.get(centre_id="dalian").value == cursor
    assert Centre.objects.get(code="dalian").public_url == "https://centre.example"
    replaced(ITEM, "老年人优待证办理", "老年优待证")(folder)
    call_command("load_centre", folder, verbosity=0)
    assert Cursor.objects.get(centre_id="dalian").value == cursor + 1


def test_items_that_went_are_withdrawn(db: None, folder: Path) -> None:
    """An item that the definition no longer has is offered no more; one that the staff withdrew stays withdrawn."""
    call_command("load_centre", folder, verbosity=0)
    (folder / ITEM).unlink()
    offer(ServiceItem.objects.get(code="road_occupation"), offered=False)
    call_command("load_centre", folder, verbosity=0)
    withdrawn = ServiceItem.objects.filter(offered=False).values_list("code", flat=True)
    assert sorted(withdrawn) == ["road_occupation", "senior_card"]
