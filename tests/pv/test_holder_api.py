"""The holder's registers over the API: certificates, signals, locks, written reports, files."""

import io
import json
import zipfile
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from followup.core import clock, jobs
from followup.core.models import User
from followup.core.permissions import Role
from followup.core.security.accounts import actor_of
from pv.models import Certificate
from tests import factories

pytestmark = pytest.mark.django_db
TODAY = clock.today()
START = TODAY.replace(month=1, day=1)
# What no field of a body takes: another kind, a day that is none, too long, an unknown name.
HOSTILE = [[], {"a": []}, "2026-02-30", "x" * 200_000, "\x00", -1]


class Api:
    """A person's client: JSON in, status and JSON out."""

    def __init__(self, user: User) -> None:
        self.user = user
        self.client = Client(headers={"accept-language": "en"}, raise_request_exception=False)
        self.client.force_login(user)

    def get(self, name: str, /, *args, **asked):
        answer = self.client.get(reverse(name, args=args), asked)
        return answer.status_code, answer.json()

    def post(self, name: str, /, *args, **body):
        answer = self.client.post(
            reverse(name, args=args), json.dumps(body), content_type="application/json"
        )
        return answer.status_code, answer.json()

    def file(self, job: str, name: str, pk: str) -> bytes:
        """What a job wrote, fetched by its own address."""
        jobs.run(jobs.one(actor_of(self.user), job).id)
        return b"".join(self.client.get(reverse(name, args=[pk])).streaming_content)


@pytest.fixture(autouse=True)
def media(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def product():
    return factories.product()


@pytest.fixture
def writer() -> Api:
    return Api(factories.make_user(Role.REGULATORY))


@pytest.fixture
def second() -> Api:
    return Api(factories.make_user(Role.STUDY_MANAGER))


@pytest.fixture
def officer() -> Api:
    return Api(factories.make_user(Role.SAFETY_OFFICER))


def certificate(product, **more) -> dict:
    return {
        "product": str(product.id),
        "number": "S20240001",
        "approved_on": "2024-06-26",
        "valid_to": "2028-06-25",
        "document": "Certificate, page 1",
    } | more


def hostile(api: Api, name: str, /, *args, **body) -> None:
    """Each field of a body with what it does not take: refused, never a defect, nothing kept."""
    for field in body:
        for value in HOSTILE:
            if value == body[field]:
                continue
            status, said = api.post(name, *args, **body | {field: value})
            assert status in {200, 201, 202, 400, 403, 404, 409, 422}, (field, value, said)
            taken = value == [] and isinstance(body[field], list)
            if value in ([], {"a": []}, "x" * 200_000) and not taken:
                assert status == 400, (field, str(value)[:20], said)
    assert api.post(name, *args, **body, unknown=1)[0] == 400
    assert api.post(name, *args)[0] == 400


def test_a_certificate_holds_once_another_person_confirmed_it(product, writer, second) -> None:
    status, said = writer.post(
        "api-certificates", **certificate(product, valid_to="2024-01-01", number=" ")
    )
    assert (status, set(said)) == (400, {"number"})
    refused = writer.post("api-certificates", **certificate(product, valid_to="2024-01-01"))
    assert refused[0] == 422
    status, made = writer.post("api-certificates", **certificate(product, owner="Wang"))
    assert (status, made["owner"], made["born_on"], made["confirmed_at"]) == (
        201,
        "Wang",
        None,
        None,
    )
    assert writer.post("api-certificate-confirm", made["id"])[0] == 422, "one's own entry"
    assert second.get("api-certificates")[1]["waiting"] == [made]
    assert second.post("api-certificate-refuse", made["id"], reason="")[0] == 400
    assert second.post("api-certificate-confirm", made["id"])[0] == 200
    assert second.post("api-certificate-confirm", made["id"])[0] == 422
    listed = second.get("api-certificates")[1]
    assert [row["number"] for row in listed["held"]] == ["S20240001"]
    found = second.get("api-certificate", made["id"])[1]
    assert (found["confirmed_by"], found["documents"]) == (second.user.display_name, [])
    other = writer.post("api-certificates", **certificate(product, number="S2"))[1]
    assert second.post("api-certificate-refuse", other["id"], reason="No such number")[0] == 200
    hostile(writer, "api-certificates", **certificate(product))
    nurse = Api(factories.make_user(Role.NURSE, site=factories.make_site()))
    assert nurse.get("api-certificates")[0] == 403
    assert nurse.get("api-certificate", made["id"])[0] in {403, 404}
    assert nurse.post("api-certificates", **certificate(product))[0] == 403
    assert second.get("api-certificate", uuid4())[0] == 404
    assert Certificate.objects.filter(number="S20240001", confirmed_at__isnull=False).count() == 1


def authorisation(product, **more) -> dict:
    return {
        "product": str(product.id),
        "market": "US",
        "setting": "TRIAL",
        "number": "IND 29999",
        "authorised_on": "2025-02-14",
        "document": "Letter of the FDA, page 1",
    } | more


def test_an_authorisation_abroad_is_entered_and_confirmed(product, writer, officer) -> None:
    for wrong, name in (
        ({"market": "CN"}, "market"),
        ({"ended_on": "2025-02-13"}, "ended_on"),
        ({"launched_on": "2025-03-01"}, "launched_on"),
    ):
        status, said = writer.post("api-authorisations", **authorisation(product, **wrong))
        assert (status, set(said["fields"])) == (422, {name}), said
    given = authorisation(product, owner="Wang", born_on="2024-11-01")
    status, made = writer.post("api-authorisations", **given)
    assert (status, made["owner"], made["born_on"], made["ended_on"], made["confirmed_at"]) == (
        201,
        "Wang",
        "2024-11-01",
        None,
        None,
    )
    assert writer.post("api-authorisation-confirm", made["id"])[0] == 422, "one's own entry"
    assert officer.get("api-authorisations")[1] == {"held": [], "waiting": [made]}
    assert officer.post("api-authorisation-refuse", made["id"], reason="")[0] == 400
    assert officer.post("api-authorisation-confirm", made["id"])[0] == 200
    assert officer.post("api-authorisation-confirm", made["id"])[0] == 422
    assert [row["number"] for row in officer.get("api-authorisations")[1]["held"]] == ["IND 29999"]
    found = officer.get("api-authorisation", made["id"])[1]
    assert found["confirmed_by"] == officer.user.display_name
    asked = {"product": str(product.id), "state": "open"}
    assert {each["duty"] for each in writer.get("api-duties", **asked)[1]["items"]} == {"US_DSUR"}
    other = officer.post("api-authorisations", **authorisation(product, number="IND 2"))[1]
    refused = writer.post("api-authorisation-refuse", other["id"], reason="No such number")
    assert refused[1]["refused_because"] == "No such number"
    file = writer.client.get(reverse("register-file", args=["authorisations", "csv"]))
    line = next(row for row in file.content.decode().splitlines() if "IND 29999" in row)
    assert "United States,Clinical trial (IND),IND 29999,2025-02-14,,2024-11-01" in line
    hostile(writer, "api-authorisations", **authorisation(product))
    nurse = Api(factories.make_user(Role.NURSE, site=factories.make_site()))
    assert nurse.get("api-authorisations")[0] == 403
    assert nurse.get("api-authorisation", made["id"])[0] in {403, 404}
    assert nurse.post("api-authorisations", **given)[0] == 403
    reader = Api(factories.make_user(Role.MEDICAL_REVIEWER))
    assert reader.get("api-authorisation", made["id"])[0] == 200
    for name in ("api-authorisation-confirm", "api-authorisation-refuse"):
        assert reader.post(name, other["id"], **({"reason": "x"} if "refuse" in name else {}))[
            0
        ] in {403, 422}
    assert officer.get("api-authorisation", uuid4())[0] == 404


def test_a_signal_takes_its_steps_by_those_who_may(product, officer, writer) -> None:
    given = {
        "product": str(product.id),
        "term": "T-cell lymphoma",
        "detected_by": "cases",
        "detected_on": str(TODAY),
        "description": "Three cases in a year",
    }
    late = given | {"detected_on": str(TODAY + timedelta(days=1))}
    assert officer.post("api-signals", **late)[0] == 422
    assert officer.post("api-signals", **given | {"lock": str(uuid4())})[0] == 404
    status, made = officer.post("api-signals", **given)
    assert (status, made["state"], made["days_left"], made["steps"]) == (201, "detected", 30, [])
    assert made["possible"] == ["VALIDATE", "REFUSE"]
    step = {"event": "VALIDATE", "reason": "Seen by two", "version": 1}
    reader = Api(factories.make_user(Role.MEDICAL_REVIEWER))
    assert reader.post("api-signal-steps", made["id"], **step)[0] == 403
    hostile(officer, "api-signal-steps", made["id"], **step | {"event": "ASSESS"})
    moved = officer.post("api-signal-steps", made["id"], **step)[1]
    assert (moved["state"], moved["version"]) == ("validated", 2)
    assert moved["steps"][0]["recorded_by"] == officer.user.display_name
    assert officer.post("api-signal-steps", made["id"], **step)[0] == 409
    wrong = {"event": "DECIDE", "decision": "confirmed", "reason": "x", "version": 2}
    assert officer.post("api-signal-steps", made["id"], **wrong)[0] == 422, "not assessed"
    assessed = reader.post(
        "api-signal-steps", made["id"], event="ASSESS", reason="Likely", version=2
    )[1]
    undecided = {"event": "DECIDE", "reason": "x", "version": assessed["version"]}
    assert officer.post("api-signal-steps", made["id"], **undecided)[0] == 422
    decided = officer.post("api-signal-steps", made["id"], **undecided, decision="confirmed")[1]
    assert (decided["decision"], decided["signatures"]) == ("confirmed", [])
    assert [row["id"] for row in officer.get("api-signals")[1]["items"]] == [made["id"]]
    assert officer.get("api-signals", product=str(product.id), after="nonsense")[0] == 200
    hostile(officer, "api-signals", **given)
    foreign = factories.Product.objects.exclude(id=product.id).first()
    stranger = Api(factories.make_user(Role.SAFETY_OFFICER, product=foreign))
    assert stranger.get("api-signals")[1]["items"] == []
    assert stranger.get("api-signal", made["id"])[0] == 404
    assert stranger.post("api-signal-steps", made["id"])[0] == 404


def test_a_report_is_written_at_a_lock_and_its_files_are_fetched(product, writer, second) -> None:
    site = factories.make_site()
    nurse = factories.make_actor(Role.NURSE, site=site)
    factories.malignancy(nurse, factories.register(nurse, site, product_row=product))
    assert writer.post("api-data-locks", name=" ")[0] == 400
    status, lock = writer.post("api-data-locks", name="DSUR 2026", purpose="DSUR")
    assert (status, lock["made_by"]) == (201, writer.user.display_name)
    assert writer.post("api-data-locks", name="DSUR 2026")[0] == 422
    hostile(writer, "api-data-locks", name="x", purpose="")
    assert writer.get("api-data-lock", lock["id"])[1] == lock
    factories.malignancy(nurse, factories.register(nurse, site, product_row=product))
    later = writer.post("api-data-locks", name="DSUR 2026 b")[1]
    named = writer.get("api-data-locks", name="2026 B")[1]["items"]
    assert [row["id"] for row in named] == [later["id"]]
    compared = writer.get("api-data-locks-compare", later["id"], lock["id"])[1]
    assert compared["first"]["id"] == lock["id"]
    assert {r["table"]: r["difference"] for r in compared["counts"]}["pv_case"] == 1

    given = {"kind": "DSUR", "product": str(product.id), "start": str(START), "end": str(TODAY)}
    assert writer.post("api-aggregate-reports", **given | {"kind": "NONE"})[0] == 422
    assert writer.post("api-aggregate-reports", **given | {"end": "2020-01-01"})[0] == 422
    assert writer.post("api-aggregate-reports", **given | {"lock": str(uuid4())})[0] == 404
    status, row = writer.post("api-aggregate-reports", **given)
    assert (status, row["state"], row["lock"]) == (201, "draft", None)
    pk = row["id"]
    basis = {"start": str(START), "end": str(TODAY), "lock": lock["id"], "version": row["version"]}
    hostile(writer, "api-aggregate-report-basis", pk, **basis | {"version": 99})
    row = writer.post("api-aggregate-report-basis", pk, **basis)[1]
    assert row["lock"] == lock["id"]
    assert writer.post("api-aggregate-report-basis", pk, **basis | {"lock": None})[0] == 409
    wanted = [each["code"] for each in row["sections"] if each["text_required"]]
    assert wanted
    assert second.post("api-aggregate-report-review", pk, version=row["version"])[0] == 422
    for code in wanted:
        text = writer.post("api-aggregate-report-section", pk, code, "en", text=" None. ", number=0)
        assert (text[0], text[1][0]["text"], text[1][0]["number"]) == (200, " None. ", 1)
    section = "api-aggregate-report-section", pk, wanted[0], "en"
    assert writer.post(*section, text="Other", number=0)[0] == 409
    assert second.get(*section)[1][0]["written_by"] == writer.user.display_name
    assert writer.get("api-aggregate-report-section", pk, "99.99", "en")[0] == 404
    assert (
        writer.post("api-aggregate-report-section", pk, wanted[0], "fr", text="", number=0)[0]
        == 404
    )
    hostile(writer, *section, text="Hostile", number=7)
    hostile(writer, "api-aggregate-report-files", pk, language="en")
    assert writer.post("api-aggregate-report-review", pk, version=row["version"])[0] == 422
    reviewed = second.post("api-aggregate-report-review", pk, version=row["version"])[1]
    assert (reviewed["state"], reviewed["against_review"]) == ("reviewed", [])
    assert reviewed["reviewed_by"] == second.user.display_name
    returned = second.post(
        "api-aggregate-report-return", pk, reason="Say more", version=reviewed["version"]
    )[1]
    assert (returned["state"], returned["returned_because"]) == ("draft", "Say more")
    assert [r["id"] for r in second.get("api-aggregate-reports")[1]["items"]] == [pk]

    status, job = writer.post("api-aggregate-report-files", pk, language="en")
    assert status == 202
    jobs.run(job["id"])
    assert writer.get("api-report-request", job["id"])[1]["state"] == "done"
    (made,) = second.get("api-reports")[1]["items"]
    assert (made["aggregate_report"], made["request"]) == (pk, job["id"])
    assert writer.get("api-aggregate-report", pk)[1]["files"] == [made]
    with zipfile.ZipFile(io.BytesIO(writer.file(job["id"], "api-report-file", made["id"]))) as done:
        assert {"report.pdf", "report.docx", "report.xlsx"} < set(done.namelist())
    nurse_api = Api(factories.make_user(Role.NURSE, site=site))
    for name, args in (("reports", []), ("aggregate-reports", []), ("data-locks", [])):
        assert nurse_api.get(f"api-{name}", *args)[0] == 403
    assert nurse_api.get("api-report-file", made["id"])[0] in {403, 404}


def test_listings_and_plain_reports_are_asked_for_and_fetched(product, writer) -> None:
    site = factories.make_site()
    nurse = factories.make_actor(Role.NURSE, site=site)
    factories.malignancy(nurse, factories.register(nurse, site, product_row=product))
    lock = writer.post("api-data-locks", name="one")[1]
    given = {"product": str(product.id), "start": str(START), "end": str(TODAY)}
    given |= {"lock": lock["id"], "language": "en"}
    listing = given | {"format": "csv", "columns": ["number", "events"]}
    tomorrow = str(TODAY + timedelta(days=1))
    for wrong, status in (
        ({"end": tomorrow}, 422),
        ({"start": tomorrow}, 422),
        ({"smq": "20000001:narrow"}, 422),
        ({"columns": ["name"]}, 400),
        ({"format": "exe"}, 400),
        ({"lock": str(uuid4())}, 404),
        ({"product": str(uuid4())}, 404),
    ):
        assert writer.post("api-line-listings", **listing | wrong)[0] == status, wrong
    hostile(writer, "api-line-listings", **listing)
    status, job = writer.post("api-line-listings", **listing)
    assert status == 202
    content = writer.file(job["id"], "api-line-listing-file", job["id"]).decode("utf-8-sig")
    assert writer.get("api-line-listing", job["id"])[1]["manifest"]["rows"] == 1
    assert "Number" in content or "case" in content.lower()
    status, job = writer.post("api-reports", **given)
    assert status == 202
    hostile(writer, "api-reports", **given)
    hostile(writer, "api-inspection-packs", **given)
    assert writer.post("api-inspection-packs", **given)[0] == 202
    reader = Api(factories.make_user(Role.AUDITOR))
    for name in ("line-listings", "inspection-packs", "reports"):
        assert reader.post(f"api-{name}", **given)[0] == 403
    assert reader.get("api-line-listing", job["id"])[0] == 404, "somebody else's job"
