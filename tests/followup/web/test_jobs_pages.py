"""The job centre: honest counts, polling that ends, cancel, start again, download."""

import pytest
from django.test import Client

from followup.core import jobs
from followup.core.models import Job, JobProgress
from followup.core.models.jobs import JobEvent
from followup.core.permissions import Perm, Role
from followup.core.security.accounts import actor_of
from tests import factories

pytestmark = pytest.mark.django_db


@jobs.handler("test-page-file", needs=Perm.PATIENT_READ)
def make_file(actor, parameters, progress):
    if parameters.get("fail"):
        raise RuntimeError
    path = progress.folder / "out.csv"
    path.write_text("a,b")
    return jobs.Result(path, '年报 "A"\r\n.csv')


@pytest.fixture(autouse=True)
def media(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def user():
    return factories.make_user(Role.NURSE, site=factories.make_site())


@pytest.fixture
def client(user):
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def ask(user, **parameters):
    return jobs.request(actor_of(user), "test-page-file", title="年度报告 A", parameters=parameters)


def poll(client, job):
    return client.get(f"/jobs/{job.id}/status/", headers={"HX-Request": "true"})


def test_an_empty_centre_says_what_to_do(client):
    text = client.get("/jobs/").content.decode()
    assert "No jobs" in text


def test_progress_is_polled_until_the_job_is_over(client, user):
    job = jobs.claim(ask(user).id)
    JobProgress.objects.filter(job=job).update(done=1240, total=5600)
    page = client.get("/jobs/").content.decode()
    assert 'value="1240"' in page.replace(",", "")
    assert f"/jobs/{job.id}/status/" in page
    answer = poll(client, job)
    assert answer.status_code == 200
    assert "every 2s" in answer.content.decode()
    Job.objects.filter(id=job.id)
    jobs.work._finish(job, JobEvent.FAIL, error="7: D.1")
    answer = poll(client, job)
    assert answer.status_code == 286
    assert "every 2s" not in answer.content.decode()
    assert "7: D.1" in answer.content.decode()


def test_cancel_and_try_again(client, user):
    job = ask(user)
    assert client.post(f"/jobs/{job.id}/cancel/").status_code == 302
    assert Job.objects.get(id=job.id).state == "cancelled"
    assert client.post(f"/jobs/{job.id}/retry/").status_code == 302
    assert Job.objects.filter(user=user, state="queued").count() == 1
    again = client.post(f"/jobs/{job.id}/cancel/", follow=True)
    assert "already ended" in again.content.decode()


@pytest.mark.requirement("ASVS-5.4.1", "ASVS-5.4.2")
def test_the_file_has_its_name_hash_and_address(client, user):
    job = jobs.run(ask(user).id)
    page = client.get("/jobs/").content.decode()
    assert job.file_sha256 in page
    assert f"/jobs/{job.id}/file/" in page
    assert f'data-copy="#link-{job.id}"' in page
    response = client.get(f"/jobs/{job.id}/file/")
    assert b"".join(response.streaming_content) == b"a,b"
    assert response["X-SHA256"] == job.file_sha256
    header = response["Content-Disposition"]
    assert header.startswith("attachment; filename=")
    assert "\r" not in header
    assert "\n" not in header
    assert "no-store" in response["Cache-Control"]


def test_the_jobs_of_others_are_not_there(client, user):
    other = factories.make_user(Role.NURSE, site=factories.make_site())
    job = jobs.run(ask(other).id)
    assert "年度报告" not in client.get("/jobs/").content.decode()
    assert client.get(f"/jobs/{job.id}/file/").status_code == 404
    assert client.post(f"/jobs/{job.id}/cancel/").status_code == 404
    assert poll(client, job).status_code == 404


def test_the_header_counts_what_runs(client, user):
    ask(user)
    page = client.get("/jobs/").content.decode()
    assert 'href="/jobs/"' in page
    assert "Waiting" in page


def test_a_page_asks_a_constant_number_of_queries(client, user, django_assert_max_num_queries):
    for number in range(25):
        ask(user, n=number)
    with django_assert_max_num_queries(14):
        client.get("/jobs/")


@pytest.mark.parametrize("number", ["0", "-1", "x", "99999999999", "²"])
def test_nonsense_page_numbers(client, number):
    assert client.get("/jobs/", {"page": number}).status_code == 200
