"""Who sees whether a backup could be restored, and what the page says."""

import io
import json

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation

from followup.actions import system_events
from followup.core.actor import Actor
from followup.core.models import Change, SystemEvent
from followup.core.permissions import Role
from tests import factories

pytestmark = pytest.mark.django_db
RESULT = {
    "backup": "20261128T120000Z",
    "size": 5_000_000,
    "changes": 1234,
    "lost": 7,
    "restore_seconds": 3.1,
    "seconds": 8.5,
    "seal": "sound: ab",
    "smoke": "not there: schema",
    "passed": False,
}


def _recorded(monkeypatch, value: object) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(value)))
    call_command("note_drill", stdout=io.StringIO())


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.AUDITOR])
def test_the_last_drills_are_shown(client, monkeypatch, role):
    client.force_login(factories.make_user(role))
    with translation.override("en"):
        SystemEvent.objects.all()
        client.cookies["django_language"] = "en"
        assert "No restore has been drilled" in client.get("/recovery/").content.decode()
        _recorded(monkeypatch, RESULT)
        system_events.note_restore(Actor.process("r"), source="20261127", reason="disk <lost>")
        page = client.get("/recovery/").content.decode()
    assert "7 of 1,234" in page or "7 of 1234" in page
    assert "8.5" in page
    assert "failed" in page
    assert "not there: schema" in page
    assert "disk &lt;lost&gt;" in page
    assert 'href="/recovery/"' in client.get("/help/").content.decode()


def test_a_drill_is_an_entry_of_the_trail(monkeypatch):
    _recorded(monkeypatch, RESULT | {"passed": True})
    row = SystemEvent.objects.get(kind="drill")
    change = Change.objects.get(table_name="core_systemevent", row_id=str(row.id))
    assert (change.action, change.actor_name) == ("system.drilled", "system:note_drill")


@pytest.mark.parametrize("value", [{"backup": "x"}, [], RESULT | {"more": 1}])
def test_what_is_no_result_is_refused(monkeypatch, value):
    with pytest.raises(CommandError, match="not the result"):
        _recorded(monkeypatch, value)
    assert not SystemEvent.objects.filter(kind="drill").exists()


@pytest.mark.parametrize("role", [Role.NURSE, Role.STUDY_MANAGER, Role.SITE_LEAD])
def test_others_do_not_see_it(client, role):
    client.force_login(factories.make_user(role, site=factories.make_site()))
    assert client.get("/recovery/").status_code == 403


def test_the_smoke_test_opens_people_and_says_which_key_is_missing(settings):
    site = factories.make_site()
    nurse = factories.make_actor(Role.NURSE, site=site)
    factories.register(nurse, site)
    out = io.StringIO()
    call_command("smoke_test", stdout=out)
    told = json.loads(out.getvalue())
    assert told == {"change": Change.objects.latest("id").id, "people": 1}
    settings.IDENTITY_KEYS = {"other": bytes(32)}
    with pytest.raises(CommandError, match="key missing"):
        call_command("smoke_test", stdout=io.StringIO())
