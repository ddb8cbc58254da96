"""Files of laboratories: sources, codes and their meaning, lines in review, whose line it is."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, QuerySet, Value
from django.db.models.functions import Upper

from followup.core import scope
from followup.core.actor import Actor
from followup.core.http import keyset
from followup.core.permissions import Perm
from followup.core.security import secrets
from followup.domain.identity import search_token
from followup.domain.laboratory import Role, Sheet, heading_row, read_sheet
from followup.models import (
    Identity,
    LaboratoryCode,
    LaboratoryFile,
    LaboratoryLine,
    LaboratoryMessage,
    LaboratorySource,
    Patient,
    RetiredPatient,
    Site,
)
from followup.queries import data_keys, identity
from followup.queries.registrations import standing_for

PAGE = 50
_DIGITS = 12  # of the longest hospital number whose zeros are looked for


def sources(actor: Actor) -> list[LaboratorySource]:
    """The laboratories whose files the actor sees, by hospital and name."""
    rows = scope.visible(actor, LaboratorySource.objects.select_related("site"))
    return list(rows.order_by("site__code", "name"))


def source(actor: Actor, source_id: UUID | str) -> LaboratorySource:
    """One laboratory; NotFound otherwise."""
    return scope.one(actor, LaboratorySource.objects.select_related("site"), id=source_id)


def files(actor: Actor, of: LaboratorySource) -> list[LaboratoryFile]:
    """The latest files of a laboratory, without their content."""
    rows = scope.visible(actor, LaboratoryFile.objects.filter(source=of, message__isnull=True))
    return list(rows.defer("content_sealed").order_by("-received_at")[:20])


def file(actor: Actor, file_id: UUID | str) -> LaboratoryFile:
    """One file; NotFound otherwise, and for a message, which is no sheet."""
    rows = (
        LaboratoryFile.objects.filter(message__isnull=True)
        .select_related("source__site")
        .defer("content_sealed")
    )
    return scope.one(actor, rows, id=file_id)


def content_place(file_id: UUID, site_id: UUID) -> bytes:
    """Where a sealed file belongs: it opens nowhere else."""
    return secrets.associated_data("followup_laboratoryfile", "content", file_id, site_id)


def sheet(row: LaboratoryFile) -> Sheet:
    """The rows of a file the actor has found, from its headings on."""
    sealed = LaboratoryFile.objects.values_list("content_sealed", flat=True).get(id=row.id)
    place = content_place(row.id, row.site_id)
    whole = read_sheet(data_keys.file_content(row.id, sealed, place))
    start = heading_row([[cell.text for cell in cells] for cells in whole.rows[:11]])
    return Sheet(whole.rows[start:], whole.charset, whole.numbers[start:])


def columns(of: LaboratorySource, headings: list[str]) -> dict[Role, int] | None:
    """The confirmed columns of a laboratory in a file with these headings; None: ask a person.

    A heading that stands twice says nothing: nobody can tell which of the two columns was meant.
    """
    named = {Role(role): heading for role, heading in of.columns.items()}
    if not named or any(headings.count(heading) != 1 for heading in named.values()):
        return None
    return {role: headings.index(heading) for role, heading in named.items()}


CodeKey = tuple[str, str, str]  # item, unit, kind of specimen


def codes(of: LaboratorySource) -> Mapping[CodeKey, LaboratoryCode]:
    """What each item in each unit and specimen means now; one that is not here waits."""
    rows = LaboratoryCode.objects.filter(source=of, replaced_by__isnull=True)
    return {(row.item, row.unit, row.specimen_kind): row for row in rows}


@dataclass(frozen=True, slots=True)
class Unmapped:
    """An item in a unit and specimen without a meaning, how often it waits, and an example."""

    item: str
    unit: str
    specimen_kind: str
    count: int
    example: str


def unmapped(of: LaboratorySource) -> list[Unmapped]:
    """The items that wait for their meaning, the most frequent first."""
    rows = LaboratoryLine.objects.filter(source=of, state="UNMAPPED")
    keys = ("item", "unit", "specimen_kind")
    found = rows.values(*keys).annotate(count=Count("id")).order_by("-count", *keys)[:200]
    return [Unmapped(**row, example=_example(of, row)) for row in found]


def _example(of: LaboratorySource, row: Mapping[str, Any]) -> str:
    same = {name: row[name] for name in ("item", "unit", "specimen_kind")}
    lines = LaboratoryLine.objects.filter(source=of, state="UNMAPPED", **same)
    first = lines.order_by("id").first()
    if first is None:
        return ""
    printed = f" ({first.range_text})" if first.range_text else ""
    return f"{first.written} {first.unit}{printed}".strip()


def review(actor: Actor, *, key: str = "") -> tuple[list[LaboratoryLine], str]:
    """Lines to be accepted or refused, in the order they came, and the key of the next page.

    Those that cannot be read are among them: only a person can say what becomes of them.
    """
    waiting = LaboratoryLine.objects.filter(state__in=("REVIEW", "UNREADABLE"))
    rows = scope.visible(actor, waiting)
    if key := keyset.parse_cursor(key, keyset.UUID_PATTERN):
        rows = rows.filter(id__gt=key)
    rows = rows.select_related("patient", "source", "file").defer("file__content_sealed")
    return keyset.page(rows.order_by("id")[: PAGE + 1], PAGE, lambda row: str(row.id))


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits beside the lines: items without a meaning and messages of one laboratory."""

    source: LaboratorySource
    items: int
    messages: int


def waiting(actor: Actor) -> list[Waiting]:
    """The laboratories of which something waits for a person before it can be reviewed."""
    lines = scope.visible(actor, LaboratoryLine.objects.filter(state="UNMAPPED"))
    items = lines.values("source").annotate(n=Count(("item"), distinct=True))
    stopped = LaboratoryMessage.objects.filter(state__in=("UNREADABLE", "CONFLICT"))
    messages = scope.visible(actor, stopped).values("source").annotate(n=Count("id"))
    counts = [{row["source"]: row["n"] for row in rows} for rows in (items, messages)]
    rows = LaboratorySource.objects.filter(id__in={*counts[0], *counts[1]}).select_related("site")
    return [
        Waiting(row, counts[0].get(row.id, 0), counts[1].get(row.id, 0))
        for row in scope.visible(actor, rows).order_by("site__code", "name")
    ]


def line(actor: Actor, line_id: UUID | str) -> LaboratoryLine:
    """One line; NotFound otherwise."""
    rows = LaboratoryLine.objects.select_related("patient__site", "source")
    return scope.one(actor, rows, id=line_id)


def lines_of(row: LaboratoryFile) -> "QuerySet[LaboratoryLine]":
    """The lines of a file the actor has found."""
    return LaboratoryLine.objects.filter(file=row)


def patient_of(actor: Actor, site: Site, number: str) -> Patient | None:
    """The patient of a hospital whose study code or hospital number this is, to the letter.

    Never by name, and never by a part of a number; two patients with one number are nobody's.
    """
    return patients_of(actor, site, [number]).get(number)


def patients_of(actor: Actor, site: Site, numbers: Iterable[str]) -> dict[str, Patient]:
    """As `patient_of`, of many numbers at once, by the number as given."""
    actor.require(Perm.IDENTITY_READ, site=site.id)
    texts = {number: number.strip() for number in numbers}
    rows = Patient.objects.filter(site=site).annotate(folded=Upper("study_code"))
    rows = rows.filter(folded__in=[Upper(Value(text)) for text in set(texts.values())])
    by_code: dict[str, Patient] = {}
    for row in rows.order_by("id") if texts else ():
        by_code.setdefault(row.study_code.upper(), row)
    left = {text for text in texts.values() if text.upper() not in by_code}
    by_number = _by_hospital_number(site, left)
    retired = RetiredPatient.objects.filter(patient_id__in=[row.id for row in by_code.values()])
    gone = set(retired.values_list("patient_id", flat=True)) if by_code else set()
    found: dict[str, Patient] = {}
    for number, text in texts.items():
        patient = by_code.get(text.upper()) or by_number.get(text)
        if patient is not None and patient.id in gone:
            patient = _standing(patient)
        if patient is not None:
            found[number] = patient
    return found


def zeros_lost(actor: Actor, site: Site, number: str) -> bool:
    """Whether somebody's number is this one with zeros before it: a spreadsheet drops them."""
    if not number.isdecimal() or not 0 < len(number) < _DIGITS:
        return False
    padded = [number.zfill(length) for length in range(len(number) + 1, _DIGITS + 1)]
    return bool(patients_of(actor, site, padded))


def _by_hospital_number(site: Site, texts: Collection[str]) -> dict[str, Patient]:
    """Who has a hospital number, sealed as it is: found by its mark, compared in the clear."""
    tokens = {token for text in texts if (token := search_token(text))}
    if not tokens:
        return {}
    marks = secrets.blind_indexes(tokens, "search")
    exact: dict[str, set[UUID]] = {}
    for row in Identity.objects.filter(site=site, tokens__overlap=marks):
        text = identity.decrypted(row, "hospital_number")
        if text in texts and (today := standing_for(row.patient_id)):
            exact.setdefault(text, set()).add(today)
    only = {text: next(iter(ids)) for text, ids in exact.items() if len(ids) == 1}
    rows = Patient.objects.in_bulk(list(only.values()))
    return {text: rows[key] for text, key in only.items()}


def _standing(known: Patient) -> Patient | None:
    """Who a registration is today: a laboratory may know a number that was merged since."""
    today = standing_for(known.id)
    if known.id == today:
        return known
    return Patient.objects.get(id=today) if today else None
