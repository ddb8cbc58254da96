"""A partner's case from its first file to its nullification, each by its E2B(R3) file."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from followup.core import clock
from followup.core.permissions import Role
from pv.models import Case, ReceivedReport
from tests import factories
from tests.pv.actions.test_receptions import file_of, report

pytestmark = pytest.mark.django_db
TODAY = clock.today()


def accepted(client: Client, row: ReceivedReport, days_ago: int, **more: str) -> Case:
    """The report reviewed on its page, with the day of awareness."""
    case = Case.objects.get(id=row.case_id)
    page = reverse("received-report", args=[row.id])
    assert client.get(page).status_code == 200
    on = (TODAY - timedelta(days=days_ago)).isoformat()
    sent = {"aware_on": on, "lock_version": case.lock_version, **more}
    assert client.post(page, sent).status_code == 302
    return Case.objects.get(id=case.id)


def waiting() -> ReceivedReport:
    return ReceivedReport.objects.get(state="to_review")


def test_a_partners_first_file_follow_up_and_nullification_are_one_case(tmp_path: Path) -> None:
    officer = factories.make_user(Role.SAFETY_OFFICER)
    client = Client()
    client.force_login(officer)
    product = str(factories.product().id)
    first = file_of(tmp_path / "first.xml", report())
    with first.open("rb") as file:  # by the page
        assert client.post(reverse("received"), {"file": file}).status_code in (200, 302)
    case = accepted(client, waiting(), 20, product=product)
    assert case.day_zero == TODAY - timedelta(days=20)
    zero = set(case.clocks.filter(stopped_at=None).values_list("day_zero", flat=True))
    assert zero == {TODAY - timedelta(days=20)}

    message = report(latest="20260910", created="20260911080000+0800", outcome="1")
    second = file_of(tmp_path / "second.xml", message)
    answer = client.post(  # by the API
        "/api/v1/received/", second.read_bytes(), content_type="application/xml"
    )
    assert answer.status_code in (200, 201)
    case.refresh_from_db()
    assert case.current_version == 1  # offered, not imposed
    case = accepted(client, waiting(), 5)
    kinds = list(case.versions.order_by("number").values_list("kind", flat=True))
    assert kinds == ["initial", "follow_up"]
    # Nothing was sent yet: the first report, still owed, tells the news as well.
    assert set(case.clocks.filter(stopped_at=None).values_list("day_zero", flat=True)) == zero

    gone = report(latest="20260920", created="20260921080000+0800", kind="1")
    third = file_of(tmp_path / "third.xml", gone)
    call_command("import_icsr", str(third))  # by the command
    case = accepted(client, waiting(), 1)
    assert (case.stage, case.current_version) == ("nullified", 3)
    assert not case.clocks.filter(met_on=None, stopped_at=None).exists()
    assert Case.objects.count() == 1
    page = client.get(reverse("case", args=[case.id])).content.decode()
    assert case.number in page
    assert case.number not in client.get(reverse("cases")).content.decode()
