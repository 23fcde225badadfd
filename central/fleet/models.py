"""Terminals, what they sent, and what could not be taken in."""

from uuid import uuid4

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from central.organisation.models import Centre, Officer
from wire.messages import CommandKind


class Terminal(models.Model):
    """A self-service terminal (自助终端). Without a public key it is not enrolled yet.

    ``number`` stands in the case numbers that the terminal gives. Of the enrolment code only the SHA-256 is kept.
    """

    centre_id: str
    code = models.CharField("终端代码", max_length=60, primary_key=True, editable=False)
    centre = models.ForeignKey(Centre, models.PROTECT, verbose_name="服务中心")
    number = models.PositiveSmallIntegerField(
        "编号", validators=[MinValueValidator(1), MaxValueValidator(9999)], editable=False
    )
    name = models.CharField("名称", max_length=60)
    place = models.CharField("位置", max_length=100, blank=True)
    public_key = models.BinaryField("公钥", max_length=32, null=True)
    enrolment_digest = models.CharField(max_length=64, blank=True, editable=False)
    enrolment_expires_at = models.DateTimeField("登记码有效至", null=True, editable=False)
    enrolled_at = models.DateTimeField("登记时间", null=True, editable=False)
    revoked_at = models.DateTimeField("吊销时间", null=True, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "自助终端"
        constraints = [models.UniqueConstraint("centre", "number", name="one_terminal_per_number")]

    def __str__(self) -> str:
        return f"{self.name}（{self.number:04}）"


class TerminalKey(models.Model):
    """A key of a terminal beside the present one: announced and not used yet, or retired.

    A retired key is good only for queued envelopes up to ``last_sequence``; None until the terminal has named it.
    """

    centre = models.ForeignKey(Centre, models.PROTECT)
    terminal = models.ForeignKey(Terminal, models.PROTECT)
    public_key = models.BinaryField(max_length=32)
    announced_at = models.DateTimeField(null=True)
    retired_at = models.DateTimeField(null=True)
    last_sequence = models.PositiveBigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=("terminal",), name="one_announced_key", condition=models.Q(retired_at__isnull=True)
            )
        ]


class TokenSeen(models.Model):
    """A request's token that was used, remembered until it would be refused by its age anyway."""

    centre = models.ForeignKey(Centre, models.PROTECT)
    terminal = models.ForeignKey(Terminal, models.PROTECT)
    jti = models.CharField(max_length=64)
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint("terminal", "jti", name="one_use_per_token")]


class Heartbeat(models.Model):
    """The last that was heard of a terminal."""

    terminal = models.OneToOneField(Terminal, models.PROTECT, primary_key=True, verbose_name="终端")
    centre = models.ForeignKey(Centre, models.PROTECT, verbose_name="服务中心")
    received_at = models.DateTimeField("收到时间")
    version = models.CharField("版本", max_length=200)
    at = models.DateTimeField("终端时间")
    clock = models.CharField("时钟", max_length=20)
    queued = models.PositiveIntegerField("待发送")
    quarantined = models.PositiveIntegerField("隔离")
    oldest_unsent_at = models.DateTimeField("最早未发送", null=True)
    devices = models.JSONField("设备")
    clock_offset_s = models.IntegerField("时钟偏差（秒）", default=0)

    class Meta:
        verbose_name = verbose_name_plural = "终端状态"

    def __str__(self) -> str:
        return f"{self.terminal_id}"


class TerminalCommand(models.Model):
    """What the centre wants of a terminal.

    In or out of service is told with every heartbeat, a key to be rolled until another is in use, a sync once.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    centre = models.ForeignKey(Centre, models.PROTECT)
    terminal = models.ForeignKey(Terminal, models.PROTECT)
    kind = models.CharField(max_length=20, choices=[(kind.value, kind.value) for kind in CommandKind])
    message_zh = models.CharField(max_length=200, blank=True)
    message_en = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True)


class ReceivedEnvelope(models.Model):
    """An envelope that was taken in, as it came: sealed and signed by the terminal. Its id is what makes it once."""

    id = models.UUIDField(primary_key=True)
    centre = models.ForeignKey(Centre, models.PROTECT)
    terminal = models.ForeignKey(Terminal, models.PROTECT)
    kind = models.CharField(max_length=30)
    sequence = models.PositiveBigIntegerField()
    created_at = models.DateTimeField()
    clock = models.CharField(max_length=20)
    received_at = models.DateTimeField()
    digest = models.CharField(max_length=64)
    body = models.BinaryField()
    signature = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "terminal", "sequence", name="one_envelope_per_sequence", condition=models.Q(sequence__gt=0)
            )
        ]


class Quarantine(models.Model):
    """An envelope that could not be taken in. It is never deleted; its owner has to settle it by ``due_on``.

    ``envelope`` is empty where the terminal alone has the original: it could not even be transferred. ``settled_by``
    is empty where a later try went well by itself. ``wanted_again_at``: staff asked the terminal to send it again.
    """

    centre_id: str
    centre = models.ForeignKey(Centre, models.PROTECT, verbose_name="服务中心")
    terminal = models.ForeignKey(Terminal, models.PROTECT, verbose_name="终端")
    envelope_id = models.UUIDField("信封号")
    digest = models.CharField("摘要", max_length=64)
    envelope = models.TextField("原文（密封）")
    problem = models.CharField("原因代码", max_length=60)
    received_at = models.DateTimeField("首次收到")
    due_on = models.DateField("处理期限")
    wanted_again_at = models.DateTimeField("要求重新发送", null=True, editable=False)
    owner = models.ForeignKey(Officer, models.PROTECT, null=True, blank=True, verbose_name="负责人")
    settled_at = models.DateTimeField("处理完毕", null=True, blank=True)
    settled_by = models.ForeignKey(
        Officer, models.PROTECT, null=True, editable=False, related_name="+", verbose_name="结案人"
    )
    note = models.TextField("处理情况", blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "隔离的数据"
        constraints = [models.UniqueConstraint("terminal", "envelope_id", "digest", name="quarantined_once")]

    def __str__(self) -> str:
        return str(self.envelope_id)
