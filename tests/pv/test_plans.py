"""The submission plan: by rules and authorisations, with what is left, on page and API."""

from datetime import timedelta

import pytest
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse

from followup.core import clock
from followup.core.permissions import Role
from followup.core.problems import Denied, Refused
from pv.actions import authorisations as actions
from pv.actions import cases as case_actions
from pv.actions import icsr
from pv.domain.clocks import Verdict
from pv.domain.e2b.checks import Profile
from pv.models import Authorisation, Case, Submission, TriageDecision, VersionUnlock
from pv.queries import expectedness, plans
from pv.queries.plans import PlanFinding
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def other():
    return factories.make_actor(Role.REGULATORY)


def lines(actor, case, *, days: int = 0):
    case = Case.objects.get(id=case.id)
    made = plans.of_case(actor, case, today=clock.today() + timedelta(days=days))
    return {line.row.authority: line for line in made.lines}


def entered(actor, case, **more) -> Authorisation:
    values = {"market": "US", "setting": "POST_MARKET", "number": "BL 125999", "source": "letter"}
    values |= {"authorised_on": clock.today() - timedelta(days=400), "ended_on": None}
    return actions.enter(actor, case.product, values=values | more)


def authorised(one, two, case, **more) -> Authorisation:
    return actions.confirm(two, entered(one, case, **more))


def file(case, profile: str, *, partner: str = "", sha256: str = "0" * 64) -> Submission:
    with factories.transaction.atomic(), factories.audit.acting(factories.SYSTEM, "test.file"):
        return Submission.objects.create(
            case=case,
            version=case.versions.get(number=1),
            product_id=case.product_id,
            site_id=case.site_id,
            profile=profile,
            partner=partner,
            file_name=f"{profile}.xml",
            content=b"x",
            sha256=sha256,
            size=1,
            schema_check="not_run",
            generated_at=clock.now(),
        )


def _decided_abroad(officer, case, *, unexpected: bool) -> None:
    """Nobody has to choose the receiver first: the product may be sold there."""
    case = Case.objects.get(id=case.id)
    version = case.versions.get(number=1)
    assert case.receivers == []
    found = expectedness.lines(officer, case, version)
    assert {line.receiver for line in found} == {"nmpa", "fda"}
    (pair,) = {line.pair.key for line in found}
    case_actions.decide_expectedness(
        officer,
        case,
        pair=pair,
        receiver="fda",
        unexpected=unexpected,
        reason="the US label",
        lock_version=case.lock_version,
    )


def test_china_is_owed_the_case_and_nobody_else_without_an_authorisation(officer, case) -> None:
    found = lines(officer, case)
    assert set(found) == {"NMPA", "CDE"}
    nmpa = found["NMPA"]
    assert (nmpa.row.verdict, nmpa.row.reports[0].rule) == (Verdict.REPORT, "CN-S")
    assert nmpa.due == case.clocks.get(rule="CN-S").due
    assert nmpa.findings == [PlanFinding.NOT_RELEASED]
    assert lines(officer, case, days=20)["NMPA"].findings == [
        PlanFinding.LATE,
        PlanFinding.NOT_RELEASED,
    ]
    assert found["CDE"].row.verdict is Verdict.NOT_OWED
    sent = file(case, "nmpa")
    assert lines(officer, case)["NMPA"].findings == [PlanFinding.NOT_SENT]
    icsr.mark_sent(officer, sent, on=clock.today())
    assert lines(officer, case)["NMPA"].findings == []


def test_an_authorisation_of_two_persons_starts_the_clocks_of_its_market(
    officer, other, case
) -> None:
    row = entered(officer, case)
    assert "FDA" not in lines(officer, case)
    with pytest.raises(Refused):
        actions.confirm(officer, row)
    actions.confirm(other, row)
    # Nobody said yet whether it is expected there: a question, and the clock of the safe answer.
    fda = lines(officer, case)["FDA"]
    assert (fda.row.verdict, fda.row.missing) == (Verdict.REPORT, ("unexpected",))
    assert fda.findings[0] is PlanFinding.UNDECIDED
    running = case.clocks.get(rule="US-15", stopped_at__isnull=True)
    assert running.reasoning[-1]["code"] == "assumed"
    _decided_abroad(officer, case, unexpected=False)
    fda = lines(officer, case)["FDA"]
    assert (fda.row.verdict, fda.findings) == (Verdict.NOT_OWED, [])
    assert not case.clocks.filter(rule="US-15", stopped_at__isnull=True).exists()
    _decided_abroad(officer, case, unexpected=True)
    fda = lines(officer, case)["FDA"]
    assert [duty.rule for duty in fda.row.duties] == ["US-15"]
    running = case.clocks.get(rule="US-15", stopped_at__isnull=True)
    assert (running.due, running.citation) == (fda.due, "21 CFR 600.80(c)(1)")
    assert running.day_zero == case.day_zero
    # Its end, entered again and confirmed again, ends what it owes; the clock says why.
    authorised(other, officer, case, ended_on=clock.today() - timedelta(days=300))
    assert lines(officer, case)["FDA"].row.verdict is Verdict.NOT_OWED
    assert not case.clocks.filter(rule="US-15", stopped_at__isnull=True).exists()
    assert {row.stop_code for row in case.clocks.filter(rule="US-15")} == {"not_owed"}


def test_a_correction_to_a_later_day_ends_what_the_earlier_entry_started(
    officer, other, case
) -> None:
    today = clock.today()
    with factories.transaction.atomic(), factories.audit.acting(factories.SYSTEM, "test.day"):
        case.sources.update(received_on=today - timedelta(days=9))
    authorised(officer, other, case)
    _decided_abroad(officer, case, unexpected=True)
    assert case.clocks.filter(rule="US-15", stopped_at__isnull=True).exists()
    authorised(other, officer, case, authorised_on=today - timedelta(days=5))
    assert lines(officer, case)["FDA"].row.verdict is Verdict.NOT_OWED
    assert not case.clocks.filter(rule="US-15", stopped_at__isnull=True).exists()


def test_a_file_that_is_void_since_an_unlocking_is_no_file_to_send(officer, case) -> None:
    sent = file(case, "nmpa")
    with factories.transaction.atomic(), factories.audit.acting(factories.SYSTEM, "test.unlock"):
        VersionUnlock.objects.create(
            version=sent.version,
            product_id=case.product_id,
            site_id=case.site_id,
            reason="typing error",
            unlocked_at=clock.now() + timedelta(seconds=1),
        )
    assert lines(officer, case)["NMPA"].findings == [PlanFinding.NOT_RELEASED]
    client = Client(headers={"accept-language": "en"})
    client.force_login(factories.make_user(Role.SAFETY_OFFICER, language="en"))
    page = client.get(reverse("transmission", args=[sent.id])).content.decode()
    assert "void: the version was unlocked" in page
    icsr.mark_sent(officer, sent, on=clock.today(), proof="receipt 7")
    assert lines(officer, case)["NMPA"].findings == []


def test_entries_that_cannot_be_are_refused_by_form_and_database(officer, other, case) -> None:
    for field, value in {
        "market": "XX",
        "setting": "",
        "number": " ",
        "source": "",
        "authorised_on": clock.today() + timedelta(days=1),
        "ended_on": clock.today() - timedelta(days=500),
    }.items():
        with pytest.raises(Refused) as refused:
            entered(officer, case, **{field: value})
        assert field in refused.value.fields
    with pytest.raises(Denied):
        entered(factories.make_actor(Role.MEDICAL_REVIEWER), case)
    row = entered(officer, case)
    row.confirmed_by_id, row.confirmed_at = officer.id, clock.now()
    with (
        pytest.raises(IntegrityError),
        factories.transaction.atomic(),
        factories.audit.acting(factories.SYSTEM, "test.confirm"),
    ):
        row.save()
    actions.refuse(other, row, reason="wrong number")
    assert "FDA" not in lines(officer, case)


def test_a_sending_the_plan_does_not_ask_for_needs_a_reason(officer, case) -> None:
    sent = file(case, "fda")
    with pytest.raises(Refused) as refused:
        icsr.mark_sent(officer, sent, on=clock.today())
    assert "reason" in refused.value.fields
    row = icsr.mark_sent(officer, sent, on=clock.today(), reason="asked by the FDA reviewer")
    assert row.unplanned_because == "asked by the FDA reviewer"
    made = plans.of_case(officer, case, today=clock.today())
    assert [one.id for one in made.unplanned] == [row.id]
    icsr.take_back(officer, row, reason="not sent")
    assert Submission.objects.get(id=row.id).unplanned_because == ""
    # A receiver that is no authority is in no plan.
    icsr.mark_sent(officer, file(case, "ich"), on=clock.today())


def test_a_signed_not_reportable_closes_the_rows(officer, case) -> None:
    with factories.transaction.atomic(), factories.audit.acting(factories.SYSTEM, "test.triage"):
        TriageDecision.objects.create(
            case=case,
            product_id=case.product_id,
            kind="not_reportable",
            reason="OTHER",
            note="relapse",
            stage_before="entry",
            decided_at=clock.now(),
            effective_at=clock.now(),
        )
    made = plans.of_case(officer, case, today=clock.today())
    assert made.closed is not None
    assert made.findings == 0
    assert not any(line.row.duties for line in made.lines)
    with pytest.raises(Refused):
        icsr.mark_sent(officer, file(case, Profile.NMPA), on=clock.today())


def test_the_pages_and_the_api_show_the_plan(officer, case) -> None:
    client = Client(raise_request_exception=False, headers={"accept-language": "en"})
    user = factories.make_user(Role.SAFETY_OFFICER, language="en")
    client.force_login(user)
    page = client.get(reverse("case-plan", args=[case.id])).content.decode()
    assert "GVP 2021 no. 65 art. 49" in page
    assert "CN-SU7" in page
    assert "the rule asks for clinical trial" in page
    assert "No file was released for it yet." in page
    sent = file(case, "fda")
    shown = client.get(reverse("transmission", args=[sent.id])).content.decode()
    assert "The plan does not ask for this report." in shown
    answer = client.post(reverse("submission-sent", args=[sent.id]))
    assert answer.status_code == 422
    given = {"on": clock.today().isoformat(), "reason": "asked for"}
    assert client.post(reverse("submission-sent", args=[sent.id]), given).status_code == 302
    assert "asked for" in client.get(reverse("case-plan", args=[case.id])).content.decode()
    assert sent.file_name in client.get("/submissions/?box=unplanned").content.decode()
    rows = client.get(f"/api/v1/cases/{case.id}/plan/").json()
    nmpa = next(row for row in rows if row["authority"] == "NMPA")
    assert (nmpa["verdict"], nmpa["duties"][0]["rule"]) == ("report", "CN-S")
    assert nmpa["findings"] == ["not_released"]


def test_the_register_takes_an_entry_from_two_persons(officer, case) -> None:
    clients = []
    for role in (Role.SAFETY_OFFICER, Role.REGULATORY):
        client = Client(raise_request_exception=False, headers={"accept-language": "en"})
        client.force_login(factories.make_user(role, language="en"))
        clients.append(client)
    one, two = clients
    sent = {"product": str(case.product_id), "market": "US", "setting": "TRIAL", "number": "IND 7"}
    assert one.post("/authorisations/", sent).status_code == 422
    sent |= {"authorised_on": clock.today().isoformat(), "source": "letter"}
    assert one.post("/authorisations/", sent).status_code == 302
    row = Authorisation.objects.get()
    address = f"/authorisations/{row.id}/"
    assert one.post(address).status_code == 422
    assert "IND 7" in two.get(address).content.decode()
    assert two.post(address, {"refuse": "1", "reason": ""}).status_code == 422
    assert two.post(address).status_code == 302
    assert "Clinical trial (IND)" in one.get("/authorisations/").content.decode()
    row.refresh_from_db()
    page = one.get(address).content.decode()
    for person in (row.entered_by, row.confirmed_by):
        assert f"<dd>{person.display_name} " in page, "who answers for it is on its page"
