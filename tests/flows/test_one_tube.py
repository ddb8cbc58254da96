"""One tube from its plan to its destruction, with two deviations, through the pages and the API."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from followup.actions import samples
from followup.core import clock
from followup.core.permissions import Role
from followup.models import PlannedVisit, Sample
from tests import factories

pytestmark = pytest.mark.django_db
KIND = "application/json"


class Chain:
    """A tube and the nurse who records its steps over the API."""

    def __init__(self) -> None:
        site = factories.make_site()
        nurse = factories.make_actor(Role.NURSE, site=site)
        patient = factories.register(nurse, site, purposes=("LTFU", "HOLDER", "SAMPLES"))
        self.box = samples.open_box(nurse, site, freezer="−80 A", name="Box 1", rows=2, columns=2)
        self.client = Client()
        self.client.force_login(factories.make_user(Role.NURSE, site=site, language="en"))
        visit = PlannedVisit.objects.get(patient=patient, code="M6")
        made = self.client.post(reverse("api-visit-samples", args=[visit.id])).json()
        self.id = next(row["id"] for row in made if row["code"] == "V1")

    def step(self, step: str, days_ago: int, **more: Any) -> Any:
        """The answer to a step so many days ago."""
        day = (clock.today() - timedelta(days=days_ago)).isoformat()
        body = {"step": step, "happened_on": day, "place": "Ward"} | more
        return self.client.post(reverse("api-sample-steps", args=[self.id]), body, KIND)


def test_a_tube_from_plan_to_destruction_with_two_deviations() -> None:
    chain = Chain()
    away = {"carrier": "Cold courier", "abroad": False}
    steps = (
        ("COLLECT", 20, {}, "COLLECTED"),
        ("PROCESS", 19, {"condition": "excursion", "note": "Centrifuge late"}, "PROCESSED"),
        ("STORE", 19, {}, "STORED"),
        ("SHIP", 15, {**away, "place": "Central laboratory"}, "SHIPPED"),
        ("RECEIVE", 13, {"condition": "excursion", "place": "Central laboratory"}, "RECEIVED"),
        ("START_TEST", 12, {"place": "Central laboratory"}, "IN_TESTING"),
    )
    assert chain.step("SHIP", 20, **away).status_code == 422, "nothing was collected"
    for number, (step, ago, more, state) in enumerate(steps):
        answer = chain.step(step, ago, **more)
        assert (answer.status_code, answer.json().get("state")) == (201, state), answer.content
        if number == 2:
            # Each earlier step counts, not the neighbour alone.
            assert chain.step("SHIP", 21, **away).status_code == 422
    report = {
        "assay": "CAR_TRANSGENE",
        "finding": "POSITIVE",
        "method": "DDPCR",
        "measure": "transgene",
        "reported": "<50",
        "laboratory": "Central laboratory",
        "resulted_on": (clock.today() - timedelta(days=10)).isoformat(),
        "received_on": clock.today().isoformat(),
        "final": True,
    }
    results = reverse("api-sample-results", args=[chain.id])
    assert chain.client.post(results, report, KIND).status_code == 201
    assert chain.step("DESTROY", 1).status_code == 422, "a reason is needed"
    gone = chain.step("DESTROY", 1, reason="USED_UP")
    assert (gone.status_code, gone.json().get("state")) == (201, "DESTROYED"), gone.content
    assert [row["deviation"] for row in gone.json()["custody"]].count(True) == 2
    for step in ("STORE", "SHIP", "COLLECT"):
        assert chain.step(step, 0, **away).status_code == 422, "destroyed material does nothing"
    page = chain.client.get(reverse("sample", args=[chain.id])).content.decode()
    assert page.count("Out of the allowed range") == 2
    assert "Deviation" in page
    certificate = chain.client.get(reverse("sample-certificate", args=[chain.id]))
    assert certificate.content.startswith(b"%PDF")
    listed = chain.client.get(reverse("samples")).content.decode()
    assert Sample.objects.get(id=chain.id).number in listed
    assert "Deviation" in listed


def test_a_tube_from_its_kit_to_its_destruction_with_two_deviations() -> None:
    chain = Chain()
    site = Sample.objects.get(id=chain.id).site

    def day(ago: int) -> str:
        return (clock.today() - timedelta(days=ago)).isoformat()

    def kit_step(step: str, ago: int, **more: Any) -> Any:
        body = {"step": step, "happened_on": day(ago)} | more
        return chain.client.post(reverse("api-kit-steps", args=[kit]), body, KIND)

    part = {"specimen": "V1", "tubes": "2 × EDTA 10 mL", "lot": "L-7", "expires_on": day(21)}
    packed = {"site": site.code, "assembler": "Assembly", "return_to": "Biobank", "parts": [part]}
    made = chain.client.post(reverse("api-kits"), packed | {"assembled_on": day(90)}, KIND)
    kit = made.json()[0]["id"]
    assert chain.step("COLLECT", 20, kit=kit).status_code == 422, "it never left its laboratory"
    sent = kit_step("SEND", 40, place="Ward", carrier="Courier")
    assert (sent.status_code, sent.json()["state"]) == (201, "SENT")
    assert kit_step("RECEIVE", 41, place="Ward", person="Li").status_code == 422
    assert kit_step("RECEIVE", 22, place="Ward", person="Li").json()["state"] == "RECEIVED"
    assert "kit" in chain.step("COLLECT", 23, kit=kit).json()["fields"], "before it was received"
    assert "kit_deviation" in chain.step("COLLECT", 20, kit=kit).json()["fields"]
    taken = chain.step("COLLECT", 20, kit=kit, kit_deviation="No other kit on the ward")
    assert (taken.status_code, taken.json()["kit"]) == (201, kit)
    late = chain.step("PROCESS", 19, condition="excursion", note="Centrifuge late")
    assert late.status_code == 201
    assert kit_step("RETURN", 21, place="Biobank", carrier="Courier").status_code == 422
    back = {"place": "Biobank", "carrier": "Cold courier"}
    assert kit_step("RETURN", 15, **back).json()["state"] == "RETURNED"
    assert chain.step("SHIP", 15, abroad=False, **back).status_code == 201
    assert chain.step("RECEIVE", 14, place="Biobank").status_code == 201
    gone = chain.step("DESTROY", 1, place="Biobank", reason="USED_UP")
    assert gone.json()["state"] == "DESTROYED"
    page = chain.client.get(reverse("sample", args=[chain.id])).content.decode()
    assert "No other kit on the ward" in page
    assert page.count("Out of the allowed range") == 1
    whole = chain.client.get(reverse("api-kit", args=[kit])).json()
    assert [row["step"] for row in whole["custody"]] == [
        "ASSEMBLE",
        "SEND",
        "RECEIVE",
        "USE",
        "RETURN",
    ]
    assert (whole["content"][0]["sample"], whole["content"][0]["used"]) == (chain.id, True)
