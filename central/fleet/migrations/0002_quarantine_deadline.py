import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('fleet', '0001_initial'),
        ('organisation', '0001_initial'),
    ]

    operations = [
        migrations.AddField(  # what waits already is due at once: it had no deadline to miss
            model_name='quarantine',
            name='due_on',
            field=models.DateField(default=django.utils.timezone.localdate, verbose_name='处理期限'),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='quarantine',
            name='settled_by',
            field=models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisation.officer', verbose_name='结案人'),
        ),
        migrations.AddField(
            model_name='quarantine',
            name='wanted_again_at',
            field=models.DateTimeField(editable=False, null=True, verbose_name='要求重新发送'),
        ),
    ]
