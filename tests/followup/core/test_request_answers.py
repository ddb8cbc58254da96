"""What a request asks once: kept to its end, never across a write or a view of the past."""

import pytest

from followup.actions import call_backs as call_back_actions
from followup.core import action as actions
from followup.core import clock, request_answers
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.permissions import Perm, Role
from followup.core.request_answers import once_a_request
from followup.queries import call_backs, codes, data_queries, files, patients, samples
from tests import factories

STORE = {"a": 1}
ASKED: list[str] = []


@once_a_request
def read(name: str) -> int:
    ASKED.append(name)
    return STORE[name]


@pytest.fixture(autouse=True)
def _afresh(monkeypatch):
    monkeypatch.setitem(STORE, "a", 1)
    ASKED.clear()


def test_a_request_asks_once_and_the_next_one_again() -> None:
    for value in (1, 2):
        STORE["a"] = value
        with request_answers.during_request():
            assert [read("a"), read("a")] == [value, value]
    assert ASKED == ["a", "a"]


def test_outside_of_a_request_nothing_is_kept() -> None:
    assert read("a") == 1
    STORE["a"] = 2
    assert read("a") == 2


@pytest.mark.django_db
def test_a_write_reads_anew_and_so_does_what_follows_it(monkeypatch) -> None:

    monkeypatch.setattr(actions, "REGISTRY", {})

    @action("test.write", needs=Perm.PATIENT_READ)
    def write(actor: Actor) -> list[int]:
        before = read("a")
        STORE["a"] = before + 1
        return [before, read("a")]

    with request_answers.during_request():
        assert read("a") == 1
        assert write(factories.SYSTEM) == [1, 2]
        assert read("a") == 2


@pytest.mark.django_db
def test_a_refused_write_leaves_no_old_answer() -> None:
    with request_answers.during_request():
        assert read("a") == 1
        with pytest.raises(ZeroDivisionError), request_answers.apart():
            STORE["a"] = 1 // 0
        STORE["a"] = 3
        assert read("a") == 3


@pytest.mark.django_db
def test_a_page_asks_for_a_code_list_once(django_assert_max_num_queries) -> None:

    codes.items("vital_status")
    with request_answers.during_request(), django_assert_max_num_queries(1):
        assert codes.label("vital_status", "ALIVE", "en") != codes.label(
            "vital_status", "ALIVE", "zh-hans"
        )


@pytest.mark.django_db
def test_an_empty_section_of_a_patient_is_not_asked(site, django_assert_max_num_queries) -> None:
    """One statement says that there is nothing; a row written since is seen, also by others."""
    nurse = factories.make_actor(Role.NURSE, site=site)
    patient = factories.register(nurse, site)
    auditor = factories.make_actor(Role.AUDITOR)
    with request_answers.during_request():
        with django_assert_max_num_queries(1):
            assert call_backs.of_patient(nurse, patient) == []
            assert call_backs.appointments_of(nurse, patient) == []
            assert call_backs.carer_of(nurse, patient) is None
            assert data_queries.open_of_patient(nurse, patient) == []
            assert patients.attempts(nurse, patient) == []
            assert patients.every_event(nurse, patient) == []
            assert samples.of_patient(nurse, patient) == []
            assert files.of_patient(nurse, patient) == []
        assert data_queries.open_of_patient(auditor, patient) == []
        call_back_actions.ask(nurse, patient, due_on=clock.today(), about="wound")
        assert [row.about for row in call_backs.of_patient(nurse, patient)] == ["wound"]
    with request_answers.during_request():
        assert [row.about for row in call_backs.of_patient(nurse, patient)] == ["wound"]
    assert call_backs.appointments_of(nurse, patient) == []
