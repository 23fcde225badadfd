"""Publishing to terminals: every change of a resource gets the centre's next number; pull asks from a number on."""

from django.db import transaction
from django.db.models import Q

from central.catalogue.models import Cursor, Published, ServiceItem
from central.organisation.models import Centre, Department
from wire.bundle import digest_of
from wire.catalogue import Department as WireDepartment
from wire.catalogue import ServiceItem as WireItem
from wire.messages import Bundle, Change, ResourceKind
from wire.model import Message


@transaction.atomic
def publish(centre: Centre, kind: ResourceKind, key: str, content: Message | None) -> int:
    """Tell terminals how a resource now is, or, with None, that it is gone. Returns the centre's cursor afterwards.

    What is already published the same way changes nothing. The cursor's row stays locked until the caller's
    transaction ends, so a terminal never sees number 8 before number 7.
    """
    Cursor.objects.get_or_create(centre=centre)
    cursor = Cursor.objects.select_for_update().get(centre=centre)
    body = None if content is None else content.model_dump(mode="json")
    digest = None if body is None else digest_of(body)
    known = Published.objects.filter(centre=centre, kind=kind, key=key).first()
    if (known is None and digest is None) or (known is not None and known.digest == digest):
        return cursor.value
    cursor.value += 1
    cursor.save(update_fields=["value"])
    Published.objects.update_or_create(
        centre=centre,
        kind=kind.value,
        key=key,
        defaults={"digest": digest, "content": body, "cursor": cursor.value},
    )
    return cursor.value


def changes_since(centre: Centre, since: int) -> Bundle:
    """Return what changed after ``since``. From 0 on, tombstones are left out: who knows nothing need forget nothing.

    A terminal that is ahead of the centre (the database was restored from yesterday's copy) gets everything.
    """
    newest = Cursor.objects.filter(centre=centre).values_list("value", flat=True).first() or 0
    if since > newest:
        since = 0
    wanted = Q(cursor__gt=since) if since else Q(content__isnull=False)
    rows = list(Published.objects.filter(wanted, centre=centre).order_by("cursor"))
    changes = tuple(
        Change(kind=ResourceKind(row.kind), key=row.key, digest=row.digest, content=row.content) for row in rows
    )
    # Read before the rows, `newest` may lag behind them; a tombstone at the end may make it lead.
    return Bundle(since=since, cursor=max(newest, *(row.cursor for row in rows), since), changes=changes)


@transaction.atomic
def put_department(centre: Centre, department: WireDepartment) -> Department:
    """Add a department or change it, and publish it."""
    row, _ = Department.objects.update_or_create(
        centre=centre,
        code=department.code,
        defaults={"name_zh": department.name.zh, "name_en": department.name.en},
    )
    publish(centre, ResourceKind.DEPARTMENT, department.code, department)
    return row


@transaction.atomic
def put_item(centre: Centre, item: WireItem) -> ServiceItem:
    """Add a service item or change it, and publish it. Raises ValueError when its department is unknown."""
    department = Department.objects.filter(centre=centre, code=item.department).first()
    if department is None:
        raise ValueError(f"item {item.code} names a department that the centre does not have")
    row, _ = ServiceItem.objects.update_or_create(
        centre=centre,
        code=item.code,
        defaults={
            "department": department,
            "name_zh": item.name.zh,
            "name_en": item.name.en,
            "processing": item.processing.value,
            "promise_days": item.promise_days,
            "fee_fen": item.fee_fen,
            "content": item.model_dump(mode="json"),
        },
    )
    publish(centre, ResourceKind.ITEM, item.code, item if row.offered else None)
    return row


@transaction.atomic
def offer(item: ServiceItem, *, offered: bool) -> None:
    """Open an item to citizens, or withdraw it: terminals stop showing it, cases in hand go on."""
    item.offered = offered
    item.save(update_fields=["offered"])
    publish(item.centre, ResourceKind.ITEM, item.code, item.wire() if offered else None)
