"""People stored under older rules of search are found by the present ones."""

import io

import pytest
from django.core.management import call_command
from django.db import transaction

from followup.core import audit
from followup.core.permissions import Role
from followup.models import Identity
from followup.queries import identity as queries
from tests import factories

pytestmark = pytest.mark.django_db


def renewed() -> str:
    out = io.StringIO()
    call_command("renew_search_tokens", stdout=out)
    return out.getvalue().strip()


def test_people_stored_before_are_found_and_a_second_run_changes_nothing() -> None:
    site = factories.make_site()
    nurse = factories.make_actor(Role.NURSE, site=site)
    kept = factories.register(nurse, site, identity=factories.person("王小红"))
    old = factories.register(nurse, site, identity=factories.person("谌小明"))
    before = Identity.objects.get(patient=old)
    with transaction.atomic(), audit.acting(factories.SYSTEM, "test.old"):
        Identity.objects.filter(patient=old).update(tokens=[], readings_sealed="")
    assert queries.matching(nurse, "shenxiaoming") == []
    assert renewed() == "people found again: 1"
    assert queries.matching(nurse, "shenxiaoming") == [old.id]
    assert queries.matching(nurse, "王小红") == [kept.id]
    after = Identity.objects.get(patient=old)
    assert after.version == before.version, "a correction that is open still fits"
    assert queries.shown(after) == queries.shown(before)
    assert renewed() == "people found again: 0"
