"""Which support bundles came, and who opened which. The bundles themselves stay sealed, as they came."""

from django.db import models

from central.fleet.models import ReceivedEnvelope, Terminal
from central.organisation.models import Centre


class ReceivedBundle(models.Model):
    """A support bundle of a terminal. Its content is in the envelope, and only there."""

    centre_id: str
    envelope = models.OneToOneField(ReceivedEnvelope, models.PROTECT, primary_key=True, verbose_name="信封")
    centre = models.ForeignKey(Centre, models.PROTECT, verbose_name="服务中心")
    terminal = models.ForeignKey(Terminal, models.PROTECT, verbose_name="终端")
    made_at = models.DateTimeField("终端生成时间")
    received_at = models.DateTimeField("收到时间")
    size = models.PositiveIntegerField("大小（字节）")
    asked = models.BooleanField("中心索取")

    class Meta:
        verbose_name = verbose_name_plural = "支持包"

    def __str__(self) -> str:
        return f"{self.terminal_id} {self.received_at:%Y-%m-%d %H:%M}"


class BundleOpened(models.Model):
    """Who opened a bundle, and when."""

    bundle = models.ForeignKey(ReceivedBundle, models.PROTECT, related_name="openings")
    username = models.CharField(max_length=150)
    at = models.DateTimeField()
