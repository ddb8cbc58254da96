"""Messages of other systems: whose they are, what waits, the findings about numbers of patients."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol
from uuid import UUID

from followup.core import clock, scope
from followup.core.actor import Actor
from followup.domain.laboratory import fhir, hl7
from followup.domain.laboratory.messages import SentChange, SentMessage
from followup.models import (
    IdentifierFinding,
    LaboratoryFile,
    LaboratoryLine,
    LaboratoryMessage,
    LaboratoryResult,
    LaboratorySource,
    Patient,
)
from followup.queries import data_keys
from followup.queries.laboratory import files

PAGE = 50


def parsed(data: bytes, protocol: str, charset: str) -> SentMessage:
    """What a message says; MessageUnreadable otherwise."""
    if protocol == "FHIR":
        return fhir.read(data, clock.SHANGHAI)
    return hl7.read(data, clock.SHANGHAI, charset)


def ours(actor: Actor, source: LaboratorySource, numbers: Iterable[str]) -> dict[str, Patient]:
    """The patients of the source's hospital by the numbers a message names; never by a name."""
    return files.patients_of(actor, source.site, numbers)


def content(row: LaboratoryFile) -> bytes:
    """The bytes of a kept message."""
    return contents([row])[row.id]()


def contents(rows: Sequence[LaboratoryFile]) -> dict[UUID, Callable[[], bytes]]:
    """The bytes of kept messages by file, each opened when it is called for.

    One whose key was destroyed is Refused when it is opened, and leaves the others alone.
    """
    keys = data_keys.keys_of(row.id for row in rows)
    return {row.id: partial(_opened, row, keys.get(row.id)) for row in rows}


def _opened(row: LaboratoryFile, key: bytes | None) -> bytes:
    place = files.content_place(row.id, row.site_id)
    return data_keys.opened(row.content_sealed, place, key)


def known(source: LaboratorySource, hashes: Iterable[str]) -> dict[str, LaboratoryMessage]:
    """The same messages, as far as they came before, by their hash."""
    rows = LaboratoryMessage.objects.filter(source=source, sha256__in=list(hashes))
    return {row.sha256: row for row in rows}


def numbers_before(source: LaboratorySource, numbers: Iterable[str]) -> set[str]:
    """Which of these numbers of the sender came before."""
    rows = LaboratoryMessage.objects.filter(source=source, number__in=list(numbers))
    return set(rows.values_list("number", flat=True))


def unread(limit: int = 200) -> list[LaboratoryMessage]:
    """Messages that were kept and not read yet, the oldest first."""
    rows = LaboratoryMessage.objects.filter(state="RECEIVED").select_related("source__site", "file")
    return list(rows.defer("file__content_sealed").order_by("id")[:limit])


def by_sender(names: Iterable[str]) -> LaboratorySource | None:
    """The laboratory that sends under one of these names, the first that is known."""
    for name in names:
        if name and (row := LaboratorySource.objects.filter(sender=name).first()):
            return row
    return None


class LineOfSender(Protocol):
    """What tells which result of a sender a line is about; a line that is not saved too."""

    id: Any
    source_id: Any
    patient_id: Any
    observation: Any


def accepted_before(row: LineOfSender) -> LaboratoryResult | None:
    """The standing value that an earlier line about the same result of a sender became."""
    if not row.observation:
        return None
    lines = LaboratoryLine.objects.filter(
        source_id=row.source_id,
        observation=row.observation,
        patient_id=row.patient_id,
        state="ACCEPTED",
    )
    results = LaboratoryResult.objects.filter(
        lines__in=lines.exclude(id=row.id), replaced_by__isnull=True, taken_back=False
    )
    return results.order_by("-recorded_at").first()


def later(rows: Collection[LaboratoryLine]) -> dict[UUID, bool]:
    """Of lines the sender has sent again since: whether that later form was accepted."""
    lines = LaboratoryLine.objects.filter(
        source_id__in={row.source_id for row in rows},
        observation__in={row.observation for row in rows} - {""},
        state__in=("ACCEPTED", "REVIEW", "UNMAPPED", "UNREADABLE"),
    )
    keyed: dict[tuple[UUID, UUID, str], list[tuple[UUID, str]]] = {}
    for line in lines.only("id", "source_id", "patient_id", "observation", "state"):
        key = (line.source_id, line.patient_id, line.observation)
        keyed.setdefault(key, []).append((line.id, line.state))
    found: dict[UUID, bool] = {}
    for row in rows:
        key = (row.source_id, row.patient_id, row.observation)
        if states := [state for other, state in keyed.get(key, ()) if other > row.id]:
            found[row.id] = "ACCEPTED" in states
    return found


def range_before(row: LaboratoryLine) -> str:
    """The range the laboratory printed with the last accepted value of this item; "" for none."""
    rows = LaboratoryLine.objects.filter(
        source_id=row.source_id,
        patient_id=row.patient_id,
        item=row.item,
        unit=row.unit,
        specimen_kind=row.specimen_kind,
        state="ACCEPTED",
    ).exclude(range_text="")
    last = rows.order_by("-specimen_on", "-id").values_list("range_text", flat=True).first()
    return last or ""


def answerable(row: LineOfSender) -> list[LaboratoryLine]:
    """Earlier lines about the same result of a sender that nobody has answered."""
    if not row.observation:
        return []
    rows = LaboratoryLine.objects.select_for_update(of=("self",)).filter(
        source_id=row.source_id, observation=row.observation, patient_id=row.patient_id
    )
    return list(rows.filter(state__in=("REVIEW", "UNREADABLE", "UNMAPPED")).exclude(id=row.id))


def latest(actor: Actor, source: LaboratorySource) -> list[LaboratoryMessage]:
    """The latest messages of a laboratory."""
    rows = scope.visible(actor, LaboratoryMessage.objects.filter(source=source))
    rows = rows.select_related("file").defer("file__content_sealed")
    return list(rows.order_by("-received_at", "-id")[:PAGE])


def waiting(actor: Actor, source: LaboratorySource) -> list[LaboratoryMessage]:
    """The messages of a laboratory a person has to look at, the oldest first."""
    rows = scope.visible(actor, LaboratoryMessage.objects.filter(source=source))
    return list(rows.filter(state__in=("UNREADABLE", "CONFLICT")).order_by("id")[:PAGE])


def one(actor: Actor, message_id: UUID | str) -> LaboratoryMessage:
    """One message; NotFound otherwise."""
    rows = LaboratoryMessage.objects.select_related("source__site", "file")
    return scope.one(actor, rows.defer("file__content_sealed"), id=message_id)


def findings(actor: Actor, *, answered: bool = False) -> list[IdentifierFinding]:
    """Findings about numbers of patients: those to be answered, or the latest answered ones."""
    rows = IdentifierFinding.objects.filter(state="ANSWERED" if answered else "OPEN")
    rows = scope.visible(actor, rows.select_related("patient", "other", "message__source"))
    return list(rows.order_by("-id" if answered else "id")[:PAGE])


def finding(actor: Actor, finding_id: UUID | str) -> IdentifierFinding:
    """One finding; NotFound otherwise."""
    rows = IdentifierFinding.objects.select_related("patient", "other", "message__source")
    return scope.one(actor, rows, id=finding_id)


@dataclass(frozen=True, slots=True)
class IdentifierDifference:
    """What a message says of numbers, in the clear for those who may read identities."""

    patients: tuple[str, ...]
    former: tuple[str, ...]


def told(row: IdentifierFinding) -> IdentifierDifference:
    """The numbers of a finding the actor has read, out of the sealed message."""
    message = row.message
    if message.file is None:
        return IdentifierDifference((), ())
    said = parsed(content(message.file), message.protocol, message.source.charset)
    change: SentChange = said.changes[row.row - 1]
    return IdentifierDifference(change.patients, change.former)
