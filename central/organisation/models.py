"""Centres, their departments, windows and officers."""

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models

from wire.text import Text

CODE = RegexValidator(r"\A[a-z0-9]+([-_][a-z0-9]+)*\Z", "只用小写字母、数字、连字符和下划线")


class Centre(models.Model):
    """A centre (行政服务中心) in the tree city → county → township. Its code is what growing rows carry."""

    class Level(models.TextChoices):
        """Where a centre stands in the tree."""

        CITY = "city", "市级"
        COUNTY = "county", "县（区）级"
        TOWNSHIP = "township", "乡镇（街道）级"

    code = models.CharField("代码", max_length=40, primary_key=True, validators=[CODE])
    name_zh = models.CharField("名称", max_length=100)
    name_en = models.CharField("英文名称", max_length=200)
    level = models.CharField("级别", max_length=10, choices=Level.choices, default=Level.CITY)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, verbose_name="上级中心")
    public_url = models.CharField("公众网址", max_length=200, help_text="二维码里的网址，如 https://bianmin.example.cn")

    class Meta:
        verbose_name = verbose_name_plural = "服务中心"

    def __str__(self) -> str:
        return self.name_zh

    @property
    def name(self) -> Text:
        """The name in both languages."""
        return Text(zh=self.name_zh, en=self.name_en)


class Department(models.Model):
    """A department (部门) with windows at a centre."""

    centre_id: str
    centre = models.ForeignKey(Centre, models.PROTECT, verbose_name="服务中心")
    code = models.CharField("代码", max_length=60, validators=[CODE])
    name_zh = models.CharField("名称", max_length=100)
    name_en = models.CharField("英文名称", max_length=200)

    class Meta:
        verbose_name = verbose_name_plural = "部门"
        constraints = [models.UniqueConstraint("centre", "code", name="one_department_per_code")]

    def __str__(self) -> str:
        return self.name_zh

    @property
    def name(self) -> Text:
        """The name in both languages."""
        return Text(zh=self.name_zh, en=self.name_en)


class Window(models.Model):
    """A window (窗口) of a department at a centre."""

    centre_id: str
    centre = models.ForeignKey(Centre, models.PROTECT, verbose_name="服务中心")
    department = models.ForeignKey(Department, models.PROTECT, verbose_name="部门")
    number = models.CharField("窗口号", max_length=20)
    place = models.CharField("位置", max_length=100, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "窗口"
        constraints = [models.UniqueConstraint("centre", "number", name="one_window_per_number")]

    def __str__(self) -> str:
        return f"{self.number} 号窗口"


class Officer(models.Model):
    """An officer (窗口工作人员). Officers are transferred often: what one did keeps name and window of that day."""

    centre_id: str
    department_id: int | None
    centre = models.ForeignKey(Centre, models.PROTECT, verbose_name="服务中心")
    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="登录帐号")
    name = models.CharField("姓名", max_length=60)
    staff_number = models.CharField("工号", max_length=30)
    department = models.ForeignKey(
        Department, models.PROTECT, null=True, blank=True, verbose_name="部门", help_text="空：本中心所有部门"
    )
    window = models.ForeignKey(Window, models.PROTECT, null=True, blank=True, verbose_name="窗口")
    chief_representative = models.BooleanField("首席代表", default=False)

    class Meta:
        verbose_name = verbose_name_plural = "工作人员"
        constraints = [models.UniqueConstraint("centre", "staff_number", name="one_officer_per_staff_number")]

    def __str__(self) -> str:
        return f"{self.name}（{self.staff_number}）"
