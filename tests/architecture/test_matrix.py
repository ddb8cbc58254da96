"""Every address by every role with every foreign id: nothing leaks, nothing breaks.

The addresses come from the resolver, so a new page is in the matrix the day it is written.
"""

import re
from copy import deepcopy
from dataclasses import dataclass
from datetime import timedelta
from http.cookies import SimpleCookie
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from followup.core import clock
from followup.core.http.tokens import digest, fresh
from followup.core.models import ApiToken, Change, User
from followup.core.permissions import Role
from followup.models import Patient, PlannedVisit, Sample
from pv.models import Case
from tests import factories

pytestmark = pytest.mark.django_db
CANARY = "卡纳瑞"
# Addresses whose id names nothing of a patient: a language, a draft of one's own, a date. A signed
# link is guessed by nobody: wrong ones are counted and refused (test_questionnaire_pages.py).
OWN_SPACE = {"draft", "draft-discard", "patient-answer"}


@dataclass(frozen=True)
class Address:
    """One pattern of the resolver."""

    name: str
    route: str

    @property
    def parameters(self) -> list[tuple[str, str]]:
        return re.findall(r"<(\w+):(\w+)>", self.route)

    def path(self, values: dict[str, Any]) -> str:
        return "/" + re.sub(r"<\w+:(\w+)>", lambda m: str(values[m[1]]), self.route)


def _walk(patterns: list[Any], prefix: str = "") -> list[Address]:
    found = []
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            found += _walk(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern):
            found.append(Address(pattern.name or "", route))
    return found


ADDRESSES = _walk(get_resolver().url_patterns)
WITH_IDS = [a for a in ADDRESSES if a.parameters and a.name not in OWN_SPACE]
PLAIN = [a for a in ADDRESSES if not a.parameters]
OUTSIDERS = (Role.NURSE, Role.STUDY_MANAGER, Role.SAFETY_OFFICER, Role.AUDITOR)
# Each role asks for what an address is about, and for every so manyth id of another kind, another
# share at each address. `./run oracle matrix` asks for all of them.
SHARE = 4


@dataclass
class World:
    """A site with a patient, an event, a case and samples; and the people of another one."""

    patient: Patient
    planned: int
    ids: dict[str, list[UUID]]  # by the first part of the address that is about them
    outsiders: dict[Role, User]


@pytest.fixture(scope="module")
def world(module_transaction: None) -> World:
    home, away = factories.make_site(), factories.make_site()
    one, other = list(factories.Product.objects.filter(is_car_t=True).order_by("code")[:2])
    nurse = factories.make_actor(Role.NURSE, site=home)
    patient = factories.register(
        nurse, home, product_row=one, identity=factories.person(f"王{CANARY}")
    )
    visit = factories.call(nurse, patient)
    event = factories.malignancy(nurse, patient, verbatim=f"{CANARY}肿瘤")
    case = Case.objects.get(patient=patient)
    planned = PlannedVisit.objects.filter(patient=patient, state="PLANNED").first()
    ids = {
        "patients": [patient.id],
        "infusions": [factories.infusion_of(patient).id],
        "contacts": [visit.id],
        "events": [event.id],
        "cases": [case.id, *case.sources.values_list("id", flat=True)],
        "samples": list(Sample.objects.filter(patient=patient).values_list("id", flat=True)[:1]),
    }
    users = {}
    for role in OUTSIDERS:
        hospital = role in (Role.NURSE, Role.AUDITOR)
        users[role] = factories.make_user(
            role, site=away if hospital else None, product=None if hospital else other
        )
    return World(patient, planned.id, ids, users)


@pytest.fixture(scope="module")
def cookies(world: World) -> dict[Role, SimpleCookie]:
    """The people of the other site sign in once: a session a page ends is back for the next."""
    found = {}
    for role, user in world.outsiders.items():
        client = Client()
        client.force_login(user)
        found[role] = client.cookies
    return found


@pytest.fixture
def outsiders(cookies: dict[Role, SimpleCookie]) -> dict[Role, Client]:
    """The people of the other site; their requests are counted anew for each address."""
    cache.clear()
    clients = {role: Client(raise_request_exception=False) for role in cookies}
    for role, client in clients.items():
        client.cookies = deepcopy(cookies[role])
    return clients


def _foreign(address: Address, world: World, share: int) -> list[str]:
    """The address with foreign ids: those it is about, and a share of those of other kinds."""
    about = world.ids.get(address.route.removeprefix("api/v1/").partition("/")[0])
    others = [one for ids in world.ids.values() for one in ids][share % SHARE :: SHARE]
    paths = [address.path(_values(address, world, one)) for one in [*(about or []), *others]]
    return list(dict.fromkeys(paths))


def _values(address: Address, world: World, foreign: UUID) -> dict[str, Any]:
    rows = {"table": "followup_patient", "row": str(world.patient.id)}
    kinds = {"uuid": foreign, "int": world.planned}
    return {name: kinds.get(kind) or rows.get(name, "general") for kind, name in address.parameters}


def _missing(address: Address) -> dict[str, Any]:
    words = {"table": "followup_patient", "section": "general"}
    words |= {"key": "general", "token": "general"}
    kinds = {"uuid": uuid4, "int": lambda: 2_000_000_000}
    return {
        name: words.get(name) or kinds.get(kind, lambda: str(uuid4()))()
        for kind, name in address.parameters
    }


def _plain(response: Any) -> str:
    """The body without what differs by nature: ids, tokens, the echoed address."""
    text = response.content.decode("utf-8", "replace")
    text = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|\b[0-9a-f]{12}\b|2000000000|\b\d{1,9}\b", "#", text)
    return re.sub(r"csrf[^>]*>", "", text, flags=re.IGNORECASE)


@pytest.mark.parametrize("address", WITH_IDS, ids=lambda a: a.route)
@pytest.mark.requirement("ASVS-8.2.2")
@pytest.mark.figure("F1")
def test_a_foreign_id_looks_like_a_missing_one(
    address: Address, world: World, outsiders: dict[Role, Client]
) -> None:
    changes = Change.objects.count()
    for share, client in enumerate(outsiders.values(), WITH_IDS.index(address)):
        for method in ("get", "post", "patch") if "api/" in address.route else ("get", "post"):
            send = getattr(client, method)
            missing = send(address.path(_missing(address)))
            blank = _plain(missing)
            for path in _foreign(address, world, share):
                response = send(path)
                body = response.content.decode("utf-8", "replace")
                assert response.status_code < 500, (address.route, method)
                assert CANARY not in body
                assert world.patient.study_code not in body
                if address.name == "history":
                    assert not re.search(r"INSERT|UPDATE", body)
                    continue
                known = (400, 403, 404, 405, 415)
                if method == "get":  # a page for POST leads back to its form, there or not
                    known += (302,)
                assert response.status_code in known, (address.route, method)
                assert response.status_code == missing.status_code
                assert _plain(response) == blank
    assert Change.objects.count() == changes


@pytest.mark.parametrize("address", PLAIN, ids=lambda a: a.route)
@pytest.mark.requirement("P11-10d", "ASVS-8.4.1")
@pytest.mark.figure("F1")
def test_lists_show_nothing_of_another_site(
    address: Address, world: World, outsiders: dict[Role, Client]
) -> None:
    foreign = str(world.patient.id)
    for client in outsiders.values():
        for query in ({}, {"q": CANARY}, {"after": foreign}, {"product": foreign, "site": foreign}):
            response = client.get(address.path({}), query)
            if response.status_code == 200 and getattr(response, "streaming", False):
                continue
            body = response.content.decode("utf-8", "replace")
            assert response.status_code < 500, address.route
            assert world.patient.study_code not in body
            assert f"{CANARY}肿瘤" not in body


@pytest.mark.parametrize("address", ADDRESSES, ids=lambda a: a.route)
@pytest.mark.requirement("P11-10d", "ASVS-13.4.5")
def test_anonymous_people_get_to_sign_in_only(address: Address) -> None:
    client = Client(raise_request_exception=False)
    path = address.path(_missing(address))
    for method in ("get", "post"):
        response = getattr(client, method)(path)
        assert response.status_code < 500, address.route
        if response.status_code == 200:
            open_to_all = {"login", "help", "password-ask", "read-date"}
            machines = {"health", "alive", "ready"}
            assert address.name in open_to_all | machines, address.route


@pytest.mark.requirement("ASVS-8.2.2")
def test_a_foreign_id_in_a_body_is_missing_too(world: World, outsiders: dict[Role, Client]) -> None:
    client = outsiders[Role.NURSE]
    body = {
        "site": str(world.patient.site_id),
        "sex": "MALE",
        "identity": {"name": "赵甲乙"},
        "consent": {"form_version": "1", "purposes": ["LTFU"], "given_on": "2026-01-01"},
        "infusion": {
            "product": str(factories.product().id),
            "infused_on": "2026-01-02",
            "lot": "1",
            "chain_of_identity": "1",
            "off_label_reason": "x",
        },
    }
    response = client.post("/api/v1/patients/", body, content_type="application/json")
    assert response.status_code in (403, 404)
    assert Patient.objects.filter(site_id=world.patient.site_id).count() == 1


@pytest.mark.parametrize("field", ["created_at", "recorded_by", "site_id", "role", "is_superuser"])
@pytest.mark.requirement("ASVS-8.2.3", "ASVS-15.3.3")
def test_fields_nobody_asked_for_are_refused(world: World, field: str) -> None:
    nurse = factories.make_user(Role.NURSE, site=world.patient.site)
    client = Client()
    client.force_login(nurse)
    body = {
        "contact_on": clock.today().isoformat(),
        "informant": "PATIENT",
        "vital_status": "ALIVE",
        field: "1",
    }
    path = f"/api/v1/planned-visits/{world.planned}/record/"
    response = client.post(path, body, content_type="application/json")
    assert response.status_code == 400
    assert field in response.json()


def _token(**values: Any) -> tuple[str, ApiToken]:
    user = factories.make_user(Role.NURSE, site=factories.make_site())
    secret = fresh()
    with factories.transaction.atomic(), factories.audit.acting(factories.SYSTEM, "test.token"):
        row = ApiToken.objects.create(
            user=user,
            label="t",
            digest=digest(secret),
            created_at=clock.now(),
            expires_at=values.pop("expires_at", clock.now() + timedelta(days=1)),
            **values,
        )
    return secret, row


def test_a_token_opens_the_api_until_it_expires_or_is_revoked() -> None:
    good, _row = _token()
    old, _row = _token(expires_at=clock.now() - timedelta(seconds=1))
    gone, _row = _token(revoked_at=clock.now())
    for secret, status in ((good, 200), (old, 401), (gone, 401), ("ew_wrong", 401)):
        response = Client().get("/api/v1/worklist/", headers={"Authorization": f"Bearer {secret}"})
        assert response.status_code == status
