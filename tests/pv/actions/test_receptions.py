"""Received ICSRs: taken in once, offered, never imposed, accepted with product, day and clock."""

import io
import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from followup.core import clock
from followup.core.permissions import Role
from followup.core.problems import Refused
from pv.actions import cases, icsr, receptions, triage
from pv.actions.receptions import ReceptionOutcome
from pv.domain.e2b import storage
from pv.domain.e2b.checks import Profile
from pv.domain.e2b.elements import Profile as Region
from pv.domain.e2b.message import Batch, Message, Node, Null
from pv.domain.e2b.read import read_batch
from pv.domain.e2b.write import write_batch
from pv.models import Case, ReceivedReport, Submission
from tests import factories

pytestmark = pytest.mark.django_db
PARTNER = "CN-PARTNER-0001"
CODED = {"E.i[1].2.1a": "27.1", "E.i[1].2.1b": "10042971"}


def report(
    *,
    latest: str = "20260901",
    created: str = "20260902120000+0800",
    kind: str | None = None,
    outcome: str = "3",
    name: str = PARTNER,
    drug: str = "",
) -> Message:
    """A serious report of a partner on one of our products."""
    root = Node("")
    root.values |= {
        "N.2.r.1": name,
        "N.2.r.2": "PARTNER",
        "N.2.r.3": "US",
        "N.2.r.4": created,
        "C.1.1": name,
        "C.1.2": created,
        "C.1.3": "1",
        "C.1.4": "20260901",
        "C.1.5": latest,
        "C.1.6.1": "false",
        "C.1.7": "true",
        "C.1.8.1": name,
        "C.1.8.2": "2",
        "C.1.9.1": Null("NI"),
        "C.3.1": "1",
        "C.3.2": "Partner Ltd",
        "C.3.3.5": "Miller",
        "D.1": "AB",
        "D.7.2": Null("UNK"),
        "H.1": "A patient fell ill.",
    }
    if kind:
        root.values |= {"C.1.11.1": kind, "C.1.11.2": "Not our product"}
    root.add("C.2.r").values.update({"C.2.r.3": "CN", "C.2.r.4": "1", "C.2.r.5": "1"})
    event = root.add("E.i", "11111111-1111-4111-8111-111111111111")
    event.values |= {f"E.i.3.2{letter}": Null("NI") for letter in "abdef"}
    event.values |= {"E.i.1.2": "Fever", "E.i.3.2c": "true", "E.i.7": outcome, "E.i.9": "CN"}
    event.values |= {"E.i.2.1a": "27.1", "E.i.2.1b": "10016558"}
    suspect = root.add("G.k", "22222222-2222-4222-8222-222222222222")
    suspect.values |= {"G.k.1": "1", "G.k.2.2": drug or factories.product().generic_zh}
    suspect.add("G.k.2.3.r").values["G.k.2.3.r.1"] = "cells"
    return Message(root)


def file_of(path: Path, *messages: Message) -> Path:
    wrapper = {"N.1.1": "1", "N.1.2": "B1", "N.1.3": "PARTNER", "N.1.4": "US"}
    wrapper["N.1.5"] = "20260902120000+0800"
    path.write_bytes(write_batch(Batch(dict(wrapper), messages), Region.ICH))
    return path


def take(officer, message: Message) -> receptions.Taken:
    return receptions.import_icsr(officer, message, file_name="partner.xml")


def accept(officer, row: ReceivedReport, on=None, **more) -> Case:
    row.case.refresh_from_db()
    on = on or clock.today()
    lock = row.case.lock_version
    return receptions.accept(officer, row, aware_on=on, lock_version=lock, **more)


def export(officer, case: Case) -> Submission:
    return icsr.export(officer, factories.to_submission(officer, case), profile=Profile.ICH)


def content(case: Case) -> Node:
    return storage.from_data(case.versions.get(number=case.current_version).message)


def test_initial_follow_up_and_nullification_are_one_case_of_three_versions(officer) -> None:
    first = take(officer, report())
    assert first.outcome is ReceptionOutcome.NEW_CASE
    case = accept(officer, first.received)
    second = take(officer, report(latest="20260910", created="20260911080000+0800", outcome="1"))
    assert second.outcome is ReceptionOutcome.OFFERED
    assert second.case == case
    case.refresh_from_db()
    assert case.current_version == 1
    accept(officer, second.received)
    third = take(officer, report(latest="20260920", created="20260921080000+0800", kind="1"))
    accept(officer, third.received)
    case.refresh_from_db()
    kinds = list(case.versions.order_by("number").values_list("kind", flat=True))
    assert kinds == ["initial", "follow_up", "nullification"]
    assert case.stage == Case.Stage.NULLIFIED
    assert not case.clocks.filter(met_on__isnull=True, stopped_at__isnull=True).exists()
    assert Case.objects.count() == 1


def test_the_same_message_is_taken_once(officer) -> None:
    first = take(officer, report())
    assert take(officer, report()).outcome is ReceptionOutcome.REPEATED
    other_ids = report()
    other_ids.root.each("E.i")[0].id = "33333333-3333-4333-8333-333333333333"
    assert take(officer, other_ids).outcome is ReceptionOutcome.REPEATED
    assert first.case.received.count() == 1
    assert Case.objects.count() == 1


def test_a_follow_up_never_changes_the_case_before_a_person_accepts(officer) -> None:
    case = accept(officer, take(officer, report()).received)
    cases.edit(officer, case, changes={"D.5": "2"}, lock_version=case.lock_version)
    before = content(case)
    offered = take(officer, report(latest="20260910", created="20260911080000+0800"))
    case.refresh_from_db()
    assert content(case) == before
    receptions.reject(officer, offered.received, code="OTHER", reason="Another patient")
    case.refresh_from_db()
    assert content(case) == before
    assert offered.case.received.get(state="rejected").reason == "Another patient"
    with pytest.raises(Refused):
        accept(officer, offered.received)


def test_an_older_message_is_history(officer) -> None:
    late = take(officer, report(latest="20260920", created="20260921080000+0800"))
    case = accept(officer, late.received)
    early = take(officer, report(latest="20260910", created="20260911080000+0800", outcome="1"))
    assert early.outcome is ReceptionOutcome.HISTORY
    case.refresh_from_db()
    assert case.current_version == 1
    with pytest.raises(Refused):
        accept(officer, early.received)


def test_what_waits_and_was_overtaken_becomes_history(officer) -> None:
    case = accept(officer, take(officer, report()).received)
    early = take(officer, report(latest="20260910", created="20260911080000+0800", outcome="1"))
    late = take(officer, report(latest="20260920", created="20260921080000+0800", outcome="2"))
    assert {early.outcome, late.outcome} == {ReceptionOutcome.OFFERED}
    accept(officer, late.received)
    early.received.refresh_from_db()
    assert early.received.state == ReceivedReport.State.HISTORY
    case.refresh_from_db()
    assert case.current_version == 2


def test_an_earlier_senders_identifier_leads_to_the_case(officer) -> None:
    first = take(officer, report())
    forwarded = report(name="US-OTHER-77", created="20260915080000+0800", latest="20260915")
    forwarded.root.values["C.1.9.1"] = "true"
    other = forwarded.root.add("C.1.9.1.r")
    other.values |= {"C.1.9.1.r.1": "Partner", "C.1.9.1.r.2": PARTNER}
    assert take(officer, forwarded).case == first.case
    assert take(officer, report(name="US-OTHER-77", latest="20260916")).case == first.case
    linked = report(name="US-OTHER-78")
    linked.root.add("C.1.10.r").values["C.1.10.r"] = PARTNER
    assert take(officer, linked).outcome is ReceptionOutcome.NEW_CASE


def test_acceptance_needs_product_and_day_and_starts_the_clock(officer) -> None:
    taken = take(officer, report(drug="an unknown product"))
    assert taken.case.product is None
    with pytest.raises(Refused) as refused:
        accept(officer, taken.received)
    assert "product" in refused.value.fields
    with pytest.raises(Refused):
        cases.accept(officer, taken.case, lock_version=1)
    product, tomorrow = factories.product(), clock.today() + timedelta(days=1)
    with pytest.raises(Refused) as refused:
        accept(officer, taken.received, tomorrow, product=product)
    assert "aware_on" in refused.value.fields
    aware = clock.today() - timedelta(days=3)
    case = accept(officer, taken.received, aware, product=product)
    assert (case.product, case.day_zero) == (product, aware)
    clocks = case.clocks.all()
    assert {row.day_zero for row in clocks} == {aware}
    assert "CN-S" in {row.rule for row in clocks}
    assert set(case.versions.values_list("product", flat=True)) == {case.product_id}


def test_a_received_case_goes_out_under_its_own_name(officer) -> None:
    taken = take(officer, report())
    with pytest.raises(Refused):
        icsr.export(officer, taken.case, profile=Profile.ICH)
    case = factories.to_submission(officer, accept(officer, taken.received))
    row = export(officer, case)
    (sent,) = read_batch(bytes(row.content)).messages
    holder = case.product.holder
    assert sent.text("C.1.1") == f"CN-{holder.code}-{case.number}"
    assert sent.text("C.1.8.1") == PARTNER
    assert [one.text("C.1.9.1.r.2") for one in sent.each("C.1.9.1.r")] == [PARTNER]
    assert sent.text("C.1.9.1") == "true"
    assert sent.text("N.2.r.2") == holder.code
    assert sent.text("C.3.2") == holder.name_zh
    assert sent.text("C.3.3.5") is None
    assert sent.text("C.1.4") == clock.today().strftime("%Y%m%d")


def test_without_a_product_nothing_goes_out(officer) -> None:
    taken = take(officer, report(drug="an unknown product"))
    version = taken.case.versions.get()
    with pytest.raises(Refused):
        icsr.check(taken.case, version, Profile.ICH)


@pytest.fixture
def exported(officer):
    site = factories.make_site()
    nurse = factories.make_actor(Role.NURSE, site=site)
    event = factories.malignancy(nurse, factories.register(nurse, site))
    case = Case.objects.get(sources__event=event)
    case = factories.to_submission(
        officer, cases.edit(officer, case, changes=CODED, lock_version=case.lock_version)
    )
    return icsr.export(officer, case, profile=Profile.ICH)


def test_our_own_export_comes_back_and_changes_nothing(officer, exported) -> None:
    before = Case.objects.count()
    lock = exported.case.lock_version
    (message,) = read_batch(bytes(exported.content)).messages
    assert take(officer, message).outcome is ReceptionOutcome.OURS
    exported.case.refresh_from_db()
    assert (Case.objects.count(), exported.case.lock_version) == (before, lock)
    assert not exported.case.received.exists()


def test_counts_stay_after_our_own_export_and_a_partners_follow_up(officer, exported) -> None:
    before = Case.objects.count()
    (message,) = read_batch(bytes(exported.content)).messages
    take(officer, message)
    message.root.values["C.1.5"] = clock.today().strftime("%Y%m%d")
    message.root.values["C.1.1"] = "US-PARTNER-9"
    message.root.values["H.1"] = "The patient has recovered."
    taken = take(officer, message)
    assert (taken.outcome, taken.case) == (ReceptionOutcome.OFFERED, exported.case)
    assert Case.objects.count() == before
    case = accept(officer, taken.received)
    assert Case.objects.count() == before
    assert content(case).text("C.1.1") == exported.case.worldwide_id
    assert case.current_version == 2


def test_a_retransmitted_case_that_comes_back_is_known(officer) -> None:
    case = factories.to_submission(officer, accept(officer, take(officer, report()).received))
    row = export(officer, case)
    (message,) = read_batch(bytes(row.content)).messages
    assert take(officer, message).outcome is ReceptionOutcome.OURS
    message.root.values["C.1.8.1"] = message.root.values["C.1.1"]
    message.root.groups.pop("C.1.9.1.r")
    message.root.values["C.1.5"] = (clock.today() + timedelta(days=1)).strftime("%Y%m%d")
    assert take(officer, message).case == case


def test_rejecting_the_only_report_ends_its_case(officer) -> None:
    taken = take(officer, report())
    with pytest.raises(Refused):
        receptions.reject(officer, taken.received, code="")
    with pytest.raises(Refused):
        receptions.reject(officer, taken.received, code="OTHER", reason=" ")
    case = receptions.reject(officer, taken.received, code="OTHER_PRODUCT")
    assert case.stage == Case.Stage.NULLIFIED


def test_a_follow_up_that_completes_a_rejected_report_makes_its_case(officer) -> None:
    first = take(officer, report())
    receptions.reject(officer, first.received, code="NO_PATIENT")
    assert take(officer, report()).outcome is ReceptionOutcome.REPEATED
    second = take(officer, report(latest="20260910", created="20260911080000+0800", outcome="1"))
    assert (second.outcome, second.case) == (ReceptionOutcome.OFFERED, first.case)
    case = accept(officer, second.received)
    case.refresh_from_db()
    assert (case.stage, case.nullified_on) == (Case.Stage.ENTRY, None)
    assert case.day_zero == case.received_on == clock.today()
    assert content(case).text("C.1.4") == f"{clock.today():%Y%m%d}"
    assert case.next_due == min(case.clocks.values_list("due", flat=True))


def test_what_was_ended_otherwise_or_by_its_sender_is_not_taken_up_again(officer) -> None:
    gone = take(officer, report())
    receptions.reject(officer, gone.received, code="SENT_WRONGLY")
    late = {"latest": "20260910", "created": "20260911080000+0800"}
    with pytest.raises(Refused):
        accept(officer, take(officer, report(**late, kind="1")).received)
    case = take(officer, report(name="CN-PARTNER-0002")).case
    decided = triage.TriageInput("not_a_case", "NO_REACTION")
    triage.decide(officer, case, decision=decided, lock_version=case.lock_version)
    receptions.reject(officer, case.received.get(), code="NO_REACTION")
    again = take(officer, report(**late, name="CN-PARTNER-0002", outcome="1"))
    with pytest.raises(Refused):
        accept(officer, again.received)


def test_market_and_source_come_from_the_message(officer) -> None:
    message = report()
    message.root.each("E.i")[0].values["E.i.9"] = "US"
    case = accept(officer, take(officer, message).received)
    rules = set(case.clocks.values_list("rule", flat=True))
    assert rules
    assert "CN-S" not in rules


def test_one_bad_message_does_not_stop_the_rest(officer, tmp_path: Path) -> None:
    nameless = report(name="CN-PARTNER-0002")
    for element in ("C.1.1", "C.1.8.1"):
        nameless.root.values.pop(element)
    path = file_of(tmp_path / "batch.xml", report(), nameless, report(name="CN-PARTNER-0003"))
    out, err = io.StringIO(), io.StringIO()
    with pytest.raises(CommandError):
        call_command("import_icsr", str(path), json=True, stdout=out, stderr=err)
    rows = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [bool(row["refused"]) for row in rows] == [False, True, False]
    assert [row["outcome"] for row in rows] == ["new_case", None, "new_case"]
    again = io.StringIO()
    path = file_of(tmp_path / "good.xml", report(), report(name="CN-PARTNER-0003"))
    call_command("import_icsr", str(path), json=True, stdout=again)
    outcomes = [json.loads(line)["outcome"] for line in again.getvalue().splitlines()]
    assert outcomes == ["repeated", "repeated"]
