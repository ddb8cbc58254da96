"""A commitment offers only steps that are taken and that change something."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import date, timedelta

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import translation

from followup.core import clock
from followup.core.actor import Actor
from followup.core.models import User
from followup.core.permissions import Role
from followup.core.problems import Refused
from pv.actions import commitments as actions
from pv.actions.commitments import StepInput
from pv.domain.approvals import Code
from pv.domain.approvals import CommitmentEvent as Event
from pv.models import Commitment
from pv.queries import commitments as queries
from pv.queries.commitments import rulebook
from tests import factories
from tests.pages import unbroken
from tests.pv.test_commitments import milestone, on, opened, step, update

pytestmark = pytest.mark.django_db
TODAY = date(2023, 7, 10)  # just approved: nothing is late


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with on(TODAY):
        yield


@pytest.fixture
def keeper() -> Actor:
    return factories.make_actor(Role.REGULATORY)


def full(book, row, event) -> StepInput:
    """Everything a step may ask for; a new deadline a year after the present one."""
    end = Commitment.objects.get(id=row.id).legal_end
    return StepInput(
        happened_on=clock.today(),
        document="S1",
        acceptance_number="CXSS1",
        new_deadline=end + timedelta(days=365),
    )


def standing(row: Commitment) -> tuple:
    """What a step can change of a commitment."""
    held = Commitment.objects.get(id=row.id)
    days = tuple(item.actual for item in held.milestones.order_by("order", "period"))
    return held.state, held.legal_end, days


def test_every_step_that_is_offered_is_taken_and_changes_something(keeper) -> None:
    """From each state people can reach, until nothing is new."""
    book, seen, taken = rulebook(), set(), set()

    def walk(row: Commitment) -> None:
        held = Commitment.objects.get(id=row.id)
        found = queries.detail(keeper, held, today=clock.today())
        offered = [each for each in found.steps if not each.against]
        key = (held.state, milestone(row, "FPI").actual, tuple(each.event for each in offered))
        if key in seen:
            return
        seen.add(key)
        for each in offered:
            with transaction.atomic():
                before, given = standing(row), full(book, row, each.event)
                step(keeper, row, each.event, "because", **asdict(given))
                assert standing(row) != before, each.event
                taken.add(each.event)
                walk(row)
                transaction.set_rollback(True)

    row = opened(keeper, document="")
    walk(row)
    seen.clear()
    with transaction.atomic():  # submitted, so that it can be accepted
        update(keeper, row, "SUPPL_SUBMITTED", actual=clock.today(), reason="x")
        walk(row)
        transaction.set_rollback(True)
    seen.clear()
    with on(row.legal_end + timedelta(days=9)):
        actions.review(factories.SYSTEM, today=clock.today())
        walk(row)
    assert taken == {event for event, rule in book.events.items() if not rule.automatic}


def test_a_trial_starts_once_and_is_accepted_once_submitted(keeper) -> None:
    row = opened(keeper)
    step(keeper, row, Event.TRIAL_STARTED)
    held = Commitment.objects.get(id=row.id)
    found = queries.detail(keeper, held, today=TODAY)
    assert Event.TRIAL_STARTED not in [each.event for each in found.steps]
    with pytest.raises(Refused) as refused, translation.override("en"):
        step(keeper, row, Event.TRIAL_STARTED)
    assert "Nothing would change" in str(refused.value.fields)
    update(keeper, row, "FPI", actual=None, reason="the wrong trial")
    step(keeper, row, Event.TRIAL_STARTED)
    step(keeper, row, Event.REPORT_FINAL, document="CSR")
    held = Commitment.objects.get(id=row.id)
    (accepted,) = (
        each
        for each in queries.detail(keeper, held, today=TODAY).steps
        if each.event is Event.SUPPLEMENT_ACCEPTED
    )
    assert [refusal.code for refusal in accepted.against] == [Code.SUBMISSION_MISSING]


def test_the_page_of_a_step_that_is_over_is_gone(keeper) -> None:
    row = opened(keeper)
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(User.objects.get(id=keeper.id))
    where = reverse("commitment-step", args=[row.id, "TRIAL_STARTED"])
    place = reverse("commitment", args=[row.id])
    assert where in client.get(place).text
    assert client.get(where).status_code == 200
    step(keeper, row, Event.TRIAL_STARTED)
    assert where not in client.get(place).text
    assert client.get(where).status_code == 404
    said = client.post(where, {"happened_on": TODAY.isoformat()}, follow=True).text
    assert f"recorded at its milestone ({TODAY})" in unbroken(said)
    api = client.get(reverse("api-commitment", args=[row.id])).json()
    assert "TRIAL_STARTED" not in [each["event"] for each in api["steps"]]
    sign = reverse("sign", args=["commitment", row.id])
    assert sign not in client.get(place).text, "what is open is not signed as closed"
    step(keeper, row, Event.WITHDRAW, "sold")
    assert sign in client.get(place).text
