"""A patient followed at another site from a day on: asked, accepted, in force, and back again."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.apps import apps

from followup.actions import (
    appointments,
    call_backs,
    events,
    registrations,
    transfers,
    visits,
)
from followup.actions.appointments import AppointmentInput
from followup.actions.events import EventInput
from followup.actions.follow_up_status import tracing
from followup.actions.registrations.moving import references
from followup.actions.transfers import TransferInput, rows
from followup.actions.visits import VisitInput
from followup.core import clock, scope
from followup.core.actor import Actor
from followup.core.permissions import Role
from followup.core.problems import NotFound, Refused
from followup.core.row_security import contexts
from followup.domain import contents
from followup.domain.dates import PartialDate
from followup.models import (
    AdverseEvent,
    CallBack,
    Consent,
    Identity,
    Infusion,
    Patient,
    PatientSite,
    PatientTransfer,
    PlannedVisit,
    Sample,
    Schedule,
    Site,
    Visit,
)
from followup.queries import identity, protocols, quality, worklist
from followup.queries import patients as patient_queries
from followup.queries import transfers as queries
from pv.models import Case
from tests import factories
from tests.followup.transfer_rules import Followed, Part, Placed, reads

pytestmark = pytest.mark.django_db
TODAY = clock.today


class _Every(frozenset):
    """Whatever is asked is confirmed."""

    def __contains__(self, _key: object) -> bool:
        return True


@pytest.fixture
def other() -> Site:
    return factories.make_site()


@pytest.fixture
def there(other: Site) -> Actor:
    """A nurse of the site that is asked."""
    return factories.make_actor(Role.NURSE, site=other)


@pytest.fixture
def patient(nurse: Actor, site: Site) -> Patient:
    """With a visit done in its window, one ahead, an event, an appointment and a call-back."""
    row = factories.register(nurse, site)
    planned = PlannedVisit.objects.select_related("schedule__protocol").get(patient=row, code="M3")
    point = protocols.of(planned.schedule.protocol).by_code["M3"]
    said = {
        "contact_type": "ON_SITE",
        "assessments": dict.fromkeys(contents.ticked(point), contents.DONE),
        "disease_status": "REMISSION",
        **dict.fromkeys(("new_malignancy", "other_event", "new_therapy"), "NO"),
    }
    factories.call(nurse, row, planned=planned, contact_on=TODAY() - timedelta(days=1), **said)
    assert PlannedVisit.objects.get(id=planned.id).done_on
    factories.malignancy(nurse, row)
    call_backs.ask(nurse, row, about="核对地址", due_on=TODAY(), owner=None)
    ahead = AppointmentInput(on=TODAY() + timedelta(days=7), at=None, place="门诊")
    appointments.book(nurse, row, given=ahead, confirmed=_Every())
    return Patient.objects.get(id=row.id)


def _ask(actor: Actor, patient: Patient, to: Site, **more: Any) -> PatientTransfer:
    given = {"effective_on": TODAY(), "reason": "迁居外地"} | more
    return transfers.ask(actor, patient, given=TransferInput(to_site=to, **given))


def _moved(actor: Actor, there: Actor, patient: Patient, to: Site) -> Patient:
    row = _ask(actor, patient, to)
    row = transfers.accept(there, transfer=row, effective_on=TODAY())
    assert row.state == "IN_FORCE"
    return Patient.objects.get(id=patient.id)


def test_every_table_of_a_patient_goes_along_or_stays() -> None:
    known = {*rows.ALONG, *rows.STAYS, *rows.APART}
    named = {model for model, _field in references(Patient)}
    assert named - known == {Case}, "a new table says whether it goes along (transfers/rows.py)"
    assert not set(rows.ALONG) & rows.STAYS
    whole = {m for m in apps.get_models() if isinstance(m.__dict__.get("scope"), scope.Scope)}
    whole = {m for m in whole if m.scope.follows}
    assert whole <= {m for m in (*rows.ALONG, *rows.APART) if not rows.ALONG.get(m)}


def test_asked_refused_withdrawn_and_what_speaks_against(
    nurse: Actor, there: Actor, patient: Patient, site: Site, other: Site
) -> None:
    for wrong in (
        {"to": site},
        {"to": other, "reason": " "},
        {"to": other, "effective_on": TODAY() + timedelta(days=400)},
        {"to": other, "effective_on": TODAY() - timedelta(days=5)},
    ):
        with pytest.raises(Refused):
            _ask(nurse, patient, **wrong)
    stranger = factories.make_actor(Role.NURSE, site=factories.make_site())
    with pytest.raises(NotFound):
        _ask(stranger, patient, other)
    row = _ask(nurse, patient, other)
    assert (row.code, row.state, row.product_id) == (
        patient.study_code,
        "ASKED",
        factories.infusion_of(patient).product_id,
    )
    with pytest.raises(Refused):
        _ask(nurse, patient, other)
    assert [queries.waiting(actor) for actor in (nurse, there, stranger)] == [0, 1, 0]
    with contexts.using(contexts.person(there)):
        assert [each.id for each in queries.page(there)[0]] == [row.id]
        with pytest.raises(NotFound):
            patient_queries.one(there, patient.id)
    with pytest.raises(NotFound):
        queries.one(stranger, row.id)
    for actor in (nurse, stranger):
        with pytest.raises(NotFound):
            transfers.accept(actor, transfer=row, effective_on=TODAY())
        with pytest.raises(NotFound):
            transfers.refuse(actor, transfer=row, reason="x")
    with pytest.raises(NotFound):
        transfers.withdraw(there, transfer=row, reason="x")
    with pytest.raises(Refused):
        transfers.refuse(there, transfer=row, reason=" ")
    assert transfers.refuse(there, transfer=row, reason="床位").state == "REFUSED"
    with pytest.raises(Refused):
        transfers.accept(there, transfer=row, effective_on=TODAY())
    again = _ask(nurse, patient, other)
    assert transfers.withdraw(nurse, transfer=again, reason="不迁了").state == "WITHDRAWN"
    assert Patient.objects.get(id=patient.id).site_id == site.id
    training = factories.register(nurse, site, training=True)
    with pytest.raises(Refused):
        _ask(nurse, training, other)
    twin = factories.register(nurse, site)
    registrations.ask_void(nurse, twin, reason="重复")
    with pytest.raises(Refused):
        _ask(nurse, twin, other)


def test_what_is_ahead_goes_along_and_what_was_done_stays(
    nurse: Actor, there: Actor, patient: Patient, site: Site, other: Site
) -> None:
    code = patient.study_code
    before = quality.board(nurse, site, today=TODAY())
    name = identity.reveal(nurse, patient, purpose="test").name
    counts = {m: m._default_manager.filter(patient_id=patient.id).count() for m in rows.ALONG}
    moved = _moved(nurse, there, patient, other)
    assert (moved.site_id, moved.study_code) == (other.id, code)
    after = {m: m._default_manager.filter(patient_id=patient.id).count() for m in rows.ALONG}
    assert after == counts | {CallBack: counts[CallBack] + 1}
    assert Identity.objects.get(patient=moved).site_id == other.id
    assert identity.reveal(there, moved, purpose="test").name == name
    given = Infusion.objects.get(patient=moved)
    assert (given.site_id, given.infused_site_id) == (other.id, site.id)
    event = AdverseEvent.objects.get(patient=moved)
    assert (event.site_id, event.recorded_site_id) == (other.id, site.id)
    plan = PlannedVisit.objects.filter(patient=moved)
    assert set(plan.filter(state="PLANNED").values_list("site_id", flat=True)) == {other.id}
    assert set(plan.exclude(state="PLANNED").values_list("site_id", flat=True)) == {site.id}
    assert Visit.objects.get(patient=moved).site_id == site.id
    tasks = list(call_backs.queries.open_ones(there, until=TODAY()))
    assert {task.about for task in tasks} >= {"核对地址"}
    assert any(str(TODAY() + timedelta(days=7)) in task.about for task in tasks)
    assert not list(call_backs.queries.open_ones(nurse, until=TODAY()))
    assert [p.id for p in patient_queries.page(there)[0]] == [moved.id]
    assert patient_queries.page(nurse)[0] == []
    ahead = {"infused_on": TODAY() - timedelta(days=93)}
    assert factories.register(nurse, site, **ahead).study_code > code, "no number is given twice"
    now, new = (quality.board(a, s, today=TODAY()) for a, s in ((nurse, site), (there, other)))
    assert sum(share.done for share in now.by_month) == sum(s.done for s in before.by_month)
    assert (sum(share.done for share in new.by_month), new.patients) == (0, 1)
    lines = worklist.page(nurse, today=TODAY() + timedelta(days=200)).items
    assert moved.id not in {item.patient_id for item in lines}


def _seen(actor: Actor, model: Any, patient: UUID, *, wall: str) -> set[Any]:
    found = model._base_manager.order_by().filter(patient_id=patient)
    if wall == "django":
        return set(scope.visible(actor, found).values_list("pk", flat=True))
    with contexts.using(contexts.person(actor)):
        return set(found.values_list("pk", flat=True))


def _part(model: Any) -> Part:
    spec = model.scope
    if spec.follows:
        return Part.FRAME if spec.former else Part.PERSON
    return Part.AHEAD


def test_both_walls_and_the_rule_agree_after_a_chain_of_transfers(
    nurse: Actor, there: Actor, patient: Patient, site: Site, other: Site
) -> None:
    third = factories.make_site()
    far = factories.make_actor(Role.NURSE, site=third)
    stranger = factories.make_actor(Role.PHYSICIAN, site=factories.make_site())
    chain = [(nurse, there, other), (there, far, third), (far, nurse, site)]
    people = {site.id: nurse, other.id: there, third.id: far}
    models = {m for m, _f in references(Patient) if getattr(m.scope, "site", "") == "site_id"}
    models -= {Case}
    for step, (old, new, to) in enumerate(chain):
        row = _moved(old, new, Patient.objects.get(id=patient.id), to)
        factories.call(new, row, contact_on=TODAY(), informant="PATIENT")
        former = set(
            PatientSite.objects.filter(patient=row, follows=False).values_list("site_id", flat=True)
        )
        assert former == {each.from_site_id for each in PatientTransfer.objects.all()} - {to.id}
        life: Followed[UUID] = Followed(to.id, frozenset(former), ())
        for model in models:
            every = list(model._base_manager.filter(patient_id=row.id))
            for key, actor in {**people, UUID(int=0): stranger}.items():
                expected = {
                    each.pk
                    for each in every
                    if actor is not stranger
                    and (key in (*former, to.id))
                    and reads(
                        life,
                        Placed(_part(model), each.site_id, getattr(each, "recorded_site_id", None)),
                        key,
                    )
                }
                walls = {w: _seen(actor, model, row.id, wall=w) for w in ("django", "database")}
                assert walls == {"django": expected, "database": expected}, (step, model, key)
    with contexts.using(contexts.person(there)):
        read = Patient.objects.select_related("site").get(id=patient.id)
        assert read.site_id == site.id
        assert not Identity.objects.filter(patient=read).exists()
        assert Schedule.objects.filter(patient=read).exists()
        assert Consent.objects.filter(patient=read).exists()
        assert queries.followed_now(there, read)
    assert queries.followed_now(nurse, Patient.objects.get(id=patient.id)) == ""


def test_the_site_before_corrects_its_own_and_writes_nothing_else(
    nurse: Actor, there: Actor, patient: Patient, site: Site, other: Site
) -> None:
    done = Visit.objects.get(patient=patient)
    moved = _moved(nurse, there, patient, other)
    event = AdverseEvent.objects.get(patient=moved)
    for write in (
        lambda: factories.call(nurse, moved),
        lambda: _ask(nurse, moved, factories.make_site()),
        lambda: tracing.transfer(nurse, moved, on=TODAY(), reason="x"),
        lambda: call_backs.ask(nurse, moved, about="x", due_on=TODAY(), owner=None),
        lambda: events.report(
            nurse,
            factories.infusion_of(moved),
            given=EventInput(verbatim="x", aware_on=TODAY(), reporter_name="x"),
        ),
    ):
        with pytest.raises(Refused, match=str(other.name_zh)):
            write()
    again = VisitInput(
        contact_on=done.contact_on,
        informant="FAMILY",
        vital_status="ALIVE",
        disease_status="REMISSION",
        contact_type="ON_SITE",
        assessments=done.assessments,
        **dict.fromkeys(("new_malignancy", "other_event", "new_therapy"), "NO"),
    )
    with pytest.raises(Refused, match=str(site.name_zh)):
        visits.correct(there, done, given=again, version=done.version, reason="补记")
    newer = visits.correct(nurse, done, given=again, version=done.version, reason="补记")
    assert (newer.site_id, newer.replaces_id) == (site.id, done.id)
    assert PlannedVisit.objects.get(id=newer.planned_id).site_id == site.id
    newest = factories.call(there, moved)
    assert newest.site_id == other.id
    assert Patient.objects.get(id=moved.id).last_contact_on == newest.contact_on
    assert event.site_id == other.id
    assert Sample.objects.filter(event=event).exclude(site_id=other.id).count() == 0
    stranger = factories.make_actor(Role.NURSE, site=factories.make_site())
    with pytest.raises(NotFound):
        factories.call(stranger, moved)


def test_an_effective_day_to_come_waits_for_its_day(
    nurse: Actor, there: Actor, patient: Patient, other: Site, site: Site
) -> None:
    on = TODAY() + timedelta(days=10)
    row = transfers.accept(there, transfer=_ask(nurse, patient, other), effective_on=on)
    assert row.state == "ACCEPTED"
    system = Actor.process("test")
    assert transfers.daily(system, today=on - timedelta(days=1)) == 0
    factories.call(nurse, patient)
    assert transfers.daily(system, today=on) == 1
    assert Patient.objects.get(id=patient.id).site_id == other.id
    second = factories.register(nurse, site)
    row = transfers.accept(there, transfer=_ask(nurse, second, other), effective_on=on)
    factories.call(
        nurse, second, vital_status="DEAD", informant="FAMILY", died_on=PartialDate.of(TODAY())
    )
    assert transfers.daily(system, today=on) == 0
    row = PatientTransfer.objects.get(id=row.id)
    assert row.state == "WITHDRAWN"
    assert row.decision_note
    assert Patient.objects.get(id=second.id).site_id == site.id
