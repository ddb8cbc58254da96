"""Kits over HTTP: registered, scanned, followed, named with a collection; who may; the API."""

import io
import json
from datetime import date, timedelta
from typing import Any

import pypdfium2
import pytest
import zxingcpp
from django.test import Client
from django.urls import reverse

from followup.core import clock
from followup.core.models import Access
from followup.core.permissions import Role
from followup.models import AdverseEvent, Kit, KitItem, Sample
from tests import factories
from tests.pages import unbroken

pytestmark = pytest.mark.django_db


def ago(days: int) -> str:
    return (clock.today() - timedelta(days=days)).isoformat()


class Ground:
    def __init__(self) -> None:
        self.site = factories.make_site()
        self.nurse = factories.make_actor(Role.NURSE, site=self.site)
        patient = factories.register(self.nurse, self.site, purposes=("LTFU", "SAMPLES"))
        self.event: AdverseEvent = factories.malignancy(self.nurse, patient)
        self.http = self.client()

    def client(self, role: Role = Role.NURSE, **grant: Any) -> Client:
        client = Client()
        where = grant or {"site": self.site}
        client.force_login(factories.make_user(role, language="en", **where))
        return client

    def typed(self, **more: Any) -> dict[str, Any]:
        given = {
            "site": str(self.site.id),
            "happened_on": ago(30),
            "assembler": "Central laboratory",
            "return_to": "Biobank",
            "copies": "1",
            "specimen_1": "T1",
            "tubes_1": "1 cryovial",
            "lot_1": "L-1",
            "expires_on_1": ago(-200),
            "specimen_3": "T2",
            "tubes_3": "1 block",
            "lot_3": "L-2",
        }
        return given | more

    def registered(self, **more: Any) -> Kit:
        answer = self.http.post(reverse("kit-new"), self.typed(**more))
        assert answer.status_code == 302, answer.content.decode()
        return Kit.objects.order_by("-number")[0]

    def step(self, kit: Kit, kind: str, days: int, **more: str) -> Any:
        given = {"place": "Ward", "carrier": "SF 1", "person": "Li Min", "happened_on": ago(days)}
        return self.http.post(reverse("kit-step", args=[kit.id, kind]), given | more)

    def arrived(self, days: int = 10, **more: Any) -> Kit:
        kit = self.registered(**more)
        assert self.step(kit, "SEND", days + 1).status_code == 302
        assert self.step(kit, "RECEIVE", days).status_code == 302
        return kit

    def sample(self, code: str = "T1") -> Sample:
        return Sample.objects.get(event=self.event, code=code)

    def collect(self, *codes: str, days: int = 1, **more: str) -> Any:
        rows = [str(self.sample(code).id) for code in codes or ("T1",)]
        given = {"step": "COLLECT", "sample": rows, "happened_on": ago(days), "place": "OR"}
        return self.http.post(reverse("sample-steps"), given | more)


@pytest.fixture
def ground() -> Ground:
    return Ground()


def text(answer: Any) -> str:
    return str(answer.content.decode())


def test_a_kit_is_registered_with_the_lines_that_were_filled(ground) -> None:
    kit = ground.registered(code="BOX-9")
    items = list(kit.items.order_by("number").values_list("specimen", "tubes", "lot"))
    assert items == [("T1", "1 cryovial", "L-1"), ("T2", "1 block", "L-2")]
    page = text(ground.http.get(reverse("kit", args=[kit.id])))
    assert kit.number in page
    assert "BOX-9" in page
    assert "Send to the site" in page
    listed = text(ground.http.get(reverse("kits")))
    assert "0 of 2" in listed


def test_a_scanned_label_gives_lot_and_last_day_and_a_month_means_its_end(ground) -> None:
    year = clock.today().year % 100 + 1
    kit = ground.registered(
        lot_1=f"(01)09506000134352(17){year}0200(10)B-77",
        expires_on_1="",
        expires_on_3=f"20{year}-03",
    )
    first, second = kit.items.order_by("number")
    assert (first.lot, first.expires_on.month) == ("B-77", 2)
    assert (second.expires_on.month, second.expires_on.day) == (3, 31)
    assert kit.expires_on == first.expires_on


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"specimen_1": ""}, "Choose: For the specimen"),
        ({"specimen_3": ""}, "Choose the specimen from the list."),
        ({"lot_3": ""}, "Enter the lot of these tubes."),
        ({"tubes_3": ""}, "Which tubes, and how many?"),
        ({"assembler": ""}, "Assembled by"),
        ({"lot_1": "(17)271301"}, "This label cannot be read: scan again."),
        ({"lot_1": "(10)X(17)270131"}, "The label says 2027-01-31."),
        ({"expires_on_1": ago(40)}, "These tubes had expired before the kit was assembled."),
        ({"expires_on_1": "31.31.2027"}, "expires_on_1"),
        ({"copies": "0"}, "copies"),
        ({"copies": "９９９"}, "copies"),
        ({"copies": "2", "code": "A"}, "A code belongs to one kit"),
        ({"happened_on": "2099-01-01"}, "The date cannot be later than today."),
        ({"specimen_1": "<script>"}, "This is not among the choices."),
        ({"site": "nonsense"}, "This is not among the choices."),
        ({"tubes_1": "x" * 500}, "120"),
        ({"expires_on_1": "2090-01-01"}, "more than 10 years after the kit was assembled"),
    ],
)
def test_what_cannot_be_is_refused_and_stays_typed(ground, given, says) -> None:
    answer = ground.http.post(reverse("kit-new"), ground.typed(**given))
    assert answer.status_code == 422
    assert says in unbroken(text(answer))
    assert 'value="Biobank"' in text(answer)
    assert not Kit.objects.exists()


def test_the_problem_of_a_line_stands_at_that_line(ground) -> None:
    answer = ground.http.post(reverse("kit-new"), ground.typed(lot_3=" "))
    assert 'id="id_lot_3_error"' in text(answer)
    assert 'id="id_lot_2_error"' not in text(answer)


def test_one_scan_field_opens_tubes_and_kits(ground) -> None:
    kit = ground.registered(code="BOX-9")
    for scanned in (kit.number, kit.number.lower().replace("-", ""), "box-9"):
        answer = ground.http.post(reverse("sample-scan"), {"number": scanned})
        assert answer.url == reverse("kit", args=[kit.id])
    answer = ground.http.post(reverse("sample-scan"), {"number": ground.sample().number})
    assert answer.url == reverse("sample", args=[ground.sample().id])
    found = ground.http.post(reverse("search"), {"q": kit.number}, follow=True)
    assert kit.number in text(found)


def test_a_kit_scanned_with_the_collection_is_on_the_sample(ground) -> None:
    kit = ground.arrived()
    assert ground.collect("T1", "T2", kit=kit.number).status_code == 302
    page = text(ground.http.get(reverse("sample", args=[ground.sample().id])))
    assert kit.number in page
    assert "L-1" in page
    shown = text(ground.http.get(reverse("kit", args=[kit.id])))
    assert ground.sample("T2").number in shown
    assert "A sample already collected" not in shown


def test_a_collection_before_the_receipt_is_refused_at_the_kit(ground) -> None:
    kit = ground.arrived(days=2)
    answer = ground.collect(days=3, kit=kit.number)
    assert answer.status_code == 422
    assert 'id="id_kit_error"' in text(answer)
    assert "the sample cannot be older" in text(answer)
    unknown = ground.collect(kit="K26-999999-11")
    assert "No kit of yours has this number." in text(unknown)
    assert ground.sample().state == "PLANNED"


def test_a_deviation_is_asked_recorded_and_shown_everywhere(ground) -> None:
    kit = ground.arrived(expires_on_1=ago(3))
    answer = ground.collect(kit=kit.number)
    assert answer.status_code == 422
    assert 'id="id_kit_deviation_error"' in text(answer)
    assert ground.collect(kit=kit.number, kit_deviation="No other on the ward").status_code == 302
    sample = ground.sample()
    page = text(ground.http.get(reverse("sample", args=[sample.id])))
    assert "No other on the ward" in page
    assert "Deviation" in text(ground.http.get(reverse("samples")))
    pdf = ground.http.get(reverse("sample-certificate", args=[sample.id]))
    assert pdf.status_code == 200
    row = sample.custody.get(step="COLLECT")
    form = ground.http.get(reverse("sample-step-correct", args=[row.id]))
    assert "No other on the ward" in text(form)
    typed = {
        "version": "1",
        "happened_on": ago(1),
        "place": "OR",
        "kit_deviation": "None left",
        "reason": "Words",
    }
    done = ground.http.post(reverse("sample-step-correct", args=[row.id]), typed)
    assert done.status_code == 302
    assert KitItem.objects.get(sample=sample).deviation == "None left"


def test_a_step_is_undone_and_corrected(ground) -> None:
    kit = ground.arrived()
    row = kit.steps.get(step="RECEIVE")
    typed = {"happened_on": ago(9), "place": "Ward 9", "person": "Wu", "reason": ""}
    address = reverse("kit-step-correct", args=[row.id])
    assert ground.http.post(address, typed).status_code == 422
    assert ground.http.post(address, typed | {"reason": "Slip"}).status_code == 302
    again = ground.http.post(address, typed | {"reason": "Slip"})
    assert again.status_code == 409
    last = kit.steps.order_by("-number")[0]
    done = ground.http.post(reverse("kit-step-undo", args=[last.id]), follow=True)
    assert "Undone." in text(done)
    kit.refresh_from_db()
    assert kit.state == "SENT"
    twice = ground.http.post(reverse("kit-step-undo", args=[last.id]), follow=True)
    assert twice.status_code == 200
    assert ground.http.get(reverse("kit-step", args=[kit.id, "USE"])).status_code == 404
    assert ground.http.get(reverse("kit-step", args=[kit.id, "nonsense"])).status_code == 404
    late = ground.step(kit, "RETURN", 0)
    assert late.status_code == 422
    assert "is not possible in the state" in text(late)


def test_a_sample_is_said_afterwards(ground) -> None:
    kit = ground.arrived()
    address = reverse("kit-use", args=[kit.id])
    for number in ("", "S26-999999-11", ground.sample().number):
        assert ground.http.post(address, {"number": number}).status_code == 422
    ground.collect()
    done = ground.http.post(address, {"number": ground.sample().number}, follow=True)
    assert "was filled from this kit" in text(done)


def test_the_stock_of_a_site_leads_to_what_expires_soon(ground) -> None:
    soon = ground.arrived(expires_on_1=ago(-20))
    lasting = ground.arrived()
    page = text(ground.http.get(reverse("kits")))
    assert "In stock" in page
    found = text(ground.http.get(reverse("kits"), {"shelf": "SOON", "state": "RECEIVED"}))
    assert soon.number in found
    assert lasting.number not in found
    for absurd in ({"site": "x"}, {"state": "'"}, {"after": "K99"}, {"q": "\x00%"}, {"shelf": "x"}):
        assert ground.http.get(reverse("kits"), absurd).status_code == 200


def test_who_may(ground) -> None:
    kit = ground.registered()
    foreign = ground.client(site=factories.make_site())
    assert foreign.get(reverse("kit", args=[kit.id])).status_code == 404
    assert kit.number not in text(foreign.get(reverse("kits")))
    reader = ground.client(Role.AUDITOR, site=None)
    assert reader.get(reverse("kit", args=[kit.id])).status_code == 404
    assert reader.get(reverse("kits")).status_code == 403
    assert reverse("kits") not in text(reader.get(reverse("samples")))
    assert reader.get(reverse("kit-new")).status_code == 403
    assert reader.get(reverse("kit-step", args=[kit.id, "SEND"])).status_code == 404
    admin = ground.client(Role.ADMINISTRATOR, site=None)
    assert admin.get(reverse("kits")).status_code == 403


def post(client: Client, name: str, *args: Any, **body: Any) -> Any:
    return client.post(
        reverse(name, args=args), json.dumps(body, default=str), content_type="application/json"
    )


def test_the_same_over_the_api(ground) -> None:
    body = {
        "site": ground.site.code,
        "assembler": "Lab",
        "return_to": "Bank",
        "assembled_on": ago(30),
        "copies": 2,
        "parts": [{"specimen": "T1", "tubes": "1", "lot": "L", "expires_on": ago(3)}],
    }
    made = post(ground.http, "api-kits", **body)
    assert made.status_code == 201, made.content
    first = made.json()[0]["id"]
    assert post(ground.http, "api-kits", **body | {"parts": []}).status_code == 422
    assert post(ground.http, "api-kits", **body | {"copies": 10**30}).status_code in (400, 422)
    assert post(ground.http, "api-kits", **body | {"site": "no"}).status_code == 404
    send = {"step": "SEND", "place": "W", "carrier": "S", "happened_on": ago(20)}
    for beyond in ("0001-01-01", "9999-12-31T23:59:59-01:00"):  # the calendar ends there in UTC
        body = {**send, "happened_at": beyond}
        assert post(ground.http, "api-kit-steps", first, **body).status_code == 400
    assert post(ground.http, "api-kit-steps", first, **send).status_code == 201
    take = {"step": "RECEIVE", "place": "W", "person": "Li", "happened_on": ago(19)}
    assert post(ground.http, "api-kit-steps", first, **take).json()["state"] == "RECEIVED"
    step = {"step": "COLLECT", "place": "OR", "happened_on": ago(1), "kit": first}
    refused = post(ground.http, "api-sample-steps", ground.sample().id, **step)
    assert refused.status_code == 422
    assert "kit_deviation" in refused.json()["fields"]
    done = post(ground.http, "api-sample-steps", ground.sample().id, **step, kit_deviation="None")
    assert (done.json()["kit"], done.json()["kit_deviation"]) == (first, "None")
    second = made.json()[1]["id"]
    use = post(ground.http, "api-kit-uses", second, sample=ground.sample().id)
    assert use.status_code == 422
    page = ground.http.get(reverse("api-kits"), {"size": 1}).json()
    rest = ground.http.get(reverse("api-kits"), {"after": page["next"]}).json()
    assert [row["id"] for row in (*page["items"], *rest["items"])] == [second, first]
    one = ground.http.get(reverse("api-kit", args=[first])).json()
    assert [step["step"] for step in one["custody"]] == ["ASSEMBLE", "SEND", "RECEIVE", "USE"]
    assert one["content"][0]["used"] is True
    assert date.fromisoformat(one["expires_on"])


def test_a_kit_is_forwarded_and_its_label_read_back(ground) -> None:
    kit, other = ground.arrived(code="BOX-7"), factories.make_site()
    page = reverse("kit-step", args=[kit.id, "FORWARD"])
    empty = ground.http.post(page, {"note": ""})
    assert empty.status_code == 422
    assert other.name_en in text(ground.http.get(page))
    label = reverse("kit-label", args=[kit.id])
    assert label in text(ground.http.get(reverse("kit", args=[kit.id])))
    for size, wide in (("40x20", 40), ("24x13", 24)):
        answer = ground.http.post(label, {"size": size})
        (sheet,) = pypdfium2.PdfDocument(io.BytesIO(answer.content))
        assert sheet.get_size()[0] / 72 * 25.4 == pytest.approx(wide, abs=0.01)
        (code,) = zxingcpp.read_barcodes(sheet.render(scale=300 / 72).to_pil())
        assert (code.text, code.format) == (kit.number, zxingcpp.BarcodeFormat.DataMatrix)
        printed = sheet.get_textpage().get_text_bounded()
        assert kit.number in printed
        assert ground.site.code in printed
        assert "BOX-7" in printed
    assert Access.objects.filter(kind="kit.label", subject=kit.number).count() == 2
    assert ground.http.post(label, {"size": "9x9"}).status_code == 404
    given = {"to": str(other.id), "happened_on": ago(3), "carrier": "SF 2"}
    done = ground.http.post(page, given)
    assert done["Location"] == reverse("kits")
    assert kit.number in text(ground.http.get(done["Location"]))
    assert ground.http.get(reverse("kit", args=[kit.id])).status_code == 404
    step = kit.steps.get(step="FORWARD")
    undo = reverse("kit-forward-undo", args=[step.id])
    assert undo in text(ground.http.get(done["Location"]))
    assert ground.client(site=other).post(undo).status_code == 404
    assert ground.http.post(undo)["Location"] == reverse("kit", args=[kit.id])
    assert ground.http.get(reverse("kit", args=[kit.id])).status_code == 200
    assert ground.http.post(undo, follow=True).status_code == 200  # twice: said, not done
    ground.http.post(page, given)
    step = kit.steps.filter(step="FORWARD").latest("number")
    api = reverse("api-kit-forward-take-back", args=[step.id])
    why = json.dumps({"reason": "wrong site"})
    assert ground.http.post(api, "{}", content_type="application/json").status_code == 400
    answer = ground.http.post(api, why, content_type="application/json")
    assert (answer.status_code, answer.json()["state"]) == (200, "RECEIVED")
    assert ground.http.post(api, why, content_type="application/json").status_code == 409
    ground.http.post(page, given)
    theirs = ground.client(site=other)
    seen = text(theirs.get(reverse("kit", args=[kit.id])))
    assert "Forward to another site" in seen
    back = {"to": ground.site.code, "happened_on": ago(1), "carrier": "SF 3"}
    api = reverse("api-kit-forward", args=[kit.id])
    sent = theirs.post(api, json.dumps(back), content_type="application/json")
    assert sent.status_code == 422, "it is not there yet"
    arrival = {"step": "RECEIVE", "happened_on": ago(2), "place": "Ward", "person": "Wu"}
    steps = reverse("api-kit-steps", args=[kit.id])
    assert theirs.post(steps, arrival, content_type="application/json").status_code == 201
    nowhere = json.dumps(back | {"to": "nowhere"})
    assert theirs.post(api, nowhere, content_type="application/json").status_code == 422
    sent = theirs.post(api, json.dumps(back), content_type="application/json")
    assert (sent.status_code, sent.json()["step"]) == (201, "FORWARD")
    assert ground.http.get(reverse("kit", args=[kit.id])).status_code == 200
