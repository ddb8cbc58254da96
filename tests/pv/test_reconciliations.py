"""The month's cases out, the partner's list in, each difference resolved, then signed."""

import io
from datetime import timedelta

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from followup.core import clock
from followup.core.permissions import Role
from followup.core.problems import Refused
from followup.domain.facts import RecordSigned
from pv.actions import agreements as agreement_actions
from pv.actions import icsr
from pv.actions import reconciliations as actions
from pv.models import Case, PartnerReconciliation, ReconciliationDifference
from pv.queries import reconciliations
from tests import factories
from tests.pv.test_agreements import entered
from tests.pv.test_plans import file

pytestmark = pytest.mark.django_db
PASSWORD = "quiet-harbour-lantern-81"


@pytest.fixture
def month():
    """The month before this one."""
    return (clock.today().replace(day=1) - timedelta(days=1)).replace(day=1)


@pytest.fixture
def agreement(officer, case, month):
    """A confirmed agreement, and the case sent to the partner in the month before."""
    row = entered(officer, case)
    agreement_actions.confirm(factories.make_actor(Role.REGULATORY), row)
    with factories.transaction.atomic(), factories.audit.acting(factories.SYSTEM, "test.day"):
        Case.objects.filter(id=case.id).update(received_on=month)
    icsr.mark_sent(officer, file(case, "partner"), on=month, proof="partner portal")
    row.refresh_from_db()
    return row


def seen(client: Client, address: str) -> str:
    """The digest of what the page of a signature shows."""
    return client.get(address).content.decode().split('name="shown" value="')[1][:64]


def test_our_list_names_the_cases_of_the_month_as_xlsx_and_csv(
    officer, case, agreement, month
) -> None:
    rows = reconciliations.exchanged(officer, agreement, month)
    assert [(r.worldwide_id, r.sent, r.received) for r in rows] == [
        ((case.worldwide_id or case.number).upper(), 1, 0)
    ]
    before = (month - timedelta(days=1)).replace(day=1)
    assert reconciliations.exchanged(officer, agreement, before) == []
    book = openpyxl.load_workbook(
        io.BytesIO(reconciliations.exported(officer, agreement, month, "xlsx"))
    )
    assert [c.value for c in book.worksheets[0][2]][1] == case.number
    csv = reconciliations.exported(officer, agreement, month, "csv").decode("utf-8-sig")
    assert csv.splitlines()[0].startswith("worldwide_id,case,")
    # What goes out reads back as agreeing with itself.
    row = actions.compare_lists(officer, agreement, month=month, name="x", content=csv.encode())
    assert reconciliations.differences(officer, row) == []


def test_what_cannot_be_compared_is_refused(officer, agreement, month) -> None:
    now = clock.today().replace(day=1)
    for day, content, field in (
        (now, b"worldwide_id\nA\n", "month"),
        (month, b"case\nA\n", "file"),
        (month, b"", "file"),
    ):
        with pytest.raises(Refused) as refused:
            actions.compare_lists(officer, agreement, month=day, name="x", content=content)
        assert field in refused.value.fields


def test_a_month_is_signed_once_and_by_the_entry_that_held(officer, case, agreement, month) -> None:
    end = clock.today().replace(day=1)
    later = entered(officer, case, number="SDEA 2", receiver="ich", valid_from=end)
    later = agreement_actions.confirm(factories.make_actor(Role.REGULATORY), later)
    assert [row.sent for row in reconciliations.exchanged(officer, later, month)] == [1]
    content = reconciliations.exported(officer, agreement, month, "csv")
    rows = [
        actions.compare_lists(officer, each, month=month, name="x", content=content)
        for each in (agreement, agreement, later)
    ]
    facts = [
        RecordSigned(kind="reconciliation", record=str(row.id), meaning="closure", reason="")
        for row in rows
    ]
    with factories.transaction.atomic(), factories.audit.acting(officer, "test.sign"):
        actions.on_signature(officer, facts[0])
        for fact in facts[1:]:
            with pytest.raises(Refused):
                actions.on_signature(officer, fact)


def test_from_the_partners_list_to_the_signature_on_the_pages(case, agreement, month) -> None:
    client = Client(raise_request_exception=False, headers={"accept-language": "en"})
    client.force_login(factories.make_user(Role.SAFETY_OFFICER, language="en", password=PASSWORD))
    address = f"/partners/{agreement.id}/months/"
    assert client.get(address).status_code == 200
    assert client.post(address, {"month": "soon"}).status_code == 422
    name = case.worldwide_id or case.number
    text = f"worldwide_id,serious,reports\n{name},no,1\nOTHER-1,yes,1\n,yes,1\n"
    sent = {"month": f"{month:%Y-%m}", "file": SimpleUploadedFile("list.csv", text.encode())}
    answer = client.post(address, sent)
    assert answer.status_code == 302
    row = PartnerReconciliation.objects.get()
    page = client.get(answer["location"]).content.decode()
    assert "OTHER-1" in page
    assert "Serious: here yes, there no" in page
    assert "Line 4, Worldwide identifier" in page
    assert "Sign" not in page.split("<h1", 1)[1].split("panel", 1)[0]
    sign = f"/sign/reconciliation/{row.id}/"
    found = list(ReconciliationDifference.objects.order_by("worldwide_id"))
    assert {d.kind for d in found} == {"missing_here", "differs"}
    given = {"meaning": "closure", "password": PASSWORD, "shown": seen(client, sign)}
    client.post(sign, given)
    assert PartnerReconciliation.objects.get().signed_at is None  # differences are open
    for each in found:
        one = f"/reconciliations/differences/{each.id}/"
        assert client.post(one, {"reason": ""}).status_code == 422
        assert client.post(one, {"reason": "follow-up asked"}).status_code == 302
    shown = client.get(sign).content.decode()
    assert f"{month:%Y-%m-%d}" not in shown  # a month is no day
    assert ">worldwide_id<" not in shown
    given["shown"] = seen(client, sign)
    assert client.post(sign, given).status_code == 302
    page = client.get(answer["location"]).content.decode()
    assert "I confirm that every difference is explained." in page
    assert "Signed as it stands" in page
    row.refresh_from_db()
    assert row.signed_at is not None
    again = client.post(f"/reconciliations/differences/{found[0].id}/", {"reason": "other"})
    assert again.status_code == 422
    sent["file"] = SimpleUploadedFile("list.csv", text.encode())
    assert client.post(address, sent).status_code == 422
    assert client.get(f"/partners/{agreement.id}/cases/csv/?month={month:%Y-%m}").status_code == 200


def test_a_case_named_twice_is_a_finding_to_resolve(officer, case, agreement, month) -> None:
    name = case.worldwide_id
    text = f"worldwide_id,serious\n{name},yes\n{name.lower()},no\nOTHER-1,yes\nOTHER-1,yes\n"
    row = actions.compare_lists(officer, agreement, month=month, name="x", content=text.encode())
    found = [(d.worldwide_id, d.kind) for d in reconciliations.differences(officer, row)]
    assert sorted(found) == sorted(
        [
            (name.upper(), "differs"),
            (name.upper(), "repeated"),
            ("OTHER-1", "missing_here"),
            ("OTHER-1", "repeated"),
        ]
    )
    [lines] = [
        d.fields
        for d in reconciliations.differences(officer, row)
        if (d.worldwide_id, d.kind) == ("OTHER-1", "repeated")
    ]
    assert lines == [["lines", "", "4, 5"]]
