"""The search for duplicates on stored cases: found, explained, scoped, decided; one policy."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from followup.core import clock
from followup.core.permissions import Role
from followup.core.problems import Conflict, Refused
from followup.domain.dates import PartialDate
from pv.actions import cases, duplicates, receptions
from pv.domain.duplicates import (
    Report,
    Verdict,
    from_data,
    read_duplicate_rules,
    search_keys,
    to_data,
)
from pv.models import Case, CaseFeatures
from pv.queries import duplicates as queries
from pv.web import duplicates as pages
from tests import factories
from tests.pv.actions.test_receptions import report

BACKEND = "django.contrib.auth.backends.ModelBackend"
TEXTS = st.text("abcPL-1298", min_size=1, max_size=6)
DATA = json.loads((Path(settings.BASE_DIR) / "pv/reference/duplicates.json").read_text("utf-8"))


@pytest.fixture
def officer():
    return factories.make_actor(Role.SAFETY_OFFICER)


def reported(nurse, patient, **values) -> Case:
    event = factories.malignancy(nurse, patient, **values)
    return Case.objects.get(sources__event=event)


@pytest.fixture
def pair() -> tuple[Case, Case]:
    """One event of one patient, reported twice by two people."""
    site = factories.make_site("DUP")
    nurse = factories.make_actor(Role.NURSE, site=site)
    patient = factories.register(nurse, site)
    onset = PartialDate.from_iso((clock.today() - timedelta(days=9)).isoformat())
    return (
        reported(nurse, patient, onset=onset),
        reported(nurse, patient, onset=onset),
    )


@pytest.mark.django_db
def test_one_event_reported_twice_is_found_and_explained(officer, pair):
    first, second = pair
    (candidate,) = queries.search(officer, second).candidates
    assert candidate.case == first
    assert candidate.score.verdict is Verdict.PROBABLE
    fields = {field.code: field.agreement.value for field in candidate.score.fields}
    assert (fields["person_key"], fields["onset"]) == ("IDENTICAL", "IDENTICAL")
    assert candidate.values["onset"][0] == candidate.values["onset"][1] != ""
    assert [c.case for c in queries.search(officer, first).candidates] == [second]


@pytest.mark.django_db
def test_another_patient_is_no_candidate(officer, pair):
    site = factories.Site.objects.get(code="DUP")
    nurse = factories.make_actor(Role.NURSE, site=site)
    day = clock.today() - timedelta(days=800)
    stranger = factories.register(nurse, site, infused_on=day, sex="FEMALE")
    alone = reported(nurse, stranger)
    assert queries.search(officer, alone).candidates == []


@pytest.mark.django_db
def test_the_index_follows_what_the_case_says(officer, pair):
    first, second = pair
    second = cases.accept(officer, second, lock_version=second.lock_version)
    changes = {"E.i[1].4": "20200101", "D.5": "2", "G.k[1].4.r[1].7": "OTHER"}
    second = cases.edit(officer, second, changes=changes, lock_version=second.lock_version)
    assert CaseFeatures.objects.get(case=second).values["lot"] == "OTHER"
    (candidate,) = queries.search(officer, second).candidates
    assert candidate.score.verdict is Verdict.SUSPECT, "the same person, another event"


@pytest.mark.django_db
def test_a_case_outside_the_scope_is_counted_and_never_shown(pair):
    first, second = pair
    other = factories.make_site("DU2")
    with factories.transaction.atomic(), factories.audit.acting(factories.SYSTEM, "test"):
        Case.objects.filter(id=first.id).update(site=other)
    local = factories.make_actor(Role.SAFETY_OFFICER, site=second.site)
    result = queries.search(local, second)
    assert (list(result.candidates), result.hidden) == ([], 1)
    with pytest.raises(Refused):
        duplicates.decide(
            local, second, first, outcome="same", reason="x", lock_version=second.lock_version
        )


@pytest.mark.django_db
def test_the_same_case_is_set_aside_and_the_other_goes_on(officer, pair):
    first, second = pair
    for outcome in ("later", "related", "different"):
        duplicates.decide(
            officer, second, first, outcome=outcome, reason="电话核实", lock_version=1
        )
        found = queries.search(officer, first)
        assert found.candidates[0].decision.outcome == outcome
        assert found.undecided == (outcome == "later")
    with pytest.raises(Refused) as refused:
        duplicates.decide(officer, second, first, outcome="", reason=" ", lock_version=1)
    assert set(refused.value.fields) == {"outcome", "reason"}
    with pytest.raises(Conflict):
        duplicates.decide(officer, second, first, outcome="same", reason="x", lock_version=99)
    lock, earlier = Case.objects.get(id=second.id).lock_version, second.received_on
    earlier -= timedelta(days=2)
    told = {"source": second.sources.get(kind="event"), "on": earlier, "reason": "来信日期"}
    cases.correct_awareness(officer, second, lock_version=lock, **told)
    lock = Case.objects.get(id=second.id).lock_version
    duplicates.decide(officer, second, first, outcome="same", reason="同一事件", lock_version=lock)
    second.refresh_from_db()
    first.refresh_from_db()
    assert first.day_zero == first.received_on == earlier, "the day either was learned of first"
    assert (second.stage, first.stage) == ("nullified", "drafted")
    assert queries.search(officer, first).candidates[0].decision.outcome == "same"


@pytest.mark.django_db
def test_page_and_api_ask_the_same_search(officer, pair):
    first, second = pair
    client = Client()
    client.force_login(factories.make_user(Role.SAFETY_OFFICER, language="en"), backend=BACKEND)
    where = reverse("case-duplicates", args=[second.id])
    page = client.get(where).content.decode()
    assert first.number in page
    assert "Probably the same case" in page
    assert str(first.patient_id) not in page
    form = html.fromstring(page).xpath("//main//form[contains(., 'Different cases')]")[0]
    answers = form.xpath(".//button[not(@disabled)]")
    assert [button.get("value") for button in answers] == list(duplicates.Outcome)
    assert form.xpath(".//button")[0].get("disabled") is not None, "Enter decides nothing"
    body = client.get(reverse("api-duplicates", args=[second.id])).json()
    assert [item["number"] for item in body["items"]] == [first.number]
    prefix = f"c{first.id.hex}"
    sent = {f"{prefix}-other": str(first.id), f"{prefix}-lock_version": str(second.lock_version)}
    answer = client.post(where, sent | {f"{prefix}-outcome": "", f"{prefix}-reason": "typed"})
    assert answer.status_code == 422
    assert "typed" in answer.content.decode()
    assert "error-summary" in answer.content.decode()
    later = sent | {f"{prefix}-outcome": "later", f"{prefix}-reason": "asked the hospital"}
    for _twice in range(2):
        assert client.post(where, later).status_code == 302
    assert second.duplicate_decisions.count() == 1
    gone = {f"c{second.id.hex}-other": str(second.id)}
    shown = client.post(where, gone, follow=True).content.decode()
    assert "These two cases do not look alike any more." in shown
    answer = client.post(
        reverse("api-duplicates", args=[second.id]),
        {"other": str(first.id), "outcome": "different", "reason": "x", "lock_version": 1},
        content_type="application/json",
    )
    assert (answer.status_code, answer.json()["items"][0]["decision"]) == (200, "different")
    sent |= {f"{prefix}-outcome": "same", f"{prefix}-reason": "同一事件"}
    assert client.post(where, sent).status_code == 302
    second.refresh_from_db()
    assert second.stage == "nullified"


@pytest.mark.django_db
def test_an_imported_case_says_how_many_look_like_it(officer):
    one, other = report(name="CN-A-1", drug="X"), report(name="CN-B-2", drug="X")
    for message in (one, other):
        message.root.values |= {"D.2.1": "19610305", "D.5": "1"}
        message.root.each("E.i")[0].values |= {"E.i.4": "20260801", "E.i.2.1b": "10042971"}
    first = receptions.import_icsr(officer, one, file_name="a.xml")
    again = receptions.import_icsr(officer, other, file_name="b.xml")
    assert (first.look_alike, again.look_alike) == (0, 1)
    assert [c.case for c in queries.search(officer, again.case).candidates] == [first.case]


@given(
    lot=TEXTS,
    terms=st.frozensets(TEXTS, min_size=1, max_size=3),
    year=st.integers(1950, 2030),
    month=st.none() | st.integers(1, 12),
)
def test_what_is_kept_is_what_is_compared(lot, terms, year, month):
    """Stored and read again a report has the same values and the same keys, in any order."""
    one: Report = {
        "lot": lot,
        "terms": terms,
        "onset": PartialDate(year, month),
        "product_code": "P",
    }
    data = dict(reversed(list(to_data(one).items())))
    again = from_data(read_duplicate_rules(DATA), data)
    assert again == one
    assert search_keys(again, DATA["blocking"]) == search_keys(one, DATA["blocking"])


@pytest.mark.parametrize(("language", "sex"), [("en", "Male"), ("zh-hans", "男")])
def test_codes_of_the_standard_stand_in_words_side_by_side(language, sex) -> None:
    with translation.override(language):
        assert pages._worded("sex", "1") == sex
        assert pages._worded("outcome", "3") != "3"
        assert pages._worded("sex", "") == ""
        assert pages._worded("lot", "1") == "1"


@pytest.mark.django_db
def test_of_two_cases_one_goes_on_whoever_decides_second(officer, pair) -> None:
    """Both pages were open with both cases standing."""
    first, second = pair
    said = {"outcome": "same", "reason": "one event"}
    duplicates.decide(officer, second, first, **said, lock_version=second.lock_version)
    with pytest.raises(Refused):
        duplicates.decide(officer, first, second, **said, lock_version=first.lock_version)
    assert Case.objects.get(id=first.id).stage == "drafted"
