"""Audit chains of terminals, their rows as they came, and what did not fit."""

from django.db import models

from central.fleet.models import Terminal
from central.organisation.models import Centre


class AuditTrail(models.Model):
    """One chain of one terminal. A log that began anew or parted from what was known gets a chain of its own.

    ``first_number`` is where it begins, bound to ``base_digest``; ``verified_number`` and ``verified_digest`` are where
    it ends here, ``signature`` is the terminal's own word on that.
    """

    centre_id: str
    centre = models.ForeignKey(Centre, models.PROTECT, verbose_name="服务中心")
    terminal = models.ForeignKey(Terminal, models.PROTECT, verbose_name="终端")
    generation = models.PositiveIntegerField("第几条链")
    first_number = models.PositiveBigIntegerField("起始行", default=1)
    base_digest = models.BinaryField(max_length=32)
    verified_number = models.PositiveBigIntegerField("已核验到", default=0)
    verified_digest = models.BinaryField(max_length=32)
    verified_at = models.DateTimeField("核验时间", null=True)
    signature = models.BinaryField(max_length=64, default=b"")

    class Meta:
        verbose_name = verbose_name_plural = "终端审计"
        constraints = [models.UniqueConstraint("terminal", "generation", name="one_trail_per_generation")]

    def __str__(self) -> str:
        return f"{self.terminal} · {self.generation}"

    @property
    def misfit(self) -> bool:
        """Whether anything of this terminal's log, in any chain, does not fit and was not explained by it."""
        found = AuditFinding.objects.filter(trail__terminal=self.terminal_id)
        return found.exclude(kind=AuditFinding.Kind.REPLACED).exists()

    @property
    def replaced(self) -> bool:
        """Whether the terminal ever said that it had to replace its database."""
        return AuditFinding.objects.filter(trail__terminal=self.terminal_id, kind=AuditFinding.Kind.REPLACED).exists()


class AuditEntry(models.Model):
    """A row as it came. ``at`` is the terminal's own text, which the digest covers."""

    trail = models.ForeignKey(AuditTrail, models.PROTECT)
    number = models.PositiveBigIntegerField("行")
    at = models.CharField("时间", max_length=100)
    event = models.CharField("事件", max_length=100)
    subject = models.CharField("编号", max_length=100)
    digest = models.BinaryField(max_length=32)

    class Meta:
        constraints = [models.UniqueConstraint("trail", "number", name="one_entry_per_number")]


class AuditFinding(models.Model):
    """Something that did not fit, from row ``number`` to ``until``; noted once, never taken back.

    ``reason`` is the terminal's own word on it, where it gave one: believed by nobody, and told to whoever looks.
    """

    class Kind(models.TextChoices):
        """What can be wrong with a chain."""

        GAP = "gap", "缺行"
        ALTERED = "altered", "内容被改动"
        CUT = "cut", "末尾被删"
        FORKED = "forked", "与已核验的不一致，另成一条链"
        RESTARTED = "restarted", "从头开始的新链，终端没有说明原因（数据库被更换）"
        REPLACED = "replaced", "终端报告数据库损坏、已自动更换，从头开始的新链"

    trail = models.ForeignKey(AuditTrail, models.PROTECT, verbose_name="链", related_name="findings")
    kind = models.CharField("情况", max_length=20, choices=Kind.choices)
    number = models.PositiveBigIntegerField("从第几行")
    until = models.PositiveBigIntegerField("到第几行")
    reason = models.CharField("终端的说明", max_length=100, default="", blank=True)
    found_at = models.DateTimeField("发现时间")

    class Meta:
        constraints = [models.UniqueConstraint("trail", "kind", "number", name="one_finding_per_row")]
