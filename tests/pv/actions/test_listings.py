"""Line listings: columns, filters, groups; the same rows on the page and in each file."""

import csv
import io
from datetime import timedelta
from pathlib import Path

import openpyxl
import pytest
from django.conf import settings
from django.test import Client
from pypdf import PdfReader

from followup.actions import data_locks as lock_actions
from followup.core import clock, jobs
from followup.core.models import Access, Job
from followup.core.permissions import Role
from followup.core.problems import Refused
from followup.core.security.accounts import actor_of
from pv.actions import listings as actions
from pv.queries import listings
from pv.queries.listings import ListingChoice
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def media(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def site():
    return factories.make_site()


def report(site, verbatim: str, **more):
    nurse = factories.make_actor(Role.NURSE, site=site)
    return factories.malignancy(nurse, factories.register(nurse, site), verbatim=verbatim, **more)


def choice(**more) -> ListingChoice:
    today = clock.today()
    given = {"product": factories.product().id, "start": today - timedelta(days=9), "end": today}
    return ListingChoice(**given | more)


def made(user, wanted: ListingChoice, form: str) -> bytes:
    job = actions.request(actor_of(user), wanted, form)
    done = jobs.run(job.id) or jobs.one(actor_of(user), job.id)
    assert done.state == "done", done.error
    return (Path(settings.MEDIA_ROOT) / done.file_path).read_bytes()


def test_columns_filters_and_groups_decide_what_is_listed(site) -> None:
    report(site, "Lymphoma")
    report(site, "Leukaemia")
    officer = factories.make_actor(Role.SAFETY_OFFICER)
    assert len(listings.preview(officer, choice())) == 2
    (found,) = listings.preview(officer, choice(words="lymph"))
    assert "Lymphoma" in found.events
    assert listings.preview(officer, choice(serious="no")) == []
    assert listings.preview(officer, choice(end=clock.today() - timedelta(days=1))) == []
    with pytest.raises(Refused) as refused:  # the page says so, not only the job
        listings.preview(officer, choice(end=clock.today() - timedelta(days=10)))
    assert set(refused.value.fields) == {"end"}
    columns = listings.chosen(["events", "number", "nonsense"])
    assert columns == ("number", "events")
    assert len(listings.cells(found, choice(columns=columns))) == 2
    both = listings.preview(officer, choice(serious="yes"))
    groups = listings.grouped(both, choice(group="source"))
    assert [(value, len(rows)) for value, rows in groups] == [(both[0].source, 2)]
    assert listings.chosen([]) == listings.DEFAULT


def test_every_file_holds_the_rows_of_the_listing_and_is_logged(site) -> None:
    report(site, "=1+1 Lymphoma")
    lock = lock_actions.make(factories.SYSTEM, name="listing")
    report(site, "Later")
    user = factories.make_user(Role.SAFETY_OFFICER)
    wanted = choice(lock=lock.id, columns=("number", "events"))
    text = made(user, wanted, "csv").decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    assert len(rows) == 2
    assert "Lymphoma" in rows[1][1]
    sheet = openpyxl.load_workbook(io.BytesIO(made(user, wanted, "xlsx"))).worksheets[1]
    assert [[cell.value for cell in row] for row in sheet.iter_rows()][1][0] == rows[1][0]
    pages = PdfReader(io.BytesIO(made(user, wanted, "pdf"))).pages
    words = "".join(page.extract_text() for page in pages)
    assert rows[1][0] in words
    assert "listing" in words
    assert Access.objects.filter(kind="listing.export").count() == 3


def test_the_job_says_at_once_how_much_it_is(site, monkeypatch) -> None:
    report(site, "Lymphoma")
    said: list[tuple[int, int]] = []
    monkeypatch.setattr(jobs.Progress, "report", lambda _self, *counts: said.append(counts))
    made(factories.make_user(Role.STUDY_MANAGER), choice(), "csv")
    assert said == [(0, 1), (1, 1)]


def test_what_cannot_be_is_refused(site) -> None:
    officer = factories.make_actor(Role.SAFETY_OFFICER)
    with pytest.raises(Refused):
        actions.request(officer, choice(), "exe")
    with pytest.raises(Refused):
        actions.request(officer, choice(start=clock.today() + timedelta(days=1)), "csv")
    narrow = factories.make_actor(Role.SAFETY_OFFICER, site=site)
    with pytest.raises(Refused):
        actions.request(narrow, choice(), "csv")
    with pytest.raises(Refused):
        listings.preview(narrow, choice())


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_page_lists_and_asks_for_a_file(site, language) -> None:
    report(site, "Lymphoma")
    client = Client(raise_request_exception=False, headers={"accept-language": language})
    client.force_login(factories.make_user(Role.SAFETY_OFFICER, language=language))
    product = factories.product().id
    address = f"/listings/?product={product}&group=source&columns=number&columns=events"
    assert "Lymphoma" in client.get(address).content.decode()
    assert client.post(address, {"format": "xlsx"}).status_code == 302
    assert Job.objects.get().parameters["columns"] == "number,events"
    assert client.post(address, {"format": "exe"}).status_code == 422
    assert client.get("/listings/?start=05/11/2026").status_code == 422
    nurse = Client(raise_request_exception=False)
    nurse.force_login(factories.make_user(Role.NURSE))
    assert nurse.get("/listings/").status_code == 403
