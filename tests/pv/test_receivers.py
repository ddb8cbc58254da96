"""Every receiver of the list at every door: the page, the API, the command."""

import io
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import Client
from django.urls import reverse

from followup.core import audit, clock
from followup.core.http.tokens import digest, fresh
from followup.core.models import ApiToken, User
from followup.core.permissions import Role
from pv.actions import cases, icsr
from pv.domain.e2b import checks
from pv.domain.e2b.checks import Profile
from pv.domain.e2b.read import read_batch
from pv.models import Case, Submission
from pv.queries import rules
from tests import factories

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
        posted = page.post(reverse("case-submit", args=[case.id]), {"profile": profile.value})
        assert posted.status_code == 422
        return
    call_command("export_icsr", case.number, **arguments)
    (sent,) = read_batch(out_file.read_bytes()).messages
    assert sent.text("N.2.r.3") == rules.data("receivers")["receivers"][profile.value]["message"]
    posted = page.post(reverse("case-submit", args=[case.id]), {"profile": profile.value})
    assert posted.status_code == 302
    assert Submission.objects.filter(case=case, profile=profile.value).count() == 1


def test_every_receiver_over_the_api(case: Case) -> None:
    user = factories.make_user(Role.SAFETY_OFFICER)
    client = Client(headers={"Authorization": f"Bearer {token(user)}"})
    for profile in Profile:
        for name in ("api-case-validate", "api-case-export"):
            answer = client.post(
                reverse(name, args=[case.id]), {"profile": profile.value}, "application/json"
            )
            assert answer.status_code in (200, 422), (profile, answer.text)
            if name == "api-case-validate" or profile not in ANSWERED:
                assert answer.status_code == 200, (profile, answer.text)


@pytest.mark.parametrize("profile", [Profile.NMPA, ANSWERED[0]], ids=["released", "findings"])
def test_a_submission_is_validated_once(case: Case, monkeypatch, profile: Profile) -> None:
    page = Client()
    page.force_login(factories.make_user(Role.SAFETY_OFFICER))
    validate, counted = checks.validate, []

    def count(*args: Any, **more: Any) -> Any:
        counted.append(args)
        return validate(*args, **more)

    monkeypatch.setattr(checks, "validate", count)
    page.post(reverse("case-submit", args=[case.id]), {"profile": profile.value})
    assert len(counted) == 1


def test_who_reads_english_gets_the_english_name_of_our_product(case: Case) -> None:
    version = case.versions.get(number=case.current_version)

    def named(profile: Profile) -> str | None:
        root = icsr.assemble(case, version, profile, clock.now()).messages[0].root
        return root.each("G.k")[0].text("G.k.2.2")

    assert named(Profile.NMPA) == case.product.generic_zh
    assert named(Profile.ICH) == named(Profile.FDA) == case.product.inn
