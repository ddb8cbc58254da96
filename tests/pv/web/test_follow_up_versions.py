"""New information on a released case: one press opens its follow-up with what was brought."""

import pytest
from django.test import Client
from django.urls import reverse

from followup.actions import events
from followup.actions.events import EventInput
from followup.core import clock
from followup.core.actor import Actor
from followup.core.permissions import Role
from followup.core.problems import Refused
from followup.models import AdverseEvent
from pv.actions import cases as actions
from pv.domain.e2b.checks import Profile
from pv.models import Case, CaseSource
from pv.queries import cases
from tests import factories

pytestmark = pytest.mark.django_db
PLACE = "E.i[1].1.1a"


@pytest.fixture
def told(case: Case, officer: Actor) -> CaseSource:
    """What the hospital corrects in an event after the report of its case was released."""
    coded = {"E.i[1].2.1a": "27.1", "E.i[1].2.1b": "10042971"}
    row = actions.accept(officer, case, lock_version=case.lock_version)
    row = actions.edit(officer, row, changes=coded, lock_version=row.lock_version)
    factories.release(officer, row, profile=Profile.NMPA)
    event = AdverseEvent.objects.get(case_sources__case=case)
    given = EventInput(
        verbatim="外周T细胞淋巴瘤确诊",
        aware_on=event.aware_on,
        reporter_name="李护士",
        is_new_malignancy=True,
    )
    nurse = factories.make_actor(Role.NURSE, site=case.site)
    events.correct(nurse, event, given=given, version=event.version, reason="病理")
    return case.sources.get(adopted_at__isnull=True)


@pytest.fixture
def browser(client: Client) -> Client:
    backend = "django.contrib.auth.backends.ModelBackend"
    client.force_login(factories.make_user(Role.SAFETY_OFFICER), backend=backend)
    return client


def test_one_press_opens_the_version_with_its_values_and_shows_what_differs(
    browser: Client, case: Case, officer: Actor, told: CaseSource
) -> None:
    page = browser.get(reverse("case", args=[case.id])).content.decode()
    address = reverse("case-source", args=[case.id, told.id])
    assert f'btn-primary" href="{address}"' in page, "it is the next step"
    assert 'name="follow_up"' in browser.get(address).content.decode()
    lock = Case.objects.get(id=case.id).lock_version
    sent = {"follow_up": "1", "take": "all", "lock_version": str(lock)}
    answer = browser.post(address, sent)
    assert answer["location"] == reverse("case-version", args=[case.id, 2])
    assert "确诊" in browser.get(answer["location"]).content.decode()
    case.refresh_from_db()
    version = cases.version(officer, case)
    assert (case.stage, version.number, version.kind) == ("entry", 2, "follow_up")
    assert version.information_on == told.received_on
    message = cases.message(version)
    assert message.root.get("C.1.5") == told.received_on.strftime("%Y%m%d")
    assert [reaction.get("E.i.1.1a") for reaction in message.each("E.i")] == ["外周T细胞淋巴瘤确诊"]
    told.refresh_from_db()
    assert told.adopted_version == 2
    assert browser.post(address, sent).status_code == 422, "the same page sent twice"
    assert Case.objects.get(id=case.id).current_version == 2


def test_nothing_ticked_opens_nothing(browser: Client, case: Case, told: CaseSource) -> None:
    address = reverse("case-source", args=[case.id, told.id])
    sent = {"follow_up": "1", "lock_version": str(Case.objects.get(id=case.id).lock_version)}
    assert browser.post(address, sent).status_code == 422
    case.refresh_from_db()
    assert (case.current_version, case.versions.count()) == (1, 1)
    told.refresh_from_db()
    assert told.adopted_at is None


def test_an_open_version_takes_the_values_itself(
    case: Case, officer: Actor, told: CaseSource
) -> None:
    row = Case.objects.get(id=case.id)
    today = clock.today()
    row = actions.new_version(
        officer, row, kind="follow_up", information_on=today, lock_version=row.lock_version
    )
    with pytest.raises(Refused):
        actions.follow_up(officer, row, source=told, paths=[PLACE], lock_version=row.lock_version)
    assert Case.objects.get(id=case.id).current_version == 2
