import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("patients", "0003_decisions_and_questions")]

    operations = [
        migrations.AddField(
            model_name="intake",
            name="form",
            field=models.CharField(
                default="first", help_text="Which questions were asked: the first ones, or those of a visit.", max_length=20
            ),
        ),
        migrations.AddField(
            model_name="intake",
            name="visit_key",
            field=models.CharField(blank=True, default="", help_text="The visit before which a patient was asked again.", max_length=40),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="intake",
            name="medicines",
            field=models.JSONField(blank=True, default=list, help_text="How typed medicines were read, with the patient's word on each."),
        ),
        migrations.AddField(
            model_name="intake",
            name="replaced_by",
            field=models.ForeignKey(
                blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="replaces", to="patients.intake"
            ),
        ),
        migrations.AddIndex(model_name="intake", index=models.Index(fields=["visit_key"], name="patients_in_visit_k_92aa17_idx")),
    ]
