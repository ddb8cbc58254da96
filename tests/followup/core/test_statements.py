"""A statement written once answers as its queryset does, at once and for each person."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import CharField, F, Q, QuerySet, UUIDField, Value
from django.db.models.functions import Concat

from followup.core import audit, clock, scope
from followup.core.actor import Actor
from followup.core.database.base import PREPARED_AFTER
from followup.core.models import User
from followup.core.permissions import Role
from followup.core.row_security import contexts
from followup.core.security.accounts import actor_of
from followup.core.statements import Given, OneOf, written_once
from followup.models import Patient, PlannedVisit
from tests import factories

pytestmark = pytest.mark.django_db


@written_once
def plans(actor: Actor, until: date) -> QuerySet[PlannedVisit]:
    rows = scope.visible(actor, PlannedVisit.objects.select_related("patient__site"))
    return rows.filter(due__lte=until).order_by("due", "id")


@written_once
def codes(actor: Actor, ending: str) -> QuerySet[Patient, Any]:
    rows = scope.visible(actor, Patient.objects.filter(study_code__endswith=ending))
    shown = Concat(F("study_code"), Value(" 5 %s of 100%"), output_field=CharField())
    return rows.order_by("study_code").values_list(shown, "site_id")


@written_once
def asked() -> QuerySet[Patient, Any]:
    named = Q(OneOf("id", "keys", UUIDField())) | Q(study_code=Given("code", CharField()))
    rows = Patient.objects.filter(named, ~Q(study_code="100%"))
    return rows.order_by("study_code").values_list("id", flat=True)


@written_once
def nobody(actor: Actor) -> QuerySet[Patient]:
    return Patient.objects.none()


def test_rows_are_those_of_django_for_each_person_and_value(site, django_assert_num_queries):
    nurse = factories.make_actor(Role.NURSE, site=site)
    stranger = factories.make_actor(Role.NURSE, site=factories.make_site())
    one, two = (factories.register(nurse, site) for _ in range(2))
    until = clock.today() + timedelta(days=400)
    for day in (until, clock.today(), date(2000, 1, 1)):
        wanted = scope.visible(nurse, PlannedVisit.objects.filter(due__lte=day))
        with django_assert_num_queries(1):
            found = [(row.id, row.patient.site.code) for row in plans(nurse, day)]
        assert found == list(wanted.order_by("due", "id").values_list("id", "patient__site__code"))
        assert plans(stranger, day) == []
    assert codes(nurse, "%") == codes(stranger, "") == []
    named = f"{one.study_code} 5 %s of 100%"
    assert codes(nurse, one.study_code[-3:])[0] == (named, site.id)
    assert asked(keys=[two.id], code=one.study_code) == [one.id, two.id]
    assert asked(keys=[], code="%s' OR '1'='1") == []
    assert asked(keys=[one.id, one.id], code="") == [one.id]
    with django_assert_num_queries(0):
        assert nobody(nurse) == []
        assert nobody.text(nurse) is None


def test_a_right_that_ended_reaches_nothing_and_one_that_was_given_reaches_at_once(site):
    user = factories.make_user(Role.NURSE, site=site)
    day = clock.today() + timedelta(days=400)
    factories.register(actor_of(user), site)
    assert plans(actor_of(user), day)
    with transaction.atomic(), audit.acting(factories.SYSTEM, "test.grant"):
        user.grants.update(revoked_at=clock.now())
    assert plans(actor_of(User.objects.get(pk=user.pk)), day) == []
    with transaction.atomic(), audit.acting(factories.SYSTEM, "test.grant"):
        user.grants.update(revoked_at=None)
    assert plans(actor_of(User.objects.get(pk=user.pk)), day)


PLANS = "SELECT count(*) FROM pg_prepared_statements WHERE custom_plans + generic_plans > 0"


def test_a_plan_that_is_kept_reads_for_whoever_asks(site):
    """What the database keeps is how to find rows: each person finds the own ones, by each key."""
    nurse = factories.make_actor(Role.NURSE, site=site)
    stranger = factories.make_actor(Role.NURSE, site=factories.make_site())
    one, two = (factories.register(nurse, site) for _ in range(2))
    with connection.cursor() as cursor:
        cursor.execute(PLANS)
        before = cursor.fetchone()[0]
    for _again in range(PREPARED_AFTER + 6):
        for key in (one.id, two.id):
            with contexts.using(contexts.person(nurse)):
                assert asked(keys=[key], code="") == [key]
            with contexts.using(contexts.person(stranger)):
                assert asked(keys=[key], code="") == []
    with contexts.using(contexts.person(nurse)):
        assert sorted(asked(keys=[two.id], code=one.study_code)) == sorted([one.id, two.id])
    with connection.cursor() as cursor:
        cursor.execute(PLANS)
        assert cursor.fetchone()[0] > before
        cursor.execute("SELECT statement FROM pg_prepared_statements")
        kept = [statement for (statement,) in cursor.fetchall()]
    assert [each for each in kept if "set_config" in each] == [], "nobody's reach is kept"
