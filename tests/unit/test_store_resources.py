"""What the centre published: taken whole or not at all."""

from base64 import b64encode
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from kiosk.store import Store, Terminal
from tests.terminal_parts import DEVICE_KEY, ISSUER_KEY, TERMINAL, StandingClock, enrolment
from wire.bundle import digest_of
from wire.errors import WireError
from wire.keys import key_id
from wire.messages import Bundle, Change, ResourceKind

ISSUER = ISSUER_KEY.public_key().public_bytes_raw()
HOUSING: dict[str, Any] = {"code": "housing", "name": {"zh": "住房保障部门", "en": "Housing"}}


def item(code: str = "no-property", fee_fen: int = 0) -> dict[str, Any]:
    text = {"zh": "无房产登记证明", "en": "Certificate of no property"}
    return {
        "code": code,
        "department": "housing",
        "name": text,
        "summary": text,
        "legal_basis": text,
        "materials": [],
        "processing": "instant",
        "promise_days": 0,
        "fee_fen": fee_fen,
        "accepted_documents": ["resident_card"],
        "form": {"code": code, "data_schema": {}, "ui_schema": {}, "texts": {"zh": {}, "en": {}}},
    }


def change(kind: ResourceKind, key: str, content: dict[str, Any] | None) -> Change:
    return Change(kind=kind, key=key, digest=None if content is None else digest_of(content), content=content)


def bundle(since: int, cursor: int, *changes: Change) -> Bundle:
    return Bundle(since=since, cursor=cursor, changes=changes)


FIRST = bundle(
    0,
    5,
    change(ResourceKind.DEPARTMENT, "housing", HOUSING),
    change(ResourceKind.ITEM, "no-property", item()),
    change(ResourceKind.ISSUER_KEY, key_id(ISSUER), {"public_key": b64encode(ISSUER).decode()}),
    change(ResourceKind.REVOCATION, "S9", {"revoked_on": "2026-11-20"}),
    change(ResourceKind.SETTING, "texts", {"greeting": "您好"}),
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "terminal.sqlite3", StandingClock(), TERMINAL) as store:
        yield store


def test_first_bundle(store: Store) -> None:
    """Everything in a bundle can be read back as what it is."""
    assert store.resources.cursor() == 0
    assert store.resources.apply(FIRST)
    resources = store.resources
    assert resources.cursor() == 5
    assert [department.code for department in resources.departments()] == ["housing"]
    assert [offered.code for offered in resources.items()] == ["no-property"]
    assert resources.item("no-property") == resources.items()[0]
    assert resources.item("unknown") is None
    assert resources.issuer_keys() == {key_id(ISSUER): ISSUER}
    revocation = resources.revocation("S9")
    assert revocation is not None
    assert revocation.revoked_on == date(2026, 11, 20)
    assert resources.revocation("S1") is None
    assert resources.setting("texts") == {"greeting": "您好"}
    assert resources.setting("unknown") is None


def test_changes_and_tombstones(store: Store) -> None:
    """A later bundle changes, adds and removes; what it does not name stays."""
    store.resources.apply(FIRST)
    store.resources.apply(
        bundle(
            5,
            8,
            change(ResourceKind.ITEM, "no-property", item(fee_fen=500)),
            change(ResourceKind.ITEM, "other", item("other")),
            change(ResourceKind.REVOCATION, "S9", None),
        )
    )
    assert [(offered.code, offered.fee_fen) for offered in store.resources.items()] == [
        ("no-property", 500),
        ("other", 0),
    ]
    assert store.resources.revocation("S9") is None
    assert len(store.resources.departments()) == 1


def test_same_bundle_twice(store: Store) -> None:
    """A bundle that brings nothing new changes nothing, and writes nothing."""
    assert store.resources.apply(FIRST)
    written = store.audit.head()
    assert not store.resources.apply(FIRST)
    assert not store.resources.apply(bundle(5, 5))
    assert store.audit.head() == written


def test_whole_bundle_replaces(store: Store) -> None:
    """A bundle from 0 is all there is, also from a centre that was restored from an older copy."""
    store.resources.apply(FIRST)
    store.resources.apply(bundle(0, 3, change(ResourceKind.DEPARTMENT, "housing", HOUSING)))
    assert store.resources.cursor() == 3
    assert store.resources.items() == []


@pytest.mark.parametrize(
    "broken",
    [
        bundle(4, 9, change(ResourceKind.DEPARTMENT, "housing", None)),
        bundle(6, 9, change(ResourceKind.DEPARTMENT, "housing", None)),
        bundle(5, 4, change(ResourceKind.DEPARTMENT, "housing", None)),
        bundle(5, 6, change(ResourceKind.DEPARTMENT, "housing", None), change(ResourceKind.ITEM, "x", {"code": "x"})),
        bundle(5, 6, change(ResourceKind.ITEM, "x", item("y"))),
        bundle(5, 6, change(ResourceKind.DEPARTMENT, "other", HOUSING)),
        bundle(5, 6, change(ResourceKind.ISSUER_KEY, "0" * 16, {"public_key": "A" * 43 + "="})),
        bundle(5, 6, change(ResourceKind.REVOCATION, "S1", {"revoked_on": "yesterday"})),
    ],
    ids=["before", "gap", "backwards", "torn item", "item's key", "department's key", "issuer's key", "revocation"],
)
@pytest.mark.fault("torn bundle", code="wire.malformed")
def test_broken_bundle_leaves_yesterdays(store: Store, broken: Bundle) -> None:
    """A bundle that does not fit or cannot be read is refused whole."""
    store.resources.apply(FIRST)
    with pytest.raises(WireError):
        store.resources.apply(broken)
    assert store.resources.cursor() == 5
    assert len(store.resources.departments()) == 1
    assert len(store.resources.items()) == 1


def test_another_terminal_starts_anew(tmp_path: Path) -> None:
    """After enrolment under another id nothing of the former centre is offered."""
    path, clock = tmp_path / "terminal.sqlite3", StandingClock()
    with Store.open(path, clock, TERMINAL) as store:
        store.resources.apply(FIRST)
    with Store.open(path, clock, TERMINAL) as store:
        assert store.resources.cursor() == 5
    with Store.open(path, clock, Terminal(DEVICE_KEY, enrolment("dl-0013"))) as store:
        assert store.resources.cursor() == 0
        assert store.resources.items() == []


def test_update_of_the_program_keeps_what_it_can_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that reads resources differently keeps the readable ones, and asks for everything again."""
    path, clock = tmp_path / "terminal.sqlite3", StandingClock()
    with Store.open(path, clock, TERMINAL) as store:
        store.resources.apply(FIRST)
        with store.outbox._database.transaction() as tx:
            tx.run("UPDATE resource SET content = '{}' WHERE kind = 'item'")
            tx.run("INSERT INTO resource VALUES ('kind_of_yesterday', 'x', 'x', '{}')")
    monkeypatch.setattr("kiosk.store.resources._models", lambda: "changed")
    with Store.open(path, clock, TERMINAL) as store:
        assert store.resources.cursor() == 0
        assert store.resources.items() == []
        assert [department.code for department in store.resources.departments()] == ["housing"]
        assert store.resources.apply(FIRST)
        assert [offered.code for offered in store.resources.items()] == ["no-property"]


def test_the_day_of_the_centres_last_word_is_kept(store: Store) -> None:
    """A terminal can say how old its revocation list is."""
    assert store.resources.as_of() is None
    store.resources.confirm(date(2026, 11, 23))
    store.resources.confirm(date(2026, 11, 24))
    assert store.resources.as_of() == date(2026, 11, 24)
