"""Studies, what was seen in them, and the evidence behind an approval, over all doors."""

import json
from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import cast

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from followup.actions import reminders
from followup.core import clock
from followup.core.actor import Actor
from followup.core.models import DataLock, Notice
from followup.core.permissions import Role
from followup.core.problems import NotFound, Refused
from followup.domain.calendars import add_working_days
from followup.models import Indication, ReferenceItem
from followup.queries import reference
from pv.actions import approval_evidence as evidence_actions
from pv.actions import register_documents as documents
from pv.actions import signals
from pv.actions import studies as actions
from pv.domain.periodic.blocks import Grid
from pv.models import ApprovalEvidence, Study, StudyStatus
from pv.queries import approval_evidence, calendars, due_days, rules, studies
from pv.queries.aggregate_reports.basis import Basis
from pv.queries.aggregate_reports.register_tables import evidence as evidence_table
from pv.queries.inspection_packs import risks
from pv.queries.inspection_packs.annexes import PackChoice
from tests import factories

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\n2 0 obj<</Type/Page>>endobj\n%%EOF\n"
STUDY = {"title": "first in human", "institution": "", "planned": 20, "follows": None}
COUNT = {
    "term": "Cytokine release syndrome",
    "term_code": "10052015",
    "participants": 12,
    "affected": 9,
    "serious": 2,
    "fatal": None,
    "source": "report",
}


@pytest.fixture
def product():
    return factories.product("CILTA_CEL")


@pytest.fixture
def keeper():
    return factories.make_actor(Role.REGULATORY)


def study(keeper, product, kind="IIT", number="ChiCTR1", **more) -> Study:
    return actions.enter(keeper, product, values=STUDY | {"kind": kind, "number": number} | more)


def status(keeper, row, code, days=0, *, reasons=(), evidence="letter"):
    return actions.record_status(
        keeper,
        row,
        status=code,
        happened_on=clock.today() - timedelta(days=days),
        reasons=reasons,
        note="",
        evidence=evidence,
    )


def entered(keeper, product, **more) -> ApprovalEvidence:
    values = {
        "indication": Indication.objects.get(code="CILTA_CEL_MM"),
        "kind": "SINGLE_ARM",
        "study": None,
        "study_number": "CARTIFAN-1",
        "participants": 48,
        "endpoint": "overall response rate",
        "result": "89.6 %",
        "interval": "95 % CI 77.3–96.5",
        "data_cutoff": clock.today() - timedelta(days=500),
        "source": "review report",
        "replaces": None,
    }
    return evidence_actions.enter(keeper, product, values=values | more)


def test_a_status_owes_by_its_day_and_a_refusal_has_its_reasons(keeper, product) -> None:
    trial = study(keeper, product)
    with pytest.raises(Refused):
        study(keeper, product)  # the number is taken
    ind = study(keeper, product, "IND", "CXSL2600001", follows=trial)
    for wrong in (
        {"code": "REVIEW_PASSED"},
        {"code": "FILED", "days": -1},
        {"code": "FILED", "evidence": " "},
        {"code": "NOT_APPROVED"},
        {"code": "FILED", "reasons": ["SAFETY_ISSUE_IN_IIT"]},
    ):
        with pytest.raises(Refused):
            status(keeper, ind, **wrong)
    filed = status(keeper, ind, "FILED", 10)
    (due,) = studies.one(keeper, ind.id).dues
    counted = add_working_days(filed.happened_on, 60, reference.holidays(keeper))
    assert due.limit.due == filed.due == counted.due
    (day,) = due_days.study_limits(keeper, today=clock.today())
    assert (day.due, day.page, day.target) == (due.limit.due, "study", str(ind.id))
    assert [e.on for e in calendars.entries(keeper, today=clock.today())] == [due.limit.due]
    refused = status(keeper, ind, "NOT_APPROVED", reasons=["SAFETY_ISSUE_IN_IIT", "HEARSAY"])
    assert refused.reasons == ["SAFETY_ISSUE_IN_IIT"]
    line = studies.one(keeper, ind.id)
    assert (line.status, line.dues) == (refused, [])
    actions.withdraw_status(keeper, refused, reason="of another application")
    assert studies.one(keeper, ind.id).status == filed
    with pytest.raises(Refused):
        actions.withdraw(keeper, trial, reason="mistake")  # another follows on it
    overdue = study(keeper, product, number="ChiCTR3")
    status(keeper, overdue, "REVIEW_PASSED", 800)
    assert str(overdue.id) in {d.target for d in due_days.listing(keeper, today=clock.today())}
    actions.withdraw(keeper, overdue, reason="mistake")
    actions.withdraw(keeper, ind, reason="mistake")
    client = Client()
    client.force_login(factories.make_user(Role.REGULATORY, language="en"))
    assert "withdrawn" in client.get("/studies/").content.decode()
    for sent in ({"new_status": ""}, {"safety": "1", "participants": "-5"}):
        refused = client.post(reverse("study", args=[trial.id]), sent)
        assert refused.status_code == 422
        assert refused.content.decode().count("error-summary") == 1
    assert due_days.study_limits(keeper, today=clock.today()) == []
    with pytest.raises(Refused):
        status(keeper, ind, "STARTED")
    stranger = factories.make_actor(
        Role.REGULATORY, product=factories.Product.objects.exclude(id=product.id).first()
    )
    with pytest.raises(NotFound):
        studies.one(stranger, trial.id)


@pytest.fixture
def day_before_the_filing():
    """2026-11-24: five working days from 2026-11-18 end on the day after."""
    with clock.pinned(datetime(2026, 11, 24, 10, tzinfo=clock.SHANGHAI)):
        yield


def noticed(row) -> int:
    reminders.sweep(Actor.process("sweep"), kind="study_limit", today=clock.today())
    return Notice.objects.filter(obligation=f"study_limit:{row.id}").count()


@pytest.mark.usefixtures("day_before_the_filing")
def test_a_limit_is_reminded_of_and_stays_that_of_the_rule_it_was_counted_by(
    keeper, product
) -> None:
    factories.make_user(Role.REGULATORY)
    trial = study(keeper, product)
    passed = status(keeper, trial, "REVIEW_PASSED", 6)
    until = sorted(studies.study_rules().statuses["REVIEW_PASSED"].until)
    assert (passed.due_until, passed.rule_version) == (until, "2026-11-29")
    assert passed.due == date(2026, 11, 25)
    made = noticed(passed)
    assert made > 0
    with factories.transaction.atomic(), factories.audit.acting(factories.SYSTEM, "test.rules"):
        known = rules.document("studies")
        data = json.loads(json.dumps(known.data))
        data["statuses"][0]["amount"] = 99
        ReferenceItem.objects.create(
            kind="document",
            code="studies",
            version="later",
            data=data,
            sha256="f" * 64,
            valid_from=known.valid_from,
            loaded_at=known.loaded_at + timedelta(seconds=1),
        )
        StudyStatus.objects.filter(id=passed.id).update(
            due=passed.due + timedelta(days=3), due_predicted=True
        )
    assert actions.recount(factories.SYSTEM, today=clock.today()) == 1
    again = StudyStatus.objects.get(id=passed.id)
    assert (again.due, again.due_version, again.rule_version) == (passed.due, 2, "2026-11-29")
    assert actions.recount(factories.SYSTEM, today=clock.today()) == 0
    second = status(keeper, trial, "REVIEW_PASSED", 1)
    assert second.rule_version == "later"
    status(keeper, trial, "FILED_WITH_NHC")
    assert studies.one(keeper, trial.id).dues == []
    assert (noticed(passed), noticed(second)) == (made, 0)  # nothing is owed any more


def test_what_was_seen_stands_beside_the_cases_and_never_among_them(keeper, product) -> None:
    trial, other = study(keeper, product), study(keeper, product, number="ChiCTR2")
    for wrong in ({"affected": 13}, {"serious": 10}, {"participants": 0}, {"term": " "}):
        with pytest.raises(Refused):
            actions.record_safety(
                keeper, trial, values=COUNT | {"cutoff_on": clock.today()} | wrong
            )
    early = clock.today() - timedelta(days=90)
    actions.record_safety(
        keeper, trial, values=COUNT | {"cutoff_on": early, "participants": 6, "affected": 4}
    )
    actions.record_safety(keeper, trial, values=COUNT | {"cutoff_on": clock.today()})
    last = actions.record_safety(keeper, other, values=COUNT | {"cutoff_on": early})
    seen = studies.seen_in_trials(keeper, product.id)
    assert [(x.row.study.number, x.row.affected, x.row.participants) for x in seen] == [
        ("ChiCTR1", 9, 12),
        ("ChiCTR2", 9, 12),
    ]
    assert (round(seen[0].low, 1), round(seen[0].high, 1)) == (42.8, 94.5)
    actions.withdraw_safety(keeper, last, reason="another product")
    assert studies.safety(keeper, other) == []
    reader = Client()
    reader.force_login(factories.make_user(Role.REGULATORY))
    assert "another product" in reader.get(reverse("study", args=[other.pk])).content.decode()
    assert len(studies.seen_in_trials(keeper, product.id, COUNT["term"].lower())) == 1
    assert studies.seen_in_trials(keeper, product.id, "fever") == []
    officer = factories.make_actor(Role.SAFETY_OFFICER)
    signal = signals.detect(
        officer,
        product,
        term=COUNT["term"],
        source="trial",
        detected_on=clock.today(),
        description="seen",
        lock=None,
    )
    client = Client()
    client.force_login(factories.make_user(Role.SAFETY_OFFICER))
    with translation.override("en"):
        page = client.get(reverse("signals-screening"), {"product": str(product.id)})
        trials = page.context["trial_safety"]
    assert [x.row.affected for x in trials] == [9]
    assert page.context["found"] is None or page.context["found"].reports == 0
    text = client.get(reverse("signal", args=[signal.pk])).content.decode()
    assert "ChiCTR1" in text


def test_evidence_holds_once_confirmed_until_replaced_or_withdrawn(keeper, product) -> None:
    other = factories.make_actor(Role.STUDY_MANAGER)
    foreign = Indication.objects.exclude(product=product).first()
    for wrong in (
        {"indication": foreign},
        {"participants": 0},
        {"result": " "},
        {"kind": "RUMOUR"},
        {"data_cutoff": clock.today() + timedelta(days=1)},
    ):
        with pytest.raises(Refused):
            entered(keeper, product, **wrong)
    mistaken = study(keeper, product, "IND", "CXSL1")
    first = entered(keeper, product, study=mistaken)
    with pytest.raises(Refused):
        evidence_actions.confirm(keeper, first)
    assert approval_evidence.held(keeper) == []
    evidence_actions.confirm(other, first)
    second = entered(keeper, product, participants=47, replaces=first)
    third = entered(keeper, product, participants=46, replaces=first)
    assert approval_evidence.held(keeper) == [first]
    assert approval_evidence.held(keeper, study_id=mistaken.id) == [first]
    with pytest.raises(Refused):
        actions.withdraw(keeper, mistaken, reason="entered twice")
    evidence_actions.confirm(other, second)
    assert approval_evidence.held(keeper) == [second]
    assert approval_evidence.held(keeper, study_id=mistaken.id) == []
    actions.withdraw(keeper, mistaken, reason="entered twice")  # nothing that holds rests on it
    with pytest.raises(Refused):
        evidence_actions.confirm(other, third)
    with pytest.raises(Refused):
        entered(keeper, product, replaces=first)
    (grid,) = evidence_table(cast(Basis, SimpleNamespace(actor=keeper, product=product)))
    assert isinstance(grid, Grid)
    assert grid.rows[0][3] == "47"
    choice = PackChoice(product, clock.today(), clock.today(), DataLock())
    with translation.override("en"):
        ((_title, head, rows),) = risks.evidence(keeper, choice)
    assert dict(zip(head, rows[0], strict=True))["Participants"] == "47"
    reader = Client(headers={"accept-language": "en"})
    reader.force_login(factories.make_user(Role.REGULATORY, language="en"))
    where, now = reverse("approval-evidence", args=[first.pk]), "A later entry holds in place"
    assert now in reader.get(where).content.decode()
    assert "CARTIFAN-1 overall response" in reader.get(reverse("products")).content.decode()
    evidence_actions.withdraw(keeper, second, reason="of another product")
    assert approval_evidence.held(keeper) == []
    page = reader.get(where).content.decode()
    assert now not in page
    assert "came in place of this one and was withdrawn" in page
    assert "CARTIFAN-1 overall response" not in reader.get(reverse("products")).content.decode()


def test_the_pages_files_and_api_of_studies_and_evidence(keeper, product) -> None:
    first, second = Client(), Client()
    first.force_login(factories.make_user(Role.REGULATORY))
    second.force_login(factories.make_user(Role.STUDY_MANAGER))
    typed = {"product": str(product.id), "kind": "IIT", "number": "ChiCTR9", "title": "t"}
    assert first.post(reverse("study-new"), typed | {"title": ""}).status_code == 422
    url = first.post(reverse("study-new"), typed)["Location"]
    day = clock.today().isoformat()
    sent = {"new_status": "REVIEW_PASSED", "happened_on": day, "evidence": "minutes"}
    assert first.post(url, sent | {"evidence": ""}).status_code == 422
    assert first.post(url, sent).status_code == 302
    count = {"safety": "1", "cutoff_on": day, "term": "CRS", "participants": "5"}
    count |= {"affected": "1", "source": "report"}
    assert first.post(url, count | {"affected": "9"}).status_code == 422
    assert first.post(url, count).status_code == 302
    row = Study.objects.get()
    documents.add(keeper, row, title="report", name="b.pdf", content=PDF)
    assert "b.pdf" in first.get(url).content.decode()
    (item,) = first.get(reverse("api-studies")).json()["items"]
    assert (item["status"], item["dues"][0]["status"]) == ("REVIEW_PASSED", "REVIEW_PASSED")
    (seen,) = first.get(reverse("api-study", args=[row.id])).json()["safety"]
    assert (seen["affected"], seen["serious"]) == (1, None)
    ind = typed | {"kind": "IND", "number": "CXSL9", "follows": str(row.id)}
    assert first.post(f"{reverse('study-new')}?follows={row.id}", ind).status_code == 302
    follower = Study.objects.get(kind="IND")
    assert follower.follows == row
    new = f"{reverse('approval-evidence-new')}?product={product.id}"
    indication = Indication.objects.get(code="CILTA_CEL_MM")
    result = {"indication": str(indication.id), "kind": "IIT", "study": str(follower.id)}
    result |= {"study_number": "S-1", "participants": "48", "endpoint": "ORR", "result": "90 %"}
    assert first.post(new, result).status_code == 422
    made = first.post(new, result | {"source": "review report"})["Location"]
    assert first.post(made).status_code == 422
    assert second.post(made).status_code == 302
    assert "S-1" in first.get(reverse("approval-evidence-list")).content.decode()
    assert first.get(f"{reverse('approval-evidence-new')}?replaces={made.split('/')[-2]}").content
    (held,) = first.get(reverse("api-approval-evidence")).json()["held"]
    assert (held["result"], held["participants"]) == ("90 %", 48)
    for register in ("studies", "study-safety", "evidence"):
        for ending in ("xlsx", "csv"):
            url = reverse("register-file", args=[register, ending])
            assert first.get(url).status_code == 200
    assert "evidence" in first.get(f"{made}withdraw/").content.decode()
