"""The class of an event: what it asks for is kept and corrected, anything else is refused."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from followup.actions import events, observations
from followup.actions.events import EventInput
from followup.core import audit, clock
from followup.core.actor import Actor
from followup.core.confirmations import Unconfirmed
from followup.core.models import Change
from followup.core.problems import Refused
from followup.domain.event_classes import ITEMS
from followup.models import AdverseEvent, Patient
from tests import factories

pytestmark = pytest.mark.django_db
INFECTION = {
    "event_class": "INFECTION",
    "infection_type": "PJP",
    "infection_organism": " 耶氏肺孢子菌 ",
    "infection_site": "肺",
    "iv_anti_infective": "YES",
}


@pytest.fixture
def patient(nurse: Actor, site: Any) -> Patient:
    return factories.register(nurse, site)


def known(**more: Any) -> EventInput:
    values: dict[str, Any] = {
        "verbatim": "肺部感染",
        "aware_on": clock.today() - timedelta(days=3),
        "reporter_name": "李护士",
    }
    return EventInput(**values | more)


def report(nurse: Actor, patient: Patient, **more: Any) -> AdverseEvent:
    return events.report(nurse, factories.infusion_of(patient), given=known(**more))


def correct(nurse: Actor, event: AdverseEvent, **more: Any) -> AdverseEvent:
    return events.correct(
        nurse, event, given=known(**more), version=event.version, reason="核对病历"
    )


def test_an_infection_keeps_what_its_class_asks_for(nurse: Actor, patient: Patient) -> None:
    event = report(nurse, patient, **INFECTION)
    event.refresh_from_db()
    assert (event.event_class, event.infection_type, event.iv_anti_infective) == (
        *("INFECTION", "PJP"),
        "YES",
    )
    assert (event.infection_organism, event.infection_site) == ("耶氏肺孢子菌", "肺")
    assert (event.neurologic_type, event.haematologic_type, event.new_or_exacerbated) == (
        "",
        "",
        "",
    )


def test_nothing_is_answered_for_anybody(nurse: Actor, patient: Patient) -> None:
    event = report(nurse, patient)
    assert {getattr(event, name) for name in ITEMS} == {""}
    assert event.event_class == ""


@pytest.mark.parametrize(
    ("wrong", "fields"),
    [
        ({"event_class": "SOMETHING"}, {"event_class"}),
        ({"event_class": "INFECTION", "infection_type": "MEASLES"}, {"infection_type"}),
        ({"event_class": "INFECTION", "iv_anti_infective": "SOON"}, {"iv_anti_infective"}),
        ({"event_class": "INFECTION", "haematologic_type": "APLASTIC"}, {"haematologic_type"}),
        ({"event_class": "HAEMATOLOGIC", "new_or_exacerbated": "NEW"}, {"new_or_exacerbated"}),
        ({"event_class": "AUTOIMMUNE", "neurologic_type": "GBS"}, {"neurologic_type"}),
        (
            {"infection_site": "肺", "infection_organism": "CMV"},
            {"infection_site", "infection_organism"},
        ),
        ({"event_class": "NEW_MALIGNANCY"}, {"event_class"}),
        ({"event_class": "HAEMATOLOGIC", "is_new_malignancy": True}, {"event_class"}),
        ({"haematologic_type": "AML", "is_new_malignancy": True}, {"haematologic_type"}),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(
    nurse: Actor, patient: Patient, wrong: dict[str, Any], fields: set[str]
) -> None:
    with pytest.raises(Refused) as caught:
        report(nurse, patient, **wrong)
    assert set(caught.value.fields) == fields
    assert not AdverseEvent.objects.exists()


def test_a_new_malignancy_is_of_its_class_without_being_asked_again(
    nurse: Actor, patient: Patient
) -> None:
    event = factories.malignancy(nurse, patient)
    assert event.event_class == "NEW_MALIGNANCY"
    again = factories.malignancy(nurse, patient, event_class="NEW_MALIGNANCY")
    assert again.event_class == "NEW_MALIGNANCY"
    given = observations.given_of(event)
    assert events.correct(nurse, event, given=given, version=1, reason="x").version == 1
    other = correct(nurse, event, event_class="HAEMATOLOGIC", haematologic_type="APLASTIC")
    assert (other.is_new_malignancy, other.event_class) == (False, "HAEMATOLOGIC")


def test_a_malignant_disorder_of_the_blood_that_is_no_new_malignancy_is_asked_about(
    nurse: Actor, patient: Patient
) -> None:
    of_blood = {"event_class": "HAEMATOLOGIC", "haematologic_type": "AML"}
    with pytest.raises(Unconfirmed) as asked:
        report(nurse, patient, **of_blood)
    (question,) = asked.value.questions
    assert (question.key, question.field) == ("malignant_type:AML", "haematologic_type")
    event = report(nurse, patient, **of_blood, confirmed=[question.key])
    assert event.haematologic_type == "AML"


def test_a_correction_names_what_was_classified(nurse: Actor, patient: Patient) -> None:
    event = correct(nurse, report(nurse, patient), **INFECTION)
    assert event.version == 2
    change = Change.objects.filter(row_id=str(event.id), action="event.correct").latest("id")
    assert (change.before["infection_site"], change.after["infection_site"]) == ("", "肺")


@pytest.mark.parametrize(
    "values",
    [
        {"event_class": "NEW_MALIGNANCY"},
        {"event_class": "SOMETHING"},
        {"infection_site": "肺"},
        {"event_class": "INFECTION", "neurologic_type": "GBS"},
        {"is_new_malignancy": True, "event_class": "INFECTION"},
    ],
)
def test_no_row_can_hold_an_item_of_another_class(
    nurse: Actor, patient: Patient, values: dict[str, Any]
) -> None:
    event = report(nurse, patient)
    rows = AdverseEvent.objects.filter(id=event.id)
    with (
        pytest.raises(IntegrityError),
        transaction.atomic(),
        audit.acting(factories.SYSTEM, "test.row"),
    ):
        rows.update(**values)
