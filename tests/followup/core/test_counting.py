"""Counts of the menu: written once by a person's rights, right for each person."""

import pytest
from django.db.models import QuerySet

from followup.core import counting, scope
from followup.core.actor import Actor
from followup.core.models import User
from followup.core.permissions import Role
from followup.core.security.accounts import actor_of
from followup.models import Patient
from tests import factories

pytestmark = pytest.mark.django_db
WRITTEN: list[str] = []


@counting.counts
def patients(actor: Actor) -> QuerySet[Patient]:
    WRITTEN.append(actor.request_id)
    return scope.visible(actor, Patient.objects.all()).order_by("study_code")


@counting.counts
def nobody(actor: Actor) -> QuerySet[Patient]:
    return Patient.objects.none()


@counting.counts
def at_most_one(actor: Actor) -> QuerySet[Patient]:
    return scope.visible(actor, Patient.objects.order_by())[:1]


def test_each_person_counts_what_is_theirs_and_a_statement_is_written_once(site) -> None:
    nurse = factories.make_actor(Role.NURSE, site=site)
    stranger = factories.make_actor(Role.NURSE, site=factories.make_site())
    WRITTEN.clear()
    assert (patients(nurse), patients(stranger)) == (0, 0)
    for number in (1, 2):
        factories.register(nurse, site)
        assert (patients(nurse), patients(stranger)) == (number, 0)
    again = actor_of(User.objects.get(id=nurse.id), request_id="another")
    assert patients(again) == 2
    assert WRITTEN == ["", ""]
    assert (nobody(nurse), at_most_one(nurse), at_most_one(stranger)) == (0, 1, 0)
    assert patients(factories.SYSTEM) == Patient.objects.count()


def test_counts_of_one_page_are_one_statement_in_their_order(
    site, django_assert_num_queries
) -> None:
    nurse = factories.make_actor(Role.NURSE, site=site)
    factories.register(nurse, site)
    factories.register(nurse, site)
    asked = [nobody, at_most_one, patients, nobody]
    assert counting.together(asked, nurse) == [0, 1, 2, 0]
    with django_assert_num_queries(1):
        counting.together(asked, nurse)
    with django_assert_num_queries(0):
        assert counting.together([nobody], nurse) == [0]
        assert counting.together([], nurse) == []
