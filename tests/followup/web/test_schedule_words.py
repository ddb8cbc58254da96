"""Why a visit is due, in the words of the reader; and whom a call is offered to."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from followup.core.permissions import Role
from followup.models import PlannedVisit
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def planned() -> PlannedVisit:
    site = factories.make_site()
    nurse = factories.make_actor(Role.NURSE, site=site)
    patient = factories.register(nurse, site)
    return PlannedVisit.objects.filter(patient=patient, code="M6").get()


def page(client: Client, role: Role, planned: PlannedVisit, language: str) -> str:
    user = factories.make_user(role, site=planned.patient.site, language=language)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    answer = client.get(reverse("visit-why", args=[planned.id]))
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_rule_is_told_in_chinese(client: Client, planned: PlannedVisit) -> None:
    text = page(client, Role.NURSE, planned, "zh-hans")
    facts = re.search(r'<dl class="facts">.*?</dl>', text, re.DOTALL)
    assert facts
    assert "M6：输注日" in facts[0]
    assert "+6 个月" in facts[0]
    assert "project" not in facts[0].replace("Project default", "")


def test_a_call_is_offered_to_those_who_may_record_it(
    client: Client, planned: PlannedVisit
) -> None:
    call = reverse("visit-call", args=[planned.id])
    assert call in page(client, Role.NURSE, planned, "en")
    text = page(client, Role.AUDITOR, planned, "en")
    assert call not in text
    assert reverse("worklist") not in text


def test_a_block_opened_late_keeps_its_start_and_its_errors_lead_to_their_fields(
    client: Client, planned: PlannedVisit
) -> None:
    user = factories.make_user(Role.NURSE, site=planned.patient.site)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    address = reverse("visit-call", args=[planned.id])
    empty = client.post(address, {"contact_on": ""})
    assert empty.status_code == 422
    assert f'value="{user}"' in empty.content.decode()  # the reporter of a block still closed
    asked = {
        "contact_on": "2026-01-01",
        "informant": "PATIENT",
        "vital_status": "ALIVE",
        "new_malignancy": "YES",
    }
    text = client.post(address, asked).content.decode()
    summary = text.partition('class="error-summary"')[2].partition("</div>")[0]
    anchors = re.findall(r'href="#([^"]+)"', summary)
    assert any("malignancy-verbatim" in anchor for anchor in anchors)
    assert all(f'id="{anchor}"' in text for anchor in anchors)
