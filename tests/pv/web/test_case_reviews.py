"""Stages of a case: two persons, the medical review, sending back, and release only at its end."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from followup.core import audit, clock
from followup.core.models import Grant
from followup.core.permissions import Role
from followup.core.problems import Refused
from followup.core.security.accounts import actor_of
from pv.actions import cases as actions
from pv.actions import icsr
from pv.domain.e2b.checks import Profile
from pv.models import Case
from pv.queries import rules
from tests import factories

pytestmark = pytest.mark.django_db
CODED = {"E.i[1].2.1a": "29.1", "E.i[1].2.1b": "10042971"}


@pytest.fixture
def case() -> Case:
    site = factories.make_site()
    nurse = factories.make_actor(Role.NURSE, site=site)
    factories.malignancy(nurse, factories.register(nurse, site), causality="POSSIBLE")
    return Case.objects.get()


def client_of(role: Role, language: str = "en") -> Client:
    client = Client()
    client.force_login(factories.make_user(role, language=language))
    return client


def with_both_roles():
    user = factories.make_user(Role.SAFETY_OFFICER)
    with audit.acting(factories.SYSTEM, "test.grant"):
        Grant.objects.create(
            user=user,
            role=Role.MEDICAL_REVIEWER,
            all_sites=True,
            all_products=True,
            granted_at=clock.now(),
        )
    return actor_of(user, request_id="test")


def in_review(officer, case: Case) -> Case:
    case = actions.accept(officer, case, lock_version=case.lock_version)
    case = actions.edit(officer, case, changes=CODED, lock_version=case.lock_version)
    for stage in ("quality", "medical"):
        case = actions.advance(officer, case, to=stage, lock_version=case.lock_version)
    return case


def test_the_officer_cannot_pass_the_medical_review(officer, case) -> None:
    case = in_review(officer, case)
    with translation.override("en"), pytest.raises(Refused, match="medical reviewer"):
        actions.advance(officer, case, to="submission", lock_version=case.lock_version)
    assert Case.objects.get(id=case.id).stage == "medical"


def test_one_person_with_both_roles_does_not_pass_both_stages(case) -> None:
    both = with_both_roles()
    case = in_review(both, case)
    with translation.override("en"), pytest.raises(Refused, match="another person"):
        actions.review(both, case, approve=True, lock_version=case.lock_version)
    other = factories.make_actor(Role.MEDICAL_REVIEWER)
    case = actions.review(other, case, approve=True, lock_version=case.lock_version)
    assert case.stage == "submission"


def test_without_the_rule_one_person_may(case, monkeypatch) -> None:
    both = with_both_roles()
    case = in_review(both, case)
    loaded = rules.data
    free = {**loaded("reviews"), "four_eyes": []}
    monkeypatch.setattr(rules, "data", lambda code: free if code == "reviews" else loaded(code))
    assert actions.review(both, case, approve=True, lock_version=case.lock_version).stage == (
        "submission"
    )


@pytest.mark.parametrize("stage", ["entry", "quality", "medical"])
def test_nothing_is_released_before_the_review(officer, case, stage) -> None:
    case = actions.accept(officer, case, lock_version=case.lock_version)
    case = actions.edit(officer, case, changes=CODED, lock_version=case.lock_version)
    for to in ("quality", "medical"):
        if case.stage != stage:
            case = actions.advance(officer, case, to=to, lock_version=case.lock_version)
    assert case.stage == stage
    with translation.override("en"), pytest.raises(Refused, match="Submission"):
        icsr.export(officer, case, profile=Profile.NMPA)
    row = Case.objects.get(id=case.id)
    assert row.stage == stage
    assert row.versions.get().locked_at is None


def test_the_reviewer_approves_on_the_page_and_the_file_is_released(officer, case) -> None:
    case = in_review(officer, case)
    reviewer = client_of(Role.MEDICAL_REVIEWER)
    page = reviewer.get(reverse("case", args=[case.id])).content.decode()
    assert 'name="verdict" value="approve"' in page
    lock = {"lock_version": str(case.lock_version)}
    reviewer.post(reverse("case-review", args=[case.id]), {"verdict": "approve", **lock})
    case = Case.objects.get(id=case.id)
    assert case.stage == "submission"
    page = client_of(Role.SAFETY_OFFICER)
    address = reverse("case-submit", args=[case.id])
    assert "nobody reviewed the change" not in page.get(address).text
    assert icsr.export(officer, case, profile=Profile.NMPA).size


def test_what_was_changed_after_its_review_is_reviewed_again(officer, case, monkeypatch) -> None:
    reviewer, page = factories.make_actor(Role.MEDICAL_REVIEWER), client_of(Role.SAFETY_OFFICER)
    case = in_review(officer, case)
    case = actions.review(reviewer, case, approve=True, lock_version=case.lock_version)
    edited = {"E.i[1].7": "3"}
    case = actions.edit(officer, case, changes=edited, lock_version=case.lock_version)
    with translation.override("en"), pytest.raises(Refused, match="send the case back"):
        icsr.export(officer, case, profile=Profile.NMPA)
    address = reverse("case-submit", args=[case.id])
    shown = page.get(address).text
    assert "send the case back" in shown
    assert "Releasing locks this version" not in shown
    lock = {"lock_version": case.lock_version}
    case = actions.advance(officer, case, to="medical", reason="the outcome came", **lock)
    lock = {"lock_version": case.lock_version}
    case = actions.review(reviewer, case, approve=True, **lock)
    case = actions.edit(officer, case, changes={"E.i[1].7": "2"}, lock_version=case.lock_version)
    loaded = rules.data  # a holder may do with a note
    mild = {**loaded("reviews"), "reviewed_content": []}
    monkeypatch.setattr(rules, "data", lambda code: mild if code == "reviews" else loaded(code))
    assert "nobody reviewed the change" in page.get(address).text
    assert icsr.export(officer, case, profile=Profile.NMPA).size


def test_the_reviewer_sends_back_with_a_comment_the_officer_reads(officer, case) -> None:
    case = in_review(officer, case)
    reviewer, address = client_of(Role.MEDICAL_REVIEWER), reverse("case-review", args=[case.id])
    lock = {"lock_version": str(case.lock_version)}
    answer = reviewer.post(address, {"verdict": "back", "comment": " ", **lock}, follow=True)
    assert "Say why" in answer.content.decode()
    assert Case.objects.get(id=case.id).stage == "medical"
    reviewer.post(address, {"verdict": "back", "comment": "Onset is missing", **lock})
    assert Case.objects.get(id=case.id).stage == "entry"
    page = client_of(Role.SAFETY_OFFICER).get(reverse("case", args=[case.id])).content.decode()
    assert "Onset is missing" in page


def test_the_officer_sends_a_checked_case_back_with_its_button(officer, case) -> None:
    case = in_review(officer, case)
    client = client_of(Role.SAFETY_OFFICER)
    page = client.get(reverse("case", args=[case.id])).content.decode()
    assert 'name="to" value="entry"' in page
    assert 'name="verdict"' not in page
    lock = {"lock_version": str(case.lock_version)}
    client.post(
        reverse("case-advance", args=[case.id]), {"to": "entry", "reason": "typing error", **lock}
    )
    assert Case.objects.get(id=case.id).stage == "entry"


@pytest.mark.parametrize("role", [Role.SAFETY_OFFICER, Role.NURSE, Role.AUDITOR])
def test_nobody_else_reviews(officer, case, role) -> None:
    case = in_review(officer, case)
    lock = {"lock_version": str(case.lock_version), "verdict": "approve"}
    answer = client_of(role).post(reverse("case-review", args=[case.id]), lock)
    assert answer.status_code in (403, 404)
    assert Case.objects.get(id=case.id).stage == "medical"


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_page_of_the_review_has_all_a_reviewer_asks_and_keeps_the_comment(
    officer, case, language
) -> None:
    case = in_review(officer, case)
    reviewer = client_of(Role.MEDICAL_REVIEWER, language)
    url = reverse("case-medical-review", args=[case.id])
    page = reviewer.get(url).content.decode()
    assert url in reviewer.get(reverse("case", args=[case.id])).content.decode()
    for wanted in ('name="comment"', 'value="approve"', 'value="back"', "/causality/"):
        assert wanted in page
    assert {"en": "Reporter: Possible", "zh-hans": "报告者：可能"}[language] in page
    sent = {"comment": "Fits the time since infusion.", "lock_version": case.lock_version}
    assert reviewer.post(url, sent).status_code == 302
    assert reviewer.post(url, sent | {"comment": "late"}).status_code == 409
    version = Case.objects.get(id=case.id).versions.get()
    assert version.message["values"]["H.4"] == sent["comment"]
    assert sent["comment"] in client_of(Role.SAFETY_OFFICER).get(url).content.decode()
    assert client_of(Role.AUDITOR).post(url, sent).status_code in (403, 404)
    old = Case.objects.get(id=case.id)
    actions.review(
        factories.make_actor(Role.MEDICAL_REVIEWER),
        old,
        approve=True,
        lock_version=old.lock_version,
    )
    icsr.export(officer, Case.objects.get(id=case.id), profile=Profile.NMPA)
    lock = Case.objects.get(id=case.id).lock_version
    late = reviewer.post(url, {"comment": "after release", "lock_version": lock})
    assert late.status_code == 422


def test_a_nullification_offers_nothing_to_assess(officer, case) -> None:
    reviewer = client_of(Role.MEDICAL_REVIEWER)
    doors = {
        "case-medical-review": 'name="comment"',
        "case-causality": "/causality/assess/",
        "case-expectedness": 'name="e0-answer"',
    }

    def offered() -> set[str]:
        pages = {name: reviewer.get(reverse(name, args=[case.id])) for name in doors}
        return {name for name, page in pages.items() if doors[name] in page.content.decode()}

    assert offered() == set(doors)
    case = in_review(officer, case)
    passed = actions.review(
        factories.make_actor(Role.MEDICAL_REVIEWER),
        case,
        approve=True,
        lock_version=case.lock_version,
    )
    file = icsr.export(officer, passed, profile=Profile.NMPA)
    icsr.mark_sent(officer, file, on=clock.today(), proof="portal")
    sent = Case.objects.get(id=case.id)
    actions.nullify(officer, sent, reason="No such patient", lock_version=sent.lock_version)
    row = Case.objects.get(id=case.id)
    assert row.versions.get(number=row.current_version).locked_at is None
    assert offered() == set()
    with translation.override("en"), pytest.raises(Refused, match="nullified already"):
        actions.comment(officer, row, comment="late", lock_version=row.lock_version)
