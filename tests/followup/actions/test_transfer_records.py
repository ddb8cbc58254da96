"""What a transfer between sites leaves to each: gaps, own data, words of the product."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import translation

from followup.actions import transfers
from followup.actions.transfers import TransferInput
from followup.core import clock
from followup.core.actor import Actor
from followup.core.audit import acting
from followup.core.permissions import Role
from followup.core.problems import Refused
from followup.core.row_security import contexts
from followup.domain.completeness import Share
from followup.domain.dates import PartialDate
from followup.domain.fields import Dataset
from followup.models import (
    AdverseEvent,
    Appointment,
    CallBack,
    Infusion,
    Patient,
    PatientTransfer,
    PlannedVisit,
    Site,
    Visit,
)
from followup.queries import call_backs, exports, quality
from followup.queries import transfers as queries
from followup.queries.exports import ExportChoice
from tests import factories

pytestmark = pytest.mark.django_db
TODAY = clock.today()


@pytest.fixture
def other() -> Site:
    return factories.make_site()


@pytest.fixture
def there(other: Site) -> Actor:
    return factories.make_actor(Role.NURSE, site=other)


def _ask(actor: Actor, patient: Patient, to: Site) -> PatientTransfer:
    given = TransferInput(to_site=to, effective_on=TODAY, reason="迁居外地")
    return transfers.ask(actor, patient, given=given)


def _moved(actor: Actor, there: Actor, patient: Patient, to: Site) -> Patient:
    transfers.accept(there, transfer=_ask(actor, patient, to), effective_on=TODAY)
    return Patient.objects.get(id=patient.id)


def _sums(shares: list[Share]) -> tuple[int, int]:
    return sum(s.done for s in shares), sum(s.due for s in shares)


def _board(actor: Actor, site: Site) -> quality.QualityBoard:
    with contexts.using(contexts.person(actor)):
        return quality.board(actor, site, today=TODAY)


def test_a_gap_is_of_the_site_that_followed_on_its_last_day(
    nurse: Actor, there: Actor, site: Site, other: Site
) -> None:
    """Once among all sites, wherever the row is; what is open is the work of who follows now."""
    patient = factories.register(nurse, site)
    gap = PlannedVisit.objects.filter(patient=patient, state="PLANNED").earliest("target")
    late = TODAY - timedelta(days=40)
    with acting(factories.SYSTEM, "test"):
        PlannedVisit.objects.filter(id=gap.id).update(
            target=late, window_start=late - timedelta(days=5), due=late + timedelta(days=5)
        )
    before = _board(nurse, site)
    assert _sums(before.by_month)[1] >= 1
    open_before = sum(n for _low, _high, n in before.overdue)
    third = factories.make_site()
    far = factories.make_actor(Role.NURSE, site=third)
    _moved(nurse, there, patient, other)
    for moved_on in (False, True):
        if moved_on:
            _moved(there, far, Patient.objects.get(id=patient.id), third)
        now = {s: _board(a, s) for a, s in ((nurse, site), (there, other), (far, third))}
        assert _sums(now[site].by_month) == _sums(before.by_month)
        assert _sums(now[site].by_visit) == _sums(before.by_visit)
        assert _sums(now[other].by_month) == _sums(now[third].by_month) == (0, 0)
        overdue = {s: sum(n for _low, _high, n in each.overdue) for s, each in now.items()}
        follows = third if moved_on else other
        assert overdue == {site: 0, other: 0, third: 0} | {follows: open_before}
        low, high, _n = next(band for band in now[follows].overdue if band[2])
        assert low <= 1 <= (high or 1), "counted since the patient came"


def test_own_data_hold_what_the_site_reads(
    nurse: Actor, there: Actor, site: Site, other: Site
) -> None:
    patient = factories.register(nurse, site)
    old = factories.call(nurse, patient, contact_on=TODAY - timedelta(days=1))
    factories.malignancy(nurse, patient)
    moved = _moved(nurse, there, patient, other)
    new = factories.call(there, moved)
    stranger = factories.make_site()
    far = factories.make_actor(Role.NURSE, site=stranger)

    def keys(actor: Actor, at: Site, dataset: Dataset) -> set[object]:
        with contexts.using(contexts.person(actor)):
            found = exports._rows(actor, ExportChoice(site=at.id), dataset)
            assert exports.count(actor, ExportChoice(site=at.id), dataset) == found.count()
            return set(found.values_list("pk", flat=True))

    event = AdverseEvent.objects.get(patient=moved).id
    given = Infusion.objects.get(patient=moved).id
    for dataset, here, away in (
        (Dataset.PATIENTS, {moved.id}, {moved.id}),
        (Dataset.INFUSIONS, {given}, {given}),
        (Dataset.VISITS, {old.id}, {old.id, new.id}),
        (Dataset.EVENTS, {event}, {event}),
    ):
        assert keys(nurse, site, dataset) == here, dataset
        assert keys(there, other, dataset) == away, dataset
        assert keys(far, stranger, dataset) == set(), dataset
    choice = ExportChoice(site=site.id, columns=("patients.study_code", "patients.telephone"))
    with contexts.using(contexts.person(nurse)):
        (row,) = exports.rows(nurse, choice, Dataset.PATIENTS)
    assert row == [moved.study_code, None], "who it is stays with the site that follows"
    both = factories.make_actor(Role.NURSE, site=site)
    both = replace(both, grants=(*both.grants, *there.grants))
    assert keys(both, site, Dataset.VISITS) == {old.id}, "a right elsewhere adds nothing here"
    assert Visit.objects.filter(patient=moved).count() == 2


def test_sites_are_offered_where_somebody_can_accept(
    nurse: Actor, there: Actor, site: Site, other: Site
) -> None:
    patient = factories.register(nurse, site)
    empty = factories.make_site()
    auditors = factories.make_site()
    factories.make_actor(Role.AUDITOR, site=auditors)
    with contexts.using(contexts.person(nurse)):
        assert {(d.site.id, d.gave) for d in queries.destinations(patient)} == {(other.id, False)}
    for nobody in (empty, auditors):
        with pytest.raises(Refused) as refused:
            _ask(nurse, patient, nobody)
        assert list(refused.value.fields) == ["to_site"]
    factories.register(there, other)
    with contexts.using(contexts.person(nurse)):
        assert {(d.site.id, d.gave) for d in queries.destinations(patient)} == {(other.id, True)}


def test_what_the_product_writes_is_read_in_the_language_of_its_reader(
    nurse: Actor, there: Actor, site: Site, other: Site
) -> None:
    patient = factories.register(nurse, site)
    with acting(factories.SYSTEM, "test"):
        Appointment.objects.create(
            patient=patient,
            site=site,
            on=TODAY + timedelta(days=3),
            booked_at=clock.now(),
        )
    with translation.override("zh-hans"):
        _moved(nurse, there, patient, other)
    task = CallBack.objects.get(patient=patient)
    booked = Appointment.objects.get(patient=patient)
    day = str(TODAY + timedelta(days=3))
    for language, words, name in (
        ("en", "Cancelled appointments there", site.name_en),
        ("zh-hans", "已取消", site.name_zh),
    ):
        with translation.override(language):
            assert words in task.text
            assert name in task.text
            assert day in task.text
            said = {booked.why}
    with translation.override("en"):
        assert booked.why not in said
        assert "Followed at another site" in booked.why
        from_list = call_backs.of_patient(there, Patient.objects.get(id=patient.id))
        assert [row.text for row in from_list] == [task.text]


def test_why_a_transfer_came_to_nothing_is_read_so_too(
    nurse: Actor, there: Actor, site: Site, other: Site
) -> None:
    patient = factories.register(nurse, site)
    on = TODAY + timedelta(days=5)
    transfers.accept(there, transfer=_ask(nurse, patient, other), effective_on=on)
    died = PartialDate.of(TODAY)
    factories.call(nurse, patient, vital_status="DEAD", informant="FAMILY", died_on=died)
    with translation.override("zh-hans"):
        assert transfers.daily(Actor.process("test"), today=on) == 0
    row = PatientTransfer.objects.get()
    with translation.override("en"):
        assert row.why_not == "The patient is dead: there is nothing left to follow."
    with translation.override("zh-hans"):
        assert row.why_not == row.decision_note
        assert "dead" not in row.why_not
