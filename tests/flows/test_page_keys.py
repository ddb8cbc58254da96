"""A page key that makes no sense shows the first page, on every list and in the API."""

from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from followup.core.permissions import Role
from tests import factories

pytestmark = pytest.mark.django_db
LISTS = {
    "worklist": Role.NURSE,
    "patients": Role.NURSE,
    "samples": Role.NURSE,
    "notices": Role.NURSE,
    "day": Role.NURSE,
    "patient-reports": Role.NURSE,
    "queries": Role.NURSE,
    "consents": Role.NURSE,
    "trail": Role.AUDITOR,
    "erasures": Role.SITE_LEAD,
    "identity-reveals": Role.SITE_LEAD,
    "patient-duplicates": Role.NURSE,
    "kits": Role.NURSE,
    "laboratory-tray": Role.NURSE,
    "laboratory-findings": Role.NURSE,
    "source-verifications": Role.STUDY_MANAGER,
    "matrix": Role.STUDY_MANAGER,
    "cases": Role.SAFETY_OFFICER,
    "inbox": Role.SAFETY_OFFICER,
    "follow-up-requests": Role.SAFETY_OFFICER,
    "received": Role.SAFETY_OFFICER,
    "acknowledgements": Role.SAFETY_OFFICER,
    "submissions": Role.SAFETY_OFFICER,
    "work-ups": Role.SAFETY_OFFICER,
    "interactions": Role.SAFETY_OFFICER,
    "/api/v1/worklist/": Role.NURSE,
    "/api/v1/patients/": Role.NURSE,
    "/api/v1/samples/": Role.NURSE,
    "/api/v1/kits/": Role.NURSE,
    "/api/v1/call-backs/": Role.NURSE,
    "/api/v1/appointments/": Role.NURSE,
    "/api/v1/patient-reports/": Role.NURSE,
    "/api/v1/consent-renewals/": Role.NURSE,
    "/api/v1/cases/": Role.SAFETY_OFFICER,
}
NONSENSE = (
    "\x00",
    "none.\x00",
    "none.x",
    "2026-02-30.1",
    "2026-11-22.\x00",
    f"2026-02-30.{UUID(int=1)}",
    f"2026-02-30_{UUID(int=1)}",
    f"2026-11-22_{'-' * 36}",
    f"2026-02-30_08:00:00_{UUID(int=1)}",
    f"2026-02-30T08:00:00+00:00_{UUID(int=1)}",
    f"2026-11-22T99:99:99+00:00_{UUID(int=1)}",
    "2026-11-22." + "9" * 30,
    "9" * 400,
    "P\x00-1",
    "\ud800",
    "-1",
    "²",
)


@pytest.fixture
def site() -> factories.Site:
    site = factories.make_site()
    nurse = factories.make_actor(Role.NURSE, site=site)
    patient = factories.register(nurse, site)
    factories.malignancy(nurse, patient)
    return site


@pytest.mark.parametrize("name", LISTS)
def test_nonsense_starts_at_the_first_page(client: Client, site: factories.Site, name: str) -> None:
    role = LISTS[name]
    user = factories.make_user(role, site=site if role is Role.NURSE else None)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    address = name if name.startswith("/") else reverse(name)
    code = factories.Patient.objects.get(site=site).study_code
    first = client.get(address).content.decode()
    for key in NONSENSE:
        answer = client.get(address, {"after": key.encode("utf-8", "surrogatepass")})
        assert answer.status_code == 200, (name, key)
        body = answer.content.decode()
        assert body.count(code) == first.count(code), (name, key)


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize(
    "field", ["state", "q", "box", "status", "product", "site", "action", "show"]
)
def test_a_nul_in_a_filter_is_no_failure(client: Client, name: str, field: str) -> None:
    user = factories.make_user(LISTS[name])
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    address = name if name.startswith("/") else reverse(name)
    # 404: a list of one product's says that there is no such product. 400: the interface knows no
    # such parameter.
    known = {200, 400, 404} if name.startswith("/api/") else {200, 404}
    assert client.get(address, {field: "a\x00b"}).status_code in known
