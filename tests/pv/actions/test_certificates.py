"""Certificates by two persons, their duties, the calendar page and the feed."""

import re
from datetime import date, timedelta
from urllib.parse import unquote, urlencode

import pytest
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from followup.actions import data_locks, reminders
from followup.core import clock
from followup.core.actor import Actor
from followup.core.confirmations import ALL_CONFIRMED, Unconfirmed
from followup.core.models import Notice, User
from followup.core.permissions import Role
from followup.core.problems import Refused
from followup.domain.dates import add_months
from followup.models import Product
from followup.queries import notices
from pv.actions import authorisations, interactions
from pv.actions import certificates as actions
from pv.models import DutyDay
from pv.queries import calendars, duties, duty_calendar
from pv.queries.aggregate_reports import owed as reports_owed
from tests import factories

pytestmark = pytest.mark.django_db
NUMBER = "国药准字S20210019"


@pytest.fixture
def one():
    return factories.make_actor(Role.REGULATORY)


@pytest.fixture
def other():
    return factories.make_actor(Role.STUDY_MANAGER)


def values(**more):
    today = clock.today()
    given = {"number": NUMBER, "source": "certificate, page 1"}
    given |= {"approved_on": today - timedelta(days=500), "valid_to": today + timedelta(days=900)}
    return given | more


def entered(actor, **more):
    return actions.enter(actor, factories.product(), values=values(**more))


def test_an_entry_holds_once_another_person_has_confirmed_it(one, other) -> None:
    row = entered(one)
    assert duties.certificates(one) == []
    with pytest.raises(Refused):
        actions.confirm(one, row)
    actions.confirm(other, row)
    assert [held.id for held in duties.certificates(one)] == [row.id]
    with pytest.raises(Refused):
        actions.confirm(other, row)
    changed = entered(other, label_version="V3")
    assert [held.label_version for held in duties.certificates(one)] == [""]
    actions.confirm(one, changed)
    assert [held.label_version for held in duties.certificates(one)] == ["V3"]


def test_the_database_too_wants_two_persons(one) -> None:
    row = entered(one)
    row.confirmed_by_id, row.confirmed_at = one.id, clock.now()
    with (
        pytest.raises(IntegrityError),
        factories.transaction.atomic(),
        factories.audit.acting(factories.SYSTEM, "test.confirm"),
    ):
        row.save()


def test_a_refused_entry_never_holds(one, other) -> None:
    row = entered(one)
    with pytest.raises(Refused):
        actions.refuse(other, row, reason=" ")
    actions.refuse(other, row, reason="another number")
    assert duties.waiting(one) == []
    with pytest.raises(Refused):
        actions.confirm(other, row)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("valid_to", -600),
        ("approved_on", 1),
        ("reregistered_on", -600),
        ("born_on", -100),
    ],
)
def test_days_that_cannot_be_are_refused(one, field, value) -> None:
    with pytest.raises(Refused) as refused:
        entered(one, **{field: clock.today() + timedelta(days=value)})
    assert field in refused.value.fields


def test_a_duty_is_owed_until_it_is_recorded_as_done(one, other) -> None:
    row = entered(one)
    actions.confirm(other, row)
    owed = duties.owed(one)
    first = owed[0]
    titles = [entry.title for entry in calendars.entries(one, today=clock.today())]
    assert sum(NUMBER in title for title in titles) >= 3
    given = {"duty": first.duty.code, "due": first.duty.due, "done_on": clock.today()}
    with pytest.raises(Refused):
        actions.record_duty(one, row, evidence=" ", **given)
    with pytest.raises(Refused):
        actions.record_duty(
            one, row, evidence="x", **given | {"due": first.duty.due + timedelta(days=1)}
        )
    actions.record_duty(one, row, evidence="CXSL2600001", **given)
    with pytest.raises(Refused):
        actions.record_duty(one, row, evidence="x", **given)
    done = duties.owed(one)[0]
    assert (done.done.evidence, done.days(clock.today())) == ("CXSL2600001", None)


def test_an_open_duty_stays_however_late_and_can_still_be_done(one, other, travel) -> None:
    today = clock.today()
    row = entered(one)
    actions.confirm(other, row)
    first = next(each for each in duties.owed(one) if each.duty.due >= today)
    late = add_months(first.duty.due, 14)
    travel(late - today)
    actions.count_duties(Actor.process("sweep"), today=late)
    open_ones = {(each.duty.code, each.duty.due): each for each in duties.owed(one, today=late)}
    key = (first.duty.code, first.duty.due)
    assert open_ones[key].days(late) == (first.duty.due - late).days
    assert actions.count_duties(Actor.process("sweep"), today=late) == 0
    day = DutyDay.objects.get(duty=key[0], due=key[1])
    assert day.owed
    before = add_months(today, -12)
    assert min(due for _code, due in open_ones) >= before, "what was before the register"
    given = {"duty": key[0], "due": key[1], "done_on": late, "evidence": "CXSL2600009"}
    actions.record_duty(one, row, **given)
    assert key not in {(each.duty.code, each.duty.due) for each in duties.owed(one, today=late)}


def noticed(day: DutyDay, kind: str = "duty") -> list[str]:
    """The rungs that were made of a day's duty, for one recipient."""
    reminders.sweep(Actor.process("sweep"), kind=kind, today=clock.today())
    rows = Notice.objects.filter(obligation=f"{kind}:{day.id}", channel="in_app", state="sent")
    return sorted(set(rows.values_list("rung", flat=True)))


def test_a_duty_is_reminded_of_until_it_is_done_and_again_once_that_is_withdrawn(
    one, other
) -> None:
    today = clock.today()
    row = entered(one, valid_to=today + timedelta(days=200))
    assert not DutyDay.objects.exists(), "nothing is owed before a second person confirms it"
    actions.confirm(other, row)
    owed = {(each.duty.code, each.duty.due) for each in duties.owed(one)}
    assert set(DutyDay.objects.values_list("duty", "due")) == owed
    asked = DutyDay.objects.get(duty="REREGISTRATION")
    assert 0 <= (asked.due - today).days <= 30
    assert noticed(asked) == ["due-30"]
    told = notices.page(one, today=today, unread=True).items
    assert any(NUMBER in line.title for line in told)
    record = actions.record_duty(
        one, row, duty=asked.duty, due=asked.due, done_on=today, evidence="CXSL1"
    )
    noticed(asked)
    assert not any(
        "CXSL1" in line.title or line.due == asked.due
        for line in notices.page(one, today=today, unread=True).items
    )
    with pytest.raises(Refused):
        actions.withdraw_duty(one, record, reason=" ")
    actions.withdraw_duty(other, record, reason="another certificate")
    with pytest.raises(Refused):
        actions.withdraw_duty(other, record, reason="twice")
    assert noticed(asked) == ["due-30"]
    given = {"duty": asked.duty, "due": asked.due, "done_on": today}
    actions.record_duty(one, row, evidence="CXSL2", **given)
    # A later entry moves the day: the old one is owed no more.
    later = entered(other, valid_to=today + timedelta(days=600))
    actions.confirm(one, later)
    asked.refresh_from_db()
    assert not asked.owed
    assert actions.count_duties(factories.SYSTEM, today=today) == 0
    assert actions.count_duties(factories.SYSTEM, today=today + timedelta(days=400)) > 0


def test_the_calendar_leaves_as_a_file_and_a_record_is_withdrawn_on_its_page(one, other) -> None:
    row = entered(one)
    actions.confirm(other, row)
    first = duties.owed(one)[0].duty
    given = {"duty": first.code, "due": first.due, "done_on": clock.today()}
    record = actions.record_duty(one, row, evidence="CXSL9", **given)
    client = Client(headers={"accept-language": "en"})
    client.force_login(User.objects.get(id=one.id))
    where = reverse("duty-withdraw", args=[record.id])
    assert where in client.get(reverse("duties")).text
    for register, words in (("duties", "CXSL9"), ("certificates", "certificate, page 1")):
        page = client.get(reverse(register)).text
        for ending in ("xlsx", "csv"):
            file = reverse("register-file", args=[register, ending])
            assert file in page
            assert client.get(file).status_code == 200
        assert words in client.get(file).content.decode()
        assert NUMBER in client.get(file).content.decode()
    assert client.get(where).status_code == 200
    assert client.post(where, {"reason": " "}).status_code == 422
    shown = client.post(where, {"reason": "another certificate"}, follow=True).text
    assert "owed again" in shown
    assert where not in shown
    stranger = Client()
    product = factories.Product.objects.exclude(id=row.product_id).first()
    stranger.force_login(factories.make_user(Role.REGULATORY, product=product))
    assert stranger.get(where).status_code == 404
    file = reverse("register-file", args=["duties", "csv"])
    assert NUMBER not in stranger.get(file).content.decode()
    auditor = Client()
    auditor.force_login(factories.make_user(Role.AUDITOR))
    assert auditor.post(where, {"reason": "x"}).status_code == 403


def test_a_report_done_before_its_period_was_over_is_asked_about(one, other) -> None:
    row = entered(one)
    actions.confirm(other, row)
    first = next(each.duty for each in duties.owed(one) if each.duty.data_lock)
    given = {"duty": first.code, "due": first.due, "evidence": "CXSL1"}
    before = row.approved_on - timedelta(days=1)
    with pytest.raises(Refused) as refused:
        actions.record_duty(one, row, **given, done_on=before, confirmed=ALL_CONFIRMED)
    assert refused.value.fields.keys() == {"done_on"}
    with pytest.raises(Unconfirmed) as asked:
        actions.record_duty(one, row, **given, done_on=first.data_lock)
    (question,) = asked.value.questions
    actions.record_duty(one, row, **given, done_on=first.data_lock, confirmed=[question.key])
    done = next(each for each in duties.owed(one) if each.duty == first)
    assert done.done.done_on == first.data_lock


def test_a_report_owed_is_opened_with_its_period_and_made_in_four(one, other) -> None:
    row = entered(one)
    actions.confirm(other, row)
    today = clock.today()
    owed = [each for each in reports_owed.listing(one, today=today) if each.kind == "PSUR"]
    assert owed
    assert all(each.end < today and each.report is None for each in owed)
    first = owed[0]
    client = Client(headers={"accept-language": "en"})
    client.force_login(User.objects.get(id=one.id))
    asked = escape(f"{reverse('aggregate-report-new')}?{urlencode(first.asked)}")
    for page in ("aggregate-reports", "duties"):
        assert asked in client.get(reverse(page)).text, page
    lock = data_locks.make(factories.SYSTEM, name="PSUR")
    form = client.get(reverse("aggregate-report-new"), first.asked).context["form"]
    given = {name: form[name].value() for name in ("kind", "product", "start", "end")}
    made = client.post(reverse("aggregate-report-new"), given | {"lock": lock.id, "files": "1"})
    assert made.url == reverse("jobs")
    (begun,) = (each for each in reports_owed.listing(one, today=today) if each.report)
    assert (begun.kind, begun.start, begun.due) == (first.kind, first.start, first.due)
    assert asked not in client.get(reverse("aggregate-reports")).text
    auditor = Client()
    auditor.force_login(factories.make_user(Role.AUDITOR))
    assert reverse("aggregate-report-new") not in auditor.get(reverse("aggregate-reports")).text
    product = factories.Product.objects.exclude(id=row.product_id).first()
    stranger = factories.make_actor(Role.REGULATORY, product=product)
    assert reports_owed.listing(stranger, today=today) == []


def test_the_api_lists_duties_records_one_as_done_and_withdraws_the_record(one, other) -> None:
    row = entered(one)
    actions.confirm(other, row)
    client = Client(headers={"accept-language": "en"})
    client.force_login(User.objects.get(id=one.id))
    listed = client.get(reverse("api-duties")).json()["items"]
    assert [(item["duty"], item["due"]) for item in listed] == [
        (each.duty.code, each.duty.due.isoformat()) for each in duties.owed(one)
    ]
    first = listed[0]
    assert (first["number"], first["done"]) == (NUMBER, None)
    assert first["days_left"] == (date.fromisoformat(first["due"]) - clock.today()).days
    where = reverse("api-duty", args=[row.id, first["duty"], first["due"]])
    assert client.get(where).json() == first
    form = {"content_type": "application/json"}
    given = {"done_on": clock.today().isoformat(), "evidence": "CXSL2600001"}
    for wrong in ({"done_on": "2026-02-30"}, {"evidence": ""}, {"by": "me"}, {"done_on": "2026"}):
        assert client.post(where, given | wrong, **form).status_code == 400, wrong
    assert client.post(where, [], **form).status_code == 400
    late = (clock.today() + timedelta(days=1)).isoformat()
    assert client.post(where, given | {"done_on": late}, **form).status_code == 422
    made = client.post(where, given, **form)
    assert made.status_code == 201
    assert (made.json()["days_left"], made.json()["done"]["evidence"]) == (None, "CXSL2600001")
    assert client.get(where).json() == made.json()
    assert client.post(where, given, **form).status_code == 422
    split = {
        state: client.get(reverse("api-duties"), {"state": state}).json()["items"]
        for state in ("open", "done")
    }
    assert split["done"] == [made.json()]
    assert split["open"] == listed[1:]
    assert client.get(reverse("api-duties"), {"state": "lost"}).status_code == 422
    back = reverse("api-duty-withdraw", args=[made.json()["done"]["id"]])
    assert client.post(back, {"reason": ""}, **form).status_code == 400
    gone = client.post(back, {"reason": "another certificate"}, **form)
    assert gone.json()["withdrawn_because"] == "another certificate"
    assert client.post(back, {"reason": "twice"}, **form).status_code == 422
    assert client.get(where).json() == first
    for name in ("NOTHING", first["duty"]):
        assert client.get(reverse("api-duty", args=[row.id, name, "2026-02-30"])).status_code == 404


def test_the_api_of_duties_knows_whose_they_are(one, other) -> None:
    row = entered(one)
    actions.confirm(other, row)
    first = duties.owed(one)[0].duty
    given = {"done_on": clock.today(), "evidence": "CXSL1"}
    record = actions.record_duty(one, row, duty=first.code, due=first.due, **given)
    where = reverse("api-duty", args=[row.id, first.code, first.due.isoformat()])
    back = reverse("api-duty-withdraw", args=[record.id])
    form = {"content_type": "application/json"}
    product = factories.Product.objects.exclude(id=row.product_id).first()
    people = {
        Role.AUDITOR: (factories.make_user(Role.AUDITOR), 200, 403),
        Role.REGULATORY: (factories.make_user(Role.REGULATORY, product=product), 404, 404),
        Role.NURSE: (factories.make_user(Role.NURSE, site=factories.make_site()), 404, 404),
    }
    for role, (user, read, write) in people.items():
        client = Client()
        client.force_login(user)
        assert client.get(where).status_code == read, role
        assert client.post(where, {}, **form).status_code == write, role
        assert client.post(back, {}, **form).status_code == write, role
    stranger = Client()
    stranger.force_login(people[Role.REGULATORY][0])
    assert stranger.get(reverse("api-duties")).json() == {"items": [], "next_key": ""}
    asked = {"product": str(row.product_id)}
    assert stranger.get(reverse("api-duties"), asked).json()["items"] == []
    assert Client().get(reverse("api-duties")).status_code in (401, 403)


def test_duties_page_by_key(one, other, monkeypatch) -> None:
    for number in (NUMBER, "国药准字S2.1"):
        row = entered(one, number=number)
        actions.confirm(other, row)
    whole = [each.key for each in duties.page(one).items]
    assert len(whole) == len(duties.owed(one))
    monkeypatch.setattr(duties, "PAGE", 3)
    found, key = [], ""
    while page := duties.page(one, key=key):
        found += [each.key for each in page.items]
        key = page.next_key
        if not key:
            break
    assert found == whole
    assert duties.page(one, key="nonsense").items == duties.page(one).items


def test_the_calendar_pages_by_key_with_what_the_registers_owe(one, other, monkeypatch) -> None:
    actions.confirm(other, entered(one))
    today, product = clock.today(), factories.product()
    letter = dict.fromkeys(("certificate_number", "content", "owner_name"), "")
    letter |= {
        "kind": "SUPPLEMENTARY_DATA",
        "subject": "more data",
        "reference_number": "CXSB2600001",
    }
    letter |= {"happened_on": today, "named_due": today, "follows": None}
    asked = interactions.record(one, product, values=letter)
    row, first = duties.certificates(one)[0], duties.owed(one)[0].duty
    given = {"duty": first.code, "due": first.due, "done_on": today}
    record = actions.record_duty(one, row, evidence="CXSL7", **given)
    whole = duty_calendar.entries(one, today=today)
    assert {str(each.other.target) for each in whole if each.other} == {str(asked.pk)}
    assert [each.due for each in whole] == sorted(each.due for each in whole)
    monkeypatch.setattr(duty_calendar, "PAGE", 3)
    client = Client(headers={"accept-language": "en"})
    client.force_login(User.objects.get(id=one.id))
    for address, rows in (
        (reverse("duties"), _rows_of_page),
        (reverse("api-duty-calendar"), _rows),
    ):
        found, key = [], ""
        while True:
            answer = client.get(address, {"after": key})
            days, key = rows(answer)
            assert len(days) <= 3
            found += days
            if not key:
                break
        assert found == [each.due.isoformat() for each in whole], address
    api = reverse("api-duty-calendar")
    done = client.get(api, {"state": "done"}).json()["items"]
    assert [row["evidence"] for row in done] == [record.evidence]
    assert client.get(api, {"state": "late"}).status_code == 422
    assert client.get(api, {"product": "nonsense"}).status_code == 404
    assert client.get(api, {"after": "nonsense.x"}).json()["items"][0]["due"] == found[0]
    another = Product.objects.exclude(pk=product.pk).first().pk
    foreign = client.get(api, {"product": str(another)}).json()
    assert foreign == {"items": [], "next_key": ""}
    assert (
        "Nothing is owed here"
        in client.get(reverse("duties"), {"after": "9999-01-01.x"}).content.decode()
    )
    stranger = Client()
    stranger.force_login(factories.make_user(Role.NURSE))
    assert stranger.get(api).status_code == 403


def _rows(answer):
    found = answer.json()
    return [row["due"] for row in found["items"]], found["next_key"]


def _rows_of_page(answer):
    page = answer.content.decode()
    following = re.search(r'after=([^"&]+)" rel="next"', page)
    days = re.findall(r'<th scope="row" class="date">.*?(\d{4}-\d\d-\d\d)', page)
    return days, unquote(following[1]) if following else ""


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_pages_take_an_entry_from_two_persons_to_a_duty_done(language) -> None:
    clients = []
    for role in (Role.REGULATORY, Role.STUDY_MANAGER):
        client = Client(raise_request_exception=False, headers={"accept-language": language})
        client.force_login(factories.make_user(role, language=language))
        clients.append(client)
    enterer, checker = clients
    sent = {"product": str(factories.product().id), "number": NUMBER, "source": "p. 1"}
    assert enterer.post("/certificates/", sent).status_code == 422
    sent |= {name: str(day) for name, day in values().items() if name.endswith(("_on", "_to"))}
    assert enterer.post("/certificates/", sent).status_code == 302
    row = duties.waiting(factories.SYSTEM)[0]
    address = f"/certificates/{row.id}/"
    own = enterer.post(address)
    assert (own.status_code, duties.waiting(factories.SYSTEM)[0].id) == (422, row.id)
    assert NUMBER in own.content.decode()  # on its page, with the reason
    assert 'role="alert"' in own.content.decode()
    assert NUMBER in checker.get(address).content.decode()
    assert checker.post(address, {"refuse": "1", "reason": ""}).status_code == 422
    assert 'name="refuse"' in checker.get(address).content.decode()
    assert checker.post(address).status_code == 302
    decided = checker.get(address).content.decode()
    assert NUMBER in decided
    assert 'name="refuse"' not in decided  # nothing is left to decide
    owed = duties.owed(factories.SYSTEM)[0].duty
    page = enterer.get("/duties/").content.decode()
    link = f"/duties/{row.id}/{owed.code}/{owed.due}/"
    assert link in page
    assert enterer.get(link).status_code == 200
    done = {"done_on": clock.today().isoformat(), "evidence": "CXSL"}
    assert enterer.post(link, done).status_code == 302
    assert "CXSL" in enterer.get("/duties/").content.decode()
    assert enterer.get(link.replace(owed.code, "NOTHING")).status_code == 404


@pytest.mark.parametrize(("days", "ended"), [(-1, True), (0, False), (1, False)])
def test_a_certificate_past_its_last_day_is_marked(one, other, days, ended) -> None:
    row = entered(one, valid_to=clock.today() + timedelta(days=days))
    actions.confirm(other, row)
    client = Client()
    client.force_login(factories.make_user(Role.REGULATORY, language="en"))
    for address in ("/certificates/", f"/certificates/{row.id}/"):
        assert (">ended</span>" in client.get(address).content.decode()) == ended


def test_an_authorisation_abroad_owes_its_periodic_reports(one, other, travel) -> None:
    """Issued on 2025-03-31 in the US: the quarter to 2026-09-29 is due on 2026-10-29."""
    officer = factories.make_actor(Role.SAFETY_OFFICER)
    travel(date(2026, 10, 1) - clock.today())
    product, today = factories.product(), clock.today()
    abroad = {"market": "US", "setting": "POST_MARKET", "number": "BLA 125999"}
    abroad |= {"authorised_on": date(2025, 3, 31), "ended_on": None, "source": "letter, page 1"}
    cycle = {"set_months": 12, "set_lock": date(2026, 11, 21), "set_from": date(2026, 11, 1)}
    for wrong, name in (
        ({"born_on": date(2025, 4, 1)}, "born_on"),
        ({"launched_on": date(2025, 3, 30)}, "launched_on"),
        ({"launched_on": today + timedelta(days=1)}, "launched_on"),
        ({"set_months": 12}, "set_lock"),
        ({"set_lock": today}, "set_months"),
        ({"set_from": today}, "set_from"),
        (cycle | {"set_from": date(2025, 3, 30)}, "set_from"),
        (cycle | {"setting": "TRIAL"}, "set_lock"),
        ({"setting": "TRIAL", "launched_on": today}, "launched_on"),
    ):
        with pytest.raises(Refused) as refused:
            authorisations.enter(one, product, values=abroad | wrong)
        assert name in refused.value.fields, wrong
    row = authorisations.enter(one, product, values=abroad | {"owner_name": "孙浩"})
    assert duties.owed(one) == [], "a second person has not looked at it"
    authorisations.confirm(officer, row)
    found = [(d.duty.code, str(d.duty.due)) for d in duties.owed(one)]
    # Of the twelve months before it was entered those that fell due, then those ahead.
    assert found[:5] == [
        ("US_PADER", "2025-10-29"),
        ("US_PADER", "2026-01-29"),
        ("US_PADER", "2026-04-29"),
        ("US_PADER", "2026-07-29"),
        ("US_PADER", "2026-10-29"),
    ]
    assert set(DutyDay.objects.values_list("duty", "due", "authorisation")) == {
        (code, date.fromisoformat(due), row.id) for code, due in found
    }
    assert duties.owed(other) == [], "who may not read authorisations does not learn of it here"
    day = DutyDay.objects.get(due=date(2026, 10, 29))
    assert noticed(day, "duty_abroad") == ["due-30"]
    titles = [entry.title for entry in calendars.entries(one, today=today)]
    assert sum("BLA 125999" in title for title in titles) == 7, "past ones are not in a calendar"
    client = Client(headers={"accept-language": "en"})
    client.force_login(User.objects.get(id=one.id))
    page = client.get(reverse("duties")).text
    asked = {"kind": "US_PADER", "product": product.id, "start": "2026-06-30", "end": "2026-09-29"}
    assert escape(f"{reverse('aggregate-report-new')}?{urlencode(asked)}") in page
    assert "US periodic adverse experience report" in page
    assert client.get(reverse("aggregate-report-new"), asked).status_code == 200
    where = reverse("duty-done", args=[row.id, "US_PADER", "2026-10-29"])
    assert where in page
    assert "BLA 125999" in client.get(where).text
    given = {"done_on": "2026-03-30", "evidence": "ESG core id 7"}
    early = {"done_on": date(2025, 3, 30), "evidence": "x"}
    with pytest.raises(Refused, match="exist"):
        actions.record_duty(
            one, row, duty="US_PADER", due=date(2026, 10, 29), **early, confirmed=ALL_CONFIRMED
        )
    api = reverse("api-duty", args=[row.id, "US_PADER", "2026-10-29"])
    assert client.get(api).json()["authorisation"] == str(row.id)
    form = {"content_type": "application/json"}
    assert "done_before_lock" in client.post(api, given, **form).text
    given["done_on"] = "2026-10-01"
    made = client.post(api, given, **form)
    assert made.status_code == 201, made.text
    assert (made.json()["market"], made.json()["certificate"]) == ("US", None)
    listed = client.get(reverse("api-duty-calendar"), {"state": "done"}).json()["items"]
    assert [item["kind"] for item in listed] == ["Duty of an authorisation abroad"]
    file = client.get(reverse("register-file", args=["duties", "csv"])).content.decode()
    assert "BLA 125999" in file
    assert "ESG core id 7" in file
    stranger = Client()
    stranger.force_login(factories.make_user(Role.STUDY_MANAGER))
    assert stranger.get(api).status_code == stranger.get(where).status_code == 404
    # A waiver is entered: what is owed from its day on are PBRERs of the cycle it states.
    before = DutyDay.objects.filter(owed=True).count()
    travel(timedelta(hours=1))
    later = authorisations.enter(one, product, values=abroad | cycle)
    authorisations.confirm(officer, later)
    kinds = [(d.duty.code, str(d.duty.data_lock), str(d.duty.due)) for d in duties.owed(one)]
    assert ("US_PBRER", "2026-11-21", "2027-01-30") in kinds
    assert ("US_PBRER", "2027-11-21", "2028-01-30") in kinds
    assert DutyDay.objects.filter(owed=True).count() < before
    assert actions.count_duties(Actor.process("sweep"), today=today) == 0


def test_an_ind_in_the_us_owes_its_annual_report(one, travel) -> None:
    """In effect since 2024-08-20: the year to 2026-08-19 is due 60 days after 2026-08-20."""
    officer = factories.make_actor(Role.SAFETY_OFFICER)
    travel(date(2026, 10, 1) - clock.today())
    ind = {"market": "US", "setting": "TRIAL", "number": "IND 29999", "source": "letter, page 1"}
    ind |= {"authorised_on": date(2024, 8, 20), "ended_on": None, "owner_name": "孙浩"}
    row = authorisations.enter(one, factories.product(), values=ind)
    authorisations.confirm(officer, row)
    found = [(d.duty.code, str(d.duty.data_lock), str(d.duty.due)) for d in duties.owed(one)]
    assert found == [
        ("US_IND", "2025-08-19", "2025-10-19"),
        ("US_IND", "2026-08-19", "2026-10-19"),
        ("US_IND", "2027-08-19", "2027-10-19"),
    ]
    day = DutyDay.objects.get(due=date(2026, 10, 19))
    assert noticed(day, "duty_abroad") == ["due-30"]
    titles = [entry.title for entry in calendars.entries(one, today=clock.today())]
    assert sum("IND 29999" in title for title in titles) == 2
    client = Client(headers={"accept-language": "en"})
    client.force_login(User.objects.get(id=one.id))
    page = client.get(reverse("duties")).text
    asked = {"kind": "US_IND", "product": factories.product().id}
    asked |= {"start": "2025-08-20", "end": "2026-08-19"}
    assert escape(f"{reverse('aggregate-report-new')}?{urlencode(asked)}") in page
    assert "Annual report of the US IND" in page
    assert "Annual report of an IND" in client.get(reverse("aggregate-report-new"), asked).text
    where = reverse("duty-done", args=[row.id, "US_IND", "2026-10-19"])
    assert client.post(where, {"done_on": "2026-09-30", "evidence": "ESG 8"}).status_code == 302
    done = client.get(reverse("api-duty", args=[row.id, "US_IND", "2026-10-19"])).json()
    assert (done["market"], done["authorisation"]) == ("US", str(row.id))
    file = client.get(reverse("register-file", args=["duties", "csv"])).content.decode()
    assert "ESG 8" in file
    # The development birth date is entered: DSURs instead, by that day.
    travel(timedelta(hours=1))
    born = authorisations.enter(one, row.product, values=ind | {"born_on": date(2024, 5, 6)})
    authorisations.confirm(officer, born)
    later = [(d.duty.code, str(d.duty.due)) for d in duties.owed(one) if not d.done]
    assert later == [("US_DSUR", f"{year}-07-04") for year in (2026, 2027, 2028)]
