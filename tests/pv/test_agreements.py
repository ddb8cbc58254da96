"""Agreements with partners: two persons, clocks of cases, the plan, compliance, the pages."""

import hashlib
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError
from django.test import Client

from followup.core import clock
from followup.core.permissions import Role
from followup.core.problems import Refused
from pv.actions import agreements as actions
from pv.actions import channels, icsr, sendings
from pv.actions.cases import information
from pv.models import Case, PartnerAgreement, ReceivedReport
from pv.queries import agreements, compliance, obligations, plans, reconciliations
from pv.queries import channels as ways_of
from pv.queries.plans import PlanFinding
from tests import factories
from tests.pv.test_clock_changes import replace_rules
from tests.pv.test_plans import file

pytestmark = pytest.mark.django_db


@pytest.fixture
def other():
    return factories.make_actor(Role.REGULATORY)


def values(**more):
    given = {"partner": "JW", "partner_name": "Partner One", "sender": "JWPV"}
    given |= {"receiver": "partner", "number": "SDEA 1", "day_zero_rule": "complete"}
    given |= dict.fromkeys(actions.DAYS) | {"to_serious_days": 10, "from_serious_days": 7}
    given |= {"territory": "", "valid_from": clock.today() - timedelta(days=400), "valid_to": None}
    return given | more


def entered(actor, case, **more) -> PartnerAgreement:
    return actions.enter(
        actor, case.product, values=values(**more), name="sdea.pdf", content=b"signed"
    )


def partner_line(actor, case):
    case = Case.objects.get(id=case.id)
    made = plans.of_case(actor, case, today=clock.today())
    return next((line for line in made.lines if line.partner), None)


def test_a_confirmed_agreement_starts_the_clock_and_a_sending_meets_it(
    officer, other, case
) -> None:
    row = entered(officer, case)
    assert row.document_sha256 == hashlib.sha256(b"signed").hexdigest()
    assert partner_line(officer, case) is None
    with pytest.raises(Refused):
        actions.confirm(officer, row)
    actions.confirm(other, row)
    running = case.clocks.get(rule="AG-JW-S")
    assert running.due == case.day_zero + timedelta(days=10)
    assert running.citation == "SDEA 1"
    line = partner_line(officer, case)
    assert (line.due, line.findings) == (running.due, [PlanFinding.NOT_RELEASED])
    sent = icsr.mark_sent(officer, file(case, "partner"), on=clock.today())
    assert sent.unplanned_because == ""
    running.refresh_from_db()
    assert running.met_on == clock.today()
    # The authority's clock is met by its own report alone.
    assert case.clocks.get(rule="CN-S").met_on is None
    assert partner_line(officer, case).findings == []
    today = clock.today()
    period = compliance.Period(case.day_zero, today + timedelta(days=30))
    result = compliance.of(officer, period, today=today)
    assert {name: (t.due, t.on_time) for name, t in result.to_partners.items()} == {
        "Partner One": (1, 1)
    }
    assert "AG-JW-S" not in result.by_receiver


def test_a_change_holds_from_its_first_day_and_the_past_keeps_its_terms(
    officer, other, case
) -> None:
    actions.confirm(other, entered(officer, case))
    later = entered(
        other,
        case,
        number="SDEA 2",
        to_serious_days=5,
        valid_from=clock.today() + timedelta(days=30),
    )
    actions.confirm(officer, later)
    running = case.clocks.get(rule="AG-JW-S", stopped_at__isnull=True)
    assert (running.citation, running.due) == ("SDEA 1", case.day_zero + timedelta(days=10))
    now = entered(officer, case, number="SDEA 3", to_serious_days=5, valid_from=case.day_zero)
    actions.confirm(other, now)
    running = case.clocks.get(rule="AG-JW-S", stopped_at__isnull=True)
    assert (running.citation, running.due) == ("SDEA 3", case.day_zero + timedelta(days=5))
    assert case.clocks.filter(rule="AG-JW-S", stop_code="due_moved").count() == 1
    assert [row.number for row in agreements.held(officer)] == ["SDEA 3"]
    # Elsewhere than in the territory nothing is owed.
    abroad = entered(officer, case, number="SDEA 4", territory="SG", valid_from=case.day_zero)
    actions.confirm(other, abroad)
    assert not case.clocks.filter(rule="AG-JW-S", stopped_at__isnull=True).exists()
    assert {c.rule.version for c in partner_line(officer, case).row.excluded} == {"SDEA 4"}


def test_what_was_sent_follows_a_corrected_entry_whatever_rules_were_loaded_since(
    officer, other, case
) -> None:
    actions.confirm(other, entered(officer, case))
    icsr.mark_sent(officer, file(case, "partner"), on=clock.today())
    replace_rules()
    right = entered(officer, case, number="SDEA 2", to_serious_days=5, valid_from=case.day_zero)
    actions.confirm(other, right)
    running = case.clocks.get(rule="AG-JW-S", stopped_at__isnull=True)
    due = case.day_zero + timedelta(days=5)
    assert (running.citation, running.due, running.met_on) == ("SDEA 2", due, clock.today())


@pytest.mark.parametrize(("then", "owed"), [("awareness", 1), ("complete", 0)])
def test_whether_an_incomplete_case_is_owed_follows_the_terms_of_the_day_it_was_learned_of(
    officer, other, case, then, owed
) -> None:
    now = {"awareness": "complete", "complete": "awareness"}[then]
    actions.confirm(other, entered(officer, case, day_zero_rule=then))
    first = clock.today() + timedelta(days=1)
    later = entered(officer, case, number="SDEA 2", day_zero_rule=now, valid_from=first)
    actions.confirm(other, later)
    row = Case.objects.get(id=case.id)
    known = obligations.learned(row)
    row.day_zero = None  # an element of the four is missing
    with clock.pinned(clock.now() + timedelta(days=2)):
        agreed = agreements.partnership(row.product_id)
        assert agreed.current["AG-JW"].number == "SDEA 2"
        assert len(obligations.partner_information(row, known, agreed)["AG-JW"]) == owed
        # The plan names the terms the days are counted by, not those of today.
        assert partner_line(officer, case).partner.number == "SDEA 1"
        with factories.transaction.atomic(), factories.audit.acting(factories.SYSTEM, "test.told"):
            information.save_source(
                row, None, "note", "letter", received_on=clock.today(), starts_clock=False
            )
        assert partner_line(officer, case).partner.number == "SDEA 1", "nothing new was learned"


def test_a_new_receiver_leaves_what_the_earlier_one_got(officer, other, case) -> None:
    actions.confirm(other, entered(officer, case))
    icsr.mark_sent(officer, file(case, "partner"), on=case.day_zero, proof="partner portal")
    assert case.clocks.get(rule="AG-JW-S").met_on == case.day_zero
    # A new address is confirmed ahead of its first day: until then the earlier one is right.
    first = clock.today() + timedelta(days=30)
    actions.confirm(
        other, entered(officer, case, number="SDEA 2", receiver="ich", valid_from=first)
    )
    running = case.clocks.get(rule="AG-JW-S", stopped_at__isnull=True)
    assert running.met_on == case.day_zero
    assert plans.asks_for(Case.objects.get(id=case.id), "partner")
    with clock.pinned(clock.now() + timedelta(days=30)):
        running = obligations.of_case(Case.objects.get(id=case.id))
        assert {d.met_on for d in running if d.rule == "AG-JW-S"} == {case.day_zero}
        assert partner_line(officer, case).receivers == ["ich"]
    line = partner_line(officer, case)
    assert (line.findings, [f.profile for f in line.files]) == ([], ["partner"])


def test_a_receiver_handed_on_is_each_partners_in_its_own_time(officer, other, case) -> None:
    today = clock.today()
    handed = today - timedelta(days=3)
    ended = {"valid_to": handed - timedelta(days=1)}
    first = entered(officer, case, **ended)
    actions.confirm(other, first)
    second = entered(officer, case, partner="KITE", partner_name="Two", valid_from=handed)
    actions.confirm(other, second)
    with factories.transaction.atomic(), factories.audit.acting(factories.SYSTEM, "test.day"):
        Case.objects.filter(id=case.id).update(received_on=ended["valid_to"])
    icsr.mark_sent(officer, file(case, "partner"), on=ended["valid_to"], proof="portal")
    made = plans.of_case(officer, Case.objects.get(id=case.id), today=today)
    had = {line.row.authority: len(line.files) for line in made.lines if line.partner}
    assert had == {"AG-JW": 1, "AG-KITE": 0}, "what the first got is not the second's"
    met = {row.rule: row.met_on for row in case.clocks.filter(stopped_at__isnull=True)}
    assert met["AG-KITE-S"] is None, "what the first got meets nothing of the second"
    found = {
        row.partner: [len(reconciliations.exchanged(officer, row, month)) for month in months]
        for months in [sorted({ended["valid_to"].replace(day=1), today.replace(day=1)})]
        for row in (first, second)
    }
    assert sum(found["JW"]) == 1
    assert sum(found["KITE"]) == 0


def test_two_partners_at_one_time_never_share_a_sender(officer, other, case) -> None:
    actions.confirm(other, entered(officer, case))
    two = {"partner": "KITE", "partner_name": "Two", "receiver": "ich"}
    with pytest.raises(Refused, match="发送方标识"):
        actions.confirm(other, entered(officer, case, **two))
    actions.confirm(other, entered(officer, case, **two, sender="KITEPV"))


def test_three_partners_share_a_receiver_and_each_file_is_one_of_theirs(
    officer, other, case, settings, tmp_path
) -> None:
    settings.EXCHANGE_ROOT = tmp_path
    codes = ("JW", "KITE", "NOVA")
    for code in codes:
        row = entered(officer, case, partner=code, partner_name=code, sender=f"{code}PV")
        actions.confirm(other, row)
    assert [row.partner for row in agreements.sharing(case.product_id, "partner")] == list(codes)

    def had() -> dict[str, int]:
        made = plans.of_case(officer, Case.objects.get(id=case.id), today=clock.today())
        return {one.partner.partner: len(one.files) for one in made.lines if one.partner}

    unnamed, named = file(case, "partner"), file(case, "partner", partner="KITE", sha256="1" * 64)
    assert had() == {"JW": 0, "KITE": 1, "NOVA": 0}, "a file that names nobody is nobody's"
    admin = factories.make_actor(Role.ADMINISTRATOR)
    ways = {}
    for code in ("", *codes):
        given = {"kind": "folder", "environment": "production", "profile": "partner"}
        given |= {"name": f"to {code}", "settings": {"outbox": f"out{code}"}, "partner": code}
        ways[code] = channels.add(admin, **given)
    for wrong in ({"partner": "no such"}, {"profile": "nmpa"}):
        with pytest.raises(Refused) as refused:
            channels.add(admin, **given | {"name": "x", "settings": {"outbox": "x"}} | wrong)
        assert list(refused.value.fields) == ["partner"]
    assert ways_of.offered(officer, named) == [ways["KITE"]]
    assert ways_of.offered(officer, unnamed) == [ways[""]]
    with pytest.raises(Refused):
        sendings.queue(officer, named, channel=ways["JW"])
    icsr.mark_sent(officer, named, on=clock.today())
    met = {row.rule: row.met_on for row in case.clocks.filter(stopped_at__isnull=True)}
    assert [met[f"AG-{code}-S"] for code in codes] == [None, clock.today(), None]
    month = clock.today().replace(day=1)
    rows = PartnerAgreement.objects.order_by("partner")
    assert [len(reconciliations.exchanged(officer, row, month)) for row in rows] == [0, 1, 0]
    assert not plans.asks_for(Case.objects.get(id=case.id), "partner")
    assert plans.asks_for(Case.objects.get(id=case.id), "partner", "NOVA")


def test_a_report_of_the_partner_counts_by_its_day_however_early_it_came(
    officer, other, case
) -> None:
    first = clock.today() - timedelta(days=20)
    actions.confirm(other, entered(officer, case, from_serious_days=15))
    # From a later day on it has two days, which says nothing of what it learned of before.
    later = {"number": "SDEA 2", "from_serious_days": 2, "valid_from": first + timedelta(days=1)}
    actions.confirm(other, entered(officer, case, **later))
    known = first - timedelta(days=5)
    with factories.transaction.atomic(), factories.audit.acting(factories.SYSTEM, "test.report"):
        for state, code, days in (("to_review", "", 23), ("rejected", "SENT_WRONGLY", 1)):
            ReceivedReport.objects.create(
                case=case,
                product_id=case.product_id,
                site_id=case.site_id,
                kind="initial",
                state=state,
                reason_code=code,
                decided_at=clock.now() if code else None,
                sender="JWPV",
                names=[],
                information=f"{known:%Y%m%d}",
                message={},
                fingerprint=state.ljust(64),
                file_name="a.xml",
                received_at=clock.now() - timedelta(days=days),
            )
    period = compliance.Period(first, clock.today())
    result = compliance.of(officer, period, today=clock.today())
    assert {name: (t.due, t.on_time) for name, t in result.from_partners.items()} == {
        "Partner One": (1, 1)
    }


def test_what_cannot_be_is_refused_by_action_and_database(officer, other, case) -> None:
    wrong = {
        "partner": "j w",
        "partner_name": " ",
        "number": "",
        "receiver": "nmpa",
        "day_zero_rule": "",
        "valid_to": clock.today() - timedelta(days=500),
        "territory": "China",
        "to_serious_days": 400,
    }
    for field, value in wrong.items():
        with pytest.raises(Refused) as refused:
            entered(officer, case, **{field: value})
        assert field in refused.value.fields
    with pytest.raises(Refused) as refused:
        actions.enter(officer, case.product, values=values(), name="x", content=b"")
    assert "document" in refused.value.fields
    actions.confirm(other, entered(officer, case))
    second = entered(officer, case, partner="KITE", partner_name="Partner Two")
    with pytest.raises(Refused):  # one receiver, two partners: a sending would be anybody's
        actions.confirm(other, second)
    second.confirmed_by_id, second.confirmed_at = officer.id, clock.now()
    with (
        pytest.raises(IntegrityError),
        factories.transaction.atomic(),
        factories.audit.acting(factories.SYSTEM, "test.confirm"),
    ):
        second.save()


def test_a_sending_to_a_partner_without_agreement_needs_a_reason(officer, case) -> None:
    sent = file(case, "partner")
    with pytest.raises(Refused):
        icsr.mark_sent(officer, sent, on=clock.today())
    icsr.mark_sent(officer, sent, on=clock.today(), reason="courtesy copy")


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_pages_take_an_agreement_from_two_persons(language, case) -> None:
    clients = []
    for role in (Role.SAFETY_OFFICER, Role.REGULATORY):
        client = Client(raise_request_exception=False, headers={"accept-language": language})
        client.force_login(factories.make_user(role, language=language))
        clients.append(client)
    one, two = clients
    plain = {name: "" if value is None else str(value) for name, value in values().items()}
    sent = plain | {"product": str(case.product_id)}
    assert one.get("/partners/new/").status_code == 200
    assert one.post("/partners/new/", sent).status_code == 422  # without the document
    sent["document"] = SimpleUploadedFile("sdea.pdf", b"signed")
    answer = one.post("/partners/new/", sent)
    assert answer.status_code == 302
    address = answer["location"]
    assert one.post(address).status_code == 422
    page = two.get(address).content.decode()
    assert PartnerAgreement.objects.get().document_sha256 in page
    assert two.post(address, {"refuse": "1", "reason": ""}).status_code == 422
    assert two.post(address).status_code == 302
    assert "Partner One" in one.get("/partners/").content.decode()
    assert "SDEA 1" in one.get(f"/cases/{case.id}/plan/").content.decode()
    assert one.get("/compliance/").status_code == 200
