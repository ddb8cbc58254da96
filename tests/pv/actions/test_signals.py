"""Signals through their register: who takes which step, what is imported, what the pages show."""

import re
from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import translation

from followup.core import clock
from followup.core.models import Signature, User
from followup.core.permissions import Role
from followup.core.problems import Conflict, Denied, Refused
from followup.core.security.accounts import actor_of
from followup.core.trail import signables
from followup.queries import signatures
from pv.actions import signals as actions
from pv.models import Signal
from pv.queries import cohorts
from pv.queries.cohorts import Filters
from pv.queries.signals import board, observed, register, screening, tables
from pv.queries.signals.screening import Against
from pv.web.signals import screening as screening_page
from tests import factories
from tests.pv.web.test_signatures import PASSWORD, sign

pytestmark = pytest.mark.django_db
HEAD = "population,registry,years,icdo3_group,sex,age_from,age_to,rate_per_100k,source_url\n"
RATES = HEAD + "CN,R,2017,T-cell,BOTH,0,,1.5,https://example.org\nCN,R,2017,T-cell,?,0,,1,u\n"
SOURCE = {"name": "China", "version": "1", "citation": "Registry 2017"}


@pytest.fixture
def officer():
    return factories.make_actor(Role.SAFETY_OFFICER)


@pytest.fixture
def reviewer():
    return factories.make_actor(Role.MEDICAL_REVIEWER)


@pytest.fixture
def site():
    return factories.make_site()


@pytest.fixture
def nurse(site):
    return factories.make_actor(Role.NURSE, site=site)


def detected(officer, **more) -> Signal:
    given = {"term": "T-cell lymphoma", "source": "observed", "description": "SIR 20"}
    given |= {"detected_on": clock.today()}
    return actions.detect(officer, factories.product(), **given | more)


def step(actor, signal, event, **more):
    row = Signal.objects.get(id=signal.id)
    values = {"reason": "because", "version": row.version} | more
    return actions.move(actor, row, event=event, **values)


def test_a_signal_takes_its_steps_by_those_who_may_with_a_day_for_each(officer, reviewer) -> None:
    signal = detected(officer)
    assert signal.number == f"S{clock.today():%y}-0001"
    assert detected(officer).number.endswith("-0002")
    assert signal.due == clock.today() + timedelta(days=30)
    with pytest.raises(Denied):
        step(reviewer, signal, "VALIDATE")
    with pytest.raises(Refused):
        step(officer, signal, "VALIDATE", reason=" ")
    with pytest.raises(Refused):
        step(officer, signal, "DECIDE", decision="confirmed")
    assert step(officer, signal, "VALIDATE").due == clock.today() + timedelta(days=60)
    with pytest.raises(Denied):
        step(officer, signal, "ASSESS")
    step(reviewer, signal, "ASSESS")
    with pytest.raises(Refused):
        step(officer, signal, "DECIDE")
    with pytest.raises(Conflict):
        step(officer, signal, "DECIDE", decision="confirmed", version=1)
    decided = step(officer, signal, "DECIDE", decision="confirmed")
    assert (decided.state, decided.decision) == ("decided", "confirmed")
    assert [one.event for one in register.steps(officer, signal)] == [
        "VALIDATE",
        "ASSESS",
        "DECIDE",
    ]
    again = step(officer, signal, "REOPEN")
    assert (again.state, again.decision) == ("detected", "")


def test_whoever_assessed_a_signal_does_not_decide_on_it(officer) -> None:
    user = factories.make_user(Role.MEDICAL_REVIEWER)
    with factories.transaction.atomic(), factories.audit.acting(factories.SYSTEM, "test.grant"):
        factories.Grant.objects.create(
            user=user,
            role=Role.SAFETY_OFFICER,
            all_sites=True,
            all_products=True,
            granted_at=clock.now(),
        )
    both, signal = actor_of(user, request_id="test"), detected(officer)
    step(both, signal, "VALIDATE")
    step(both, signal, "ASSESS")
    with pytest.raises(Refused):
        step(both, signal, "DECIDE", decision="confirmed")
    step(officer, signal, "DECIDE", decision="confirmed")


def test_a_signal_of_another_product_is_not_there(officer) -> None:
    signal = detected(officer)
    one, other = list(factories.Product.objects.order_by("code")[:2])
    foreign = one if one != signal.product else other
    stranger = factories.make_actor(Role.SAFETY_OFFICER, product=foreign)
    assert register.page(stranger).items == []
    assert [row.id for row in register.page(officer).items] == [signal.id]


def test_the_register_pages_by_key_and_keeps_what_is_over_last(
    officer, reviewer, monkeypatch
) -> None:
    for number in range(4):
        detected(officer, detected_on=clock.today() - timedelta(days=number % 2))
    over = detected(officer)
    step(officer, over, "VALIDATE")
    step(reviewer, over, "ASSESS")
    step(officer, over, "DECIDE", decision="refuted")
    with factories.transaction.atomic(), factories.audit.acting(factories.SYSTEM, "test.sign"):
        Signal.objects.filter(id=over.id).update(state="signed", due=None)
    whole = [row.number for row in register.every(officer)]
    assert (len(whole), whole[-1]) == (5, over.number)
    monkeypatch.setattr(register, "PAGE", 2)
    client = Client(headers={"accept-language": "en"})
    client.force_login(User.objects.get(id=officer.id))
    found, key = [], ""
    while True:
        page = client.get(reverse("signal-register"), {"after": key}).content.decode()
        found += re.findall(r">(S\d\d-\d{4})</a>", page)
        following = re.search(r'after=([^"&]+)" rel="next"', page)
        if not following:
            break
        key = following[1]
    assert found == whole
    for bad in ("nonsense", "2026-02-30.S26-0001", "2026-13-45.", "'"):
        assert register.page(officer, key=bad).items == register.page(officer).items
    one = register.page(officer, product=str(over.product_id)).items
    assert [row.number for row in one] == whole[:2]


def test_a_table_is_kept_once_with_its_citation_and_bad_lines_named(officer, reviewer) -> None:
    found = actions.import_rates(officer, text=RATES, **SOURCE)
    assert (found.rows, [fault.line for fault in found.faults]) == (1, [3])
    table = tables.rates(officer, found.item.id)
    assert (table.groups, table.of("T-cell")[0].rate_per_100k) == (["T-cell"], 1.5)
    with pytest.raises(Refused) as refused:
        actions.import_rates(officer, text=RATES, **SOURCE)
    assert "version" in refused.value.fields
    with pytest.raises(Refused):
        actions.import_rates(officer, text=RATES, **SOURCE | {"citation": " ", "version": "2"})
    with pytest.raises(Refused):
        actions.import_counts(officer, text=RATES, **SOURCE)
    with pytest.raises(Denied):
        actions.import_rates(reviewer, text=RATES, **SOURCE | {"version": "3"})


def test_seen_against_expected_counts_those_who_agreed(officer, nurse, site, monkeypatch) -> None:
    agreed = factories.register(
        nurse, site, purposes=("LTFU", "HOLDER"), infused_on=clock.today() - timedelta(days=400)
    )
    silent = factories.register(nurse, site)
    for patient in (agreed, silent):
        factories.call(nurse, patient)
        factories.malignancy(nurse, patient, t_cell_suspected="YES")
    filters = Filters(factories.product())
    with cohorts.reading(filters):
        found = observed.observed(officer, filters, None, "", all_kinds=False)
    assert (found.patients, found.comparison.exposure.observed, found.left_out) == (1, 1, 1)
    assert found.flat == 2.0
    assert found.comparison.sequential.signal
    shown = board.board(officer, filters)
    assert shown.counts == [("MALIGNANCY", 2, 2)]
    assert (shown.pathology, shown.transgene) == (2, 2)
    assert all(each.case_number for each in shown.malignancies)
    monkeypatch.setattr(board, "PAGE", 1)  # what is counted and drawn is of all of them
    first = board.board(officer, filters)
    second = board.board(officer, filters, key=first.next_key)
    assert (first.pathology, first.transgene, len(first.dots), second.next_key) == (2, 2, 2, "")
    assert [*first.malignancies, *second.malignancies] == list(shown.malignancies)
    assert board.board(officer, filters, key="nonsense").malignancies == first.malignancies


def test_terms_are_screened_inside_the_register_and_against_a_table(
    officer, nurse, site, monkeypatch
) -> None:
    for verbatim in ("Fever", "Fever", "Rash"):
        factories.malignancy(nurse, factories.register(nurse, site), verbatim=verbatim)
    other = factories.Product.objects.filter(is_car_t=True).order_by("code")[1]
    factories.malignancy(nurse, factories.register(nurse, site, product_row=other), verbatim="Rash")
    filters = Filters(factories.product())
    found = screening.screen(officer, filters, Against.PRODUCTS)
    cells = {row.cells.term: row.cells for row in found.rows}
    fever = cells["fever"]
    assert (fever.a, fever.b, fever.c, fever.d) == (2, 1, 0, 1)
    assert found.words["fever"] == "Fever"
    monkeypatch.setattr(screening_page, "MOST_ROWS", 1)
    client = Client(headers={"accept-language": "en"})
    client.force_login(User.objects.get(id=officer.id))
    asked = {"product": str(filters.product.pk), "lock": "now"}
    page = client.get(reverse("signals-screening"), asked).content.decode()
    assert "1 of 2 terms are shown" in page
    whole = client.get(reverse("signals-screening"), asked | {"rows": "all"}).content.decode()
    assert "terms are shown" not in whole
    assert ("Rash" in page, "Rash" in whole) == (False, True)
    assert found.reports == 3
    table = [("Other", "FEVER", 10), ("Other", "rash", 90)]
    against = screening.screen(officer, filters, Against.BACKGROUND, table)
    (row,) = [row for row in against.rows if row.cells.term == "Fever"]
    assert (row.cells.a, row.cells.b, row.cells.c, row.cells.d) == (2, 1, 10, 90)
    assert row.measures["ror"] == pytest.approx(18)
    years = screening.by_year(officer, filters, "fever", Against.PRODUCTS)
    assert [(year, cell.a) for year, cell, _m in years] == [(clock.today().year, 2)]


def client_of(role, language="en") -> Client:
    client = Client(raise_request_exception=False, headers={"accept-language": language})
    client.force_login(factories.make_user(role, language=language))
    return client


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_page_of_signals_is_shown(nurse, site, language) -> None:
    factories.malignancy(nurse, factories.register(nurse, site, purposes=("LTFU", "HOLDER")))
    client = client_of(Role.SAFETY_OFFICER, language)
    sent = SimpleUploadedFile("rates.csv", RATES.encode())
    values = SOURCE | {"kind": "rate_table", "file": sent}
    assert client.post("/signals/tables/", values).status_code == 302
    for address in (
        "/signals/",
        "/signals/observed/?kinds=all",
        "/signals/screening/?against=sex",
        "/signals/screening/?against=background",
        "/signals/register/",
        "/signals/register/new/",
        "/signals/tables/",
    ):
        shown = client.get(address)
        assert shown.status_code == 200, address
    signal = {"product": str(factories.product().id), "term": "TCL", "source": "cases"}
    signal |= {"detected_on": clock.today().isoformat(), "description": "x"}
    entered = client.post("/signals/register/new/", signal)
    assert entered.status_code == 302
    address = entered["Location"]
    assert client.post(address, {"event": "VALIDATE", "version": 1}).status_code == 422
    sent = {"event": "VALIDATE", "version": 1, "reason": "plausible"}
    assert client.post(address, sent).status_code == 302
    assert "plausible" in client.get(address).content.decode()
    assert client.post(address, sent | {"event": "DECIDE"}).status_code == 422
    assert client_of(Role.NURSE).get("/signals/").status_code == 403


def test_the_signature_of_a_decision_closes_the_signal_and_out_of_turn_is_undone(officer) -> None:
    user = factories.make_user(Role.MEDICAL_REVIEWER, password=PASSWORD)
    client, signal = Client(), detected(officer)
    client.force_login(user)
    where = reverse("sign", args=["signal", signal.pk])
    assert sign(client, where, meaning="decision", reason="x").status_code == 422
    assert Signature.objects.count() == 0
    step(officer, signal, "VALIDATE")
    step(factories.make_actor(Role.MEDICAL_REVIEWER), signal, "ASSESS")
    step(officer, signal, "DECIDE", decision="monitor")
    assert sign(client, where, meaning="decision", reason="agreed").status_code == 302
    signal.refresh_from_db()
    assert (signal.state, signal.decision, signal.due) == ("signed", "monitor", None)
    assert user.display_name in client.get(f"/signals/register/{signal.pk}/").content.decode()
    assert list(signatures.problems(Signature.objects.get())) == []
    with translation.override("en"):
        lines = signables.of("signal").lines(officer, signal)
        said = [(words, code) for _name, _label, words, code in lines]
    assert ("Validate", "VALIDATE") in said
    assert (str(signal.get_decision_display()), "monitor") in said
    assert ("monitor", "monitor") not in said


def test_a_file_in_the_coding_of_chinese_excel_is_read(officer) -> None:
    text = "drug,event,count\n阿基仑赛,发热,7\n"
    sent = SimpleUploadedFile("counts.csv", text.encode("gb18030"))
    values = SOURCE | {"kind": "count_table", "file": sent}
    assert client_of(Role.REGULATORY).post("/signals/tables/", values).status_code == 302
    (item,) = tables.imported(officer, tables.COUNTS)
    assert tables.counts(officer, item.id)[1] == [("阿基仑赛", "发热", 7)]
    empty = SOURCE | {"kind": "rate_table", "file": SimpleUploadedFile("x.csv", b"a,b\n1,2\n")}
    shown = client_of(Role.REGULATORY).post("/signals/tables/", empty)
    assert shown.status_code == 422
    assert "registry" in shown.content.decode()


def test_a_signal_of_tomorrow_is_refused(officer) -> None:
    with pytest.raises(Refused):
        detected(officer, detected_on=date(2999, 1, 1))


def test_a_table_without_a_line_that_can_be_read_says_where_and_what_stands_there(officer) -> None:
    text = HEAD + "CN,R,2017,T-cell,M,0,,1.5,u\nCN,R,2017,T-cell,FEMALE,,,1.5,u\n"
    with translation.override("en"), pytest.raises(Refused) as refused:
        actions.import_rates(officer, text=text, **SOURCE)
    said = " ".join(str(one) for one in refused.value.fields["file"])
    assert said.endswith("Line 2, sex: “M”. Line 3, age_from: “—”.")


def test_whoever_does_not_take_the_step_a_signal_waits_for_is_told_who_does(
    officer, reviewer
) -> None:
    signal = detected(officer)
    assert not register.awaits_another(officer, signal)
    assert register.awaits_another(reviewer, signal)
    assert not register.awaits_medicine(signal)
    step(officer, signal, "VALIDATE")
    signal.refresh_from_db()
    assert register.awaits_medicine(signal)
    assert register.awaits_another(officer, signal)
    assert not register.awaits_another(reviewer, signal)
    page = client_of(Role.SAFETY_OFFICER).get(reverse("signal", args=[signal.pk])).content.decode()
    assert "Medical review takes the next step." in page
