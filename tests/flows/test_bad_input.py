"""Whatever is typed or sent: an answer a person can use, the typed text kept, nothing written."""

import copy
import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction
from django.test import Client

from followup.actions import tokens
from followup.core import clock
from followup.core.models import User
from followup.core.permissions import Role
from followup.core.security.accounts import actor_of
from followup.models import AdverseEvent, Identity, Infusion, Patient, PlannedVisit, Visit
from followup.queries import reference
from pv.models import Case, CaseVersion
from tests import factories

pytestmark = pytest.mark.django_db

BACKEND = "django.contrib.auth.backends.ModelBackend"
LONG = "患者输注后反复发热，淋巴结肿大。" * 625  # 10,000 characters
NUL = "王\x00小"
HUGE = "9" * 400
DATES = ("2026-02-30", "05/11/2026", "31/12/9999", "9999-12-31", "2026-13-01", "0000-00-00", NUL)
NONSENSE = (NUL, HUGE, "-1", "1e309", "NaN", "<b>x</b>")
COUNTED = (Patient, Identity, Infusion, PlannedVisit, Visit, AdverseEvent, Case, CaseVersion)


def rows() -> dict[str, int]:
    return {model.__name__: model.objects.count() for model in COUNTED}


def signed_in(user: User) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(user, backend=BACKEND)
    return client


class Ground:
    """One nurse with a patient and a case, one safety officer, and a stranger's patient."""

    web: Client
    safety: Client

    def __init__(self) -> None:
        self.site, self.elsewhere = factories.make_site(), factories.make_site()
        self.nurse = factories.make_user(Role.NURSE, site=self.site)
        self.officer = factories.make_user(Role.SAFETY_OFFICER)
        self.actor = actor_of(self.nurse)
        self.patient = factories.register(self.actor, self.site)
        self.event = factories.malignancy(self.actor, self.patient)
        self.case = Case.objects.get(patient=self.patient)
        stranger = factories.make_actor(Role.NURSE, site=self.elsewhere)
        self.foreign = factories.register(stranger, self.elsewhere)
        self.foreign_event = factories.malignancy(stranger, self.foreign)
        self.planned = PlannedVisit.objects.filter(
            patient=self.patient, window_start__lte=clock.today()
        ).latest("due")
        self.product = factories.infusion_of(self.patient).product

    @property
    def register(self) -> str:
        return "/patients/register/"

    @property
    def call(self) -> str:
        return f"/visits/{self.planned.pk}/call/"

    @property
    def report(self) -> str:
        return f"/infusions/{factories.infusion_of(self.patient).pk}/events/report/"

    @property
    def correct(self) -> str:
        return f"/events/{self.event.pk}/correct/"

    @property
    def section(self) -> str:
        return f"/cases/{self.case.pk}/sections/event/"

    @property
    def narrative(self) -> str:
        return f"/cases/{self.case.pk}/narrative/"

    def registration(self, **changes: Any) -> dict[str, Any]:
        """A form that would be saved, with what the test spoils."""
        day = clock.today() - timedelta(days=30)
        indication = next(iter(reference.indications(self.actor, self.product)))
        return {
            "site": str(self.site.pk),
            "name": "欧阳明月",
            "sex": "FEMALE",
            "birth_date": "1970-01-02",
            "phone": "13900001234",
            "consent_version": "v1",
            "consent_on": day.isoformat(),
            "purposes": ["LTFU"],
            "product": str(self.product.pk),
            "indication": str(indication.pk),
            "infused_on": day.isoformat(),
            "lot": "L1",
            "chain_of_identity": f"COI-{uuid4()}",
        } | changes

    def heard(self, **changes: Any) -> dict[str, Any]:
        return {
            "verbatim": "发热",
            "aware_on": clock.today().isoformat(),
            "reporter_name": "李护士",
            "is_new_malignancy": "NO",
        } | changes

    def answers(self, **changes: Any) -> dict[str, Any]:
        return {
            "contact_on": clock.today().isoformat(),
            "informant": "PATIENT",
            "vital_status": "ALIVE",
        } | changes


@pytest.fixture(scope="module")
def shared(module_transaction: None) -> Ground:
    return Ground()


@pytest.fixture
def ground(shared: Ground) -> Ground:
    """The ground as it was made, with sessions of this test alone."""
    ground = copy.deepcopy(shared)
    ground.web, ground.safety = signed_in(ground.nurse), signed_in(ground.officer)
    return ground


def refused(client: Client, address: str, data: dict[str, Any], about: str = "") -> str:
    """Post, expect a refusal that writes nothing; the page, which names `about`."""
    before = rows()
    answer = client.post(address, data)
    text = answer.content.decode()
    assert answer.status_code == 422, (address, data.keys(), answer.status_code)
    assert rows() == before
    if about:
        assert f'href="#id_{about}' in text, f"{about} is not named in the summary"
    return text


def test_empty_forms_name_what_is_missing(ground: Ground) -> None:
    for address, field in (
        (ground.register, "name"),
        (ground.call, "contact_on"),
        (ground.report, "verbatim"),
        (ground.correct, "reason"),
    ):
        refused(ground.web, address, {"nothing": ""}, field)
    signed_out = Client(raise_request_exception=False)
    answer = signed_out.post("/sign-in/", {})
    assert answer.status_code in (200, 422)
    assert "id_username" in answer.content.decode()


def test_impossible_dates_are_refused_where_they_stand(ground: Ground) -> None:
    for bad in DATES:
        typed = bad.replace("\x00", "")
        for address, field, data in (
            (ground.register, "infused_on", ground.registration(infused_on=bad)),
            (ground.register, "birth_date", ground.registration(birth_date=bad)),
            (ground.register, "consent_on", ground.registration(consent_on=bad)),
            (ground.call, "contact_on", ground.answers(contact_on=bad)),
            (ground.call, "died_on", ground.answers(vital_status="DEAD", died_on=bad)),
            (ground.report, "onset", ground.heard(onset=bad)),
            (ground.report, "aware_on", ground.heard(aware_on=bad)),
        ):
            text = refused(ground.web, address, data, field)
            assert typed in text.replace("\x00", "")


def test_everything_wrong_at_once_keeps_what_was_typed(ground: Ground) -> None:
    wrong = dict.fromkeys(ground.registration(), "✗ 无此值")
    text = refused(ground.web, ground.register, wrong, "infused_on")
    assert text.count("✗ 无此值") >= 6
    wrong = dict.fromkeys((*ground.answers(), "disease_status", "new_malignancy"), "✗ 无此值")
    text = refused(ground.web, ground.call, wrong | {"note": "已记下的备注"}, "vital_status")
    assert "已记下的备注" in text
    wrong = dict.fromkeys(ground.heard(grade="", outcome="", causality=""), "✗ 无此值")
    text = refused(ground.web, ground.report, wrong, "aware_on")
    assert "✗ 无此值" in text


def test_a_registration_names_in_one_round_what_form_and_action_find(ground: Ground) -> None:
    taken = factories.infusion_of(ground.patient).chain_of_identity
    wrong = ground.registration(
        lot="", phone="12", national_id="110101190001010000", chain_of_identity=taken
    )
    text = refused(ground.web, ground.register, wrong, "lot")
    for box in ("phone", "national_id", "chain_of_identity"):
        assert f'href="#id_{box}"' in text
    for kept in ("欧阳明月", "110101190001010000", taken):
        assert kept in text
    right = wrong | {"lot": "L1", "phone": "13900001234", "national_id": ""}
    right["chain_of_identity"] = f"COI-{uuid4()}"
    assert ground.web.post(ground.register, right).status_code == 302


@pytest.mark.figure("F7")
@pytest.mark.requirement("ASVS-2.2.1")
def test_nonsense_in_any_single_field_is_no_fault_of_ours(ground: Ground) -> None:
    for bad in NONSENSE:
        for address, good in (
            (ground.register, ground.registration(dose_cells="", prior_lines="", national_id="")),
            (ground.call, ground.answers(disease_status="", died_on="", therapy_note="", note="")),
            (ground.report, ground.heard(grade="", onset="", pathology="", note="")),
            (ground.correct, ground.heard(version="1", reason="x", grade="")),
        ):
            for name in good:
                with transaction.atomic():
                    before = rows()
                    answer = ground.web.post(address, good | {name: bad})
                    assert answer.status_code in (200, 302, 409, 422), (address, name, bad)
                    assert answer.status_code == 302 or rows() == before, (address, name, bad)
                    transaction.set_rollback(True)


def test_a_code_with_unprintable_characters_is_answered_on_its_form(ground: Ground) -> None:
    lead = signed_in(factories.make_user(Role.SITE_LEAD, site=ground.site))
    sent = {"study_code": NUL, "reason": "另一患者", "version": str(ground.event.version)}
    answer = lead.post(f"/events/{ground.event.pk}/move/", sent)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "另一患者" in page, "what was typed is kept"
    assert 'aria-invalid="true"' in page


def test_a_long_narrative_is_kept_or_refused_with_its_text(ground: Ground) -> None:
    text = refused(ground.web, ground.register, ground.registration(name=LONG), "name")
    assert LONG in text
    text = refused(ground.web, ground.report, ground.heard(verbatim=LONG + "再"), "verbatim")
    assert LONG in text
    assert ground.web.post(ground.report, ground.heard(verbatim=LONG)).status_code == 302
    assert AdverseEvent.objects.filter(verbatim=LONG).count() == 1
    answer = ground.safety.post(
        ground.narrative, {"narrative_zh": LONG, "lock_version": ground.case.lock_version}
    )
    assert answer.status_code == 302
    version = CaseVersion.objects.get(case=ground.case)
    assert version.narrative_zh == LONG


def test_foreign_ids_look_missing_in_path_query_and_body(ground: Ground) -> None:
    before = rows()
    infusion = factories.infusion_of(ground.foreign)
    visit = PlannedVisit.objects.filter(patient=ground.foreign).latest("due")
    for address in (
        f"/patients/{ground.foreign.pk}/",
        f"/events/{ground.foreign_event.pk}/",
        f"/infusions/{infusion.pk}/events/report/",
        f"/visits/{visit.pk}/call/",
        f"/patients/{uuid4()}/",
        "/patients/x/",
        f"/visits/{HUGE}/call/",
        f"/visits/{2**63}/call/",
    ):
        assert ground.web.get(address).status_code == 404, address
        assert ground.web.post(address, ground.heard()).status_code in (404, 405), address
    refused(ground.web, ground.register, ground.registration(site=str(ground.elsewhere.pk)), "site")
    for name in ("product", "indication"):
        refused(ground.web, ground.register, ground.registration(**{name: str(uuid4())}), name)
    assert rows() == before


QUERIES = (NUL, HUGE, "x" * 5000, "%{}\u202e")


@pytest.mark.requirement("ASVS-1.2.4")
def test_queries_of_lists_never_break_the_page(ground: Ground) -> None:
    for bad in QUERIES:
        for address, names in (
            ("/worklist/", ("after", "q", "box", "site", "product", "sort", "page")),
            ("/patients/", ("after", "state", "q", "page")),
            ("/samples/", ("after", "box", "q", "page", "product")),
            ("/dates/", ("value", "anchor", "partial")),
            ("/notices/", ("after", "page")),
        ):
            for name in names:
                answer = ground.web.get(address, {name: bad})
                assert answer.status_code < 500, (address, name, bad)
        for name in ("after", "box", "product", "q"):
            assert ground.safety.get("/cases/", {name: bad}).status_code < 500, (name, bad)
            assert ground.safety.get(ground.section, {"add": bad, "all": bad}).status_code < 500
        for name in ("profile",):
            answer = ground.safety.get(f"/cases/{ground.case.pk}/submit/", {name: bad})
            assert answer.status_code < 500
        assert ground.web.post("/search/", {"q": bad}).status_code < 500


def _editable(ground: Ground) -> str:
    page = ground.safety.get(ground.section).content.decode()
    start = page.index('name="v:') + len('name="v:')
    return page[start : page.index('"', start)]


@pytest.mark.parametrize("bad", [NUL, HUGE, LONG, "2026-02-30", "\x1b[0m", "<x/>]]>"])
@pytest.mark.requirement("ASVS-2.2.2")
def test_case_values_are_taken_or_refused_whole(ground: Ground, bad: str) -> None:
    where, before = _editable(ground), rows()
    lock = {"lock_version": str(ground.case.lock_version)}
    answer = ground.safety.post(ground.section, {f"v:{where}": bad, **lock})
    assert answer.status_code in (302, 422)
    if answer.status_code == 422:
        assert CaseVersion.objects.get(case=ground.case).message
        ground.case.refresh_from_db()
        assert str(ground.case.lock_version) == lock["lock_version"]
    answer = ground.safety.post(ground.narrative, {"narrative_en": bad, **lock})
    assert answer.status_code in (302, 409, 422)
    assert rows() == before


@pytest.mark.parametrize("lock", ["abc", "", "-5", HUGE, NUL])
def test_a_broken_lock_version_is_a_conflict_not_a_fault(ground: Ground, lock: str) -> None:
    where = _editable(ground)
    before = CaseVersion.objects.get(case=ground.case).message
    answer = ground.safety.post(ground.section, {f"v:{where}": "neu", "lock_version": lock})
    assert answer.status_code in (409, 422)
    assert "neu" in answer.content.decode()
    assert CaseVersion.objects.get(case=ground.case).message == before
    stage = ground.case.stage
    sent = {"to": NUL, "reason": lock}
    answer = ground.safety.post(f"/cases/{ground.case.pk}/advance/", sent, follow=True)
    assert answer.status_code in (200, 422)  # the case with the reason, or the reason alone
    ground.case.refresh_from_db()
    assert ground.case.stage == stage


@pytest.mark.parametrize("bad", [NUL, HUGE, LONG, "\ud7ff", ""])
def test_sign_in_survives_anything(ground: Ground, bad: str) -> None:
    client = Client(raise_request_exception=False)
    for data in ({"username": bad, "password": bad}, {"username": "a", "password": bad}):
        answer = client.post("/sign-in/", data)
        assert answer.status_code in (200, 422), (data, answer.status_code)
        assert client.post("/session/sign-in/", data | {"user": bad}).status_code == 400
    token = client.get("/api/v1/patients/", headers={"Authorization": "Bearer é☃\x00"[:8]})
    assert token.status_code == 401


class Api:
    """Speaks JSON with a token."""

    def __init__(self, user: User) -> None:
        _row, self.token = tokens.issue_token(actor_of(user), user, label="test")
        self.client = Client(raise_request_exception=False)

    def send(self, method: str, address: str, body: Any) -> Any:
        text = body if isinstance(body, str | bytes) else json.dumps(body)
        return getattr(self.client, method)(
            f"/api/v1/{address}",
            text,
            content_type="application/json",
            headers={"Authorization": f"Bearer {self.token}"},
        )


def _paths(body: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every leaf and every branch of a body."""
    items = body.items() if isinstance(body, dict) else enumerate(body)
    found: list[tuple[Any, ...]] = []
    for name, value in items:
        found.append((*at, name))
        if isinstance(value, dict | list):
            found += _paths(value, (*at, name))
    return found


def _spoiled(body: Any, path: tuple[Any, ...], value: Any) -> Any:
    copy = json.loads(json.dumps(body))
    inner = copy
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    return copy


SENT = (None, NUL, LONG, 10**400, 1e308, {}, [[]], "2026-02-30")


@pytest.mark.parametrize("bad", SENT, ids=[str(n) for n in range(len(SENT))])
@pytest.mark.requirement("ASVS-2.2.1", "ASVS-2.2.2", "ASVS-15.3.5")
def test_the_api_names_the_field_that_is_wrong(ground: Ground, bad: Any) -> None:
    api, form = Api(ground.nurse), ground.registration()
    body = {
        "site": form["site"],
        "sex": "FEMALE",
        "identity": {
            "name": "欧阳明月",
            "birth_date": "1970-01-02",
            "contacts": [{"phone": "13900001234", "whose": "PATIENT"}],
        },
        "consent": {"form_version": "v1", "purposes": ["LTFU"], "given_on": form["consent_on"]},
        "infusion": {
            "product": form["product"],
            "indication": form["indication"],
            "infused_on": form["infused_on"],
            "lot": "L1",
            "chain_of_identity": "C",
            "dose_cells": "1",
            "prior_lines": 1,
        },
    }
    for path in _paths(body):
        with transaction.atomic():
            before = rows()
            answer = api.send("post", "patients/", _spoiled(body, path, bad))
            assert answer.status_code in (201, 400, 404, 422), (path, bad, answer.content[:200])
            assert answer.status_code == 201 or rows() == before
            if answer.status_code == 400:
                assert str(path[0]) in answer.json(), (path, answer.json())
            transaction.set_rollback(True)


@pytest.mark.parametrize(
    "body", ["", "{", "[]", "null", "7", '"x"', "\x00", '{"a":' * 3000, b"\xff\xfe{}", "{}"]
)
@pytest.mark.requirement("ASVS-15.3.5")
def test_bodies_that_are_no_object_are_400(ground: Ground, body: Any) -> None:
    nurse, officer, before = Api(ground.nurse), Api(ground.officer), rows()
    infusion = factories.infusion_of(ground.patient).pk
    for answer in (
        nurse.send("post", "patients/", body),
        nurse.send("post", f"infusions/{infusion}/events/", body),
        nurse.send("post", f"infusions/{infusion}/visits/", body),
        officer.send("patch", f"cases/{ground.case.pk}/", body),
        officer.send("post", f"cases/{ground.case.pk}/validate/", body),
    ):
        assert answer.status_code in (400, 404, 405), (body, answer.status_code)
        assert answer.headers["Content-Type"].startswith(("application/json", "text/html"))
    assert rows() == before


@pytest.mark.parametrize("bad", SENT, ids=[str(n) for n in range(len(SENT))])
def test_case_changes_over_the_api(ground: Ground, bad: Any) -> None:
    officer, where = Api(ground.officer), _editable(ground)
    lock = ground.case.lock_version
    for body in (
        {"lock_version": lock, "changes": {where: bad}},
        {"lock_version": lock, "changes": {"Z.9": bad}},
        {"lock_version": lock, "changes": {NUL: bad}},
        {"lock_version": lock, "changes": {where: {"null": bad}}},
        {"lock_version": bad, "changes": {where: "x"}},
        {"lock_version": lock, "changes": bad},
        {"lock_version": lock, "changes": {where: "x"}, "extra": bad},
    ):
        answer = officer.send("patch", f"cases/{ground.case.pk}/", body)
        assert answer.status_code in (200, 400, 409, 422), (body, answer.content[:300])
        if answer.status_code == 200:
            lock += 1


def test_foreign_ids_over_the_api(ground: Ground) -> None:
    nurse, before = Api(ground.nurse), rows()
    infusion = factories.infusion_of(ground.foreign).pk
    for address in (f"patients/{ground.foreign.pk}/", f"cases/{ground.case.pk}/"):
        assert nurse.send("get", address, "").status_code == 404, address
    for bad in (NUL, HUGE, "x", "0", "-1", "²"):
        answer = nurse.client.get(
            "/api/v1/patients/",
            {"after": bad, "size": bad, "state": bad},
            headers={"Authorization": f"Bearer {nurse.token}"},
        )
        assert answer.status_code in (200, 400, 422), bad
    event = {"verbatim": "x", "aware_on": clock.today().isoformat(), "reporter_name": "y"}
    event["is_new_malignancy"] = False
    assert nurse.send("post", f"infusions/{infusion}/events/", event).status_code == 404
    assert rows() == before
