import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("treatments", "0006_care_of_messages")]

    operations = [
        migrations.AddField(
            model_name="needling",
            name="reason_for",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=80),
                blank=True,
                default=list,
                help_text="What spoke against it when that was said.",
                size=None,
            ),
        ),
        migrations.AddField(
            model_name="sessionrecord",
            name="override_for",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=120),
                blank=True,
                default=list,
                help_text="What spoke against it then.",
                size=None,
            ),
        ),
    ]
