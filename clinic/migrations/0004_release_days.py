from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("clinic", "0003_offer_links"),
    ]

    operations = [
        migrations.AddField(
            model_name="clinic",
            name="release_days",
            field=models.PositiveSmallIntegerField(
                default=3, help_text="Days after a first visit until dates kept for a course are let go, if none is prescribed."
            ),
        ),
    ]
