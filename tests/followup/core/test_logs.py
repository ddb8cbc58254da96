"""Log lines carry what an operator needs and nothing a person typed."""

import io
import json
import logging
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from unittest import mock

import pytest
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse

from followup.actions import patients, scheduler
from followup.core import jobs
from followup.core.actor import Actor
from followup.core.http.logs import JsonFormatter
from followup.core.jobs.handlers import _HANDLERS
from followup.core.permissions import Perm, Role
from tests import factories

CANARY = "卡纳瑞13912345678"


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """Everything the process logs, as the production set-up writes it."""
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(JsonFormatter())
    root, level = logging.getLogger(), logging.getLogger().level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield out
    root.removeHandler(handler)
    root.setLevel(level)


def _record(name: str, message: Any, *args: Any, error: BaseException | None = None) -> dict:
    about = (type(error), error, error.__traceback__) if error else None
    record = logging.LogRecord(name, logging.ERROR, __file__, 1, message, args, about)
    return json.loads(JsonFormatter().format(record))


@pytest.mark.parametrize(
    ("name", "message", "args"),
    [
        ("celery.app.trace", "Task %(name)s raised: %(exc)s", ({"name": "t", "exc": CANARY},)),
        ("celery.worker.request", "Task handler raised error: %r", (ValueError(CANARY),)),
        ("django.request", "Not Found: %s", (f"/patients/{CANARY}/",)),
        ("django.security.csrf", "Forbidden (%s): %s", ("no token", f"/x?q={CANARY}")),
        ("axes.attempts", "AXES: Repeated login failure by %s.", (CANARY,)),
        ("weasyprint", ValueError(CANARY), ()),
        ("everwatchful", "%s", (CANARY,)),
    ],
)
@pytest.mark.requirement("ASVS-16.4.1")
def test_a_library_puts_no_value_into_a_line(name: str, message: Any, args: tuple) -> None:
    line = _record(name, message, *args)
    assert CANARY not in json.dumps(line, ensure_ascii=False)
    assert line["event"] == (message if isinstance(message, str) else "ValueError")


@pytest.mark.requirement("ASVS-16.3.4")
def test_an_exception_is_logged_by_type_and_place() -> None:
    try:
        raise IntegrityError(f"DETAIL: Key (name)=({CANARY}) already exists.")
    except IntegrityError as error:
        line = _record("everwatch.jobs", "job failed", error=error)
    assert line["exception"] == "IntegrityError"
    assert "test_logs.py:" in line["where"][0]
    assert CANARY not in json.dumps(line, ensure_ascii=False)


@pytest.mark.requirement("ASVS-16.2.1", "ASVS-16.2.4")
def test_what_an_operator_needs_is_kept() -> None:
    assert _record("celery.beat", "Scheduler: Sending due task %s", "tick")["event"].endswith(
        "tick"
    )
    record = logging.LogRecord("everwatch.requests", logging.INFO, __file__, 1, "request", (), None)
    record.__dict__ |= {"status": 200, "route": "patients/", "patient": CANARY}
    line = json.loads(JsonFormatter().format(record))
    assert (line["status"], line["route"]) == (200, "patients/")
    assert "patient" not in line


@pytest.mark.requirement("ASVS-16.2.2")
def test_a_line_says_its_time_with_the_offset() -> None:
    at = datetime.fromisoformat(_record("everwatch.jobs", "job failed")["at"])
    assert at.utcoffset() is not None


def _broken(*args: Any, **kwargs: Any) -> Any:
    raise RuntimeError(f"row with {CANARY}")


@pytest.mark.django_db
@pytest.mark.requirement("ASVS-16.2.5")
@pytest.mark.figure("F30")
def test_no_canary_of_a_person_reaches_the_logs(lines: io.StringIO, monkeypatch, measured) -> None:
    site = factories.make_site()
    user = factories.make_user(Role.NURSE, site=site)
    client = Client(raise_request_exception=False)
    client.post(reverse("login"), {"username": CANARY, "password": CANARY})
    client.force_login(user)
    form = {"site": str(site.pk), "name": CANARY, "phone": CANARY, "birth_date": CANARY}
    assert client.post("/patients/register/", form).status_code == 422
    client.post("/search/", {"q": CANARY})
    client.get("/patients/", {"q": CANARY})
    client.get(f"/patients/{CANARY}/")
    client.get("/", headers={"Host": f"{CANARY.encode('punycode').decode()}.example"})
    bad = client.post("/api/v1/patients/", f'{{"name": "{CANARY}"', content_type="application/json")
    assert bad.status_code == 400
    with (
        mock.patch("followup.web.worklist._listed", _broken),
        mock.patch.object(patients, "register", _broken),
    ):
        assert client.get("/worklist/").status_code == 500
        body = {"site": str(site.pk), "identity": {"name": CANARY}}
        client.post("/api/v1/patients/", body, content_type="application/json")
    monkeypatch.setitem(_HANDLERS, "canary", (Perm.OWN_ACCOUNT, _broken))
    actor = factories.make_actor(Role.NURSE, site=site)
    job = jobs.request(actor, "canary", title=CANARY, parameters={"who": CANARY})
    jobs.run(job.id)
    with mock.patch("followup.actions.drafts.expire", _broken):
        assert "drafts expired" in scheduler.tick(Actor.process("tick")).failed
    written = lines.getvalue()
    events = [json.loads(line)["event"] for line in written.splitlines()]
    assert {"job failed", "part of a scheduler run failed", "request"} <= set(events)
    measured("F30", f"{written.count(CANARY)} in {len(events)} lines of the logs")
    assert CANARY not in written
    assert "13912345678" not in written
