"""The end of a work-up: two readers of two kinds, alone first, then agreed or in consensus."""

import json
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import translation

from followup.core import naming
from followup.core.audit import acting
from followup.core.forms import NO_YES_UNKNOWN
from followup.core.permissions import Role
from followup.core.problems import Conflict, Denied, Refused
from followup.core.trail import signables
from pv.actions import adjudications, workups
from pv.models import Case, WorkUp
from pv.models.workups import LEVELS
from pv.queries import adjudications as views
from pv.queries.work_up_questions import QUESTIONS, SUSPICIONS
from tests import factories

pytestmark = pytest.mark.django_db
GROUNDS = {"evidence": "PCR of the biopsy", "reason": "Transgene in the clone"}


@pytest.fixture
def work_up() -> WorkUp:
    site = factories.make_site()
    nurse = factories.make_actor(Role.NURSE, site=site)
    factories.malignancy(nurse, factories.register(nurse, site))
    row = WorkUp.objects.get(case=Case.objects.get())
    with acting(factories.SYSTEM, "test.state"):
        WorkUp.objects.filter(id=row.id).update(state="RESULTS_IN")
    row.refresh_from_db()
    return row


@pytest.fixture
def first():
    return factories.make_actor(Role.SAFETY_OFFICER)


@pytest.fixture
def second():
    return factories.make_actor(Role.MEDICAL_REVIEWER)


def read(actor, work_up, kind: str, attribution: str, **more):
    work_up.refresh_from_db()
    values = {**GROUNDS, "expertise": kind, "attribution": attribution} | more
    return adjudications.read(actor, work_up, version=work_up.version, **values)


@pytest.mark.parametrize(
    ("code", "meaning"),
    [
        ("A", "ATTRIBUTABLE"),
        ("B", "ATTRIBUTABLE"),
        ("D", "NOT_ATTRIBUTABLE"),
        ("E", "UNDETERMINED"),
    ],
)
def test_two_who_agree_end_a_true_case(first, second, work_up, code, meaning) -> None:
    read(first, work_up, "HAEMATOPATHOLOGIST", code)
    work_up.refresh_from_db()
    assert work_up.state == "RESULTS_IN"
    read(second, work_up, "MOLECULAR_EXPERT", code)
    work_up.refresh_from_db()
    assert work_up.state == "ADJUDICATED"
    assert views.conclusion(views.progress(work_up).agreed).code == meaning
    with pytest.raises(Refused):  # its steps are open: only a signed reason closes it now
        workups.advance(first, work_up, event="CLOSE")
    workups.advance(first, work_up, event="CLOSE", reason="nothing to send", signed=True)
    work_up.refresh_from_db()
    assert work_up.state == "CLOSED"


def test_those_who_differ_read_in_consensus(first, second, work_up) -> None:
    read(first, work_up, "HAEMATOPATHOLOGIST", "A")
    read(second, work_up, "MOLECULAR_EXPERT", "D")
    now = views.progress(work_up)
    assert (now.consensus, now.agreed) == (True, "")
    read(second, work_up, "MOLECULAR_EXPERT", "B")
    work_up.refresh_from_db()
    assert (work_up.state, views.progress(work_up).agreed) == ("ADJUDICATED", "B")


def test_one_person_does_not_read_twice_and_each_kind_reads_once(first, second, work_up) -> None:
    read(first, work_up, "HAEMATOPATHOLOGIST", "A")
    with pytest.raises(Refused):
        read(first, work_up, "MOLECULAR_EXPERT", "A")
    with pytest.raises(Refused) as refused:
        read(second, work_up, "HAEMATOPATHOLOGIST", "A")
    assert "expertise" in refused.value.fields
    assert views.progress(work_up).first_needed == 1


def test_a_first_reading_is_not_shown_to_the_other_reader(first, second, work_up) -> None:
    read(first, work_up, "HAEMATOPATHOLOGIST", "A")
    assert [row.reader_id for row in views.shown(first, work_up).readings] == [first.id]
    assert views.shown(second, work_up).readings == []
    read(second, work_up, "MOLECULAR_EXPERT", "D")
    assert len(views.shown(first, work_up).readings) == 2


@pytest.mark.parametrize("empty", ["evidence", "reason"])
def test_a_reading_without_grounds_is_refused(first, work_up, empty) -> None:
    with pytest.raises(Refused) as refused:
        read(first, work_up, "HAEMATOPATHOLOGIST", "A", **{empty: "  "})
    assert set(refused.value.fields) == {empty}


def test_what_moved_meanwhile_is_a_conflict_and_others_may_not(first, work_up) -> None:
    values = {**GROUNDS, "expertise": "MOLECULAR_EXPERT", "attribution": "A"}
    with pytest.raises(Conflict):
        adjudications.read(first, work_up, version=work_up.version - 1, **values)
    with pytest.raises(Denied):
        read(factories.make_actor(Role.AUDITOR), work_up, "MOLECULAR_EXPERT", "A")


def test_reopened_it_is_read_again_from_the_beginning(first, second, work_up) -> None:
    read(first, work_up, "HAEMATOPATHOLOGIST", "A")
    read(second, work_up, "MOLECULAR_EXPERT", "A")
    workups.advance(first, work_up, event="REOPEN", reason="new result")
    assert views.progress(work_up).first_needed == 2


def test_the_page_takes_a_reading_and_gives_back_what_was_typed(second, work_up) -> None:
    client = Client()
    client.force_login(factories.make_user(Role.MEDICAL_REVIEWER))
    address = reverse("work-up", args=[work_up.case_id])
    assert 'name="reading-attribution"' in client.get(address).content.decode()
    data = {
        "reading-version": work_up.version,
        "reading-expertise": "MOLECULAR_EXPERT",
        "reading-attribution": "A",
        "reading-evidence": "typed evidence",
        "reading-reason": "",
    }
    target = reverse("work-up-read", args=[work_up.case_id])
    answer = client.post(target, data)
    assert answer.status_code == 422
    assert "typed evidence" in answer.content.decode()
    assert "error-summary" in answer.content.decode(), "what is missing is named at the top"
    assert client.post(target, {**data, "reading-reason": "because"}).status_code == 302
    assert views.progress(work_up).first_needed == 1
    # The page of another tab: nobody asks this reader any more, and what was typed is there still.
    late = client.post(target, {**data, "reading-reason": "of another tab"})
    assert late.status_code in (409, 422)
    assert "of another tab" in late.content.decode()
    assert "error-summary" in late.content.decode()


def test_a_step_without_its_reason_stays_on_the_page(work_up) -> None:
    client = Client()
    client.force_login(factories.make_user(Role.SAFETY_OFFICER))
    target = reverse("work-up-advance", args=[work_up.case_id])
    answer = client.post(target, {"event": "EXCLUDE", "reason": " "})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "Say why." in page
    assert 'id="why-exclude"' in page
    assert "Where it stands" in page


def test_every_class_has_its_conclusion() -> None:
    data = json.loads(
        (Path(settings.BASE_DIR) / "pv/reference/attribution.json").read_text("utf-8")
    )
    known = {row["code"] for row in data["conclusions"]}
    assert {row["conclusion"] for row in data["classes"]} == known


def test_the_closure_is_signed_in_words_with_the_class_the_readers_agreed_on(
    first, second, work_up
) -> None:
    workups.answer(
        first,
        work_up,
        answers={"relapse": "NO", "suspicions": ["LYMPHADENOPATHY"]},
        version=work_up.version,
    )
    signable = signables.of("work_up")
    work_up.refresh_from_db()
    assert "agreed" not in {line[0] for line in signable.lines(first, work_up)}
    read(first, work_up, "HAEMATOPATHOLOGIST", "B")
    read(second, work_up, "MOLECULAR_EXPERT", "B")
    work_up.refresh_from_db()
    with translation.override("zh-hans"):
        lines = {line[0]: line[1:] for line in signable.lines(first, work_up)}
    assert lines["evidence.relapse"] == ("证据 · 是否为原疾病的复发或进展", "否", "NO")
    assert lines["evidence.suspicions[1]"][1:] == ("不明原因淋巴结肿大", "LYMPHADENOPATHY")
    assert lines["agreed"][2] == "B"
    assert lines["agreed"][1].startswith("B ")
    with translation.override("zh-hans"):
        assert lines["level"][1] == work_up.get_level_display()


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_trail_calls_levels_and_answers_as_the_page_does(language) -> None:
    asked = {**dict(NO_YES_UNKNOWN), **dict(SUSPICIONS)}
    with translation.override(language):
        for code, words in LEVELS:
            assert naming.value(code, "level", "pv_workup")[0] == str(words)
        for code, words in asked.items():
            assert naming.value(code, "evidence.relapse", "pv_workup")[0] == str(words)
        for name, words in QUESTIONS.items():
            assert naming.column(f"evidence.{name}", "pv_workup").endswith(f" · {words}")
