"""What the centre published, as the flows ask for it. Read again only when something new was pulled."""

import logging
from collections.abc import Callable, Mapping
from datetime import date
from typing import Protocol

from kiosk.catalogue.search import Index
from wire.catalogue import Department, ServiceItem
from wire.messages import Revocation
from wire.text import Text

log = logging.getLogger(__name__)


class Published(Protocol):
    """What was pulled (:class:`kiosk.store.Resources`)."""

    def cursor(self) -> int:
        """Return a number that grows with every change."""
        ...

    def departments(self) -> list[Department]:
        """Return every department."""
        ...

    def items(self) -> list[ServiceItem]:
        """Return every item."""
        ...

    def issuer_keys(self) -> dict[str, bytes]:
        """Return the issuers' keys (32 bytes) by key id."""
        ...

    def revocation(self, serial: str) -> Revocation | None:
        """Return a certificate's revocation."""
        ...


class Catalogue:
    """The catalogue of one centre. ``list_as_of`` tells the day of the last pull, None before the first."""

    def __init__(self, published: Published, list_as_of: Callable[[], date | None] = lambda: None) -> None:
        self._published = published
        self._list_as_of = list_as_of
        self._cursor: int | None = None
        self._departments: dict[str, Department] = {}
        self._items: dict[str, ServiceItem] = {}
        self._index: Index | None = None

    def items(self) -> list[ServiceItem]:
        """Return the items that are applied for."""
        self._refresh()
        return [item for item in self._items.values() if item.certificate is None]

    def certificates(self) -> list[ServiceItem]:
        """Return the items that end with a certificate printed here."""
        self._refresh()
        return [item for item in self._items.values() if item.certificate is not None]

    def item(self, code: str) -> ServiceItem | None:
        """Return one item, or None when it is not offered (any more)."""
        self._refresh()
        return self._items.get(code)

    def search(self, query: str) -> list[ServiceItem]:
        """Find items by Chinese words, pinyin or initials, the best first."""
        self._refresh()
        if self._index is None:
            self._index = Index(self._items.values())
        return self._index.search(query)

    def departments(self) -> list[Department]:
        """Return the departments that have items."""
        self._refresh()
        used = {item.department for item in self._items.values()}
        return [department for code, department in self._departments.items() if code in used]

    def department_name(self, item: ServiceItem) -> Text:
        """Return the name of an item's department; its code, where the centre did not publish the department."""
        self._refresh()
        known = self._departments.get(item.department)
        return Text(zh=item.department, en=item.department) if known is None else known.name

    def issuer_keys(self) -> Mapping[str, bytes]:
        """Return the keys (32 bytes) that sign certificates, by key id."""
        return self._published.issuer_keys()

    def revoked_on(self, serial: str) -> date | None:
        """Return the day on which a certificate was revoked, None while it is valid as far as is known here."""
        revocation = self._published.revocation(serial)
        return None if revocation is None else revocation.revoked_on

    @property
    def list_as_of(self) -> date | None:
        """The day of the revocation list; None when nothing was ever pulled."""
        return self._list_as_of()

    def _refresh(self) -> None:
        """Read what is new. What cannot be read (an older program's database) leaves the last that could."""
        cursor = self._published.cursor()
        if cursor == self._cursor:
            return
        self._cursor = cursor
        try:
            departments = {department.code: department for department in self._published.departments()}
            items = {item.code: item for item in self._published.items()}
        except ValueError as error:  # pydantic's ValidationError is one
            log.error("what was pulled up to %d cannot be read: %s", cursor, type(error).__name__)  # noqa: TRY400 - its text quotes the content
            return
        self._departments, self._items, self._index = departments, items, None
