"""The JSON Schema files of the reference documents: complete, true to the domain, as strict as we.

A document that was changed needs its schema changed with it; docs/reference-data.md says how.
"""

import copy
import json
import pkgutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from dev.paths import ROOT
from followup.actions.reference.comparing import CHECKS, accepted
from followup.domain.documents import WrongDocument
from followup.queries import shipped
from pv.queries.documents import CHECKS as SAFETY_CHECKS

FOLDERS = (ROOT / "followup/reference", ROOT / "pv/reference")
DOCUMENTS = {path.stem: path for folder in FOLDERS for path in sorted(folder.glob("*.json"))}
EXPANDED = {f"expanded_{p.stem}": p for f in FOLDERS for p in sorted(f.glob("expanded/*.json"))}
SCHEMAS = {
    path.name.removesuffix(".schema.json"): path
    for folder in FOLDERS
    for path in sorted(folder.glob("schemas/*.schema.json"))
}
MISSING = object()

# Document, what is broken, where it stands, and what is put there.
BROKEN: tuple[tuple[str, str, str, object], ...] = (
    ("access", "citation", "citation", MISSING),
    ("access", "language", "note_zh", MISSING),
    ("access", "code", "time_boxed_roles.0", "janitor"),
    ("access", "code", "reveal_roles.0", "safety_officer"),
    ("access", "unit", "reveal_minutes", "half an hour"),
    ("code_lists", "citation", "code_lists.0.citation", MISSING),
    ("code_lists", "language", "code_lists.0.items.0.zh", MISSING),
    ("code_lists", "language", "code_lists.0.title_en", ""),
    ("code_lists", "code", "code_lists.0.confidence", "hearsay"),
    ("grading", "citation", "crs.citation", MISSING),
    ("grading", "language", "iec_hs.other.0.zh", MISSING),
    ("grading", "code", "icaht_early.scale", "CTCAE_9"),
    ("grading", "code", "icans.seizure.UNHEARD_OF", 3),
    ("grading", "unit", "icaht_early.unit", "G/dL"),
    ("grading", "unit", "ctcae.laboratory.0.unit", "10^6/L"),
    ("holidays", "citation", "seeds.0.citation", MISSING),
    ("holidays", "code", "seeds.0.confidence", "hearsay"),
    ("laboratory", "citation", "provenance_of.units.citation", MISSING),
    ("laboratory", "citation", "rules.citation", MISSING),
    ("laboratory", "language", "measures.0.label_zh", MISSING),
    ("laboratory", "code", "measures.0.kind", "COLOUR"),
    ("laboratory", "code", "missing.0.code", "LOST"),
    ("laboratory", "unit", "measures.0.units.0.factor", "many"),
    ("laboratory", "unit", "measures.0.unit", MISSING),
    ("messages", "citation", "citation", MISSING),
    ("messages", "language", "kinds.0.zh", MISSING),
    ("messages", "code", "kinds.0.code", "pigeon"),
    ("messages", "unit", "kinds.0.digest_minutes", "ten"),
    ("privacy", "citation", "retention.0.citation", MISSING),
    ("privacy", "language", "transfers.0.zh", ""),
    ("privacy", "code", "retention.0.start", "BIRTH"),
    ("privacy", "unit", "retention.0.keep_years", "ten"),
    ("products", "citation", "products.0.provenance.citation", MISSING),
    ("products", "language", "products.0.mah_zh", ""),
    ("products", "code", "products.0.indications.0.status", "temporary"),
    ("products", "unit", "products.0.indications.0.approval.precision", "week"),
    ("protocols", "citation", "protocols.0.citation", MISSING),
    ("protocols", "language", "protocols.0.name.zh", MISSING),
    ("protocols", "code", "protocols.0.points.0.contact_types.0", "PIGEON"),
    ("protocols", "unit", "protocols.0.points.0.unit", "weeks"),
    ("reminders", "citation", "citation", MISSING),
    ("reminders", "language", "ladders.0.title_zh", MISSING),
    ("reminders", "code", "ladders.0.rungs.0.anchor", "birth"),
    ("reminders", "code", "ladders.0.rungs.0.channels.0", "pager"),
    ("samples", "citation", "samples.0.citation", MISSING),
    ("samples", "language", "samples.0.label_en", MISSING),
    ("samples", "code", "samples.0.phase", "DURING"),
    ("samples", "unit", "samples.0.limits.0.most_hours", "half an hour"),
    ("consents", "citation", "citation", MISSING),
    ("consents", "language", "note_zh", MISSING),
    ("consents", "unit", "guardian_under", "14 years"),
    ("sign_in", "citation", "citation", MISSING),
    ("sign_in", "language", "note_zh", MISSING),
    ("sign_in", "code", "required_roles.0", "janitor"),
    ("sign_in", "unit", "answer_seconds", "5 minutes"),
    ("source_verification", "citation", "citation", MISSING),
    ("source_verification", "language", "note_zh", MISSING),
    ("source_verification", "code", "fields.0.field", "samples.number"),
    ("source_verification", "unit", "passes_percent", "three"),
    ("adam", "citation", "citation", MISSING),
    ("adam", "language", "datasets.0.variables.0.zh", MISSING),
    ("adam", "code", "datasets.0.variables.0.source", "hearsay"),
    ("aggregate_reports", "citation", "kinds.0.citation", MISSING),
    ("aggregate_reports", "language", "kinds.0.sections.0.zh", MISSING),
    ("aggregate_reports", "code", "kinds.0.sections.1.tables.0", "HOROSCOPE"),
    ("aggregate_reports", "unit", "ages.1", "adult"),
    ("authority_interactions", "citation", "kinds.0.citation", MISSING),
    ("authority_interactions", "language", "kinds.0.zh", MISSING),
    ("authority_interactions", "code", "kinds.0.owed_by", "PIGEON"),
    ("authority_interactions", "unit", "kinds.0.amount", "thirty"),
    ("studies", "citation", "statuses.0.citation", MISSING),
    ("studies", "language", "reasons.0.zh", MISSING),
    ("studies", "code", "statuses.0.confidence", "hearsay"),
    ("studies", "unit", "statuses.0.amount", "five"),
    ("atmp", "citation", "citation", MISSING),
    ("atmp", "language", "rows.0.reason_zh", MISSING),
    ("atmp", "code", "rows.0.confidence", "hearsay"),
    ("attribution", "citation", "citation", MISSING),
    ("attribution", "language", "classes.0.zh", MISSING),
    ("attribution", "code", "classes.0.code", "Z"),
    ("attribution", "unit", "thresholds.vcn_malignant_least", "a half"),
    ("causality", "citation", "citations.naranjo", MISSING),
    ("causality", "language", "grades.0.en", MISSING),
    ("causality", "code", "grades.0.code", "MAYBE"),
    ("channels", "citation", "citation", MISSING),
    ("channels", "language", "note_zh", MISSING),
    ("channels", "code", "kinds.folder.confidence", "hearsay"),
    ("channels", "unit", "kinds.folder.lease_minutes", "five"),
    ("cohorts", "citation", "citation", MISSING),
    ("cohorts", "language", "note_zh", MISSING),
    ("cohorts", "unit", "least_count", "five"),
    ("casework", "citation", "citation", MISSING),
    ("casework", "language", "reasons.0.label_zh", MISSING),
    ("casework", "code", "reasons.0.decisions.0", "dream"),
    ("commitments", "citation", "limits.0.citation", MISSING),
    ("commitments", "language", "types.0.zh", MISSING),
    ("commitments", "code", "transitions.0.event", "LUNCH"),
    ("commitments", "code", "states.0.code", "ASLEEP"),
    ("commitments", "unit", "limits.0.max_months", "four years"),
    ("duties", "citation", "annual_report.citation", MISSING),
    ("duties", "language", "note_zh", MISSING),
    ("duties", "code", "reregistration.confidence", "hearsay"),
    ("duties", "unit", "ahead_months", "two years"),
    ("duplicates", "citation", "citation", MISSING),
    ("duplicates", "language", "note_zh", MISSING),
    ("duplicates", "code", "fields.0.kind", "smell"),
    ("duplicates", "unit", "fields.0.identical", "much"),
    ("events", "citation", "seriousness.0.citation", MISSING),
    ("events", "language", "seriousness.0.zh", MISSING),
    ("events", "code", "default_serious.0.criterion", "SAD"),
    ("faers", "citation", "citation", MISSING),
    ("faers", "language", "drugs.0.zh", MISSING),
    ("faers", "unit", "drugs.0.names.0", "abc"),
    ("labels", "citation", "receivers.0.citation", MISSING),
    ("labels", "language", "note_zh", MISSING),
    ("follow_up_requests", "citation", "citation", MISSING),
    ("follow_up_requests", "language", "templates.0.body_zh", MISSING),
    ("follow_up_requests", "code", "closures.0.needs_answer", "perhaps"),
    ("follow_up_requests", "unit", "answer_days", "two weeks"),
    ("labels", "code", "receivers.0.kind", "LEAFLET"),
    ("labels", "unit", "review_days", "a month"),
    ("lots", "citation", "citation", MISSING),
    ("lots", "language", "note_zh", MISSING),
    ("lots", "unit", "manufacturer_days", "three"),
    ("published_counts", "citation", "counts.0.citation", MISSING),
    ("published_counts", "language", "note_zh", MISSING),
    ("published_counts", "code", "counts.0.confidence", "hearsay"),
    ("published_counts", "unit", "counts.0.count", "two dozen"),
    ("receivers", "citation", "citation", MISSING),
    ("receivers", "language", "receivers.fda.label_zh", MISSING),
    ("receivers", "code", "receivers.fda.environment", "playground"),
    ("receivers", "unit", "receivers.fda.answer.unit", "moons"),
    ("reviews", "citation", "citation", MISSING),
    ("reviews", "language", "note_zh", MISSING),
    ("reviews", "code", "passed_by.medical", "case.bless"),
    ("reviews", "code", "four_eyes.0.0", "lunch"),
    ("risks", "citation", "citation", MISSING),
    ("risks", "language", "risks.0.zh", MISSING),
    ("risks", "code", "confidence", "hearsay"),
    ("rule_sets", "citation", "rules.0.citation", MISSING),
    ("rule_sets", "language", "rules.0.event.zh", MISSING),
    ("rule_sets", "code", "awareness.counts.0", "NEIGHBOUR"),
    ("registries", "citation", "citation", MISSING),
    ("registries", "language", "registries.0.items.0.zh", MISSING),
    ("registries", "code", "registries.0.items.0.level", "XX"),
    ("sdtm", "citation", "citation", MISSING),
    ("sdtm", "language", "datasets.0.variables.0.zh", MISSING),
    ("sdtm", "code", "datasets.0.variables.0.source", "hearsay"),
    ("sdtm", "code", "codelists.0.terms.0.value", ""),
    ("screening", "citation", "citation", MISSING),
    ("screening", "language", "note_zh", MISSING),
    ("screening", "unit", "period_days", "a week"),
    ("signals", "citation", "citation", MISSING),
    ("signals", "language", "note_zh", MISSING),
    ("signals", "code", "confidence", "hearsay"),
    ("signals", "unit", "lag_days", "a month"),
    ("rule_sets", "unit", "rules.0.limits.0.unit", "moons"),
)


def _read(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def _vocabularies(node: Any) -> Iterator[Mapping[str, Any]]:
    """Every part of a schema that says which StrEnum of ours it lists."""
    if isinstance(node, dict):
        if "x-vocabulary" in node:
            yield node
        for value in node.values():
            yield from _vocabularies(value)
    elif isinstance(node, list):
        for value in node:
            yield from _vocabularies(value)


def _broken(document: dict[str, Any], path: str, value: object) -> dict[str, Any]:
    changed = copy.deepcopy(document)
    *way, last = [int(part) if part.isdigit() else part for part in path.split(".")]
    place: Any = changed
    for part in way:
        place = place[part]
    if value is MISSING:
        del place[last]
    else:
        place[last] = value
    return changed


def _refusal(name: str, document: dict[str, Any]) -> str:
    """What our own reader says of a document; empty when it takes it."""
    try:
        content = shipped.read(name, json.dumps(document))
        accepted(name, content, {**CHECKS, **SAFETY_CHECKS})
    except WrongDocument as error:
        return str(error)
    return ""


def test_every_document_has_a_schema_and_every_schema_a_document() -> None:
    assert sorted(SCHEMAS) == sorted({**DOCUMENTS, **EXPANDED})


@pytest.mark.parametrize("name", sorted({**DOCUMENTS, **EXPANDED}))
def test_a_shipped_document_is_valid(name: str) -> None:
    schema = _read(SCHEMAS[name])
    Draft202012Validator.check_schema(schema)
    assert schema["title"]
    assert schema["description"]
    wrong = Draft202012Validator(schema).iter_errors(_read({**DOCUMENTS, **EXPANDED}[name]))
    assert not [f"{error.json_path}: {error.message}" for error in wrong]


@pytest.mark.parametrize(("name", "what", "path", "value"), BROKEN)
def test_a_broken_document_is_refused_by_the_schema_and_by_the_reader(
    name: str, what: str, path: str, value: object
) -> None:
    document = _read(DOCUMENTS[name])
    assert not _refusal(name, document)
    changed = _broken(document, path, value)
    assert not Draft202012Validator(_read(SCHEMAS[name])).is_valid(changed), what
    assert _refusal(name, changed), what


def test_every_document_is_broken_on_purpose() -> None:
    assert {name for name, *_ in BROKEN} == set(DOCUMENTS)


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_the_codes_of_a_schema_are_those_of_the_domain(name: str) -> None:
    for part in _vocabularies(_read(SCHEMAS[name])):
        known = [str(member.value) for member in pkgutil.resolve_name(part["x-vocabulary"])]
        if part.get("x-spelling") == "hyphen":
            known = [code.replace("_", "-") for code in known]
        assert [code for code in part["enum"] if code is not None] == known, part["x-vocabulary"]
