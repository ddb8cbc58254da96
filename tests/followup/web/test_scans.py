"""Scans at the doors: a bag that is another is refused everywhere, a label finds its patient."""

import re
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import translation

from followup.actions import samples as actions
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


def test_a_product_code_is_named_by_the_table_the_site_loaded(client, tmp_path):
    page, said = reverse("scan"), "=A99992612345600=<S1234V00"
    assert "T Cells" not in client.post(page, {"code": said}).content.decode()
    table = tmp_path / "codes.csv"
    table.write_text("Code,Description\nS1234,T Cells|NS\nS1235,造血干细胞\n", encoding="gb18030")
    for told in ("2 codes of release 7.50", "2 codes of release 7.50, as before"):
        out = StringIO()
        call_command("load_isbt128", str(table), "--release", "7.50", stdout=out)
        assert out.getvalue().strip() == told
    shown = client.post(page, {"code": said}).content.decode()
    assert "Product code (ISBT 128)" in shown
    assert "T Cells|NS" in shown
    table.write_text("S1234;T Cells\nS12;short\nS1234;other\n")
    for release, reason in (("7.51", "line 2, 3"), ("7.50", "line 2, 3"), ("", "release")):
        with translation.override("en"), pytest.raises(CommandError, match=reason):
            call_command("load_isbt128", str(table), "--release", release)
    table.write_text("S1234;another\n")
    with translation.override("en"), pytest.raises(CommandError, match="other content"):
        call_command("load_isbt128", str(table), "--release", "7.50")
    assert "T Cells|NS" in client.post(page, {"code": said}).content.decode()


WRONG = [
    (f"]d201{GTIN}10L-2\x1d21S9", "The label of the bag says L-2"),
    ("\x1d10L-2\x1d21S9", "The label of the bag says L-2"),
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


@pytest.mark.parametrize(
    "label", [f"]d201{GTIN}10L-1\x1d21S9", "\x1d10L-1\x1d21S9", f"]C0&/{COI}", ""]
)
def test_the_right_bag_is_recorded_and_found_by_its_label(client, patient, label):
    page = reverse("infusion-new", args=[patient.id])
    assert client.post(page, body(patient, label)).status_code == 302
    assert Infusion.objects.filter(patient=patient, lot="L-1", chain_of_identity=COI).exists()
    if label:
        found = client.post(reverse("search"), {"q": label})
        assert found.status_code == 302
        assert str(patient.id) in found.headers["Location"]


def test_the_page_of_the_scanner_says_what_a_code_holds_and_leads_to_its_patient(client, patient):
    page = reverse("scan")
    assert (
        client.post(reverse("infusion-new", args=[patient.id]), body(patient, "")).status_code
        == 302
    )
    led = client.post(page, {"code": "\x1d10L-1\x1d21S9"})
    assert (led.status_code, str(patient.id) in led.headers["Location"]) == (302, True)
    told = client.post(page, {"code": f"]d201{GTIN}17281231{'10'}L-9\x1d21S9"})
    assert told.status_code == 200
    assert [(str(name), value) for name, value, _words in told.context["parts"]] == [
        ("Trade item number (GTIN)", GTIN),
        ("Expiry date (year, month, day)", "281231"),
        ("Lot number", "L-9"),
        ("Serial number", "S9"),
    ]
    assert "Nothing found, or you may not see it." in told.text
    assert "81234567890123456789" in client.post(page, {"code": "81234567890123456789"}).text


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("", "Scan a code, or type it."),
        ("\x1d \r", "Scan a code, or type it."),
        ("A9999 26 123456 Q", "This code cannot be right"),
        ("\x1d0106901234567893", "This code cannot be right"),
    ],
)
def test_a_code_that_cannot_be_leads_nowhere_and_says_so(client, patient, code, said):
    answer = client.post(reverse("scan"), {"code": code})
    assert (answer.status_code, said in answer.text) == (422, True)
    assert "groups" not in answer.context


def test_every_scan_field_says_what_follows_a_scan(client, site, patient):
    box = actions.open_box(
        actor_of(factories.make_user(Role.NURSE, site=site)),
        site,
        freezer="F-1",
        name="B-1",
        rows=2,
        columns=2,
    )

    def kinds(name, *args):
        text = client.get(reverse(name, args=args)).text
        fields = re.findall(r"<(?:input|textarea)[^>]*data-scan[^>]*>", text)
        return {
            re.search(r' name="(\w+)"', field)[1]: re.search(r'data-scan="(\w+)"', field)[1]
            for field in fields
        }

    everywhere = {"q": "submit"}
    assert kinds("help") == everywhere
    assert kinds("scan") == everywhere | {"code": "submit"}
    assert kinds("samples") == everywhere | {"number": "submit"}
    assert kinds("storage-box", box.id) == everywhere | {"number": "submit", "scanned": "line"}
    assert kinds("patient-register") == everywhere | {"bag_label": "next"}
    assert kinds("infusion-new", patient.id) == everywhere | {"bag_label": "next"}


def test_only_our_own_pages_may_ask_for_the_camera(client):
    signed_out = Client().get("/sign-in/")
    for answer in (client.get(reverse("scan")), client.get("/nowhere/"), signed_out):
        policy = answer.headers["Permissions-Policy"].split(", ")
        assert "camera=(self)" in policy
        assert [entry for entry in policy if not entry.endswith("=()")] == ["camera=(self)"]
    assert "camera.js" not in signed_out.text
    page = client.get(reverse("scan")).text
    assert "scanner.js" in page
    assert "data-separator" in page
