"""A partial date looks the same on every page."""

import pytest
from django.test import Client
from django.urls import reverse

from followup.core.permissions import Role
from followup.domain.dates import PartialDate
from tests import factories
from tests.pages import unbroken

pytestmark = pytest.mark.django_db


def test_a_month_is_shown_in_one_way_on_every_page_of_an_event() -> None:
    site = factories.make_site()
    nurse = factories.make_actor(Role.NURSE, site=site)
    patient = factories.register(nurse, site)
    day = PartialDate(2026, 11)
    event = factories.malignancy(nurse, patient, onset=day)
    page = Client()
    page.force_login(factories.make_user(Role.PHYSICIAN, site=site))
    for address in (
        reverse("event", args=[event.id]),
        reverse("event-withdraw", args=[event.id]),
        reverse("patient", args=[patient.id]),
    ):
        assert "2026-11 (day not known)" in unbroken(page.get(address).content.decode()), address
