"""Two registrations of one person, and one that should not be: merged, voided, undone."""

from datetime import date, timedelta
from random import Random
from typing import Any

import pytest
from django.apps import apps

from followup.actions import registrations as actions
from followup.actions import visits
from followup.actions.identity import IdentityInput
from followup.actions.identity.persons import Contact
from followup.actions.registrations import bags
from followup.actions.visits import VisitInput
from followup.core import clock, scope
from followup.core.actor import Actor
from followup.core.confirmations import Unconfirmed
from followup.core.models import Change
from followup.core.permissions import Role
from followup.core.problems import NotFound, Refused
from followup.domain.identity import RESIDENT
from followup.models import (
    AdverseEvent,
    Identity,
    Infusion,
    Patient,
    PlannedVisit,
    RegistrationDecision,
    RetiredPatient,
    Sample,
    Site,
    Visit,
)
from followup.queries import (
    duplicates,
    identity,
    matrix,
    patients,
    quality,
    registrations,
    samples,
    worklist,
)
from pv.models import Case
from pv.queries import aggregates
from tests import factories

pytestmark = pytest.mark.django_db

DAY = date(2026, 5, 4)
NUMBER = "110101196805043011"


@pytest.fixture
def second(site: Site) -> Actor:
    """Another person of the hospital, who confirms."""
    return factories.make_actor(Role.PHYSICIAN, site=site)


def _person(phone: str, number: str = "") -> IdentityInput:
    return IdentityInput(
        name="王小安",
        birth_date=date(1968, 5, 4),
        national_id=number,
        document_kind=RESIDENT if number else "",
        contacts=(Contact(phone=phone, whose="PATIENT"),),
    )


@pytest.fixture
def twice(nurse: Actor, site: Site) -> tuple[Patient, Patient]:
    """One person registered twice with one infusion; the second time with an event and a call."""
    one = factories.register(nurse, site, infused_on=DAY, identity=_person("13900000001"))
    other = factories.register(
        nurse,
        site,
        infused_on=DAY,
        identity=_person("13900000002"),
        not_a_duplicate=True,
        purposes=("LTFU", "HOLDER"),
    )
    return one, other


def _merge(nurse: Actor, second: Actor, leaving: Patient, staying: Patient) -> RegistrationDecision:
    return actions.decide(second, _ask(nurse, leaving, staying), confirm=True)


def _ask(nurse: Actor, leaving: Patient, staying: Patient) -> RegistrationDecision:
    """Asked by somebody who says that the infusions of one day are one."""
    keys = [question.key for question in bags.questions(leaving, staying)]
    return actions.ask_merge(nurse, leaving, survivor=staying, reason="同一人", confirmed=keys)


_SKIPPED = {"version", "lock_version", "moved", "added", "tokens"}
_TABLES = [
    model
    for model in (*apps.get_app_config("followup").get_models(), Case)
    if not scope.of(model).reference and model not in (RegistrationDecision, RetiredPatient)
]


def _everything() -> dict[str, Any]:
    """Every row of the hospital's tables; versions grow, sealed texts are sealed anew."""
    found: dict[str, Any] = {}
    for model in _TABLES:
        for row in model._default_manager.order_by("pk"):
            values = {
                f.attname: getattr(row, f.attname)
                for f in model._meta.concrete_fields
                if f.attname not in _SKIPPED and not f.attname.endswith("_sealed")
            }
            if isinstance(row, Identity):
                shown = identity.shown(row)
                values["shown"] = (shown.contacts, shown.national_id, shown.hospital_number)
            found[f"{model._meta.label} {row.pk}"] = values
    return found


def _live(nurse: Actor, patient: Patient, random: Random) -> None:
    """A piece of a life: contacts, tries, events, tubes in an order of chance."""
    for _turn in range(4):
        due = list(PlannedVisit.objects.filter(patient=patient, window_start__lte=clock.today()))
        what = random.choice(("call", "try", "event", "unscheduled"))
        planned = random.choice(due)
        if what == "call":
            on = min(planned.target, clock.today())
            factories.call(nurse, patient, planned=planned, contact_on=on)
        elif what == "try":
            visits.not_reached(nurse, planned, next_try_on=clock.today() + timedelta(days=1))
        elif what == "event":
            factories.malignancy(nurse, patient)
        else:
            factories.call(nurse, patient)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_merged_and_undone_nothing_happened(
    nurse: Actor, second: Actor, twice: tuple[Patient, Patient], seed: int
) -> None:
    random = Random(seed)
    for patient in twice:
        _live(nurse, patient, random)
    before = _everything()
    decision = _merge(nurse, second, twice[1], twice[0])
    assert _everything() != before
    actions.undo(nurse, decision, reason="不是同一人")
    after = _everything()
    keys = before.keys() | after.keys()
    changed = {k: (before.get(k), after.get(k)) for k in keys if before.get(k) != after.get(k)}
    assert changed == {}


def test_one_person_counts_once_everywhere(
    nurse: Actor, second: Actor, twice: tuple[Patient, Patient], site: Site
) -> None:
    staying, leaving = twice
    factories.malignancy(nurse, leaving)
    factories.call(nurse, leaving, contact_on=clock.today())
    decision = _merge(nurse, second, leaving, staying)
    assert [p.study_code for p in patients.page(nurse)[0]] == [staying.study_code]
    assert quality.board(nurse, site, today=clock.today()).patients == 1
    rows = matrix.page(nurse, matrix.Filters(), today=clock.today()).rows
    assert [row.study_code for row in rows] == [staying.study_code], "its infusion stands once"
    codes = {item.study_code for item in worklist.page(nurse, today=clock.today()).items}
    assert codes <= {staying.study_code}
    assert patients.infusions(nurse, staying) == [Infusion.objects.get(patient=staying)]
    assert [e.patient_id for e in AdverseEvent.objects.all()] == [staying.id]
    case = Case.objects.get()
    assert case.patient_id == staying.id, "the case follows its event"
    assert aggregates.exposure(factories.product(), DAY, DAY).interval == 1
    shown = identity.reveal(nurse, staying, purpose="test")
    assert {c.phone for c in shown.contacts} == {"13900000001", "13900000002"}
    assert [p.id for p in patients.by_codes(nurse, leaving.study_code)] == [staying.id]
    assert [p.id for p in patients.by_codes(nurse, "2")] == [staying.id]
    assert registrations.former_codes(staying) == [leaving.study_code]
    with pytest.raises(NotFound):
        patients.one(nurse, leaving.id)
    actions.undo(nurse, decision, reason="不是同一人")
    assert len(patients.page(nurse)[0]) == 2
    assert Case.objects.get().patient_id == leaving.id
    assert len(identity.reveal(nurse, staying, purpose="test").contacts) == 1


def test_two_persons_two_numbers_and_one_pair_of_eyes_are_refused(
    nurse: Actor, second: Actor, site: Site, twice: tuple[Patient, Patient]
) -> None:
    one, other = twice
    with pytest.raises(Refused):
        actions.ask_merge(nurse, one, survivor=one, reason="x")
    with pytest.raises(Refused):
        actions.ask_merge(nurse, one, survivor=other, reason=" ")
    with pytest.raises(Unconfirmed) as bag:
        actions.ask_merge(nurse, other, survivor=one, reason="同一人")
    (question,) = bag.value.questions
    numbers = [str(factories.infusion_of(each).chain_of_identity) for each in (other, one)]
    assert question.key == f"merge_infusion:{'/'.join(numbers)}", "two bags may be two infusions"
    asked = _ask(nurse, other, one)
    with pytest.raises(Refused, match="Another person|另一"):
        actions.decide(nurse, asked, confirm=True)
    with pytest.raises(Refused):
        actions.ask_void(nurse, one, reason="重复")
    with pytest.raises(Refused):
        actions.decide(second, asked, confirm=False)
    assert actions.decide(second, asked, confirm=False, note="不是").state == "REFUSED"
    far = factories.register(
        factories.make_actor(Role.NURSE, site=(away := factories.make_site())), away
    )
    with pytest.raises(Refused):
        actions.ask_merge(nurse, one, survivor=far, reason="同一人")
    numbered = factories.register(
        nurse, site, identity=_person("13900000009", NUMBER), not_a_duplicate=True
    )
    male = factories.register(nurse, site, sex="FEMALE")
    with pytest.raises(Refused) as asking:
        actions.ask_merge(nurse, male, survivor=numbered, reason="同一人")
    assert asking.value.code == "confirm"


def test_a_number_never_passes_twice(nurse: Actor, second: Actor, site: Site) -> None:
    plain = factories.register(nurse, site, identity=_person("13900000001"))
    numbered = factories.register(
        nurse, site, identity=_person("13900000002", NUMBER), not_a_duplicate=True
    )
    decision = _merge(nurse, second, numbered, plain)
    assert identity.reveal(nurse, plain, purpose="test").national_id == NUMBER
    again = _person("13900000003", NUMBER)
    with pytest.raises(Refused, match=plain.study_code):
        factories.register(nurse, site, identity=again, not_a_duplicate=True)
    actions.undo(nurse, decision, reason="不是同一人")
    with pytest.raises(Refused, match=numbered.study_code):
        factories.register(nurse, site, identity=again, not_a_duplicate=True)


def test_a_voided_registration_is_nowhere_and_comes_back(
    nurse: Actor, second: Actor, site: Site
) -> None:
    wrong = factories.register(nurse, site, identity=_person("13900000002", NUMBER))
    event = factories.malignancy(nurse, wrong)
    before = _everything()
    asked = actions.ask_void(nurse, wrong, reason="未回输")
    decision = actions.decide(second, asked, confirm=True)
    assert patients.page(nurse)[0] == []
    assert worklist.page(nurse, today=clock.today()).items == []
    assert quality.board(nurse, site, today=clock.today()).patients == 0
    assert samples.page(nurse).items == []
    assert duplicates.holder_of(NUMBER) is None
    assert aggregates.exposure(factories.product(), DAY, clock.today()).interval == 0
    case = Case.objects.get()
    assert case.sources.filter(kind="withdrawal").exists(), "safety decides about the case"
    assert Change.objects.filter(table_name="followup_patient", row_id=str(wrong.id)).exists()
    actions.undo(second, decision, reason="确已回输")
    after = _everything()
    assert {k for k in before if before[k] != after.get(k)} <= {
        f"followup.Sample {row.pk}" for row in Sample.objects.filter(event=event)
    } | {f"pv.Case {case.pk}"}
    assert AdverseEvent.objects.get().withdrawn_at is None
    assert [p.id for p in patients.page(nurse)[0]] == [wrong.id]


def test_a_voided_number_may_be_registered_rightly_and_then_stays(
    nurse: Actor, second: Actor, site: Site
) -> None:
    wrong = factories.register(nurse, site, identity=_person("13900000002", NUMBER))
    decision = actions.decide(
        second, actions.ask_void(nurse, wrong, reason="中心选错"), confirm=True
    )
    right = factories.register(nurse, site, identity=_person("13900000003", NUMBER))
    with pytest.raises(Refused):
        actions.undo(nurse, decision, reason="又对了")
    assert [p.id for p in patients.page(nurse)[0]] == [right.id]


def test_what_hangs_on_a_record_goes_back_with_it_and_the_rest_stays(
    nurse: Actor, second: Actor, twice: tuple[Patient, Patient]
) -> None:
    staying, leaving = twice
    moved = factories.call(nurse, leaving)
    decision = _merge(nurse, second, leaving, staying)
    given = VisitInput(contact_on=clock.today(), informant="FAMILY", vital_status="ALIVE")
    newer = visits.correct(
        nurse, Visit.objects.get(id=moved.id), given=given, version=1, reason="更正"
    )
    fresh = factories.call(nurse, staying)
    actions.undo(nurse, decision, reason="不是同一人")
    assert Visit.objects.get(id=newer.id).patient_id == leaving.id
    assert Visit.objects.get(id=fresh.id).patient_id == staying.id
