"""A new identity key: every value is sealed again, a broken run goes on, nothing is lost."""

import io

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from followup.actions import data_keys
from followup.actions import identity as actions
from followup.core import audit, clock
from followup.core.actor import Actor
from followup.core.models import Change, SecondFactor
from followup.core.permissions import Role
from followup.core.security import secrets
from followup.models import DataKey, Identity
from followup.queries import identity as queries
from followup.queries import second_factors
from tests import factories

pytestmark = pytest.mark.django_db
OLD, NEW = {"t1": bytes(range(32))}, {"t2": bytes(range(32, 64))}


@pytest.fixture
def people():
    site = factories.make_site()
    nurse = factories.make_actor(Role.NURSE, site=site)
    return [factories.register(nurse, site).id for _ in range(4)]


def shown(people):
    return [
        queries.shown(row) for row in Identity.objects.filter(patient_id__in=people).order_by("pk")
    ]


def rotated() -> str:
    out = io.StringIO()
    call_command("rotate_keys", stdout=out)
    return out.getvalue()


def test_everybody_reads_with_the_new_key_alone(people, settings):
    before = shown(people)
    settings.IDENTITY_KEYS = NEW | OLD
    # A run that was broken off after two people.
    done = actions.rotate_keys(Actor.process("rotate_keys"), patient_ids=people[:2])
    assert (done.changed, done.unreadable) == (2, ())
    assert "2 people" in rotated()
    assert "0 people" in rotated()
    settings.IDENTITY_KEYS = NEW
    assert shown(people) == before
    # Only the keys of the people were wrapped again: what they sealed stays as it is.
    assert not Change.objects.filter(action="identity.rotate_keys").exists()


def test_what_was_sealed_before_people_had_keys_is_sealed_under_theirs(people, settings):
    before = shown(people)
    with transaction.atomic(), audit.acting(factories.SYSTEM, "test.older_release"):
        for row in Identity.objects.filter(patient_id__in=people):
            for name in actions.COLUMNS:
                place = secrets.associated_data("followup_identity", name, row.pk, row.site_id)
                sealed = secrets.encrypt(queries.decrypted(row, name), place)
                setattr(row, f"{name}_sealed", sealed)
            row.save()
        DataKey.objects.filter(owner__in=people).delete()
    assert shown(people) == before
    settings.IDENTITY_KEYS = NEW | OLD
    assert "4 people" in rotated()
    change = Change.objects.filter(action="identity.rotate_keys").latest("id")
    assert before[0].name not in str(change.before) + str(change.after)
    settings.IDENTITY_KEYS = NEW
    assert shown(people) == before
    assert DataKey.objects.filter(owner__in=people).count() == 4


def test_who_is_stored_meanwhile_is_sealed_with_the_new_key(people, settings):
    settings.IDENTITY_KEYS = NEW | OLD
    nurse = factories.make_actor(Role.NURSE, site=factories.make_site())
    late = factories.register(nurse, factories.Site.objects.get(id=nurse.grants[0].site)).id
    assert "4 people" in rotated()
    settings.IDENTITY_KEYS = NEW
    assert len(shown([*people, late])) == 5


def test_what_cannot_be_read_is_named_and_the_rest_goes_on(people, settings):
    before = shown(people)
    settings.IDENTITY_KEYS = {"t9": bytes(32)} | OLD
    owner = people[1]
    DataKey.objects.filter(owner=owner).update(wrapped=data_keys.wrapped(owner, bytes(32)))
    other = DataKey.objects.get(owner=people[2])
    DataKey.objects.filter(owner=people[3]).update(wrapped=other.wrapped)
    settings.IDENTITY_KEYS = NEW | OLD
    said = io.StringIO()
    with pytest.raises(CommandError, match="2 rows were left as they are.*add the old one and run"):
        call_command("rotate_keys", stdout=said, stderr=said)
    assert f"followup_datakey {owner}: the key 't9' is not in IDENTITY_KEYS" in said.getvalue()
    assert f"followup_datakey {people[3]}: it was altered, or belongs to" in said.getvalue()
    assert "  2 people" in said.getvalue()
    settings.IDENTITY_KEYS = NEW
    assert {shown([person])[0] for person in (people[0], people[2])} <= set(before)


def test_the_keys_of_authenticator_apps_are_rotated_too(settings):
    settings.IDENTITY_KEYS = OLD
    user = factories.make_user(Role.NURSE, site=factories.make_site())
    row = SecondFactor(user=user, kind="app", label="phone", added_at=clock.now())
    row.secret = secrets.encrypt("JBSWY3DPEHPK3PXP", second_factors.place(row))
    with transaction.atomic(), audit.acting(factories.SYSTEM, "test.factor"):
        row.save(force_insert=True)
    settings.IDENTITY_KEYS = NEW | OLD
    assert "1 second factors" in rotated()
    settings.IDENTITY_KEYS = NEW
    row.refresh_from_db()
    assert secrets.decrypt(row.secret, second_factors.place(row)) == "JBSWY3DPEHPK3PXP"
