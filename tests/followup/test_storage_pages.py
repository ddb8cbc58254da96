"""Boxes over HTTP: a tube is put, moves, leaves and comes back; a count is kept; who may."""

import pytest
from django.test import Client
from django.urls import reverse

from followup.actions import samples
from followup.core import clock
from followup.core.permissions import Role
from followup.domain.samples import Moment
from followup.models import (
    CustodyEvent,
    PlannedVisit,
    Sample,
    StorageBox,
    StorageCount,
    StoragePlace,
)
from tests import factories

pytestmark = pytest.mark.django_db
TODAY = Moment(clock.today())


class Ground:
    def __init__(self) -> None:
        self.site = factories.make_site()
        self.nurse = factories.make_actor(Role.NURSE, site=self.site)
        patient = factories.register(self.nurse, self.site, purposes=("LTFU", "SAMPLES"))
        self.event = factories.malignancy(self.nurse, patient)
        self.box = samples.open_box(
            self.nurse, self.site, freezer="−80 A", name="Box 1", rows=2, columns=2
        )

    def collected(self, code: str) -> Sample:
        row = Sample.objects.get(event=self.event, code=code)
        samples.record_step(self.nurse, row, step="COLLECT", happened_at=TODAY, place="OR")
        row.refresh_from_db()
        return row

    def client(self, role: Role = Role.NURSE, **grant) -> Client:
        client = Client()
        client.force_login(
            factories.make_user(role, language="en", **(grant or {"site": self.site}))
        )
        return client

    def put(self, sample: Sample, position: str = "") -> StoragePlace:
        sample.refresh_from_db()
        return samples.put(self.nurse, sample, box=self.box, position=position, happened_at=TODAY)


@pytest.fixture
def ground() -> Ground:
    return Ground()


def at(sample: Sample) -> str:
    row = StoragePlace.objects.filter(sample=sample, left_at__isnull=True).first()
    return str(row.position) if row else ""


def test_the_map_names_its_rows_by_letter_and_its_places_in_full(ground) -> None:
    page = ground.client().get(reverse("storage-box", args=[ground.box.id])).content.decode()
    assert page.count('aria-labelledby="map-title"') == 1, "two landmarks have two names"
    assert '<th scope="row">A</th>' in page
    assert '<th scope="row">B</th>' in page
    assert ">B2</a>" in page


def test_a_tube_scanned_where_it_stands_is_said_to_be_there(ground) -> None:
    row = ground.collected("T1")
    ground.put(row, "A1")
    day = clock.today().isoformat()
    address = reverse("storage-box", args=[ground.box.id])
    typed = {"number": row.number, "position": "a1", "happened_on": day}
    answer = ground.client().post(address, typed)
    assert answer.status_code == 422
    assert "This tube is at A1 already." in answer.content.decode()
    assert StoragePlace.objects.filter(sample=row).count() == 1


def test_a_scanned_tube_is_stored_at_the_next_free_position(ground) -> None:
    row, client = ground.collected("T1"), ground.client()
    address = reverse("storage-box", args=[ground.box.id])
    day = clock.today().isoformat()
    done = client.post(address, {"number": row.number, "happened_on": day}, follow=True)
    assert f"{row.number} is at A1." in done.content.decode()
    row.refresh_from_db()
    assert (row.state, at(row)) == ("STORED", "A1")
    assert CustodyEvent.objects.get(sample=row, step="STORE").place == "−80 A · Box 1 · A1"
    assert "Box 1" in client.get(reverse("sample", args=[row.id])).content.decode()


@pytest.mark.parametrize(
    ("number", "position", "says"),
    [
        ("S26-999999-11", "", "No sample of yours has this number."),
        ("T2", "A1", "A1 is taken."),
        ("T2", "C1", "This box has positions A1 to B2."),
        ("", "", "Scan or type the sample number"),
    ],
)
def test_what_cannot_be_is_refused_and_what_was_typed_stays(ground, number, position, says) -> None:
    ground.put(ground.collected("T1"), "A1")
    other = ground.collected("T2")
    typed = {"number": other.number if number == "T2" else number, "position": position}
    typed["happened_on"] = clock.today().isoformat()
    answer = ground.client().post(reverse("storage-box", args=[ground.box.id]), typed)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert says in page
    assert f'value="{position}"' in page or not position
    other.refresh_from_db()
    assert (other.state, at(other)) == ("COLLECTED", "")


def test_a_tube_moves_leaves_and_an_undone_step_brings_it_back(ground) -> None:
    row = ground.collected("T1")
    ground.put(row, "A1")
    ground.put(row, "B2")
    assert (at(row), StoragePlace.objects.filter(sample=row).count()) == ("B2", 2)
    row.refresh_from_db()
    testing = samples.record_step(
        ground.nurse, row, step="START_TEST", happened_at=TODAY, place="Lab"
    )
    assert at(row) == ""
    samples.take_back(ground.nurse, testing)
    assert at(row) == "B2"
    again = samples.record_step(
        ground.nurse, row, step="START_TEST", happened_at=TODAY, place="Lab"
    )
    ground.put(ground.collected("T2"), "B2")
    samples.take_back(ground.nurse, again)
    assert at(row) == "", "its position was given to another tube meanwhile"


def test_a_count_is_kept_with_what_differs(ground) -> None:
    first, second = ground.collected("T1"), ground.collected("T2")
    ground.put(first)
    ground.put(second)
    client = ground.client()
    address = reverse("storage-count", args=[ground.box.id])
    page = client.post(address, {"scanned": f"{first.number}\nnonsense"}, follow=True)
    text = page.content.decode()
    assert "see what differs" in text
    assert f"{second.number}</span> (A2)" in text
    row = StorageCount.objects.get()
    assert (row.expected, row.present, row.unreadable) == (2, 1, ["nonsense"])
    assert client.post(address, {"scanned": ""}).status_code == 422
    both = client.post(address, {"scanned": f"{first.number}\n{second.number}"}, follow=True)
    assert "everything agrees" in both.content.decode()


def test_a_box_is_opened_once_and_closed_when_empty(ground) -> None:
    client = ground.client()
    data = {"site": ground.site.id, "freezer": "−80 A", "name": "Box 1", "rows": 9, "columns": 9}
    assert client.post(reverse("storage-boxes"), data).status_code == 422
    assert client.post(reverse("storage-boxes"), {**data, "rows": 99}).status_code == 422
    made = client.post(reverse("storage-boxes"), {**data, "name": "Box 2"}, follow=True)
    assert "Box −80 A · Box 2 is open." in made.content.decode()
    row = ground.collected("T1")
    ground.put(row)
    close = reverse("storage-close", args=[ground.box.id])
    assert "Move them first" in client.post(close, follow=True).content.decode()
    empty = StorageBox.objects.get(name="Box 2")
    client.post(reverse("storage-close", args=[empty.id]))
    empty.refresh_from_db()
    assert empty.closed_on == clock.today()


def test_others_see_no_box_and_the_auditor_changes_none(ground) -> None:
    address = reverse("storage-box", args=[ground.box.id])
    stranger = ground.client(Role.NURSE, site=factories.make_site())
    assert stranger.get(address).status_code == 404
    assert "Box 1" not in stranger.get(reverse("storage-boxes")).content.decode()
    auditor = ground.client(Role.AUDITOR)
    assert "Put a tube" not in auditor.get(address).content.decode()
    assert auditor.post(reverse("storage-count", args=[ground.box.id])).status_code in (403, 404)


def test_a_reloaded_count_leads_to_its_box() -> None:
    ground = Ground()
    answer = ground.client().get(reverse("storage-count", args=[ground.box.id]))
    assert answer["Location"] == reverse("storage-box", args=[ground.box.id])


def test_a_tube_from_its_plan_to_its_box_and_result_over_the_api(ground) -> None:
    client, kind = ground.client(), "application/json"
    visit = PlannedVisit.objects.get(patient=ground.event.patient, code="M6")
    made = client.post(reverse("api-visit-samples", args=[visit.id]))
    assert made.status_code == 201, made.content
    tube = next(row for row in made.json() if row["code"] == "V1")
    again = client.post(reverse("api-visit-samples", args=[visit.id])).json()
    assert [row["id"] for row in again] == [row["id"] for row in made.json()]
    listed = client.get(reverse("api-samples"), {"size": 1}).json()
    assert (len(listed["items"]), bool(listed["next"])) == (1, True)
    assert client.get(reverse("api-samples"), {"size": 0}).status_code == 422
    today = clock.today().isoformat()
    results = reverse("api-sample-results", args=[tube["id"]])
    report = {
        "assay": "CAR_TRANSGENE",
        "finding": "POSITIVE",
        "method": "DDPCR",
        "measure": "transgene",
        "reported": "<50",
        "laboratory": "中心实验室",
        "resulted_on": today,
        "received_on": today,
        "final": True,
    }
    assert client.post(results, report, kind).status_code == 422, "nothing was collected"
    steps = reverse("api-sample-steps", args=[tube["id"]])
    wrong = {"step": "COLLECT", "happened_on": "2020-01-01", "happened_at": f"{today}T01:00:00Z"}
    assert client.post(steps, wrong, kind).status_code == 422
    taken = client.post(steps, {"step": "COLLECT", "happened_on": today, "place": "门诊"}, kind)
    assert (taken.status_code, taken.json()["state"]) == (201, "COLLECTED"), taken.content
    positions = reverse("api-storage-positions", args=[ground.box.id])
    put = {"sample": tube["id"], "position": "B2", "happened_on": today}
    assert client.post(positions, put | {"position": "Z99"}, kind).status_code == 422
    assert client.post(positions, put, kind).json()["position"] == "B2"
    assert {"position": "B2", "sample": tube["id"], "number": tube["number"]} in client.get(
        positions
    ).json()
    (box,) = client.get(reverse("api-storage-boxes")).json()
    assert box["taken"] == 1
    one = reverse("api-sample", args=[tube["id"]])
    assert client.get(one).json()["position"] == "B2"
    row = client.post(results, report, kind)
    assert row.status_code == 201, row.content
    assert row.json()["value"] != "0", "below a limit is no zero"
    correct = reverse("api-molecular-result", args=[row.json()["id"]])
    body = report | {"reported": "120", "reason": "复核"}
    assert client.put(correct, body, kind).json()["value"] == "120"
    assert client.put(correct, body, kind).status_code == 409
    shown = client.get(one).json()
    assert [step["step"] for step in shown["custody"]][:3] == ["PLAN", "COLLECT", "STORE"]
    assert len(shown["results"]) == 1, "the corrected one does not stand"
    other = ground.client(site=factories.make_site())
    assert other.get(one).status_code == 404
    assert other.get(positions).status_code == 404
