"""`manage.py load_reference`: the shipped documents of both applications, once and again."""

import copy
import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from followup.actions import reference
from followup.domain.references import LoadChange, entries
from followup.models import ReferenceItem
from followup.queries import shipped
from pv.queries.documents import CHECKS
from tests import factories

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


def changed(document: dict[str, Any], path: tuple[str | int, ...], value: Any) -> dict[str, Any]:
    """The document with one value replaced, or taken away where the new value is Ellipsis."""
    made = copy.deepcopy(document)
    inner: Any = made
    for step in path[:-1]:
        inner = inner[step]
    if value is ...:
        del inner[path[-1]]
    else:
        inner[path[-1]] = value
    return made


BROKEN: list[tuple[str, tuple[str | int, ...], Any, str]] = [
    ("access", ("review_months",), 5, ""),
    ("code_lists", ("code_lists", 0, "items", 0, "zh"), "", "items[0].zh"),
    ("code_lists", ("code_lists", 3, "items"), {}, "items"),
    ("code_lists", ("code_lists", 0, "items", 1, "code"), "ALIVE", "items[1].code"),
    ("grading", ("markers", "igg_below_g_l"), "four", "markers.igg_below_g_l"),
    ("grading", ("crs", "oxygen"), ..., "crs.oxygen"),
    ("grading", ("response", "imwg_2016"), 5, "response"),
    ("holidays", ("tables", 0, "country"), ..., "country"),
    ("laboratory", ("measures", 0, "units", 0, "factor"), "much", ""),
    ("products", ("products", 0, "indications", 0, "status"), "whole", "indications[0].status"),
    ("products", ("products", 0, "mah_en"), None, "mah_en"),
    ("messages", ("kinds", 0, "per_minute"), 0, "kinds[0]"),
    ("messages", ("patients", "quiet_from"), "dusk", ""),
    ("messages", ("patients", "texts", 0, "en"), "See you at {day}", ""),
    ("privacy", ("answer_days",), 0, ""),
    ("protocols", ("protocols", 0, "points", 0), {}, "points[0]"),
    ("protocols", ("assessments", 0, "code"), 7, "assessments[0].code"),
    ("reminders", ("ladders", 0, "rungs", 0, "anchor"), "noon", "rungs[0].anchor"),
    ("reminders", ("mail", "retry_minutes"), ..., "mail.retry_minutes"),
    ("consents", ("renewed_at",), [18, 14], ""),
    ("sign_in", ("required_roles", 0), "dream", ""),
    ("source_verification", ("fields", 0, "field"), "patients.name", ""),
    ("samples", ("samples", 0, "phase"), "LATER", "samples[0].phase"),
    ("samples", ("assays", 0, "reported", 0, "unit"), ..., "assays[0].reported[0].unit"),
    ("aggregate_reports", ("kinds", 0, "sections", 1, "tables"), ["dream"], ""),
    ("authority_interactions", ("kinds", 0, "owed_by"), "NOBODY", ""),
    ("atmp", ("rows", 0, "when"), {"colour": True}, ""),
    ("atmp", ("questions", 0, "en"), "", "questions[0].en"),
    ("attribution", ("thresholds", "vcn_malignant_least"), "half", "thresholds.vcn"),
    ("attribution", ("clonality", "analysis_within_days"), "soon", "analysis_within_days"),
    ("attribution", ("targets", 0, "hours"), None, "targets[0]"),
    ("casework", ("teams", 0, "label_en"), "", "teams[0].label_en"),
    ("causality", ("grades", 0, "strength"), ..., "grades[0].strength"),
    ("channels", ("kinds", "folder", "lease_minutes"), None, "kinds.folder.lease_minutes"),
    ("cohorts", ("overdue_days",), [90, 30], "overdue_days"),
    ("commitments", ("transitions", 0, "to"), "HEAVEN", "transitions[0].to"),
    ("commitments", ("types", 0, "milestones"), ["NONE"], ""),
    ("duties", ("annual_report", "day"), 31, ""),
    ("duties", ("reregistration", "months_before"), "six", "months_before"),
    ("duplicates", ("fields", 0, "identical"), "much", "fields[0].identical"),
    ("events", ("default_serious", 0, "criterion"), "SAD", "default_serious[0].criterion"),
    ("faers", ("drugs", 0, "names"), [], ""),
    ("follow_up_requests", ("told_in_words",), ["DREAM"], ""),
    ("labels", ("receivers", 0, "kind"), "LEAFLET", "receivers[0].kind"),
    ("labels", ("review_days",), "a month", "review_days"),
    ("lots", ("manufacturer_days",), "three", "manufacturer_days"),
    ("published_counts", ("counts", 0, "count"), -1, "counts[0].count"),
    ("published_counts", ("counts", 0, "citation"), "", "counts[0].citation"),
    ("receivers", ("receivers", "fda", "batch"), None, "receivers.fda.batch"),
    ("receivers", ("receivers",), {}, "receivers"),
    ("reviews", ("four_eyes", 0), ["quality", "dream"], ""),
    ("reviews", ("passed_by", "medical"), "case.dream", ""),
    ("risks", ("risks", 0, "category"), "OTHER", "risks[0].category"),
    ("rule_sets", ("rules", 0, "limits", 0, "unit"), "moons", "rules[0].limits[0].unit"),
    ("rule_sets", ("rules", 0, "when"), ..., "rules[0].when"),
    ("rule_sets", ("version",), ..., "version"),
    ("screening", ("period_days",), 0, "period_days"),
    ("studies", ("statuses", 0, "amount"), "soon", ""),
    ("adam", ("datasets", 0, "keys", 0), "DREAM", ""),
    ("registries", ("registries", 0, "items", 0, "level"), "DREAM", ""),
    ("sdtm", ("datasets", 0, "keys", 0), "DREAM", ""),
    ("sdtm", ("trial_design", "parameters", 0, "null_flavour"), "DREAM", ""),
    ("sdtm", ("datasets", 1, "variables", 4, "codes"), "DREAM", "variables[4].codes"),
    ("signals", ("step_days", "detected"), None, "step_days.detected"),
    ("signals", ("rules", "EMA ROR"), {"luck": 1}, ""),
]


@pytest.mark.parametrize(
    ("name", "path", "value", "place"),
    BROKEN,
    ids=[f"{name}-{'.'.join(map(str, path))}" for name, path, _value, _place in BROKEN],
)
def test_a_broken_document_is_refused_with_its_place(name, path, value, place):
    document = changed(dict(shipped.documents()[name]), path, value)
    if "version" in document:
        document["version"] = "9"
    steps = reference.compare(factories.SYSTEM, {name: document}, checks=CHECKS)
    (wrong,) = [step for step in steps if step.problem]
    assert wrong.change is LoadChange.REFUSED
    assert wrong.name.startswith(f"{name}.json")
    assert place in wrong.name
    assert wrong.problem
    assert {step.change for step in steps if not step.problem} <= {LoadChange.UNCHANGED}


def test_every_shipped_document_is_read_before_it_is_loaded():
    checks = {**reference.CHECKS, **CHECKS}
    found = [e for name, data in shipped.documents().items() for e in entries(name, data)]
    keys = {(f"{e.kind} {e.code}", e.kind) for e in found}
    unread = {key for key, kind in keys if key not in checks and kind not in checks}
    assert unread == reference.UNREAD
    assert {name for name, *_rest in BROKEN} == set(shipped.documents())


def test_the_command_loads_the_others_and_fails(monkeypatch, capsys):
    documents = dict(shipped.documents())
    documents["risks"] = changed(dict(documents["risks"]), ("risks", 0, "category"), "OTHER")
    documents["events"] = {**documents["events"], "version": "9"}
    monkeypatch.setattr(shipped, "documents", lambda: documents)
    monkeypatch.setattr(shipped, "broken", lambda: {"atmp": "line 3: a comma is missing"})
    with pytest.raises(CommandError) as failed:
        call_command("load_reference")
    assert "risks.json risks[0].category: 'OTHER' is none of" in str(failed.value)
    assert "atmp.json: line 3" in str(failed.value)
    assert ReferenceItem.objects.filter(code="events", version="9").exists()
    assert "Loaded" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("risks", "{", "line 1"),
        ("risks", "[]", "object"),
        ("holidays", '{"version": "1"}', "seeds"),
        ("holidays", '{"version": "1", "seeds": [{"country": "CN"}]}', "seeds[0].first_year"),
    ],
)
def test_a_file_that_is_no_document_says_where(name, content, reason):
    with pytest.raises(ValueError, match=r".") as wrong:
        shipped.read(name, content)
    assert reason in str(wrong.value)
