"""A monitoring item may also be the repeat of an integration-site analysis."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('pv', '0037_interactions_evidence_and_studies'),
    ]

    operations = [
        migrations.AlterField(
            model_name='watchitem',
            name='kind',
            field=models.CharField(choices=[('INTEGRATION_SITES', 'Integration-site analysis'), ('REPEAT_ANALYSIS', 'Repeat of the integration-site analysis')], max_length=20),
        ),
    ]
