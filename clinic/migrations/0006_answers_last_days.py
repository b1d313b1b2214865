from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("clinic", "0005_question_links")]

    operations = [
        migrations.AddField(
            model_name="clinic",
            name="answers_last_days",
            field=models.PositiveSmallIntegerField(
                default=180, help_text="Days after which a patient’s health answers are asked again, before the next visit."
            ),
        ),
    ]
