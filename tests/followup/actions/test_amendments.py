"""Moving patients to another protocol version, and back."""

from datetime import date, timedelta
from pathlib import Path

import openpyxl
import pytest
from django.conf import settings

from followup.actions import amendment_jobs, amendments, protocols
from followup.core import clock, jobs
from followup.core.permissions import Role
from followup.core.problems import Conflict, Refused
from followup.core.security.accounts import actor_of
from followup.domain import contents
from followup.domain.dates import PartialDate
from followup.models import PlannedVisit, ProtocolAmendment, ReferenceItem, Schedule
from followup.queries import amendments as queries
from followup.queries import protocols as protocol_queries
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead(site):
    return factories.make_user(Role.SITE_LEAD, site=site)


def next_version(writer, releaser, *, edit, base=None) -> ReferenceItem:
    """A released version with one edit of the data; `edit` gets place and entry by code."""
    item = base or protocol_queries.latest()
    row = protocols.draft(writer, item, purpose="Committee of May")
    for code, changed in edit.items():
        places = {entry["code"]: place for place, entry in enumerate(row.data["points"])}
        if changed is None:
            row = protocols.drop_point(writer, row, place=places[code], version=row.version)
            continue
        place = places.get(code)
        entry = {**(row.data["points"][place] if place is not None else {}), **changed}
        row = protocols.put_point(writer, row, place=place, point=entry, version=row.version)
    return protocols.release(releaser, row, version=row.version)


@pytest.fixture
def version(site, lead):
    other = factories.make_user(Role.SITE_LEAD, site=site)

    def make(**edit):
        return next_version(actor_of(lead), actor_of(other), edit=edit)

    return make


def plan(patient):
    rows = PlannedVisit.objects.filter(patient=patient).order_by("target", "code")
    return {r.code: (r.window_start, r.target, r.due, r.state, r.snoozed_to) for r in rows}


def run(actor_user, row: ProtocolAmendment, *, trial: bool):
    job = amendment_jobs.request(actor_of(actor_user), row, trial=trial)
    done = jobs.run(job.id)
    assert done is not None
    row.refresh_from_db()
    return done


def amend(lead, source, target, **more):
    given = {"site": None, "purpose": "Committee of May"} | more
    return amendments.propose(
        actor_of(lead), factories.product(), source=source, target=target, **given
    )


def test_patients_move_with_their_open_visits_and_come_back(site, lead, version) -> None:
    nurse = factories.make_actor(Role.NURSE, site=site)
    infused_on = clock.today() - timedelta(days=200)
    patient = factories.register_in_time(nurse, site, infused_on=infused_on)
    stranger = factories.register_in_time(
        factories.make_actor(Role.NURSE, site=(away := factories.make_site())),
        away,
        infused_on=infused_on,
    )
    open_visit = PlannedVisit.objects.select_related("schedule__protocol").get(
        patient=patient, code="M6"
    )
    point = protocol_queries.of(open_visit.schedule.protocol).by_code["M6"]
    factories.call(
        nurse,
        patient,
        planned=open_visit,
        contact_type="ON_SITE",
        disease_status="REMISSION",
        new_malignancy="NO",
        other_event="NO",
        new_therapy="NO",
        assessments=dict.fromkeys(contents.ticked(point), contents.DONE),
    )
    assert PlannedVisit.objects.get(id=open_visit.id).state == "DONE_IN_WINDOW"
    before, abroad = plan(patient), plan(stranger)
    source = protocol_queries.latest()
    extra = {
        "code": "M15",
        "unit": "months",
        "offset": 15,
        "before": 14,
        "after": 14,
        "assessments": ["E"],
        "contact_types": ["PHONE"],
    }
    target = version(M9={"offset": 10, "before": 10, "after": 10}, M15=extra, M18=None)
    row = amend(lead, source, target, site=site)
    with pytest.raises(Refused, match="."):
        amendment_jobs.request(actor_of(lead), row, trial=False)
    job = run(lead, row, trial=True)
    assert plan(patient) == before
    assert row.tried["schedules"] == 1
    assert (row.tried["moved"], row.tried["added"], row.tried["dropped"]) == (1, 1, 1)
    book = openpyxl.load_workbook(Path(settings.MEDIA_ROOT) / job.file_path)
    cells = [[cell.value for cell in line] for line in book.active.iter_rows(min_row=2)]
    m9 = before["M9"]
    assert cells[0][0] == patient.study_code
    assert f"M9: {m9[1]} ({m9[0]} – {m9[2]}) → " in cells[0][5]
    run(lead, row, trial=False)
    after = plan(patient)
    ten = _months(infused_on, 10)
    assert after["M9"][:3] == (ten - timedelta(days=10), ten, ten + timedelta(days=10))
    assert after["M15"][1] == _months(infused_on, 15)
    assert after["M18"][3] == "CANCELLED"
    same = set(before) - {"M9", "M18"}
    assert {code: after[code] for code in same} == {code: before[code] for code in same}
    assert Schedule.objects.get(patient=patient).protocol_id == target.id
    assert plan(stranger) == abroad
    assert Schedule.objects.get(patient=stranger).protocol_id == source.id
    assert row.counts == row.tried
    back = amendments.propose_undo(actor_of(lead), row, purpose="Wrong table")
    run(lead, back, trial=True)
    run(lead, back, trial=False)
    restored = plan(patient)
    assert restored.pop("M15")[3] == "CANCELLED"
    assert restored == before
    assert Schedule.objects.get(patient=patient).protocol_id == source.id
    with pytest.raises(Refused):
        amendments.propose_undo(actor_of(lead), row, purpose="Twice")


def _months(day: date, months: int) -> date:
    """Calendar months by hand, clamped to the end of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for end in range(day.day, 27, -1):
        try:
            return date(year, month + 1, end)
        except ValueError:
            continue
    return date(year, month + 1, day.day)


def test_the_dead_stay_and_a_visit_put_off_is_due_again(site, lead, version) -> None:
    nurse = factories.make_actor(Role.NURSE, site=site)
    infused_on = clock.today() - timedelta(days=270)
    dead = factories.register_in_time(nurse, site, infused_on=infused_on)
    factories.call(
        nurse,
        dead,
        informant="FAMILY",
        vital_status="DEAD",
        died_on=PartialDate.of(clock.today()),
    )
    before = plan(dead)
    target = version(M18={"offset": 19})
    source = Schedule.objects.get(patient=dead).protocol
    row = amend(lead, source, target, site=site)
    run(lead, row, trial=True)
    assert row.tried["schedules"] == 0
    run(lead, row, trial=False)
    assert plan(dead) == before


def test_one_writes_and_another_one_releases(site, lead) -> None:
    writer = actor_of(lead)
    row = protocols.draft(writer, protocol_queries.latest(), purpose="Longer windows")
    opened = row.version
    entry = {**row.data["points"][8], "after": 40}
    row = protocols.put_point(writer, row, place=8, point=entry, version=opened)
    with pytest.raises(Refused):
        protocols.release(writer, row, version=row.version)
    other = factories.make_actor(Role.SITE_LEAD, site=site)
    with pytest.raises(Conflict):
        protocols.release(other, row, version=opened)
    item = protocols.release(other, row, version=row.version)
    assert item.version.endswith("+1")
    assert protocol_queries.latest().id == item.id
    with pytest.raises(Refused):
        protocols.put_point(writer, row, place=8, point=entry, version=row.version)


def test_a_version_that_changes_nothing_or_cannot_be_planned_is_refused(site, lead) -> None:
    writer = actor_of(lead)
    other = factories.make_actor(Role.SITE_LEAD, site=site)
    row = protocols.draft(writer, protocol_queries.latest(), purpose="Nothing")
    with pytest.raises(Refused):
        protocols.release(other, row, version=row.version)
    wrong = {**row.data["points"][8], "before": 150}
    with pytest.raises(Refused):
        protocols.put_point(writer, row, place=8, point=wrong, version=row.version)
    with pytest.raises(Refused):
        protocols.drop_point(writer, row, place=protocols.TAIL, version=row.version)


def test_a_lead_moves_the_patients_of_one_hospital_only(site, lead, version) -> None:
    target, source = (
        version(M9={"after": 20}),
        ReferenceItem.objects.filter(kind="protocol", code="CN-LIFELONG").order_by("loaded_at")[0],
    )
    with pytest.raises(Refused):
        amend(lead, source, target, site=None)
    assert queries.sites(actor_of(lead)) == [site]


@pytest.mark.parametrize("role", [Role.SITE_LEAD, Role.STUDY_MANAGER])
def test_practice_patients_move_along_and_are_counted_and_listed_nowhere(
    site, lead, version, role
) -> None:
    """None stays on an old version, whoever moves; a holder, who may see none, learns nothing."""
    nurse = factories.make_actor(Role.NURSE, site=site)
    infused_on = clock.today() - timedelta(days=200)
    told = {"infused_on": infused_on, "purposes": ("LTFU", "HOLDER")}
    real = factories.register_in_time(nurse, site, **told)
    practice = factories.register_in_time(nurse, site, infused_on=infused_on, training=True)
    source, target = protocol_queries.latest(), version(M9={"offset": 10})
    mover = lead if role is Role.SITE_LEAD else factories.make_user(role)
    row = amend(mover, source, target, site=site if role is Role.SITE_LEAD else None)
    before = plan(practice)
    job = run(mover, row, trial=True)
    assert row.tried["schedules"] == 1
    book = openpyxl.load_workbook(Path(settings.MEDIA_ROOT) / job.file_path)
    codes = [line[0].value for line in book.active.iter_rows(min_row=2)]
    assert codes == [real.study_code]
    assert plan(practice) == before
    run(mover, row, trial=False)
    assert row.counts == row.tried
    used = {s.patient_id: s.protocol_id for s in Schedule.objects.filter(ended_on__isnull=True)}
    assert used == {real.id: target.id, practice.id: target.id}
    assert plan(practice)["M9"][1] == _months(infused_on, 10) == plan(real)["M9"][1]
    back = amendments.propose_undo(actor_of(mover), row, purpose="Wrong table")
    run(mover, back, trial=True)
    run(mover, back, trial=False)
    assert (back.counts["schedules"], plan(practice)) == (1, before)
