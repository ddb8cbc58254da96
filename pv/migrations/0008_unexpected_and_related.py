"""The list of cases shows what was assessed: unexpected, related."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("pv", "0007_nullified_on")]

    operations = [
        migrations.AddField(
            model_name="case",
            name=name,
            field=models.BooleanField(help_text="By the current version", null=True),
        )
        for name in ("unexpected", "related")
    ]
