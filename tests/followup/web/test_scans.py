"""Scans at the doors: a bag that is another is refused everywhere, a label finds its patient."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from followup.core import clock
from followup.core.permissions import Role
from followup.core.security.accounts import actor_of
from followup.models import Infusion
from tests import factories

pytestmark = pytest.mark.django_db
GTIN = "06901234567892"
COI = "CHA999926ABC123"


@pytest.fixture
def site():
    return factories.make_site()


@pytest.fixture
def user(site):
    return factories.make_user(Role.NURSE, site=site)


@pytest.fixture
def client(user):
    made = Client(headers={"accept-language": "en"})
    made.force_login(user)
    return made


@pytest.fixture
def patient(user, site):
    infused_on = clock.today() - timedelta(days=200)
    return factories.register(actor_of(user), site, infused_on=infused_on)


def body(patient, label):
    first = factories.infusion_of(patient)
    return {
        "product": str(first.product_id),
        "indication": str(first.indication_id),
        "infused_on": (clock.today() - timedelta(days=3)).isoformat(),
        "lot": "L-1",
        "chain_of_identity": COI,
        "bag_label": label,
    }


WRONG = [
    (f"]d201{GTIN}10L-2\x1d21S9", "The label of the bag says L-2"),
    ("&/CHA999926ABC124", "The label of the bag says CHA999926ABC124"),
    ("A9999 26 123456 Q", "This scan cannot be right"),
    ("81234567890123456789", "names neither lot nor chain of identity"),
]


@pytest.mark.parametrize(("label", "said"), WRONG)
def test_a_bag_that_is_another_is_refused_at_page_and_api(client, patient, label, said):
    page = reverse("infusion-new", args=[patient.id])
    refused = client.post(page, body(patient, label))
    assert (refused.status_code, said in refused.text) == (422, True)
    api = f"/api/v1/patients/{patient.id}/infusions/"
    sent = client.post(api, body(patient, label), content_type="application/json")
    assert (sent.status_code, said in sent.text) == (422, True)
    assert Infusion.objects.filter(patient=patient).count() == 1


@pytest.mark.parametrize("label", [f"]d201{GTIN}10L-1\x1d21S9", f"]C0&/{COI}", ""])
def test_the_right_bag_is_recorded_and_found_by_its_label(client, patient, label):
    page = reverse("infusion-new", args=[patient.id])
    assert client.post(page, body(patient, label)).status_code == 302
    assert Infusion.objects.filter(patient=patient, lot="L-1", chain_of_identity=COI).exists()
    if label:
        found = client.post(reverse("search"), {"q": label})
        assert found.status_code == 302
        assert str(patient.id) in found.headers["Location"]
