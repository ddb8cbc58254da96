"""Search values are in no trail: the verification compares them with the sealed identity."""

from dataclasses import replace

import pytest
from django.db import transaction

from followup.actions import verifications
from followup.actions.identity import search_checks
from followup.core import audit
from followup.core.permissions import Role
from followup.core.security import secrets
from followup.models import Identity
from followup.queries.seals import Fault
from tests import factories
from tests.factories import SYSTEM

pytestmark = pytest.mark.django_db


@pytest.fixture
def people():
    site = factories.make_site()
    nurse = factories.make_actor(Role.NURSE, site=site)
    return sorted(factories.register(nurse, site).id for _ in range(3))


def altered(patient, **values) -> None:
    with transaction.atomic(), audit.acting(SYSTEM, "test.altered"):
        assert Identity.objects.filter(patient_id=patient).update(**values) == 1


def test_people_as_they_were_recorded_are_sound(people) -> None:
    assert search_checks.first_wrong() is None


@pytest.mark.parametrize(
    "values",
    [
        {"tokens": []},
        {"tokens": [b"x" * 16]},
        {"national_id_index": secrets.blind_index("11010119900101001X", "national_id")},
        {"birth_date_index": None},
        {"birth_date_index": b"y" * 16},
    ],
    ids=["emptied", "another word", "another document", "no birth date", "another birth date"],
)
def test_an_altered_search_value_is_found_and_the_row_named(people, values) -> None:
    altered(people[1], **values)
    found = search_checks.first_wrong()
    assert found is not None
    assert (found.fault, found.row) == (Fault.SEARCH_DIFFERS, f"followup_identity {people[1]}")


def test_a_document_that_cannot_be_read_any_more_is_named_and_breaks_nothing_off(people) -> None:
    nurse = factories.make_actor(Role.NURSE, site=(site := factories.make_site()))
    permit = replace(factories.person(), document_kind="HK_MACAO_PERMIT", national_id="H1234567801")
    patient = factories.register(nurse, site, identity=permit)
    assert search_checks.first_wrong() is None
    altered(patient.id, document_kind="NO_SUCH_KIND")
    found = search_checks.first_wrong()
    assert found is not None
    assert (found.fault, found.row) == (Fault.SEARCH_DIFFERS, f"followup_identity {patient.id}")


def test_tokens_of_two_people_exchanged_are_found_by_the_whole_verification(people) -> None:
    first, second = (Identity.objects.get(patient_id=key) for key in people[:2])
    tokens = [bytes(token) for token in first.tokens], [bytes(token) for token in second.tokens]
    altered(first.patient_id, tokens=tokens[1])
    altered(second.patient_id, tokens=tokens[0])
    kept = verifications.verify(SYSTEM, anchors={})
    assert (kept.fault, kept.fault_row) == ("search_differs", f"followup_identity {people[0]}")
    assert verifications.verify(SYSTEM, anchors={}, rows=False).fault == ""
