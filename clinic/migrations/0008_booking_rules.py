from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("clinic", "0007_care_of_messages")]

    operations = [
        migrations.AddField(
            model_name="clinic",
            name="packs_days",
            field=models.BooleanField(default=True, help_text="Whether times that pack a day well are suggested before the others."),
        ),
        migrations.AddField(
            model_name="clinic",
            name="least_useful_minutes",
            field=models.PositiveSmallIntegerField(default=30, help_text="A gap shorter than this is of no use to anybody."),
        ),
    ]
