"""A file is released under a signature of just its version, where the rules ask for one."""

from unittest import mock

import pytest
from django.test import Client
from django.urls import reverse

from followup.core import clock
from followup.core.permissions import Role
from followup.core.problems import Refused
from followup.core.security import one_time_codes
from followup.core.security.accounts import actor_of
from pv.actions import case_links, cases, icsr
from pv.domain.e2b.checks import Profile
from pv.models import Case, CaseVersion
from pv.queries import case_links as links
from pv.queries import rules
from tests import factories
from tests.followup.web.test_second_factors import enrol
from tests.pv.actions.test_sendings import CODED
from tests.pv.web.test_signatures import PASSWORD, shown

pytestmark = pytest.mark.django_db
NMPA = Profile.NMPA


@pytest.fixture
def officer():
    return factories.make_user(Role.SAFETY_OFFICER, password=PASSWORD)


@pytest.fixture
def case(officer) -> Case:
    site = factories.make_site()
    nurse = factories.make_actor(Role.NURSE, site=site)
    factories.malignancy(nurse, factories.register(nurse, site), causality="POSSIBLE")
    actor, case = actor_of(officer), Case.objects.get()
    case = cases.accept(actor, case, lock_version=case.lock_version)
    case = cases.edit(actor, case, changes=CODED, lock_version=case.lock_version)
    return factories.to_submission(actor, case)


def signs(user, case: Case, meaning: str, key: str) -> int:
    client = Client()
    client.force_login(user)
    where = reverse("sign", args=["case", case.pk])
    code = one_time_codes.code_at(key, clock.now().timestamp())
    sent = {"meaning": meaning, "password": PASSWORD, "code": code, "shown": shown(client, where)}
    return client.post(where, sent).status_code


def test_a_release_waits_for_the_signature_of_its_version(case, officer, settings) -> None:
    key, _codes = enrol(officer)
    settings.EVERWATCH_SECOND_FACTOR = "policy"
    actor = actor_of(officer)
    with pytest.raises(Refused, match="(?i)sign|签名"):
        icsr.export(actor, case, profile=NMPA)
    assert not case.submissions.exists()
    assert signs(officer, case, "release", key) == 302
    assert icsr.export(actor, case, profile=NMPA).case_id == case.id


def test_a_signature_of_other_content_releases_nothing(case, officer, settings) -> None:
    key, _codes = enrol(officer)
    settings.EVERWATCH_SECOND_FACTOR = "policy"
    assert signs(officer, case, "release", key) == 302
    case.refresh_from_db()
    with mock.patch("pv.queries.signables.cases.version") as version:
        row = case.versions.get(number=case.current_version)
        row.narrative_en = "Another text"
        version.return_value = row
        with pytest.raises(Refused):
            icsr.export(actor_of(officer), case, profile=NMPA)


def test_where_the_rules_ask_for_none_none_is_asked_for(case, officer, settings) -> None:
    settings.EVERWATCH_SECOND_FACTOR = "policy"
    stored = rules.data

    def data(code: str) -> dict:
        return stored(code) | ({"signed": ["nullification"]} if code == "reviews" else {})

    with mock.patch.object(rules, "data", data):
        icsr.export(actor_of(officer), case, profile=NMPA)


def test_without_second_factors_a_release_is_as_before(case, officer) -> None:
    icsr.export(actor_of(officer), case, profile=NMPA)


def test_the_nullification_of_a_sent_report_needs_its_own_signature(case, officer, settings):
    actor = actor_of(officer)
    sent = icsr.export(actor, case, profile=NMPA)
    icsr.mark_sent(actor, sent, on=clock.today())
    case.refresh_from_db()
    gone = cases.nullify(actor, case, reason="no event", lock_version=case.lock_version)
    reviewer = factories.make_user(Role.MEDICAL_REVIEWER, password=PASSWORD)
    key, _codes = enrol(reviewer)
    settings.EVERWATCH_SECOND_FACTOR = "policy"
    with pytest.raises(Refused, match="(?i)nullification|作废"):
        icsr.export(actor, gone, profile=NMPA)
    assert signs(reviewer, gone, "nullification", key) == 302
    assert icsr.export(actor, gone, profile=NMPA).version_id != sent.version_id


def unlocked(actor, case: Case, reason: str = "A result came late") -> Case:
    case.refresh_from_db()
    return cases.unlock(actor, case, reason=reason, lock_version=case.lock_version)


def test_a_signed_version_is_changed_only_once_another_person_unlocked_it(
    case, officer, settings
) -> None:
    key, _codes = enrol(officer)
    settings.EVERWATCH_SECOND_FACTOR = "policy"
    actor, other = actor_of(officer), factories.make_actor(Role.SAFETY_OFFICER)
    assert signs(officer, case, "release", key) == 302
    case.refresh_from_db()
    with pytest.raises(Refused):
        cases.edit(actor, case, changes={"E.i[1].7": "2"}, lock_version=case.lock_version)
    with pytest.raises(Refused, match="(?i)another|他人"):
        unlocked(actor, case)
    with pytest.raises(Refused):
        unlocked(other, case, " ")
    case = unlocked(other, case)
    assert case.stage == "entry"
    step = case.steps.order_by("-recorded_at").first()
    assert (step.comment, step.actor_id) == ("A result came late", other.id)
    # Unchanged, it is nevertheless not what was signed.
    client = Client()
    client.force_login(officer)
    page = client.get(reverse("case", args=[case.pk])).content.decode()
    assert "A result came late" in page
    settings.EVERWATCH_SECOND_FACTOR = ""
    case = factories.to_submission(actor, case)
    settings.EVERWATCH_SECOND_FACTOR = "policy"
    with pytest.raises(Refused, match="(?i)sign|签名"):
        icsr.export(actor, case, profile=NMPA)


def test_a_link_undone_while_its_version_was_signed_is_in_that_one_only(
    case, officer, settings
) -> None:
    key, _codes = enrol(officer)
    actor, values = actor_of(officer), {"number": "US-A-1", "kind": "literature", "reason": "x"}
    made = case_links.link(actor, case, **values, lock_version=case.lock_version)
    case.refresh_from_db()
    lock = {"lock_version": case.lock_version}  # what was linked after the review is reviewed too
    case = cases.advance(actor, case, to="entry", reason="a linked report", **lock)
    case = factories.to_submission(actor, case)
    settings.EVERWATCH_SECOND_FACTOR = "policy"
    assert signs(officer, case, "release", key) == 302
    case_links.undo(actor, made, reason="x", lock_version=case.lock_version)
    case.refresh_from_db()
    icsr.export(actor, case, profile=NMPA)
    [line] = links.of_case(actor, case)
    assert (line.in_message, links.offers(actor, case)) == (True, [])
    case.refresh_from_db()
    kind = CaseVersion.Kind.AMENDMENT
    case = cases.new_version(actor, case, kind=kind, lock_version=case.lock_version)
    [line] = links.of_case(actor, case)
    assert (line.in_message, links.offers(actor, case)) == (False, [])


def test_an_unlocked_release_is_void_and_the_next_one_another_file(case, officer) -> None:
    actor = actor_of(officer)
    first = icsr.export(actor, case, profile=NMPA)
    client = Client()
    client.force_login(officer)
    where = reverse("case-unlock", args=[case.pk])
    case.refresh_from_db()
    assert where in client.get(reverse("case", args=[case.pk])).content.decode()
    assert client.post(where, {"lock_version": case.lock_version}).status_code == 422
    sent = {"lock_version": case.lock_version, "reason": "Wrong outcome"}
    assert client.post(where, sent).status_code == 302
    with pytest.raises(Refused):
        icsr.mark_sent(actor, first, on=clock.today())
    case.refresh_from_db()
    with pytest.raises(Refused):
        unlocked(actor, case)
    case = cases.edit(actor, case, changes={"E.i[1].7": "2"}, lock_version=case.lock_version)
    second = factories.release(actor, case, profile=NMPA)
    assert second.id != first.id
    lines = b"".join(client.get(reverse("submissions-export")).streaming_content).decode()
    said = {line.split(",")[2]: line for line in lines.splitlines()[1:]}
    assert "void: the version was unlocked" in said[first.file_name]
    assert "void: the version was unlocked" not in said[second.file_name]
    assert "void: the version was unlocked" in client.get(reverse("submissions")).content.decode()
    assert (
        "void: the version was unlocked"
        in client.get(reverse("case", args=[case.pk])).content.decode()
    )
    plan = client.get(reverse("case-plan", args=[case.pk])).content.decode()
    assert "v1 void: the version was unlocked" in plan
    assert "v1 Generated" in plan
    second.refresh_from_db()
    assert second.batch_number == f"{first.batch_number}-2"
    assert second.version_id == first.version_id
    assert client.get(reverse("case-submit", args=[case.pk])).status_code == 200
    icsr.mark_sent(actor, second, on=clock.today())
    with pytest.raises(Refused, match="(?i)sent|发送|递交"):
        unlocked(actor, case)
    body = {"reason": "x", "lock_version": Case.objects.get().lock_version}
    answer = client.post(f"/api/v1/cases/{case.id}/unlock/", body, content_type="application/json")
    assert answer.status_code == 422
