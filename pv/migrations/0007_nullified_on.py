"""A nullified case says since when, so that a report up to an earlier lock still counts it."""

from django.db import connection, migrations, models
from django.db.models import Q


def fill(apps, schema_editor):
    """The day its last version was made; a case set aside without one has no later day."""
    with connection.cursor() as cursor:
        for name, value in (("action", "migrate.nullified_on"), ("actor_name", "migration")):
            cursor.execute("SELECT set_config(%s, %s, true)", [f"everwatch.{name}", value])
        cursor.execute(
            """UPDATE pv_case SET nullified_on = GREATEST(received_on, (
                   SELECT max((v.created_at AT TIME ZONE 'Asia/Shanghai')::date)
                   FROM pv_caseversion v WHERE v.case_id = pv_case.id))
               WHERE stage = 'nullified'"""
        )


def keep(apps, schema_editor):
    """The column goes with its values."""


class Migration(migrations.Migration):
    dependencies = [("pv", "0006_case_steps_and_readings")]

    operations = [
        migrations.AddField(
            model_name="case",
            name="nullified_on",
            field=models.DateField(help_text="Day it turned out to be no case", null=True),
        ),
        migrations.RunPython(fill, keep),
        # A row that was changed has triggers to run before its table may be altered.
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="case",
            constraint=models.CheckConstraint(
                condition=Q(("nullified_on__isnull", False), ("stage", "nullified"))
                | Q(Q(("stage", "nullified"), _negated=True), ("nullified_on__isnull", True)),
                name="nullified_case_has_its_day",
            ),
        ),
    ]
