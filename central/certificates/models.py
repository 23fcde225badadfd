"""Certificates, their templates and copies, and the registers they are made from. What names a citizen is closed."""

from django.db import models

from central.fleet.models import Terminal
from central.organisation.models import Centre
from wire.messages import PrintOutcome, PrintSettler
from wire.text import Text

OUTCOME_NAMES = {
    PrintOutcome.DELIVERED: "已交付",
    PrintOutcome.VOID: "未打出",
    PrintOutcome.DOUBTFUL: "待核实",
}
SETTLER_NAMES = {PrintSettler.CITIZEN: "领取人确认", PrintSettler.STAFF: "工作人员核实"}


class CertificateTemplate(models.Model):
    """How one kind of certificate looks and where its facts come from.

    ``source`` is Typst, on top of ``look/official.typ``; ``facts`` names a function of
    :mod:`central.certificates.facts`.
    """

    centre_id: str
    centre = models.ForeignKey(Centre, models.PROTECT, verbose_name="服务中心")
    code = models.CharField("代码", max_length=60)
    title_zh = models.CharField("标题", max_length=100)
    title_en = models.CharField("英文标题", max_length=200)
    facts = models.CharField("事实来源", max_length=40)
    source = models.TextField("Typst 模板")
    seal_around = models.CharField("印章环形文字", max_length=20)
    seal_below = models.CharField("印章下方文字", max_length=12)
    notice_zh = models.CharField("页脚提示", max_length=60, blank=True)
    notice_en = models.CharField("页脚提示（英文）", max_length=120, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "证明模板"
        constraints = [models.UniqueConstraint("centre", "code", name="one_template_per_code")]

    def __str__(self) -> str:
        return self.title_zh

    @property
    def title(self) -> Text:
        """The title in both languages."""
        return Text(zh=self.title_zh, en=self.title_en)

    @property
    def notice(self) -> Text | None:
        """The remark at the foot of every page, when there is one."""
        return Text(zh=self.notice_zh, en=self.notice_en) if self.notice_zh else None


class RegisterEntry(models.Model):
    """One record of a department's register about one person, closed.

    ``person`` is :meth:`central.certificates.vault.Vault.person` of the ID number. The tables stand for the
    departments' own systems, which a real centre asks through its data-sharing platform (数据共享).
    """

    centre = models.ForeignKey(Centre, models.PROTECT)
    register = models.CharField(max_length=20)
    person = models.CharField(max_length=64)
    content = models.BinaryField()

    class Meta:
        indexes = [models.Index("centre", "register", "person", name="entries_of_a_person")]


class SerialCounter(models.Model):
    """How many certificates a centre issued in a year. Whoever issues locks the row first: no number is left out."""

    centre = models.ForeignKey(Centre, models.PROTECT)
    year = models.PositiveSmallIntegerField()
    value = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint("centre", "year", name="one_counter_per_year")]


class Certificate(models.Model):
    """A certificate (证明) that was issued.

    ``holder`` is masked; ``content`` (JSON: what the paper says) and ``document`` (the signed PDF) are closed, bound to
    the serial. ``digest`` is SHA-256 of nonce and content, the one in the verification code.
    """

    class State(models.TextChoices):
        """Whether a certificate can be relied on."""

        VALID = "valid", "有效"
        REVOKED = "revoked", "已作废"

    centre_id: str
    centre = models.ForeignKey(Centre, models.PROTECT, verbose_name="服务中心")
    serial = models.CharField("编号", max_length=24)
    envelope_id = models.UUIDField(unique=True, editable=False)
    item = models.CharField("事项代码", max_length=60)
    title_zh = models.CharField("证明", max_length=100)
    title_en = models.CharField("证明（英文）", max_length=200)
    holder = models.CharField("持有人", max_length=60)
    person = models.CharField(max_length=64, editable=False, db_index=True)
    content = models.BinaryField(editable=False)
    nonce = models.BinaryField(max_length=16, editable=False)
    digest = models.CharField("摘要", max_length=64, editable=False)
    document = models.BinaryField(editable=False)
    pdf_sha256 = models.CharField("PDF 的 SHA-256", max_length=64, editable=False)
    pages = models.PositiveSmallIntegerField("页数")
    verification = models.CharField(max_length=1500, editable=False)
    issued_at = models.DateTimeField("签发时间")
    issued_on = models.DateField("签发日期")
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.VALID)
    revoked_at = models.DateTimeField("作废时间", null=True, blank=True, editable=False)
    revocation_reason = models.CharField("作废原因", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "证明"
        constraints = [models.UniqueConstraint("centre", "serial", name="one_certificate_per_serial")]

    def __str__(self) -> str:
        return self.serial

    @property
    def delivered_copies(self) -> int:
        """How many copies are known to have come out of a printer."""
        return PrintRecord.objects.filter(certificate=self, outcome=PrintOutcome.DELIVERED.value).count()

    @property
    def reprints(self) -> int:
        """How many copies were printed although paper of an earlier one may be in somebody's hands."""
        return PrintRecord.objects.filter(certificate=self, reprint=True).count()


class PrintRecord(models.Model):
    """What a terminal reported of one copy of a certificate; its ledger's row is the ``job_name``.

    ``settled_by``: who decided a copy that the printer left in doubt; empty where the printer's word stands.
    """

    centre_id: str
    centre = models.ForeignKey(Centre, models.PROTECT, verbose_name="服务中心")
    certificate = models.ForeignKey(Certificate, models.PROTECT, verbose_name="证明")
    terminal = models.ForeignKey(Terminal, models.PROTECT, verbose_name="终端")
    job_name = models.CharField("打印任务", max_length=100)
    copy_number = models.PositiveSmallIntegerField("第几份")
    outcome = models.CharField(
        "结果", max_length=10, choices=[(outcome.value, name) for outcome, name in OUTCOME_NAMES.items()]
    )
    impressions = models.PositiveSmallIntegerField("印出面数", null=True)
    at = models.DateTimeField("时间")
    reprint = models.BooleanField("补打", default=False)
    settled_by = models.CharField(
        "核实", max_length=10, blank=True, choices=[(settler.value, name) for settler, name in SETTLER_NAMES.items()]
    )
    note = models.CharField("核实情况", max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "打印记录"
        constraints = [models.UniqueConstraint("terminal", "job_name", name="one_record_per_print_job")]

    def __str__(self) -> str:
        return f"{self.job_name}: {self.get_outcome_display()}"
