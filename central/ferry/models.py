"""What is remembered of the ferry of each terminal."""

from django.db import models

from central.fleet.models import Terminal
from central.organisation.models import Centre


class FerryBook(models.Model):
    """The last answer made for a terminal; answers are numbered so that an older one is known as such."""

    terminal = models.OneToOneField(Terminal, models.PROTECT, primary_key=True, verbose_name="终端")
    centre = models.ForeignKey(Centre, models.PROTECT, verbose_name="服务中心")
    last_answer = models.PositiveBigIntegerField("最近答复", default=0)
    imported_at = models.DateTimeField("最近导入", null=True)
