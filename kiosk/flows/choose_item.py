"""Let the citizen find a service item: by department where there are many, or by search."""

from collections.abc import Sequence

from kiosk.printing.slips import fee_of, promise_of
from kiosk.stage import Chosen, ItemCard, ItemList, SearchFor, Step, WentBack
from kiosk.visit import Visit
from wire.catalogue import Processing, ServiceItem
from wire.text import Text

_MANY = 30
_BY_DEPARTMENT = Text(zh="请选择部门，或者搜索", en="Choose a department, or search")
_FOUND = Text(zh="搜索结果", en="Search results")


async def choose_item(visit: Visit, title: Text, items: Sequence[ServiceItem], step: Step | None = None) -> ServiceItem:
    """Return the item that the citizen chose among ``items``. Back on the first list leaves."""
    by_code = {item.code: item for item in items}
    first = _departments(visit, items, step) if len(items) > _MANY else _list(visit, title, items, step)
    shown = [first]
    while True:
        try:
            answer = await visit.show(shown[-1])
        except WentBack:
            shown.pop()
            if not shown:
                raise
            continue
        match answer:
            case Chosen(code) if code in by_code:
                return by_code[code]
            case Chosen(code):
                of_department = [item for item in items if item.department == code]
                shown.append(_list(visit, visit.at.catalogue.department_name(of_department[0]), of_department, step))
            case SearchFor(text):
                found = [item for item in visit.at.catalogue.search(text) if item.code in by_code]
                shown[1:] = [_list(visit, _FOUND, found, step, query=text)]


def _list(visit: Visit, title: Text, items: Sequence[ServiceItem], step: Step | None, query: str = "") -> ItemList:
    cards = tuple(
        ItemCard(item.code, item.name, visit.at.catalogue.department_name(item), _note(item)) for item in items
    )
    return ItemList(title=title, items=cards, query=query, step=step)


def _departments(visit: Visit, items: Sequence[ServiceItem], step: Step | None) -> ItemList:
    counts: dict[str, list[ServiceItem]] = {}
    for item in items:
        counts.setdefault(item.department, []).append(item)
    cards = tuple(
        ItemCard(code, visit.at.catalogue.department_name(own[0]), Text(zh="", en=""), _count(len(own)))
        for code, own in counts.items()
    )
    return ItemList(title=_BY_DEPARTMENT, items=cards, query="", step=step)


def _note(item: ServiceItem) -> Text:
    if item.processing is Processing.INSTANT and not item.fee_fen:
        return Text(zh="即办", en="At once")
    return promise_of(item) if not item.fee_fen else fee_of(item)


def _count(items: int) -> Text:
    return Text(zh=f"{items} 项", en=f"{items} services")
