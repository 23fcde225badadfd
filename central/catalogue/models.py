"""Service items, and the list of what is published to terminals, numbered so that they can ask for changes only."""

from django.db import models

from central.organisation.models import Centre, Department
from wire.catalogue import Processing
from wire.catalogue import ServiceItem as WireItem
from wire.messages import ResourceKind


class ServiceItem(models.Model):
    """A service item (办事事项): the wire model whole in ``content``, and beside it what is searched and sorted by.

    Written only by :mod:`central.catalogue.publishing`, so that the two never differ and terminals hear of it.
    """

    centre_id: str
    department_id: int
    centre = models.ForeignKey(Centre, models.PROTECT, verbose_name="服务中心")
    department = models.ForeignKey(Department, models.PROTECT, verbose_name="部门")
    code = models.CharField("代码", max_length=60)
    name_zh = models.CharField("名称", max_length=200)
    name_en = models.CharField("英文名称", max_length=300)
    processing = models.CharField(
        "办件类型",
        max_length=10,
        choices=[(Processing.INSTANT.value, "即办件"), (Processing.PROMISED.value, "承诺件")],
    )
    promise_days = models.PositiveSmallIntegerField("承诺工作日")
    fee_fen = models.PositiveIntegerField("收费（分）")
    offered = models.BooleanField("开放办理", default=True)
    content = models.JSONField("全文")

    class Meta:
        verbose_name = verbose_name_plural = "办事事项"
        constraints = [models.UniqueConstraint("centre", "code", name="one_item_per_code")]

    def __str__(self) -> str:
        return self.name_zh

    def wire(self) -> WireItem:
        """Return the item as terminals know it."""
        return WireItem.model_validate(self.content)


class Cursor(models.Model):
    """How many changes a centre has published. Whoever publishes locks this row first, so numbers appear in order."""

    centre = models.OneToOneField(Centre, models.PROTECT, primary_key=True)
    value = models.PositiveBigIntegerField(default=0)


class Published(models.Model):
    """The latest change of one resource: its content, or, without content, that it is gone (a tombstone)."""

    centre_id: str
    centre = models.ForeignKey(Centre, models.PROTECT)
    kind = models.CharField(max_length=20, choices=[(kind.value, kind.value) for kind in ResourceKind])
    key = models.CharField(max_length=100)
    digest = models.CharField(max_length=64, null=True)  # noqa: DJ001 - a tombstone has no digest, as on the wire
    content = models.JSONField(null=True)
    cursor = models.PositiveBigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint("centre", "kind", "key", name="one_latest_change_per_resource"),
            models.UniqueConstraint("centre", "cursor", name="one_change_per_cursor"),
        ]
