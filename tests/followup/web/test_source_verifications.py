"""Source data verification from the plan to the report, with errors whose number is known."""

import io
from datetime import timedelta

import pypdf
import pytest
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from followup.actions import registrations, retractions, visits
from followup.actions import source_verifications as actions
from followup.actions.follow_up_status import consents
from followup.actions.source_verifications import CheckInput, SampleInput
from followup.core import clock
from followup.core.permissions import Role
from followup.core.problems import Denied, NotFound, Refused
from followup.core.security.accounts import actor_of
from followup.domain.fields import BY_KEY
from followup.domain.source_verifications import exact_interval
from followup.models import DataQuery, Indication, SourceCheck, SourceVerification
from followup.queries import source_error_rates as rates
from followup.queries import source_verifications as queries
from tests import factories

pytestmark = pytest.mark.django_db
WHOLE = {
    "disease_status": "REMISSION",
    "new_malignancy": "NO",
    "other_event": "NO",
    "new_therapy": "NO",
}


@pytest.fixture
def lead(site):
    return factories.make_user(Role.SITE_LEAD, site=site)


AGREED = ("LTFU", "HOLDER")


def cohort(site, count: int) -> list:
    """Patients of a hospital with an infusion and a contact each."""
    nurse = factories.make_actor(Role.NURSE, site=site)
    found = []
    for _each in range(count):
        on = clock.today() - timedelta(days=60)
        patient = factories.register(nurse, site, infused_on=on, purposes=AGREED)
        factories.call(nurse, patient, **WHOLE)
        found.append(patient)
    return found


def sample(user, site, **more) -> SourceVerification:
    today = clock.today()
    given = {"since": today - timedelta(days=90), "until": today, "percent": 100, "seed": "s"}
    given = SampleInput(**given | more)
    return actions.plan(actor_of(user), site, given=given)


def answer(user, row, wrong: dict[str, str], missing: frozenset[str] = frozenset()) -> None:
    """Everything agrees but some fields of the first records: the truth that is planted."""
    checks, left = [], dict(wrong)
    gone = set(missing)
    for check in SourceCheck.objects.filter(verification=row).order_by("place"):
        source = left.pop(check.field, "")
        result = "DIFFERS" if source else "AGREES"
        if check.field in gone:
            gone.discard(check.field)
            result = "SOURCE_MISSING"
        checks.append(CheckInput(check.id, result, source, check.version))
    assert not left
    outcome = actions.check(actor_of(user), row, checks=checks)
    assert (outcome.changed, outcome.faults) == (len(checks), {})


def test_planted_errors_are_reported_exactly_by_site_and_period(lead, site) -> None:
    cohort(site, 3)
    other = factories.make_site("BJ02")
    cohort(other, 1)
    colleague = factories.make_user(Role.SITE_LEAD, site=other)
    first, second = sample(lead, site), sample(colleague, other)
    wrong = {"infusions.lot": "LOT-9", "visits.contact_on": "2026-01-01", "patients.sex": "?"}
    answer(lead, first, wrong, frozenset({"visits.disease_status"}))
    answer(colleague, second, {})
    known = queries.rules()
    critical = sum(flag for field, flag in known.fields if field.dataset != "events")
    fields = sum(field.dataset != "events" for field, _flag in known.fields)
    lines = rates.lines(actor_of(lead), known)
    assert [(line.site.code, line.patients) for line in lines] == [(site.code, 3)]
    line = lines[0]
    assert (line.critical.errors, line.critical.fields) == (2, 3 * critical - 1)
    assert (line.every.errors, line.every.fields) == (3, 3 * fields - 1)
    assert (line.every.source_missing, line.every.unchecked) == (1, 0)
    low, high = exact_interval(3, 3 * fields - 1, 95)
    assert line.every.interval == (100 * low, 100 * high)
    manager = actor_of(factories.make_user(Role.STUDY_MANAGER))
    whole = rates.lines(manager, known)  # the monitor of the register sees both, and the sum
    assert [each.site and each.site.code for each in whole] == ["BJ02", site.code, None]
    assert whole[-1].every.errors == 3
    assert whole[-1].every.fields == 4 * fields - 1
    late = rates.lines(manager, known, since=clock.today())
    assert late == []
    actions.cancel(actor_of(lead), first, version=1, reason="Wrong period")
    assert rates.lines(actor_of(lead), known) == []
    actions.reopen(actor_of(lead), SourceVerification.objects.get(id=first.id), version=2)
    assert rates.lines(actor_of(lead), known) == lines


def test_a_difference_asks_on_its_field_and_a_correction_closes_the_question(lead, site) -> None:
    [patient] = cohort(site, 1)
    row, actor = sample(lead, site), actor_of(lead)
    check = SourceCheck.objects.get(verification=row, field="visits.disease_status")
    assert check.recorded == "REMISSION"
    said = CheckInput(check.id, "DIFFERS", "PROGRESSION", check.version)
    actions.check(actor, row, checks=[said])
    query = DataQuery.objects.get(patient=patient, field="disease_status", state="OPEN")
    assert query.visit_id == check.visit_id
    assert "PROGRESSION" in query.entries.get().text
    assert actions.check(actor, row, checks=[said]).changed == 0  # sent twice, asked once
    stale = CheckInput(check.id, "AGREES", "", check.version)
    assert list(actions.check(actor, row, checks=[stale]).faults) == [check.id]
    check.refresh_from_db()
    actions.check(actor, row, checks=[CheckInput(check.id, "AGREES", "", check.version)])
    query.refresh_from_db()
    assert query.state == "CLOSED"
    check.refresh_from_db()
    assert (check.result, check.source_value, check.query) == ("AGREES", "", None)


def test_the_recorded_value_is_that_of_the_draw(lead, site) -> None:
    """What a hospital corrects after it heard of the sample stays an error of the register."""
    [patient] = cohort(site, 1)
    row = sample(lead, site)
    visit = patient.visits.get()
    nurse = factories.make_actor(Role.NURSE, site=site)
    given = factories.VisitInput(
        contact_on=visit.contact_on,
        informant="PATIENT",
        vital_status="ALIVE",
        **WHOLE | {"disease_status": "NOT_ASSESSED"},
    )
    newer = visits.correct(nurse, visit, given=given, version=1, reason="Chart")
    check = SourceCheck.objects.get(verification=row, field="visits.disease_status")
    assert check.recorded == "REMISSION"
    said = [CheckInput(check.id, "DIFFERS", "not assessed", check.version)]
    actions.check(actor_of(lead), row, checks=said)
    assert DataQuery.objects.get(field="disease_status").visit_id == newer.id


def test_events_are_compared_and_withdrawn_ones_are_not(lead, site) -> None:
    [patient] = cohort(site, 1)
    nurse = factories.make_actor(Role.NURSE, site=site)
    event = factories.malignancy(nurse, patient)
    keys = {c.field for c in sample(lead, site).checks.filter(event=event)}
    assert "events.is_new_malignancy" in keys
    retractions.withdraw(nurse, event, reason="Other patient", version=event.version)
    assert not sample(lead, site).checks.filter(event=event).exists()


def test_a_difference_of_an_event_that_was_moved_asks_where_it_stands(lead, site) -> None:
    first, second = cohort(site, 2)
    nurse = factories.make_actor(Role.NURSE, site=site)
    event = factories.malignancy(nurse, first)
    row = sample(lead, site)
    to = factories.infusion_of(second)
    retractions.move(nurse, event, to=to, version=event.version, reason="Same name")
    check = SourceCheck.objects.get(verification=row, field="events.is_new_malignancy")
    said = CheckInput(check.id, "DIFFERS", "NO", check.version)
    assert actions.check(actor_of(lead), row, checks=[said]).changed == 1
    query = DataQuery.objects.get(event=event)
    assert (query.patient_id, query.field) == (second.id, "is_new_malignancy")


def test_a_voided_registration_holds_no_sample_up_and_lacks_no_consent(lead, site) -> None:
    gone, stays = cohort(site, 2)
    row, actor = sample(lead, site), actor_of(lead)
    asking, deciding = (factories.make_actor(Role.NURSE, site=site) for _each in range(2))
    asked = registrations.ask_void(asking, gone, reason="Never infused")
    registrations.decide(deciding, asked, confirm=True)

    def agrees(patient) -> list[CheckInput]:
        rows = SourceCheck.objects.filter(verification=row, patient=patient)
        return [CheckInput(each.id, "AGREES", "", each.version) for each in rows]

    with pytest.raises(NotFound):
        actions.check(actor, row, checks=agrees(gone)[:1])
    with pytest.raises(Refused):
        actions.close(actor, row, version=1)
    actions.check(actor, row, checks=agrees(stays))
    assert actions.close(actor, row, version=1).state == "CLOSED"
    fresh = sample(factories.make_user(Role.STUDY_MANAGER), site)
    assert (fresh.size, fresh.left_out) == (1, 0)


def test_who_draws_reads_only_whom_they_may(lead, site) -> None:
    patients = cohort(site, 2)
    manager = factories.make_user(Role.STUDY_MANAGER)
    consent = patients[0].consents.get()
    nurse = factories.make_actor(Role.NURSE, site=site)
    consents.withdraw(nurse, consent, withdrawn_on=clock.today(), purposes=AGREED[1:])
    row = sample(manager, site)
    assert (row.size, row.frame_size, row.left_out) == (1, 1, 1)
    assert {c.patient_id for c in row.checks.all()} == {patients[1].id}
    assert sample(lead, site).size == 2
    one_product = factories.make_user(
        Role.STUDY_MANAGER, product=patients[1].infusions.get().product
    )
    with pytest.raises(Refused):  # who reads one product draws of one product
        sample(one_product, site)
    other = factories.make_user(Role.SITE_LEAD, site=factories.make_site("BJ02"))
    with pytest.raises((NotFound, Denied)):
        sample(other, site)
    with pytest.raises(NotFound):
        queries.one(actor_of(other), row.id)
    with pytest.raises(Denied):
        sample(factories.make_user(Role.AUDITOR), site)


@pytest.mark.parametrize(
    "given",
    [
        {"percent": None},
        {"number": 1},
        {"percent": 0},
        {"percent": 101},
        {"percent": None, "number": 0},
        {"until": clock.today() + timedelta(days=1)},
        {"since": clock.today(), "until": clock.today() - timedelta(days=1)},
        {"since": clock.today() - timedelta(days=9000), "until": clock.today() - timedelta(8000)},
    ],
)
def test_what_cannot_be_drawn_is_refused(lead, site, given) -> None:
    cohort(site, 1)
    with pytest.raises(Refused):
        sample(lead, site, **given)


def test_the_pages_from_a_sample_to_the_files(lead, site) -> None:
    cohort(site, 2)
    client, today = Client(), clock.today()
    client.force_login(lead)
    assert "No sample was drawn yet" in client.get(reverse("source-verifications")).content.decode()
    typed = {"site": site.id, "since": f"{today - timedelta(days=90)}", "until": f"{today}"}
    both = client.post(
        reverse("source-verification-new"), typed | {"number": "1", "percent": "5", "seed": "q1"}
    )
    assert both.status_code == 422
    assert 'value="q1"' in both.content.decode()
    client.post(reverse("source-verification-new"), typed | {"number": "1", "seed": "q1"})
    row = SourceVerification.objects.get()
    page = client.get(reverse("source-verification", args=[row.id])).content.decode()
    assert "q1" in page
    assert row.frame_sha256 in page
    patient = row.checks.first().patient
    address = reverse("source-checks", args=[row.id, patient.id])
    shown = client.get(address).content.decode()
    assert "checked" not in shown  # nothing is answered beforehand
    checks = list(row.checks.order_by("place"))
    data = {f"version-{c.id}": 1 for c in checks}
    alone = client.post(address, data | {f"source-{checks[0].id}": "FEMALE"})
    assert alone.status_code == 422  # typed without an answer: not lost
    assert 'value="FEMALE"' in alone.content.decode()
    data |= {f"result-{checks[0].id}": "AGREES", f"result-{checks[1].id}": "DIFFERS"}
    refused = client.post(address, data)
    assert refused.status_code == 422
    assert "Enter what the source says." in refused.content.decode()
    assert row.checks.exclude(result="").count() == 1  # the good one is kept
    data |= {f"source-{checks[1].id}": "1961", f"version-{checks[0].id}": 2}
    assert client.post(address, data).status_code == 302
    end = reverse("source-verification-end", args=[row.id])
    client.post(end, {"version": 1})  # refused: fields are left
    assert SourceVerification.objects.get().state == "OPEN"
    rest = {f"result-{c.id}": "AGREES" for c in checks[2:]}
    rest |= {f"version-{c.id}": c.version for c in row.checks.all()}
    assert client.post(address, rest | {"then": "next"}).status_code == 302
    client.post(end, {"version": 1})
    assert SourceVerification.objects.get().state == "CLOSED"
    report = reverse("source-error-rates")
    words = f"1 / {len(checks)}"
    assert words in client.get(report).content.decode()
    book = load_workbook(io.BytesIO(client.get(report, {"format": "xlsx"}).content))
    [_head, line] = list(book.active.values)
    assert words in line
    pdf = pypdf.PdfReader(io.BytesIO(client.get(report, {"format": "pdf"}).content))
    assert words in pdf.pages[0].extract_text()
    nurse = Client()
    nurse.force_login(factories.make_user(Role.NURSE, site=site))
    assert nurse.get(report).status_code == 403


def test_an_indication_has_its_name_and_a_patient_of_two_samples_is_one(lead, site) -> None:
    """A code tells whoever asks or answers nothing; the code of a lost row still shows itself."""
    cohort(site, 2)
    first = sample(lead, site)
    check = SourceCheck.objects.filter(verification=first, field="infusions.indication").first()
    known = Indication.objects.get(code=check.recorded)
    field = queries.field_of(check)
    assert queries.value_words(field, check.recorded) == known.name_zh
    assert queries.value_words(field, "GONE") == "GONE"
    assert queries.value_words(field, "") == ""
    onset = BY_KEY["events.onset_text"]
    assert queries.value_words(onset, "2026-11") == "2026-11（日不详）"
    sample(lead, site, since=clock.today() - timedelta(days=2000))
    lines = rates.lines(actor_of(lead), queries.rules())
    assert [(line.since is None, line.patients) for line in lines][-1] == (True, 2)
    assert len(lines) == 3


def test_the_second_page_goes_on_after_the_first(lead, site, monkeypatch) -> None:
    cohort(site, 1)
    drawn = [sample(lead, site).id for _ in range(3)]
    monkeypatch.setattr(queries, "PAGE", 2)
    first, key = queries.page(actor_of(lead))
    second, end = queries.page(actor_of(lead), key=key)
    assert [row.id for row in (*first, *second)] == drawn[::-1]
    assert (len(first), end) == (2, "")
    client = Client()
    client.force_login(lead)
    assert client.get(reverse("source-verifications"), {"after": key}).status_code == 200
