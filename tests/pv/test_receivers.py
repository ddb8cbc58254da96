"""Every receiver of the list at every door: the page, the API, the command."""

import io
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import Client
from django.urls import reverse

from followup.core import audit, clock
from followup.core.http.tokens import digest, fresh
from followup.core.models import ApiToken, User
from followup.core.permissions import Role
from pv.actions import agreements, cases, icsr
from pv.domain.e2b import checks
from pv.domain.e2b.checks import Profile
from pv.domain.e2b.read import read_batch
from pv.models import Case, Submission
from pv.queries import rules
from tests import factories
from tests.pv.test_agreements import entered

pytestmark = pytest.mark.django_db
CODED = {"E.i[1].2.1a": "27.1", "E.i[1].2.1b": "10042971"}
# FDA asks for elements that only FDA has: its findings are the answer, not a file.
ANSWERED = (Profile.FDA, Profile.FDA_IND)


@pytest.fixture
def case():
    site = factories.make_site()
    nurse = factories.make_actor(Role.NURSE, site=site)
    event = factories.malignancy(nurse, factories.register(nurse, site))
    case = Case.objects.get(sources__event=event)
    officer = factories.make_actor(Role.SAFETY_OFFICER)
    case = cases.accept(officer, case, lock_version=case.lock_version)
    case = cases.edit(officer, case, changes=CODED, lock_version=case.lock_version)
    return factories.to_submission(officer, case)


def token(user: User) -> str:
    secret, now = fresh(), clock.now()
    with transaction.atomic(), audit.acting(factories.SYSTEM, "test.token"):
        ends = now + timedelta(days=1)
        ApiToken.objects.create(
            user=user, label="t", digest=digest(secret), created_at=now, expires_at=ends
        )
    return secret


def test_where_several_partners_have_a_receiver_the_release_names_one(case: Case) -> None:
    for code in ("JW", "KITE"):
        row = entered(
            factories.make_actor(Role.SAFETY_OFFICER),
            case,
            partner=code,
            partner_name=f"{code} Ltd",
            sender=f"{code}PV",
        )
        agreements.confirm(factories.make_actor(Role.REGULATORY), row)
    page = Client()
    page.force_login(factories.make_user(Role.SAFETY_OFFICER, language="en"))
    shown = page.get(reverse("case-submit", args=[case.id]), {"profile": "partner"}).text
    assert "KITE Ltd" in shown
    assert 'name="partner"' not in page.get(reverse("case-submit", args=[case.id])).text
    refused = release(page, case, Profile.PARTNER)
    assert refused.status_code == 422
    assert "Several partners have this receiver" in refused.text
    assert release(page, case, Profile.PARTNER, partner="NOBODY").status_code == 422
    made = {}
    for code in ("KITE", "JW", "KITE"):
        assert release(page, case, Profile.PARTNER, partner=code).status_code == 302
        made[code] = Submission.objects.get(case=case, partner=code)
    assert made["KITE"].batch_number == f"{case.number}-v1-partner-KITE"
    assert len({file.sha256 for file in made.values()}) == 2
    listed = page.get(reverse("transmission", args=[made["JW"].id])).text
    assert "· JW" in listed


def release(
    page: Client, case: Case, profile: Profile, *, seen: int | None = None, partner: str = ""
) -> Any:
    """Press the button of a page that was opened when the case was at a version."""
    version = Case.objects.get(id=case.id).lock_version if seen is None else seen
    body = {"profile": profile.value, "lock_version": version, "partner": partner}
    return page.post(reverse("case-submit", args=[case.id]), body)


def test_a_page_opened_before_the_case_changed_releases_nothing(case: Case) -> None:
    user = factories.make_user(Role.SAFETY_OFFICER, language="en")
    page = Client(headers={"Authorization": f"Bearer {token(user)}"})
    page.force_login(user)
    opened = Case.objects.get(id=case.id).lock_version
    shown = page.get(reverse("case-submit", args=[case.id])).text
    assert f'name="lock_version" value="{opened}"' in shown.split('name="profile" value=')[1]
    with factories.transaction.atomic(), factories.audit.acting(factories.SYSTEM, "test.edit"):
        Case.objects.filter(id=case.id).update(lock_version=opened + 1)
    refused = release(page, case, Profile.NMPA, seen=opened)
    assert refused.status_code == 422
    assert "Somebody else changed this case meanwhile" in refused.text
    body = {"profile": "nmpa", "lock_version": opened}
    address = reverse("api-case-export", args=[case.id])
    assert page.post(address, body, "application/json").status_code == 409
    assert not Submission.objects.filter(case=case).exists()
    assert release(page, case, Profile.NMPA).status_code == 302
    again = release(page, case, Profile.NMPA, seen=opened)
    assert again.status_code == 302, "pressed twice"
    told = [str(each) for each in get_messages(again.wsgi_request)]
    assert told[-1:] == ["The file of this version was released before: it stays."]
    assert Submission.objects.filter(case=case).count() == 1


@pytest.mark.parametrize("profile", list(Profile))
def test_every_receiver_at_every_door(profile: Profile, case: Case, tmp_path: Path) -> None:
    user = factories.make_user(Role.SAFETY_OFFICER)
    page = Client()
    page.force_login(user)
    shown = page.get(reverse("case-submit", args=[case.id]), {"profile": profile.value})
    assert shown.status_code == 200
    assert rules.data("receivers")["receivers"][profile.value]["label_en"] in shown.text
    out, out_file = io.StringIO(), tmp_path / "case.xml"
    arguments = {"profile": profile.value, "out": out_file, "stdout": out, "stderr": out}
    if profile in ANSWERED:
        with pytest.raises(CommandError):
            call_command("export_icsr", case.number, **arguments)
        assert "error FDA." in out.getvalue()
        assert not out_file.exists()
        posted = release(page, case, profile)
        assert posted.status_code == 422
        return
    call_command("export_icsr", case.number, **arguments)
    (sent,) = read_batch(out_file.read_bytes()).messages
    assert sent.text("N.2.r.3") == rules.data("receivers")["receivers"][profile.value]["message"]
    posted = release(page, case, profile)
    assert posted.status_code == 302
    assert Submission.objects.filter(case=case, profile=profile.value).count() == 1


def test_every_receiver_over_the_api(case: Case) -> None:
    user = factories.make_user(Role.SAFETY_OFFICER)
    client = Client(headers={"Authorization": f"Bearer {token(user)}"})
    half = '{"profile": "\\ud800"}'  # of a pair: no answer could say it back
    posted = client.post(reverse("api-case-validate", args=[case.id]), half, "application/json")
    assert posted.status_code == 400
    for profile in Profile:
        for name in ("api-case-validate", "api-case-export"):
            answer = client.post(
                reverse(name, args=[case.id]), {"profile": profile.value}, "application/json"
            )
            assert answer.status_code in (200, 422), (profile, answer.text)
            if name == "api-case-validate" or profile not in ANSWERED:
                assert answer.status_code == 200, (profile, answer.text)


def test_a_case_goes_from_its_draft_to_its_file_over_the_api_alone() -> None:
    site = factories.make_site()
    nurse = factories.make_actor(Role.NURSE, site=site)
    event = factories.malignancy(nurse, factories.register(nurse, site))
    case = Case.objects.get(sources__event=event)
    people = {}
    for role in (Role.SAFETY_OFFICER, Role.MEDICAL_REVIEWER):
        bearer = f"Bearer {token(factories.make_user(role, language='en'))}"
        people[role] = Client(headers={"Authorization": bearer})
    officer, reviewer = people.values()

    def post(client: Client, name: str, **body: Any) -> Any:
        body.setdefault("lock_version", Case.objects.get(id=case.id).lock_version)
        return client.post(reverse(name, args=[case.id]), body, "application/json")

    assert post(reviewer, "api-case-accept").status_code == 403
    assert post(officer, "api-case-accept").json()["stage"] == "entry"
    assert post(officer, "api-case-accept").status_code == 422, "once"
    edited = {"changes": CODED, "lock_version": Case.objects.get(id=case.id).lock_version}
    address = reverse("api-case", args=[case.id])
    assert officer.patch(address, edited, "application/json").status_code == 200
    assert post(officer, "api-case-stage", to="quality", lock_version=1).status_code == 409
    assert post(officer, "api-case-stage", to="submission").status_code == 422, "a stage at a time"
    assert post(officer, "api-case-stage", to="done").status_code == 400
    for stage in ("quality", "medical"):
        assert post(officer, "api-case-stage", to=stage).json()["stage"] == stage
    assert post(officer, "api-case-export", profile="nmpa").status_code == 422, "not reviewed"
    assert post(officer, "api-case-stage", to="submission").status_code == 422, "another person"
    assert post(officer, "api-case-stage", to="entry").status_code == 422, "back without a reason"
    assert post(reviewer, "api-case-review", approve=True).json()["stage"] == "submission"
    assert post(officer, "api-case-export", profile="nmpa").status_code == 200


@pytest.mark.parametrize("profile", [Profile.NMPA, ANSWERED[0]], ids=["released", "findings"])
def test_a_submission_is_validated_once(case: Case, monkeypatch, profile: Profile) -> None:
    page = Client()
    page.force_login(factories.make_user(Role.SAFETY_OFFICER))
    validate, counted = checks.validate, []

    def count(*args: Any, **more: Any) -> Any:
        counted.append(args)
        return validate(*args, **more)

    monkeypatch.setattr(checks, "validate", count)
    release(page, case, profile)
    assert len(counted) == 1


def test_who_reads_english_gets_the_english_name_of_our_product(case: Case) -> None:
    version = case.versions.get(number=case.current_version)

    def named(profile: Profile) -> str | None:
        root = icsr.assemble(case, version, profile, clock.now()).messages[0].root
        return root.each("G.k")[0].text("G.k.2.2")

    assert named(Profile.NMPA) == case.product.generic_zh
    assert named(Profile.ICH) == named(Profile.FDA) == case.product.inn
