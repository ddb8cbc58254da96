"""The matrix and the quality of a centre: every state in its cell, every number by hand."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from followup.core import clock, jobs
from followup.core.models import Job
from followup.core.permissions import Role
from followup.domain.dates import PartialDate
from followup.models import PlannedVisit, SavedView
from followup.queries import matrix, quality
from followup.queries.matrix import Filters
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def nurse(site):
    return factories.make_actor(Role.NURSE, site=site)


@pytest.fixture
def client(site):
    client = Client()
    client.force_login(factories.make_user(Role.NURSE, site=site))
    return client


@pytest.fixture
def patient(nurse, site):
    """Day 140: D28 and M2 missed, M3 open until its successor opens, M6 to come."""
    infused_on = clock.today() - timedelta(days=140)
    return factories.register_in_time(nurse, site, infused_on=infused_on)


def test_each_cell_says_its_state_and_leads_to_its_visit(client, patient) -> None:
    page = client.get(reverse("matrix")).content.decode()
    m3 = PlannedVisit.objects.get(patient=patient, code="M3")
    assert f"{patient.study_code} M3 Overdue {m3.due}" in page
    assert f"/visits/{m3.id}/call/" in page
    m6 = PlannedVisit.objects.get(patient=patient, code="M6")
    assert f"/visits/{m6.id}/why/" in page
    assert f"{patient.study_code} D28 Missed" in page
    assert "Y6" not in page


@pytest.mark.parametrize("role", [Role.STUDY_MANAGER, Role.REGULATORY])
def test_who_records_no_visit_is_led_to_why_it_is_due(nurse, site, role) -> None:
    infused_on = clock.today() - timedelta(days=140)
    purposes = ("LTFU", "HOLDER")
    patient = factories.register_in_time(nurse, site, infused_on=infused_on, purposes=purposes)
    reader = Client()
    reader.force_login(factories.make_user(role))
    page = reader.get(reverse("matrix")).content.decode()
    m3 = PlannedVisit.objects.get(patient=patient, code="M3")
    assert f"/visits/{m3.id}/why/" in page
    assert "/call/" not in page
    assert reader.get(reverse("visit-why", args=[m3.id])).status_code == 200


def test_columns_follow_a_life_and_reach_as_far_as_asked(nurse, patient) -> None:
    today = clock.today()
    found = matrix.page(nurse, Filters(reach="100"), today=today)
    assert found.codes[:4] == ["BL", "D0", "D7", "D14"]
    assert found.codes[-1] == "M3"
    more = matrix.page(nurse, Filters(reach="all"), today=today)
    assert found.codes == more.codes[: len(found.codes)]


def test_whoever_is_not_called_has_nothing_overdue(client, nurse, patient) -> None:
    factories.call(nurse, patient, informant="FAMILY", vital_status="DEAD", died_on=_partial())
    page = client.get(reverse("matrix")).content.decode()
    assert "Overdue 2" not in page
    assert client.get(reverse("matrix"), {"gaps": "1"}).status_code == 200


def _partial():
    return PartialDate.of(clock.today())


def test_filters_views_pages_and_export(client, nurse, site, patient) -> None:
    other = factories.register(nurse, site, infused_on=clock.today() - timedelta(days=3))
    page = client.get(reverse("matrix"), {"gaps": "1"}).content.decode()
    assert patient.study_code in page
    assert other.study_code not in page
    query = "product=&state=&gaps=1&reach=100&after=x&lang=en"
    client.post(reverse("matrix-keep"), {"name": "Gaps", "query": query})
    view = SavedView.objects.get()
    assert view.query == "gaps=1&reach=100"
    assert "Gaps" in client.get(reverse("matrix")).content.decode()
    client.post(reverse("matrix-export"), {"query": view.query})
    job = jobs.run(Job.objects.get(kind="matrix-export").id)
    assert (
        job.manifest["rows"]
        == PlannedVisit.objects.filter(
            patient=patient,
            target__lte=factories.infusion_of(patient).infused_on + timedelta(days=100),
        ).count()
    )
    stranger = Client()
    stranger.force_login(factories.make_user(Role.NURSE, site=factories.make_site()))
    assert stranger.post(reverse("matrix-remove", args=[view.id])).status_code == 404
    assert patient.study_code not in stranger.get(reverse("matrix")).content.decode()
    client.post(reverse("matrix-remove", args=[view.id]))
    assert not SavedView.objects.exists()


def test_the_board_counts_what_was_due_and_nothing_else(nurse, site, patient) -> None:
    factories.register(nurse, site, infused_on=clock.today() - timedelta(days=400))
    m3 = PlannedVisit.objects.select_related("schedule__protocol").get(patient=patient, code="M3")
    board = quality.board(nurse, site, today=clock.today())
    shares = {share.name: (share.done, share.due) for share in board.by_visit}
    # The second patient came late: everything behind is before the register and nobody's duty.
    missed = {"D0": (0, 1), "D7": (0, 1), "D14": (0, 1), "D28": (0, 1), "M2": (0, 1), "M3": (0, 1)}
    assert {k: v for k, v in shares.items() if k != "BL"} == missed
    assert sum(share.due for share in board.by_month) == sum(due for _done, due in shares.values())
    assert sum(count for _low, _high, count in board.overdue) == 1
    days = (clock.today() - m3.due).days
    assert [count for low, high, count in board.overdue if low <= days <= (high or 9999)] == [1]
    factories.call(nurse, patient, disease_status="NOT_ASSESSED", new_malignancy="NO")
    board = quality.board(nurse, site, today=clock.today())
    items = {share.name: (share.done, share.due) for share in board.by_item}
    assert items["new_malignancy"] == (1, 1)
    assert items["disease_status"] == (0, 1)
    assert items["other_event"] == (0, 1)


def test_events_recorded_late_are_counted_in_their_band(nurse, site, patient) -> None:
    factories.malignancy(nurse, patient, aware_on=clock.today() - timedelta(days=9))
    factories.malignancy(nurse, patient, aware_on=clock.today(), verbatim="皮肤癌")
    board = quality.board(nurse, site, today=clock.today())
    assert [(low, count) for low, _high, count in board.late] == [(0, 1), (2, 0), (8, 1), (16, 0)]


def test_the_bands_of_late_events_stand_on_the_page(site, nurse, patient) -> None:
    factories.malignancy(nurse, patient, aware_on=clock.today() - timedelta(days=9))
    lead = Client(headers={"accept-language": "en"})
    lead.force_login(factories.make_user(Role.SITE_LEAD, site=site, language="en"))
    page = lead.get(reverse("quality")).content.decode()
    late = page.partition('aria-labelledby="late-title"')[2]
    assert "<dt>8 to 15 days</dt><dd>1</dd>" in late
    assert "<dt>16 days and more</dt><dd>0</dd>" in late


def test_the_lead_lands_on_the_quality_of_the_own_centre(site, patient) -> None:
    client = Client()
    client.force_login(factories.make_user(Role.SITE_LEAD, site=site))
    answer = client.get(reverse("landing"), follow=True)
    assert answer.redirect_chain[-1][0] == reverse("quality")
    other = factories.make_site()
    page = client.get(reverse("quality"), {"site": other.id}).content.decode()
    assert other.name_en not in page
    assert "90 %" in page


def test_a_centre_without_patients_shows_dashes_and_no_zero_per_cent(site) -> None:
    client = Client()
    client.force_login(factories.make_user(Role.SITE_LEAD, site=site))
    page = client.get(reverse("quality")).content.decode()
    assert "<strong>—</strong>" in page
