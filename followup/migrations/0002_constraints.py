from django.db import migrations

# Grants live on the ground floor and name rows of this one, so their foreign keys are made
# here. A child row must belong to the site of its patient: the pair is the key.
GRANT_KEYS = [
    (
        "ALTER TABLE core_grant ADD CONSTRAINT grant_site FOREIGN KEY (site_id) "
        "REFERENCES followup_site (id) DEFERRABLE INITIALLY DEFERRED",
        "ALTER TABLE core_grant DROP CONSTRAINT grant_site",
    ),
    (
        "ALTER TABLE core_grant ADD CONSTRAINT grant_product FOREIGN KEY (product_id) "
        "REFERENCES followup_product (id) DEFERRABLE INITIALLY DEFERRED",
        "ALTER TABLE core_grant DROP CONSTRAINT grant_product",
    ),
]
CHILDREN = (
    "identity consent infusion schedule plannedvisit visit contactattempt adverseevent sample "
    "molecularresult"
).split()


def operations():
    for forward, backward in GRANT_KEYS:
        yield migrations.RunSQL(forward, backward)
    yield migrations.RunSQL(
        "ALTER TABLE followup_patient ADD CONSTRAINT patient_site UNIQUE (id, site_id)",
        "ALTER TABLE followup_patient DROP CONSTRAINT patient_site",
    )
    for child in CHILDREN:
        yield migrations.RunSQL(
            f"ALTER TABLE followup_{child} ADD CONSTRAINT {child}_same_site "
            "FOREIGN KEY (patient_id, site_id) REFERENCES followup_patient (id, site_id) "
            "DEFERRABLE INITIALLY DEFERRED",
            f"ALTER TABLE followup_{child} DROP CONSTRAINT {child}_same_site",
        )
    # Room on the page for the one update a visit gets, so that it stays a heap-only update.
    yield migrations.RunSQL(
        "ALTER TABLE followup_plannedvisit SET (fillfactor = 80)",
        "ALTER TABLE followup_plannedvisit RESET (fillfactor)",
    )


class Migration(migrations.Migration):
    dependencies = [("followup", "0001_initial"), ("core", "0001_initial")]
    operations = list(operations())
