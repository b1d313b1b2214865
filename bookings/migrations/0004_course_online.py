from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("bookings", "0003_occupancy_within_a_day"),
    ]

    operations = [
        migrations.AddField(
            model_name="appointment",
            name="waits_for_prescription",
            field=models.BooleanField(default=False, help_text="Kept for a course that nobody has prescribed yet."),
        ),
        migrations.AddField(
            model_name="booking",
            name="pain",
            field=models.PositiveSmallIntegerField(
                blank=True, help_text="Out of ten, on average, where a whole course was looked at.", null=True
            ),
        ),
        migrations.AddField(
            model_name="booking",
            name="lasted",
            field=models.CharField(
                blank=True,
                choices=[
                    ("acute", "Acute (under 6 weeks)"),
                    ("subacute", "Subacute (6 to 12 weeks)"),
                    ("chronic", "Chronic (over 12 weeks)"),
                ],
                max_length=20,
            ),
        ),
        migrations.AddField(
            model_name="booking",
            name="later",
            field=models.JSONField(default=dict, help_text="The dates after the first visit that are to be kept, by session."),
        ),
    ]
