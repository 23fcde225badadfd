import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('fleet', '0002_quarantine_deadline'),
        ('organisation', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='heartbeat',
            name='clock_offset_s',
            field=models.IntegerField(default=0, verbose_name='时钟偏差（秒）'),
        ),
        migrations.AlterField(
            model_name='terminalcommand',
            name='kind',
            field=models.CharField(choices=[('sync', 'sync'), ('out_of_service', 'out_of_service'), ('in_service', 'in_service'), ('roll_key', 'roll_key')], max_length=20),
        ),
        migrations.CreateModel(
            name='TerminalKey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_key', models.BinaryField(max_length=32)),
                ('announced_at', models.DateTimeField(null=True)),
                ('retired_at', models.DateTimeField(null=True)),
                ('last_sequence', models.PositiveBigIntegerField(null=True)),
                ('centre', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='organisation.centre')),
                ('terminal', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='fleet.terminal')),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('retired_at__isnull', True)), fields=('terminal',), name='one_announced_key')],
            },
        ),
    ]
