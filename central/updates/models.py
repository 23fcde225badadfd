"""Releases, who gets which, and what each terminal last said of its software."""

from django.core.validators import MaxValueValidator
from django.db import models

from central.fleet.models import Terminal
from central.organisation.models import Centre
from central.updates.words import state_of
from wire.problems import problem


class Release(models.Model):
    """A version of the terminals' disk image. It belongs to no centre: a centre's part is its roll-out.

    ``manifest`` and ``signature`` are passed on as they came; the files lie in the data folder, under the version.
    """

    version = models.CharField("版本", max_length=60, primary_key=True)
    manifest = models.BinaryField()
    signature = models.BinaryField()
    made_at = models.DateTimeField("制作时间")
    expires_at = models.DateTimeField("安装期限")
    may_go_back = models.BooleanField("可用于退回旧版本", default=False)
    size = models.PositiveBigIntegerField("大小（字节）")
    added_at = models.DateTimeField("上传时间")

    class Meta:
        verbose_name = verbose_name_plural = "软件版本"

    def __str__(self) -> str:
        return self.version


class ReleaseFile(models.Model):
    """One file of a release, as the manifest names it."""

    release = models.ForeignKey(Release, models.PROTECT, related_name="files")
    name = models.CharField(max_length=80)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint("release", "name", name="one_file_per_name")]


class Rollout(models.Model):
    """Which terminals of a centre are to run a release: some chosen ones, and a share of all of them.

    The share is by a number that each terminal has for good: raising it adds terminals and takes none away.
    """

    centre_id: str
    release_id: str
    centre = models.ForeignKey(Centre, models.PROTECT, verbose_name="服务中心")
    release = models.ForeignKey(Release, models.PROTECT, verbose_name="软件版本")
    percentage = models.PositiveSmallIntegerField(
        "推送比例（%）",
        default=0,
        validators=[MaxValueValidator(100)],
        help_text="先小后大：只会增加终端，不会换掉已选的。",
    )
    terminals = models.ManyToManyField(
        Terminal, blank=True, verbose_name="指定终端", help_text="不论比例，这些终端都会收到。"
    )
    tolerated = models.PositiveSmallIntegerField(
        "允许退回的比例（%）",
        default=5,
        validators=[MaxValueValidator(100)],
        help_text="试过这个版本的终端里，退回旧版本的达到这个比例就自动暂停。试的终端少时，退回一台就暂停。",
    )
    paused = models.BooleanField("已暂停", default=False, editable=False)
    held_by_itself = models.BooleanField("自动暂停", default=False, editable=False)
    known_back = models.PositiveIntegerField(default=0, editable=False)  # of which staff knew when they let it go on
    created_at = models.DateTimeField("建立时间", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "软件推送"
        constraints = [models.UniqueConstraint("centre", "release", name="one_rollout_per_release")]

    def __str__(self) -> str:
        return f"{self.release_id}（{self.centre_id}）"


class RolloutEvent(models.Model):
    """A roll-out was paused or let go on: when, by whom (empty: by itself), and how it stood. Never changed."""

    centre = models.ForeignKey(Centre, models.PROTECT)
    rollout = models.ForeignKey(Rollout, models.PROTECT, related_name="events")
    at = models.DateTimeField()
    paused = models.BooleanField()
    by = models.CharField(max_length=150, blank=True)
    tried = models.PositiveIntegerField()
    went_back = models.PositiveIntegerField()

    class Meta:
        ordering = ("-pk",)


class TerminalSoftware(models.Model):
    """What a terminal last said of its software (:class:`wire.release.UpdateReport`)."""

    terminal_id: str
    terminal = models.OneToOneField(
        Terminal, models.PROTECT, primary_key=True, related_name="software", verbose_name="终端"
    )
    centre = models.ForeignKey(Centre, models.PROTECT, verbose_name="服务中心")
    running = models.CharField("运行版本", max_length=60)
    phase = models.CharField("更新状态", max_length=20)  # wire.release.UpdatePhase
    wanted = models.CharField("目标版本", max_length=60, blank=True)
    failure = models.CharField("原因代码", max_length=60, blank=True)
    fetched = models.PositiveBigIntegerField("已下载", default=0)
    size = models.PositiveBigIntegerField("总大小", default=0)
    heard_at = models.DateTimeField("报告时间")

    class Meta:
        verbose_name = verbose_name_plural = "终端软件"

    def __str__(self) -> str:
        return f"{self.terminal_id}: {self.running}"

    @property
    def words(self) -> str:
        """What is with the next version; empty where nothing is."""
        if not self.wanted or self.wanted == self.running:
            return ""
        why = f"（{problem(self.failure).number}）" if self.failure else ""
        return f"{self.wanted} {state_of(self.phase, self.failure, self.fetched, self.size)[1]}{why}"
