"""Default rules of seriousness from a hospital's event to the clock on the page of its case."""

import copy
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from followup.actions import events
from followup.actions.events import EventInput
from followup.core import clock, jobs
from followup.core.models import Job
from followup.core.permissions import Role
from followup.core.problems import Refused
from followup.core.security.accounts import actor_of
from followup.domain.dates import PartialDate
from followup.models import ReferenceItem
from pv.actions import cases, icsr
from pv.actions import default_rule_changes as changes
from pv.domain.e2b.checks import Profile
from pv.models import Case
from pv.queries import cases as queries
from tests import factories
from tests.pv.test_clock_changes import lines, load

pytestmark = pytest.mark.django_db
CODED = {"E.i[1].2.1a": "27.1", "E.i[1].2.1b": "10052015"}
OTHER = "E.i[1].3.2f"


def ago(days: int) -> date:
    return clock.today() - timedelta(days=days)


MILD = EventInput(
    verbatim="发热",
    aware_on=ago(8),
    reporter_name="李医生",
    reporter_qualification="PHYSICIAN",
    onset=PartialDate.of(ago(9)),
    serious=False,
    outcome="NOT_RECOVERED",
    grade=2,
    grade_scale="ASTCT_CRS",
)
GRAVE = {"grade": 3}


def report(nurse, site, **more: Any):
    infusion = factories.infusion_of(factories.register(nurse, site))
    event = events.report(nurse, infusion, given=replace(MILD, **more))
    return event, Case.objects.get(sources__event=event)


def correct(nurse, event, days: int, **more: Any):
    event.refresh_from_db()
    given = replace(MILD, **more)
    events.correct(
        nurse, event, given=given, version=event.version, reason="复核", learned_on=ago(days)
    )
    return Case.objects.get(sources__event=event, sources__reference=f"{event.id}:1")


def running(case: Case) -> dict[str, date]:
    return {row.rule: row.day_zero for row in case.clocks.filter(stopped_at__isnull=True)}


def criterion(case: Case) -> Any:
    root = queries.message(case.versions.get(number=case.current_version)).root
    return root.each("E.i")[0].values["E.i.3.2f"]


def reader(role: Role, language: str = "en") -> Client:
    client = Client()
    client.force_login(factories.make_user(role, language=language))
    return client


@pytest.mark.parametrize(
    ("answers", "kind", "source"),
    [
        ({"grade": 3}, "Cytokine release syndrome", "project default"),
        (
            {"kind": "CRS", "grade": 3, "grade_scale": "CTCAE_5"},
            "Cytokine release syndrome",
            "project default",
        ),
        ({"grade": 4, "grade_scale": "ASTCT_ICANS"}, "Neurotoxicity (ICANS)", "project default"),
        ({"grade": 1, "grade_scale": "IEC_HS"}, "Haemophagocytic syndrome", "project default"),
        ({"kind": "IEC_EC", "grade": None, "grade_scale": ""}, "Enterocolitis", "boxed warning"),
        (
            {"serious": True, "seriousness": ("HOSPITALISATION",), "is_new_malignancy": True},
            "New malignancy",
            "project default",
        ),
    ],
)
def test_each_rule_starts_the_serious_clock_and_is_named_on_the_page(
    nurse, site, answers, kind, source
):
    event, case = report(nurse, site, **answers)
    assert case.serious is True
    assert running(case) == {"CN-S": MILD.aware_on}
    assert case.next_due == MILD.aware_on + timedelta(days=15)
    assert criterion(case) == "true"
    assert "OTHER_IMPORTANT" not in event.seriousness, "the reporter's answer stays"
    assert event.serious is answers.get("serious", False)
    assert case.versions.get().serious is True
    page = reader(Role.SAFETY_OFFICER).get(reverse("case", args=[case.id])).content.decode()
    said = page.split("Default rules of seriousness")[1]
    assert kind in said
    assert "Added by the holder" in said
    assert source in said


def test_a_fatal_outcome_and_a_positive_virus_are_told_with_their_rule(nurse, site):
    _event, case = report(nurse, site, serious=None, outcome="FATAL", grade=None, grade_scale="")
    assert running(case) == {"CN-D": MILD.aware_on, "CN-D:investigation": MILD.aware_on}
    page = reader(Role.SAFETY_OFFICER).get(reverse("case", args=[case.id])).content.decode()
    said = page.split("Default rules of seriousness")[1]
    assert "Fatal outcome" in said
    assert "The reporter states it as well" in said


def test_what_no_rule_holds_stays_as_the_hospital_said(nurse, site):
    _event, case = report(nurse, site)
    assert (case.serious, running(case)) == (False, {"CN-N": MILD.aware_on})
    assert not case.sources.filter(kind="default_rule").exists()
    _event, case = report(nurse, site, grade=4, grade_scale="CTCAE_5")
    assert (case.serious, running(case)) == (False, {"CN-N": MILD.aware_on})
    page = reader(Role.SAFETY_OFFICER).get(reverse("case", args=[case.id])).content.decode()
    assert "Not known to the rules" in page
    assert "kind of event" in page


def test_a_corrected_grade_adds_and_takes_away_with_its_day_and_history(nurse, site):
    event, case = report(nurse, site)
    case = correct(nurse, event, 5, **GRAVE)
    assert case.serious is True
    assert running(case) == {"CN-N": ago(8), "CN-S": ago(5)}
    assert criterion(case) == "true"
    case = correct(nurse, event, 3)
    assert case.serious is False
    assert running(case) == {"CN-N": ago(8), "CN-S": ago(5)}, "its first serious day stays"
    assert criterion(case) != "true"
    rows = case.sources.filter(kind="default_rule").order_by("taken_at")
    assert [(row.serious, row.received_on) for row in rows] == [(True, ago(5)), (None, ago(3))]


def test_a_downgrade_after_the_report_is_a_follow_up(nurse, site, officer):
    event, case = report(nurse, site, **GRAVE)
    case = cases.accept(officer, case, lock_version=case.lock_version)
    case = cases.edit(officer, case, changes=CODED, lock_version=case.lock_version)
    icsr.mark_sent(officer, factories.release(officer, case, profile=Profile.NMPA), on=ago(0))
    case = correct(nurse, event, 2)
    assert running(case) == {"CN-S": ago(8), "CN-FU": ago(2)}
    assert criterion(case) == "true", "what went out stays as it was"
    case = cases.new_version(
        officer,
        case,
        kind="follow_up",
        information_on=ago(2),
        lock_version=case.lock_version,
    )
    assert criterion(case) != "true"
    assert case.serious is False


def test_a_corrected_awareness_moves_what_the_rule_added(nurse, site):
    event, _case = report(nurse, site, **GRAVE)
    case = correct(nurse, event, 0, aware_on=ago(9), **GRAVE)
    assert running(case) == {"CN-S": ago(9)}


def test_the_reviewer_answers_a_rule_with_a_reason(nurse, site, officer):
    event, case = report(nurse, site, **GRAVE)
    with pytest.raises(Refused) as refused:
        cases.edit(officer, case, changes={OTHER: None}, lock_version=case.lock_version)
    assert OTHER in refused.value.fields
    url = reverse("case-medical-review", args=[case.id])
    reviewer = reader(Role.MEDICAL_REVIEWER, "zh-hans")
    sent = {"object": "1", "objection-lock_version": str(case.lock_version)}
    assert reviewer.post(url, sent | {"objection-reason": " "}).status_code == 422
    assert reviewer.post(url, sent | {"objection-reason": "升压药用于败血症"}).status_code == 302
    page = reviewer.get(url).content.decode()
    assert "升压药用于败血症" in page
    assert "objection-reason" not in page
    case.refresh_from_db()
    assert case.serious is False
    assert running(case) == {"CN-N": ago(8)}
    stopped = case.clocks.get(stopped_at__isnull=False)
    assert (stopped.rule, stopped.stop_reason) == ("CN-S", "升压药用于败血症")
    assert criterion(case) != "true"
    case = correct(nurse, event, 4, verbatim="发热、寒战", **GRAVE)
    assert case.serious is False, "the judgement governs while the rules say nothing new"
    correct(nurse, event, 3)
    case = correct(nurse, event, 2, **GRAVE)
    assert case.serious is True
    assert running(case) == {"CN-N": ago(8), "CN-S": ago(2)}


def test_the_api_comments_and_answers_a_rule(nurse, site):
    _event, case = report(nurse, site, **GRAVE)
    client = reader(Role.MEDICAL_REVIEWER)
    rules = reverse("api-case-default-rules", args=[case.id])
    said = client.get(rules).json()
    assert [(one["rule"], one["stated"]) for one in said["rules"]] == [("CRS_G3", False)]
    comment = reverse("api-case-comment", args=[case.id])
    sent = {"comment": "On tocilizumab.", "lock_version": case.lock_version}
    told = client.put(comment, sent, content_type="application/json")
    assert told.status_code == 200, told.content
    assert client.put(comment, sent, content_type="application/json").status_code == 409
    answer = {"reason": " ", "lock_version": told.json()["lock_version"]}
    assert client.post(rules, answer, content_type="application/json").status_code in (400, 422)
    answer["reason"] = "septic shock"
    done = client.post(rules, answer, content_type="application/json")
    assert (done.status_code, done.json()["serious"]) == (200, False)
    said = client.get(rules).json()
    assert (said["reason"], said["open"]) == ("septic shock", False)
    nurse_of_it = Client()
    nurse_of_it.force_login(factories.make_user(Role.NURSE, site=site))
    assert nurse_of_it.put(comment, sent, content_type="application/json").status_code in (403, 404)


def test_the_hospital_names_the_kind_on_its_form_and_corrects_it(nurse, site):
    infusion = factories.infusion_of(factories.register(nurse, site))
    client = Client()
    client.force_login(factories.make_user(Role.NURSE, site=site, language="en"))
    sent = {
        "verbatim": "腹泻",
        "aware_on": str(ago(4)),
        "reporter_name": "李医生",
        "is_new_malignancy": "NO",
        "serious": "NO",
        "kind": "IEC_EC",
    }
    answer = client.post(reverse("event-report", args=[infusion.id]), sent)
    assert answer.status_code == 302, answer.content.decode()
    case = Case.objects.get(patient=infusion.patient)
    event = case.sources.get(kind="event").event
    assert "Enterocolitis (IEC-EC)" in client.get(answer.url).content.decode()
    assert (event.kind, running(case)) == ("IEC_EC", {"CN-S": ago(4)})
    change = sent | {"kind": "OTHER", "version": str(event.version), "reason": "复核"}
    assert client.post(reverse("event-correct", args=[event.id]), change).status_code == 302
    case.refresh_from_db()
    assert (case.serious, criterion(case) == "true") == (False, False)
    again = change | {"kind": "IEC_EC", "version": "2", "learned_on": ""}
    asked = client.post(reverse("event-correct", args=[event.id]), again)
    assert asked.status_code == 422
    assert "A clock starts" in asked.content.decode()
    api = {name: value for name, value in sent.items() if name != "serious"}
    api |= {"is_new_malignancy": False, "serious": False}
    url = reverse("api-event-report", args=[infusion.id])
    told = client.post(url, api, content_type="application/json")
    assert (told.status_code, told.json()["kind"]) == (201, "IEC_EC")
    assert Case.objects.get(sources__event=told.json()["id"]).serious is True


def test_a_nullification_offers_no_answer_to_a_rule(nurse, site, officer):
    _event, case = report(nurse, site, **GRAVE)
    case = cases.accept(officer, case, lock_version=case.lock_version)
    case = cases.edit(officer, case, changes=CODED, lock_version=case.lock_version)
    reviewer, url = reader(Role.MEDICAL_REVIEWER), reverse("case-medical-review", args=[case.id])
    assert "objection-reason" in reviewer.get(url).content.decode()
    icsr.mark_sent(officer, factories.release(officer, case, profile=Profile.NMPA), on=ago(0))
    case.refresh_from_db()
    case = cases.nullify(officer, case, reason="No such patient", lock_version=case.lock_version)
    assert case.versions.get(number=case.current_version).locked_at is None
    page = reviewer.get(url).content.decode()
    assert "objection-reason" not in page, "the action refuses what the page would offer"


def loaded(version: str, grade: int) -> None:
    """Load default rules by which a CRS is serious from another grade on."""
    item = ReferenceItem.objects.filter(code="events").latest("loaded_at")
    data = copy.deepcopy(item.data)
    for rule in data["default_serious"]:
        if rule["code"] == "CRS_G3":
            rule["least_grade"] = grade
    load(item, data, version)


def test_stored_cases_follow_new_rules_by_a_job_after_a_dry_run(nurse, site, officer):
    user = factories.make_user(Role.SAFETY_OFFICER)
    asker = actor_of(user)
    _event, mild = report(nurse, site)
    event, grave = report(nurse, site, **GRAVE)
    _event, overruled = report(nurse, site, **GRAVE)
    cases.overrule_default_rule(
        officer, overruled, reason="septic", lock_version=overruled.lock_version
    )
    loaded("9", 2)
    with pytest.raises(Refused):
        changes.request(asker, trial=False)
    trial = lines(jobs.run(changes.request(asker, trial=True).id))
    assert trial == [[mild.number, "", "CRS_G3"]]
    assert running(mild) == {"CN-N": ago(8)}, "a dry run writes nothing"
    client = Client()
    client.force_login(user)
    page = client.get(reverse("clock-rules")).content.decode()
    assert 'value="assess"' in page
    client.post(reverse("default-rule-assessment"), {"then": "assess"})
    asked = Job.objects.get(kind=changes.KIND)
    assert lines(jobs.run(asked.id)) == trial
    mild.refresh_from_db()
    assert mild.serious is True
    assert running(mild) == {"CN-N": ago(8), "CN-S": ago(0)}, "since the day of the decision"
    assert criterion(mild) == "true"
    assert running(grave) == {"CN-S": ago(8)}
    overruled.refresh_from_db()
    assert overruled.serious is False, "an assessment of a person stays"
    # Rules that drop it: the criterion goes, its history stays.
    loaded("10", 4)
    jobs.run(changes.request(asker, trial=True).id)
    found = lines(jobs.run(changes.request(asker, trial=False).id))
    assert sorted(found) == sorted([[c.number, "CRS_G3", ""] for c in (mild, grave)])
    grave = Case.objects.get(id=grave.id)
    assert (grave.serious, criterion(grave) == "true") == (False, False)
    assert grave.sources.filter(kind="default_rule").count() == 2
