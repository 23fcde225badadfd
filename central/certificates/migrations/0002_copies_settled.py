from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('certificates', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='printrecord',
            name='note',
            field=models.CharField(blank=True, max_length=300, verbose_name='核实情况'),
        ),
        migrations.AddField(
            model_name='printrecord',
            name='reprint',
            field=models.BooleanField(default=False, verbose_name='补打'),
        ),
        migrations.AddField(
            model_name='printrecord',
            name='settled_by',
            field=models.CharField(blank=True, choices=[('citizen', '领取人确认'), ('staff', '工作人员核实')], max_length=10, verbose_name='核实'),
        ),
    ]
