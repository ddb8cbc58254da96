"""A key for each person and file: without it nothing stored or in the trail can be read."""

import pytest
from django.db import transaction

from followup.actions import data_keys
from followup.core import audit
from followup.core.models import Change
from followup.core.permissions import Role
from followup.core.security import secrets
from followup.models import DataKey, Identity
from followup.queries import identity as queries
from followup.queries import row_checks
from tests import factories

pytestmark = pytest.mark.django_db


def images(patient):
    rows = Change.objects.filter(table_name="followup_identity", row_id=str(patient.id))
    return [image for row in rows for image in (row.before, row.after) if image]


def read(image, column, key):
    place = secrets.associated_data(
        "followup_identity", column, image["patient_id"], image["site_id"]
    )
    return secrets.decrypt(image[f"{column}_sealed"], place, key)


def test_a_destroyed_key_closes_the_row_and_every_image_of_it() -> None:
    site = factories.make_site()
    nurse = factories.make_actor(Role.NURSE, site=site)
    patient, other = factories.register(nurse, site), factories.register(nurse, site)
    row = Identity.objects.get(patient=patient)
    key = secrets_key(row)
    name = queries.shown(row).name
    assert [read(image, "name", key) for image in images(patient)] == [name]
    with transaction.atomic(), audit.acting(factories.SYSTEM, "test.destroy"):
        assert data_keys.destroy([patient.id]) == 1
    assert not DataKey.objects.filter(owner=patient.id).exists()
    with pytest.raises(secrets.Unreadable):
        queries.shown(Identity.objects.get(patient=patient))
    for image in images(patient):
        for wrong in (None, secrets_key(Identity.objects.get(patient=other))):
            with pytest.raises(secrets.Unreadable):
                read(image, "name", wrong)
    assert queries.shown(Identity.objects.get(patient=other)).name
    assert not Change.objects.filter(table_name="followup_datakey").exists()


def secrets_key(row):
    return queries.data_keys.unwrapped(row.patient_id, row.wrapped)


def test_the_trail_holds_no_index_a_name_could_be_tried_against() -> None:
    site = factories.make_site()
    patient = factories.register(factories.make_actor(Role.NURSE, site=site), site)
    assert images(patient)
    assert not {"tokens", "national_id_index", "birth_date_index"} & set(images(patient)[0])
    assert row_checks.first_wrong() is None


def test_a_wrapped_key_opens_for_its_owner_alone() -> None:
    site = factories.make_site()
    nurse = factories.make_actor(Role.NURSE, site=site)
    one, two = factories.register(nurse, site), factories.register(nurse, site)
    with pytest.raises(secrets.Unreadable):
        queries.data_keys.unwrapped(two.id, DataKey.objects.get(owner=one.id).wrapped)
