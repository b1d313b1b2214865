"""A visit may begin with minutes in which the patient has the room alone: the rest begins that much later."""

from django.db import migrations, models
from django.db.models import F, Q

from bookings.models.appointments import tick_after


class Migration(migrations.Migration):
    dependencies = [("bookings", "0005_resting_ticks"), ("treatments", "0005_prepare")]

    operations = [
        migrations.AddField("appointment", "prepare", models.PositiveSmallIntegerField(default=0)),
        migrations.RemoveIndex("appointment", "resting_ticks"),
        migrations.RemoveField("appointment", "rest_start_tick"),
        migrations.RemoveField("appointment", "rest_end_tick"),
        migrations.AddField(
            "appointment",
            "rest_start_tick",
            models.GeneratedField(
                expression=tick_after(F("prepare") + F("hands_in"), "floor"), output_field=models.IntegerField(), db_persist=True
            ),
        ),
        migrations.AddField(
            "appointment",
            "rest_end_tick",
            models.GeneratedField(
                expression=tick_after(F("prepare") + F("hands_in") + F("rest"), "ceil"), output_field=models.IntegerField(), db_persist=True
            ),
        ),
        migrations.AddIndex(
            "appointment",
            models.Index(
                fields=["practitioner", "rest_start_tick"],
                include=["rest_end_tick", "until"],
                condition=Q(rest__gt=0) & ~Q(state__in=["cancelled", "dna"]),
                name="resting_ticks",
            ),
        ),
    ]
