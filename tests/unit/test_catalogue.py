"""The catalogue: items found by words, pinyin and initials; broken or stale data never stop it."""

import logging

import pytest

from kiosk.catalogue import Catalogue
from kiosk.catalogue.search import Index
from tests.fakes import town
from tests.fakes.terminal import TODAY
from wire.catalogue import Department, ServiceItem
from wire.messages import Revocation

LICENCE = town.item("licence", "道路运输经营许可", "Road Transport Licence", keywords=("货车",))
INDEX = Index((town.NO_PROPERTY, town.SHOP, LICENCE))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("无房产登记证明", ["no_property"]),
        ("无房", ["no_property"]),
        ("无房证明", ["no_property"]),
        ("wfzm", ["no_property"]),
        ("WFZM", ["no_property"]),
        ("ｗｆｚｍ", ["no_property"]),
        ("wfcdj", ["no_property"]),
        ("wufang", ["no_property"]),
        ("wu fang zheng ming", ["no_property"]),
        ("wu'fang", ["no_property"]),
        ("chadang", ["no_property"]),
        ("查档", ["no_property"]),
        ("yyzz", ["shop"]),
        ("个体登记", ["shop"]),
        ("登记", ["shop", "no_property"]),
        ("individual business", ["shop"]),
        ("transport", ["licence"]),
        ("货车", ["licence"]),
        ("zzzz", []),
        ("x" * 10_000, []),
        ("", ["no_property", "shop", "licence"]),
    ],
)
def test_search(query: str, found: list[str]) -> None:
    """Chinese, pinyin, initials, English; full width and capitals do not matter."""
    codes = [item.code for item in INDEX.search(query)]
    assert codes[: len(found)] == found or sorted(codes) == sorted(found)
    assert bool(codes) == bool(found)


def test_best_first() -> None:
    """The name itself goes before a name that begins so, before one that contains it, before a keyword."""
    items = [
        town.item("keyword", "别的事", "x", keywords=("居住证",)),
        town.item("within", "办理居住证", "x"),
        town.item("begins", "居住证补领", "x"),
        town.item("same", "居住证", "x"),
    ]
    assert [item.code for item in Index(items).search("居住证")] == ["same", "begins", "within", "keyword"]


class Published:
    """What was pulled, in memory."""

    def __init__(self) -> None:
        self.at = 1
        self.published: list[ServiceItem] | ValueError = [town.NO_PROPERTY, town.SHOP]
        self.reads = 0

    def cursor(self) -> int:
        return self.at

    def departments(self) -> list[Department]:
        return list(town.DEPARTMENTS)

    def items(self) -> list[ServiceItem]:
        self.reads += 1
        if isinstance(self.published, ValueError):
            raise self.published
        return self.published

    def issuer_keys(self) -> dict[str, bytes]:
        return {"key": town.ISSUER_PUBLIC}

    def revocation(self, serial: str) -> Revocation | None:
        return Revocation(revoked_on=TODAY) if serial == "revoked" else None


def test_read_again_only_when_something_is_new() -> None:
    """A hundred questions read the database once; a pull is seen at the next one."""
    published = Published()
    catalogue = Catalogue(published)
    for _ in range(100):
        assert [item.code for item in catalogue.items()] == ["shop"]
        assert [item.code for item in catalogue.certificates()] == ["no_property"]
    assert published.reads == 1
    published.at, published.published = 2, [town.SHOP]
    assert catalogue.certificates() == []
    assert catalogue.item("no_property") is None
    assert [department.code for department in catalogue.departments()] == ["market"]
    assert catalogue.search("wfzm") == []


def test_what_cannot_be_read_leaves_yesterdays(caplog: pytest.LogCaptureFixture) -> None:
    """Unreadable resources are logged once and change nothing."""
    published = Published()
    catalogue = Catalogue(published)
    assert catalogue.items()
    published.at, published.published = 2, ValueError("secret")
    with caplog.at_level(logging.ERROR):
        assert [item.code for item in catalogue.items()] == ["shop"]
        assert catalogue.search("kd")
    assert caplog.text.count("cannot be read") == 1
    assert "secret" not in caplog.text


def test_departments_revocations_and_age() -> None:
    """Names of departments, also of one not published; keys; revocations; how old the list is."""
    catalogue = Catalogue(Published(), lambda: TODAY)
    assert catalogue.department_name(town.SHOP).zh == "市场监督管理局"
    assert catalogue.department_name(town.item("x", "x", "x", department="gone")).zh == "gone"
    assert catalogue.issuer_keys() == {"key": town.ISSUER_PUBLIC}
    assert catalogue.revoked_on("revoked") == TODAY
    assert catalogue.revoked_on("valid") is None
    assert catalogue.list_as_of == TODAY
    assert Catalogue(Published()).list_as_of is None
