"""What loading documents would do, entry by entry and row by row; writes nothing."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from followup.actions.reference.rows import Row, fitting, rows_of
from followup.core.actor import Actor
from followup.core.permissions import ROLES, Basis, Perm, Role
from followup.domain import documents, reminders
from followup.domain.access_rules import read_access_rules
from followup.domain.assessments.rules import read_assessment_rules
from followup.domain.calendars import HolidayTable
from followup.domain.clinical_assessments import read_criteria
from followup.domain.consents import read_consent_rules
from followup.domain.documents import Check, WrongDocument, accept, both_languages, sources
from followup.domain.grading.rules import read_grading_rules
from followup.domain.laboratory import read_laboratory_rules
from followup.domain.message_channels import read_message_rules
from followup.domain.patient_messages import read_patient_message_rules
from followup.domain.protocols import Protocol
from followup.domain.references import (
    DOCUMENT,
    Known,
    LoadChange,
    ReferenceEntry,
    decide,
    differing,
    entries,
)
from followup.domain.retention import read_privacy_rules
from followup.domain.samples import read_assay_rules, read_sample_rules
from followup.domain.sign_in import read_sign_in_rules
from followup.domain.source_verifications import read_verification_rules
from followup.models import Holder, Indication, Product, ReferenceItem
from followup.queries import reference as queries

_CARE = frozenset(
    role
    for role, spec in ROLES.items()
    if spec.basis is Basis.CARE and Perm.PATIENT_READ in spec.permissions
)
# By kind, or by kind and code as `document rule_sets`: readers that must accept the content.
CHECKS: Mapping[str, Sequence[Check]] = {
    "protocol": (Protocol.from_dict,),
    "holidays": (HolidayTable.from_dict,),
    "code_list": (documents.code_list,),
    "product": (documents.product, lambda data: fitting([data])),
    "document protocols": (documents.words,),
    "document grading": (read_grading_rules, read_assessment_rules, read_criteria),
    "document laboratory": (read_laboratory_rules,),
    "document samples": (read_sample_rules, read_assay_rules),
    "document consents": (read_consent_rules,),
    "document reminders": (reminders.ladders, reminders.retry),
    "document access": (partial(read_access_rules, roles=frozenset(Role), care=_CARE),),
    "document messages": (read_message_rules, read_patient_message_rules),
    "document privacy": (read_privacy_rules,),
    "document sign_in": (partial(read_sign_in_rules, roles=frozenset(Role)),),
    "document source_verification": (read_verification_rules,),
}
# Entries without a reader: the file's head, or what only a person reads.
UNREAD = frozenset({"document code_lists", "document products", "document holidays"})
DECIDED = frozenset({"status", "citation", "confidence"})
_OUTDATED = (LoadChange.REFUSED, LoadChange.SUPERSEDED)


@dataclass(frozen=True, slots=True)
class LoadStep:
    """One entry or one row and what loading does to it; `problem` says why it is refused."""

    name: str
    change: LoadChange
    fields: tuple[str, ...]
    entry: ReferenceEntry | None = None
    row: Row | None = None
    problem: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        shown = {"name": self.name, "change": self.change.value, "fields": list(self.fields)}
        return shown | ({"problem": self.problem} if self.problem else {})


def compare(
    actor: Actor,
    documents: Mapping[str, Mapping[str, Any]],
    *,
    replace: bool = False,
    checks: Mapping[str, Sequence[Check]] | None = None,
) -> list[LoadStep]:
    """The steps of loading `documents` (by name).

    A document that cannot be read is one refused step with the place and the reason; the others
    are compared as if it were not there. A product whose entry is refused or older than the
    recorded one leaves its rows alone.
    """
    checks = {**CHECKS, **(checks or {})}
    found: list[ReferenceEntry] = []
    wrong: list[LoadStep] = []
    for name, document in documents.items():
        try:
            found += accepted(name, document, checks)
        except WrongDocument as error:
            place = f"{name}.json {error.place}".strip()
            wrong.append(LoadStep(place, LoadChange.REFUSED, (), problem=error.reason))
    steps = wrong + _entry_steps(actor, found, replace=replace)
    current = [s.entry for s in steps if s.entry and s.change not in _OUTDATED]
    as_of = {name: str(document.get("as_of")) for name, document in documents.items()}
    return steps + _row_steps(rows_of([e for e in current if e.kind == "product"], as_of))


def accepted(
    name: str, document: Mapping[str, Any], checks: Mapping[str, Sequence[Check]]
) -> list[ReferenceEntry]:
    """The entries of one document, each accepted by its readers; WrongDocument otherwise."""
    accept(lambda data: entries(name, data), document)
    both_languages(document)
    sources(document)
    made = entries(name, document)
    for entry in made:
        key = f"{entry.kind} {entry.code}"
        for check in checks.get(key) or checks.get(entry.kind) or ():
            try:
                accept(check, entry.data)
            except WrongDocument as error:
                inside = "" if entry.kind == DOCUMENT else f"{key} "
                raise WrongDocument(f"{inside}{error.place}".strip(), error.reason) from error
        _fitting(entry)
    return made


def _fitting(entry: ReferenceEntry) -> None:
    """WrongDocument when a code or a version is longer than its column."""
    for field, value in (("code", entry.code), ("version", entry.version), ("kind", entry.kind)):
        longest = getattr(ReferenceItem._meta.get_field(field), "max_length", None)
        if longest is not None and len(value) > longest:
            raise WrongDocument(f"{entry.kind} {entry.code} {field}", f"at most {longest} letters")


def _entry_steps(actor: Actor, found: list[ReferenceEntry], *, replace: bool) -> list[LoadStep]:
    known: dict[tuple[str, str], list[Known]] = defaultdict(list)
    for row in queries.items(actor):
        known[row.kind, row.code].append(Known(row.version, row.sha256, row.data))
    steps = []
    for entry in found:
        change, fields = decide(entry, known[entry.kind, entry.code], replace=replace)
        kind = "" if entry.kind == DOCUMENT else f"{entry.kind} "
        steps.append(LoadStep(f"{kind}{entry.code} {entry.version}", change, fields, entry=entry))
    return steps


def _row_steps(rows: list[Row]) -> list[LoadStep]:
    existing: dict[tuple[type, str], Any] = {}
    for model in (Holder, Product, Indication):
        existing |= {(model, item.code): item for item in model._default_manager.all()}
    parents = {item.pk: item.code for item in existing.values()}
    steps = []
    for row in rows:
        item = existing.get((row.model, row.code))
        name = f"{row.model.__name__.lower()} {row.code}"
        if item is None:
            steps.append(LoadStep(name, LoadChange.ADDED, (), row=row))
            continue
        before = {field: getattr(item, field) for field in row.values}
        if row.parent:
            before[row.parent] = parents[getattr(item, f"{row.parent}_id")]
        wanted = row.all_values
        if getattr(item, "entered_here_at", None):
            wanted = {}
        if getattr(item, "decided_on", None):  # what was decided here is newer than what is loaded
            wanted = {name: value for name, value in wanted.items() if name not in DECIDED}
        before = {name: before[name] for name in wanted}
        fields = differing(before, wanted)
        change = LoadChange.CHANGED if fields else LoadChange.UNCHANGED
        steps.append(LoadStep(name, change, fields, row=row))
    return steps
