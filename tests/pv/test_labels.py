"""Labels from two persons to the expectedness of cases and the list of those to look at again."""

from datetime import timedelta

import pytest
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse

from followup.core import clock
from followup.core.permissions import Role
from followup.core.problems import Conflict, Denied, Refused
from pv.actions import authorisations, coding
from pv.actions import cases as case_actions
from pv.actions import labels as actions
from pv.domain.cases.flags import UNEXPECTED
from pv.domain.e2b import storage
from pv.models import Case, ExpectednessDecision, LabelReview, LabelVersion
from pv.queries import expectedness, labels
from tests import factories
from tests.pv import meddra_files

pytestmark = pytest.mark.django_db
ERUPTION, FEVER = 10900001, 10900004


@pytest.fixture(autouse=True)
def loaded() -> None:
    for language in ("en", "zh"):
        coding.load_release(factories.SYSTEM, meddra_files.release("98.1", language))


@pytest.fixture
def reviewer():
    return factories.make_actor(Role.MEDICAL_REVIEWER)


def entered(actor, terms: str, *, days: int = 900, number: str = "V1", **more) -> LabelVersion:
    values = {"kind": "LABEL", "country": "CN", "number": number, "dictionary": "98.1"}
    values |= {"source": "label, section 6", "valid_from": clock.today() - timedelta(days=days)}
    return actions.enter(actor, factories.product(), values=values | more, terms=terms)


def coded(officer, case: Case, term: int = ERUPTION) -> Case:
    row = Case.objects.get(id=case.id)
    coding.code(
        officer, row, path="E.i[1].2.1b", term=term, version="98.1", lock_version=row.lock_version
    )
    return Case.objects.get(id=case.id)


def written(case: Case) -> str | None:
    row = Case.objects.get(id=case.id)
    root = storage.from_data(row.versions.get(number=row.current_version).message)
    return root.groups["G.k"][0].groups["G.k.9.i"][0].values.get(UNEXPECTED)


def test_a_label_counts_once_another_person_has_confirmed_it(officer, reviewer, case) -> None:
    row = entered(officer, "Moss eruption; 苔藓样皮疹; fatal\n10900003")
    assert [(t.code, t.words, t.fatal) for t in labels.terms(officer, row)] == [
        (ERUPTION, "苔藓样皮疹", True),
        (10900003, "", False),
    ]
    with pytest.raises(Refused):
        actions.confirm(officer, row)
    coded(officer, case)
    assert written(case) is None
    actions.confirm(reviewer, row)
    assert [held.number for held in labels.held(officer)] == ["V1"]
    with pytest.raises(Refused):
        actions.confirm(reviewer, row)
    with pytest.raises(Denied):
        actions.enter(factories.make_actor(Role.AUDITOR), factories.product(), values={}, terms="")


def test_the_database_too_wants_two_persons(officer) -> None:
    row = entered(officer, "10900001")
    row.confirmed_by_id, row.confirmed_at = officer.id, clock.now()
    with (
        pytest.raises(IntegrityError),
        factories.transaction.atomic(),
        factories.audit.acting(factories.SYSTEM, "test.confirm"),
    ):
        row.save()


def test_each_line_that_is_no_term_is_named(officer) -> None:
    with pytest.raises(Refused) as refused:
        entered(officer, "10900001\nNo such thing\nMoss eruption\n10999999", country="C")
    assert len(refused.value.fields["terms"]) == 3
    assert "country" in refused.value.fields
    with pytest.raises(Refused) as refused:
        entered(officer, "10900001", dictionary="11.0")
    assert list(refused.value.fields) == ["dictionary"]


def test_expectedness_follows_the_coding_and_a_person_may_decide_otherwise(
    officer, reviewer, case
) -> None:
    actions.confirm(reviewer, entered(officer, "Moss fever"))
    row = coded(officer, case)
    assert (written(case), row.unexpected) == ("1", True)
    row = coded(officer, case, FEVER)
    assert (written(case), row.unexpected) == ("0", False)
    line = expectedness.lines(officer, row, row.versions.get(number=1))[0]
    asked = {"pair": line.pair.key, "receiver": "nmpa", "lock_version": row.lock_version}
    with pytest.raises(Refused):
        case_actions.decide_expectedness(reviewer, row, **asked, unexpected=True, reason=" ")
    made = case_actions.decide_expectedness(
        reviewer, row, **asked, unexpected=True, reason="graver than the label says"
    )
    assert (made.derived, made.unexpected) == (False, True)
    assert made.labels[0]["number"] == "V1"
    assert (written(case), Case.objects.get(id=case.id).unexpected) == ("1", True)
    with pytest.raises(Conflict):
        case_actions.decide_expectedness(reviewer, row, **asked, unexpected=None, reason="x")
    coded(officer, case, FEVER)  # what a person decided is not overwritten by a later coding
    assert written(case) == "1"
    row = Case.objects.get(id=case.id)
    case_actions.decide_expectedness(
        officer,
        row,
        **asked | {"lock_version": row.lock_version},
        unexpected=None,
        reason="the label after all",
    )
    assert written(case) == "0"


def test_what_somebody_typed_is_not_overwritten_but_shown(officer, reviewer, case) -> None:
    actions.confirm(reviewer, entered(officer, "Moss fever"))
    path = "G.k[1].9.i[1].CN.1"
    row = Case.objects.get(id=case.id)
    case_actions.edit(officer, row, changes={path: "0"}, lock_version=row.lock_version)
    row = coded(officer, case)
    assert written(case) == "0"
    assert ExpectednessDecision.objects.count() == 0
    line = expectedness.lines(officer, row, row.versions.get(number=1))[0]
    assert (line.derived.unexpected, line.unexpected, line.differs) == (True, False, True)


def test_a_changed_label_lists_the_cases_to_look_at_again(officer, reviewer, case) -> None:
    coded(officer, case)
    actions.confirm(reviewer, entered(officer, "Moss fever"))
    first = LabelReview.objects.get()
    assert (first.because, first.before, first.after) == ("answer", None, True)
    # The term is added after the day of the event: the answer stays, the case is looked at.
    actions.confirm(reviewer, entered(officer, "Moss fever\nMoss eruption", days=-40, number="V2"))
    second = LabelReview.objects.exclude(id=first.id).get()
    assert (second.because, second.before, second.after) == ("term", True, True)
    # A label no receiver of the case asks for lists nothing.
    actions.confirm(reviewer, entered(officer, "Moss eruption", country="US"))
    assert LabelReview.objects.count() == 2
    done = {"done_on": clock.today(), "version": 1}
    with pytest.raises(Refused):
        actions.finish_review(reviewer, second, outcome=" ", **done)
    actions.finish_review(reviewer, second, outcome="no change", **done)
    assert labels.open_reviews(officer) == [first]
    with pytest.raises(Conflict):
        actions.finish_review(reviewer, second, outcome="again", **done)


def test_a_label_abroad_moves_the_clocks_that_ask_for_it(officer, reviewer, case) -> None:
    coded(officer, case)
    day = clock.today() - timedelta(days=900)
    values = {"market": "US", "setting": "POST_MARKET", "number": "BL 125999", "source": "letter"}
    values |= {"authorised_on": day, "ended_on": None}
    row = authorisations.enter(officer, case.product, values=values)
    authorisations.confirm(factories.make_actor(Role.REGULATORY), row)
    running = case.clocks.filter(rule="US-15", stopped_at__isnull=True)
    assert running.exists(), "what no label calls expected is unexpected"
    actions.confirm(reviewer, entered(officer, "Moss fever\nMoss eruption", country="US"))
    assert not running.exists()
    later = entered(officer, "Moss fever", days=800, number="V2", country="US")
    actions.confirm(reviewer, later)
    assert running.exists(), "the labels of the days it may have begun on differ"


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_pages_take_a_label_from_two_persons_to_a_case_looked_at(language, case) -> None:
    clients = []
    for role in (Role.SAFETY_OFFICER, Role.MEDICAL_REVIEWER):
        client = Client(raise_request_exception=False, headers={"accept-language": language})
        client.force_login(factories.make_user(role, language=language))
        clients.append(client)
    enterer, checker = clients
    coded(factories.make_actor(Role.SAFETY_OFFICER), case)
    sent = {"product": str(factories.product().id), "kind": "LABEL", "country": "cn"}
    sent |= {"number": "V7", "valid_from": "2020-01-01", "dictionary": "98.1", "source": "p. 6"}
    wrong = enterer.post("/labels/new/", sent | {"terms": "Nothing of the kind"})
    assert wrong.status_code == 422
    assert "Nothing of the kind" in wrong.content.decode()
    made = enterer.post("/labels/new/", sent | {"terms": "Moss fever"})
    assert made.status_code == 302
    assert enterer.post(made["location"]).status_code == 422
    assert checker.post(made["location"], {"refuse": "1", "reason": ""}).status_code == 422
    assert checker.post(made["location"]).status_code == 302
    assert "V7" in enterer.get("/labels/").content.decode()
    assert case.number in enterer.get(made["location"]).content.decode()
    task = LabelReview.objects.get()
    assert case.number in checker.get("/labels/reviews/").content.decode()
    address = reverse("label-review", args=[task.id])
    assert checker.post(address, {"version": 1}).status_code == 422
    done = {"version": 1, "done_on": clock.today().isoformat(), "outcome": "stays serious"}
    assert checker.post(address, done).status_code == 302
    assert "stays serious" in enterer.get(address).content.decode()
    page = reverse("case-expectedness", args=[case.id])
    text = checker.get(page).content.decode()
    assert "V7" in text
    line = expectedness.lines(
        factories.SYSTEM, case, case.versions.get(number=case.current_version)
    )[0]
    answer = {"e0-pair": line.pair.key, "e0-receiver": "nmpa", "e0-answer": "expected"}
    answer["e0-lock_version"] = str(Case.objects.get(id=case.id).lock_version)
    refused = checker.post(page, answer)
    assert refused.status_code == 422
    assert "error-summary" in refused.text, "what is wrong is named at the top, however far below"
    pasted = checker.post(page, answer | {"e0-reason": "own\0view"})
    assert pasted.status_code == 422
    assert "不允许是用空字符串" not in pasted.text, (
        "what Django says of it in Chinese is another thing"
    )
    gone = {"e9-pair": line.pair.key, "e9-answer": "expected"}
    assert "tone-due no-print" in checker.post(page, gone, follow=True).text
    assert checker.post(page, answer | {"e0-reason": "own view"}).status_code == 302
    assert "own view" in enterer.get(page).content.decode()
    assert checker.post(page, answer | {"e0-reason": "own view"}).status_code == 409
