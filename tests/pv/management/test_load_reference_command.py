"""`manage.py load_reference`: the shipped documents of both applications, once and again."""

import json

import pytest
from django.core.management import CommandError, call_command

from followup.models import ReferenceItem
from followup.queries import shipped

pytestmark = pytest.mark.django_db


def test_a_second_load_and_a_dry_run_say_unchanged(capsys):
    for arguments in ([], ["--dry-run"]):
        call_command("load_reference", *arguments, "--json")
        body = json.loads(capsys.readouterr().out)
        assert body["counts"]["unchanged"] == len(body["steps"])
        assert body["dry_run"] is bool(arguments)


def test_both_applications_ship_documents():
    assert {"products", "protocols", "code_lists", "samples", "rule_sets"} <= set(
        shipped.documents()
    )
    loaded = ReferenceItem.objects.filter(kind="document").values_list("code", flat=True)
    assert set(loaded) == set(shipped.documents())


def test_a_used_version_with_other_content_stops_the_load(monkeypatch):
    documents = dict(shipped.documents())
    documents["samples"] = {**documents["samples"], "note_en": "other"}
    monkeypatch.setattr(shipped, "documents", lambda: documents)
    with pytest.raises(CommandError, match="samples"):
        call_command("load_reference")


def test_rules_that_overlap_are_refused(monkeypatch):
    documents = dict(shipped.documents())
    rules = documents["rule_sets"]
    twice = [*rules["rules"], rules["rules"][0]]
    documents["rule_sets"] = {**rules, "version": "9", "rules": twice}
    monkeypatch.setattr(shipped, "documents", lambda: documents)
    with pytest.raises(CommandError, match="rule_sets"):
        call_command("load_reference")
