"""Two people correct one infusion, one step of custody, one result: both are heard."""

import pytest
from django.test import Client
from django.urls import reverse

from followup.actions import samples
from followup.actions.samples import ResultInput
from followup.core import clock
from followup.core.permissions import Role
from followup.domain.samples import Moment
from followup.models import CustodyEvent, Infusion, MolecularResult, Sample
from tests import factories, tabs

pytestmark = pytest.mark.django_db


@pytest.fixture
def nurses(site) -> tuple[Client, Client]:
    clients = Client(), Client()
    for client in clients:
        client.force_login(factories.make_user(Role.NURSE, site=site))
    return clients


@pytest.fixture
def sample(site) -> Sample:
    nurse = factories.make_actor(Role.NURSE, site=site)
    patient = factories.register(nurse, site, purposes=("LTFU", "SAMPLES"))
    event = factories.malignancy(nurse, patient)
    tumour = Sample.objects.get(event=event, code="T1")
    samples.record_step(
        nurse, tumour, step="COLLECT", happened_at=Moment(clock.today()), place="手术室"
    )
    report = ResultInput(
        assay="CAR_TRANSGENE",
        finding="POSITIVE",
        laboratory="中心实验室",
        resulted_on=clock.today(),
        received_on=clock.today(),
        final=True,
    )
    samples.record_result(nurse, tumour, given=report)
    return tumour


def merged(clients, page: str, box: str, *, other: str) -> dict:
    """Both change `box`, the first also `other`: what the second tab then shows, asked about."""
    first, second = clients
    theirs, mine = (tabs.opened(client, page, box) for client in clients)
    sent = theirs | {box: "甲", other: "丙", "reason": "a"}
    assert first.post(page, sent).status_code == 302
    answer = second.post(page, mine | {box: "乙", "reason": "b"})
    assert answer.status_code == 409
    assert tabs.asked(answer) == [box]
    again = tabs.fields(tabs.form_with(answer, box))
    assert second.post(page, again).status_code == 422
    bare = {name: values for name, values in again.items() if name != "unresolved"}
    assert second.post(page, bare).status_code == 409, "a client that leaves the question out"
    assert again[other] == ["丙"]
    return again


CHOICES = pytest.mark.parametrize(("choice", "kept"), [("mine", "乙"), ("present", "甲")])


@CHOICES
def test_an_infusion(site, nurses, choice, kept) -> None:
    nurse = factories.make_actor(Role.NURSE, site=site)
    infusion = Infusion.objects.get(patient=factories.register(nurse, site))
    page = reverse("infusion-correct", args=[infusion.id])
    again = merged(nurses, page, "lot", other="chain_of_identity")
    chosen = nurses[1].post(page, again | {"unresolved-lot": choice})
    infusion.refresh_from_db()
    assert (infusion.lot, infusion.chain_of_identity) == (kept, "丙")
    assert chosen.status_code == (302 if choice == "mine" else 422), "nothing left to save"


@CHOICES
def test_a_step_of_custody(sample, nurses, choice, kept) -> None:
    step = CustodyEvent.objects.get(sample=sample, step="COLLECT")
    page = reverse("sample-step-correct", args=[step.id])
    again = merged(nurses, page, "place", other="carrier")
    status = nurses[1].post(page, again | {"unresolved-place": choice}).status_code
    assert status == (302 if choice == "mine" else 422), "nothing left to save"
    last = CustodyEvent.objects.filter(sample=sample, step="COLLECT").order_by("-number")[0]
    assert (last.place, last.carrier) == (kept, "丙")


@CHOICES
def test_a_result(sample, nurses, choice, kept) -> None:
    result = MolecularResult.objects.get(sample=sample)
    page = reverse("result-correct", args=[result.id])
    again = merged(nurses, page, "laboratory", other="comment")
    status = nurses[1].post(page, again | {"unresolved-laboratory": choice}).status_code
    assert status == (302 if choice == "mine" else 422), "nothing left to save"
    last = MolecularResult.objects.get(sample=sample, replaced_by__isnull=True)
    assert (last.laboratory, last.comment) == (kept, "丙")


def test_an_account_closed_by_two_stays_closed() -> None:
    first, second = Client(), Client()
    for client in (first, second):
        client.force_login(factories.make_user(Role.ADMINISTRATOR))
    user = factories.make_user(Role.AUDITOR)
    page = reverse("user-state", args=[user.id])
    for client in (first, second):
        client.post(page, {"wanted": "closed", "reason": "离职"})
        user.refresh_from_db()
        assert not user.is_active
