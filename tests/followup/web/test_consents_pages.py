"""Consent as data: forms, by whom, per purpose, signing again, undo, and who is left out."""

from collections.abc import Sequence
from datetime import date, timedelta
from hashlib import sha256
from itertools import permutations
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.utils import translation

from followup.actions import consent_versions
from followup.actions.consent_papers import ConsentInput
from followup.actions.consent_versions import ConsentVersionInput
from followup.actions.follow_up_status import consents
from followup.core import clock, scope
from followup.core.confirmations import Unconfirmed
from followup.core.permissions import Role
from followup.core.problems import Refused
from followup.core.security.accounts import actor_of
from followup.domain.consents import Purpose, Word
from followup.domain.dates import PartialDate
from followup.models import Consent, ConsentVersion, ConsentWithdrawal, Patient
from followup.queries import consent_renewals, follow_up_status, left_out
from followup.queries import consents as queries
from tests import factories
from tests.pv.test_receivers import token

pytestmark = pytest.mark.django_db
TODAY = clock.today()


@pytest.fixture
def lead(site):
    return factories.make_user(Role.SITE_LEAD, site=site)


@pytest.fixture
def actor(nurse):
    return actor_of(nurse)


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def form(lead: Any, site: Any, code: str, first: date, **more: Any) -> ConsentVersion:
    given = ConsentVersionInput(
        code=code,
        name_zh="知情同意书",
        name_en="Consent",
        purposes=more.pop("purposes", [purpose.value for purpose in Purpose]),
        valid_from=first,
        document_sha256="a" * 64,
        **more,
    )
    return consent_versions.add(actor_of(lead), site, given=given)


class _Rewind(Exception):
    """Ends a run whose rows are not kept."""


def test_any_order_of_papers_and_withdrawals_shows_the_same(actor, site):
    patient = factories.register(actor, site, infused_on=ago(400))
    officer = factories.make_actor(Role.STUDY_MANAGER)

    def signs(days: int, yes: Sequence[str], no: Sequence[str]) -> Any:
        given = ConsentInput("v2", list(yes), ago(days), refused=list(no))
        return lambda: consents.add(actor, patient, given=given)

    def withdraws(days: int) -> None:
        row = Consent.objects.filter(patient=patient, purposes__contains=["SAMPLES"])
        paper = row.order_by("given_on").first()
        if paper is None or paper.withdrawn_on:
            raise _Rewind
        consents.withdraw(actor, paper, withdrawn_on=ago(days), purposes=["SAMPLES"])

    steps = {
        "first": signs(300, ["HOLDER", "SAMPLES"], []),
        "no": signs(200, [], ["HOLDER"]),
        "again": signs(100, ["HOLDER"], []),
        "ended": lambda: withdraws(150),
    }
    shown = set()
    for order in permutations(steps):
        try:
            with transaction.atomic():
                for name in order:
                    steps[name]()
                stood = queries.standings(actor, patient)
                seen = scope.visible(officer, Patient.objects.filter(id=patient.id)).exists()
                words = tuple((code, each.word, each.since) for code, each in stood.items())
                shown.add((seen, words))
                raise _Rewind
        except _Rewind:
            continue
    assert len(shown) == 1
    seen, words = shown.pop()
    assert seen
    assert ("HOLDER", Word.AGREED, ago(100)) in words
    assert ("SAMPLES", Word.WITHDRAWN, ago(150)) in words
    assert ("CROSS_BORDER", Word.NEVER_AGREED, None) in words


def test_a_purpose_withdrawn_ends_on_earlier_papers_and_an_undo_brings_it_back(
    client, nurse, actor, site
):
    patient = factories.register(actor, site, purposes=("LTFU", "HOLDER"), infused_on=ago(400))
    officer = factories.make_actor(Role.STUDY_MANAGER)

    def seen():
        return scope.visible(officer, Patient.objects.filter(id=patient.id)).exists()

    second = consents.add(
        actor, patient, given=ConsentInput("v2", ["LTFU", "HOLDER"], PartialDate(ago(90).year, 1))
    )
    assert seen()
    client.force_login(nurse)
    sent = {"consent": str(second.id), "purposes": ["HOLDER"], "withdrawn_on": str(TODAY)}
    assert client.post(f"/patients/{patient.id}/standing/withdraw/", sent).status_code == 302
    assert not seen()
    patient.refresh_from_db()
    assert patient.follow_up_state == "ACTIVE"
    row = ConsentWithdrawal.objects.get()
    undo = f"/patients/{patient.id}/withdrawals/{row.id}/undo/"
    assert undo in client.get(f"/patients/{patient.id}/standing/").content.decode()
    assert client.post(undo, {"reason": ""}).status_code == 422
    assert not seen()
    assert client.post(undo, {"reason": "wrong patient"}).status_code == 302
    assert 'name="reason"' not in client.get(undo).content.decode(), "undone: nothing to ask"
    assert seen()
    with pytest.raises(Refused):
        consents.undo_withdrawal(actor, row, reason="again")
    stranger = factories.make_user(Role.NURSE, site=factories.make_site())
    client.force_login(stranger)
    assert client.post(undo, {"reason": "x"}).status_code == 404


def test_a_form_is_known_by_what_is_printed_on_it(lead, actor, site):
    form(lead, site, "v1", ago(500), purposes=["LTFU", "HOLDER"], valid_until=ago(50))
    patient = factories.register(actor, site, infused_on=ago(400))
    assert Consent.objects.get(patient=patient).form.code == "v1"

    def add(code, days, yes=("LTFU",), **more):
        given = ConsentInput(code, list(yes), ago(days))
        return consents.add(actor, patient, given=given, **more)

    with pytest.raises(Refused) as refused:
        add("v9", 100)
    assert "v1" in str(refused.value.fields["form_version"])
    with pytest.raises(Refused) as refused:
        add("v1", 100, ("SAMPLES",))
    assert set(refused.value.fields) == {"purposes"}
    with pytest.raises(Unconfirmed) as asked:
        add("v1", 10)
    add("v1", 10, confirmed=[question.key for question in asked.value.questions])
    assert add("v0", 600).form is None  # signed before the site kept its forms


def test_who_signs_at_which_age(actor, site):
    child = factories.register(
        actor,
        site,
        identity=factories.person(born=date(TODAY.year - 10, 1, 1)),
        infused_on=ago(30),
    )

    def add(**more):
        given = ConsentInput("v2", ["LTFU"], ago(1), **more)
        return consents.add(actor, child, given=given)

    for more, field in (
        ({"signed_by": "PATIENT"}, "signed_by"),
        ({"signed_by": "GUARDIAN"}, "assent"),
        ({"signed_by": "GUARDIAN", "assent": "REFUSED"}, "assent"),
    ):
        with pytest.raises(Refused) as refused:
            add(**more)
        assert set(refused.value.fields) == {field}
    add(signed_by="GUARDIAN", assent="AGREED")
    assert consent_renewals.renewals(actor) == ([], "")
    older = factories.register(
        actor,
        site,
        identity=factories.person("单晓月", born=date(TODAY.year - 14, 12, 31)),
        infused_on=ago(40),
    )
    paper = ConsentInput("v2", ["LTFU"], ago(1), signed_by="GUARDIAN", assent="AGREED")
    consents.add(actor, older, given=paper)
    ((due,), _next) = consent_renewals.renewals(actor)
    assert (due.patient.id, due.since, due.form) == (older.id, PartialDate(TODAY.year), None)


def test_a_new_form_is_signed_again_and_left_out_are_counted(client, lead, nurse, actor, site):
    form(lead, site, "v1", ago(500))
    patient = factories.register(actor, site, infused_on=ago(400))
    gone = factories.register(actor, site, purposes=("LTFU", "HOLDER"), infused_on=ago(400))
    consents.withdraw(actor, Consent.objects.get(patient=gone), withdrawn_on=TODAY)
    client.force_login(lead)
    document = SimpleUploadedFile("form.pdf", b"approved")
    sent = {
        "site": str(site.id),
        "code": "v2",
        "name_zh": "新版",
        "name_en": "New",
        "purposes": ["LTFU", "HOLDER"],
        "valid_from": str(ago(5)),
        "renews": "on",
    }
    assert client.post("/consents/forms/new/", sent).status_code == 422
    answer = client.post("/consents/forms/new/", {**sent, "document": document})
    assert answer.status_code == 302
    made = ConsentVersion.objects.get(code="v2")
    assert made.document_sha256 == sha256(b"approved").hexdigest()
    form(lead, site, "v2a", ago(2), renews=True, valid_until=ago(1))  # asks nobody any more
    assert [each.form for each in consent_renewals.renewals(actor)[0]] == [made]
    later = form(lead, site, "v2b", ago(2), renews=True)  # signed in place of v2
    assert [each.form for each in consent_renewals.renewals(actor)[0]] == [later]
    assert [each.form for each in consent_renewals.renewals_of(actor, patient)] == [later]
    assert consent_renewals.renewals_of_form(actor, made) == ([], "")
    for path in ("/consents/", "/consents/forms/", f"/consents/forms/{made.id}/"):
        assert client.get(path).status_code == 200, path
    client.force_login(nurse)
    page = client.get("/consents/").content.decode()
    assert patient.study_code in page
    assert gone.study_code not in page
    assert "/consents/" in client.get("/worklist/").content.decode()
    assert client.post(f"/consents/forms/{made.id}/", {}).status_code == 403
    refused = ConsentInput("v2b", ["LTFU"], TODAY, refused=["HOLDER"], signed_by="PATIENT")
    consents.add(actor, patient, given=refused)
    assert consent_renewals.renewals(actor) == ([], "")
    manager = factories.make_user(Role.STUDY_MANAGER)
    client.force_login(manager)
    page = client.get("/consents/").content.decode()
    assert patient.study_code not in page
    assert left_out.counts(actor_of(manager), Purpose.HOLDER) == {
        "NEVER_AGREED": 0,
        "REFUSED": 1,
        "WITHDRAWN": 1,
    }
    with translation.override("en"):
        assert not follow_up_status.agreed(actor, patient, Purpose.HOLDER)


def test_who_signs_a_form_again_is_paged_and_a_form_out_of_use_asks_nobody(
    client, lead, nurse, actor, site, monkeypatch
):
    form(lead, site, "v1", ago(500))
    both = sorted(
        factories.register(actor, site, infused_on=ago(400)).study_code for _each in range(2)
    )
    made = form(lead, site, "v2", ago(5), renews=True)
    monkeypatch.setattr(consent_renewals, "PAGE", 1)
    client.force_login(nurse)
    address = f"/consents/forms/{made.id}/"
    assert address in client.get("/consents/").content.decode()
    shown = []
    for after in ("", both[0]):
        page = client.get(address, {"after": after}).content.decode()
        shown.append([code for code in both if f">{code}<" in page])
    assert shown == [[both[0]], [both[1]]]
    first, key = consent_renewals.renewals(actor)
    rest, end = consent_renewals.renewals(actor, key=key)
    assert [row.patient.study_code for row in (*first, *rest)] == both
    assert end == ""
    assert both[1] in client.get("/consents/", {"after": key}).content.decode()
    assert both[0] in client.get("/consents/", {"after": "no key"}).content.decode()
    consent_versions.close(actor_of(lead), made, valid_until=ago(1), version=1)
    assert both[0] not in client.get(address).content.decode()
    assert not consent_renewals.renewal_due(actor)


def _api(user: Any) -> Client:
    return Client(headers={"authorization": f"Bearer {token(user)}"})


def test_the_api_says_the_same(nurse, lead, actor, site):
    patient = factories.register(actor, site, infused_on=ago(400))
    nurse_api, lead_api = _api(nurse), _api(lead)
    body = {
        "site": str(site.id),
        "code": "v5",
        "name_zh": "版",
        "name_en": "V",
        "renews": True,
        "purposes": ["LTFU", "HOLDER"],
        "valid_from": str(ago(9)),
        "document_sha256": "b" * 64,
    }
    assert nurse_api.post("/api/v1/consent-forms/", body, "application/json").status_code == 403
    made = lead_api.post("/api/v1/consent-forms/", body, "application/json")
    assert made.status_code == 201, made.json()
    again = lead_api.post("/api/v1/consent-forms/", body, "application/json")
    assert (again.status_code, set(again.json()["fields"])) == (422, {"code"})
    (due,) = nurse_api.get("/api/v1/consent-renewals/").json()["items"]
    assert (due["study_code"], due["since"]) == (patient.study_code, str(ago(9)))
    signed = f"{ago(1).year}"
    paper = {"form_version": "v5", "purposes": ["LTFU"], "refused": ["HOLDER"], "given_on": signed}
    at = f"/api/v1/patients/{patient.id}"
    told = nurse_api.post(f"{at}/consents/", paper, "application/json").json()
    assert (told["signed_on"], told["refused"]) == (signed, ["HOLDER"])
    day = {"withdrawn_on": str(TODAY)}
    nurse_api.post(f"{at}/consents/{told['id']}/withdrawal/", day, "application/json")
    (row,) = nurse_api.get(f"{at}/withdrawals/").json()
    undo = f"{at}/withdrawals/{row['id']}/undo/"
    assert nurse_api.post(undo, {"reason": "slip"}, "application/json").status_code == 204
    assert nurse_api.get(f"{at}/withdrawals/").json() == []
    out = nurse_api.get("/api/v1/consents/left-out/?purpose=HOLDER").json()
    assert out == {"purpose": "HOLDER", "never_agreed": 0, "refused": 1, "withdrawn": 0}
    assert nurse_api.get("/api/v1/consents/left-out/?purpose=TEA").status_code == 422
