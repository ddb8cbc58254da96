"""The files of a hospital, searched for a person whose identity is to be erased."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db.models import Model

from followup.core.problems import Refused
from followup.core.row_security import contexts
from followup.core.security import secrets
from followup.domain.erasures import Traces
from followup.domain.laboratory import read_sheet
from followup.domain.laboratory.spreadsheets import decode
from followup.models import CohortFile, LaboratoryFile, LaboratoryLine
from followup.queries import cohorts, data_keys
from followup.queries.laboratory import files as laboratory_files

MODELS: tuple[type[Model], ...] = (LaboratoryFile, CohortFile)
PLACES = (laboratory_files.content_place, cohorts.content_place)
ROWS = 500  # files asked for at once
BYTES = 8_000_000  # of files read at once; one is up to 5 MB
SLACK = timedelta(hours=1)  # clocks of hosts that differ, transactions that last; as with the seal


def earliest(mark: UUID) -> UUID:
    """The first id of a file that may have come after a moment, told by an id made then."""
    milliseconds = SLACK // timedelta(milliseconds=1)
    return UUID(int=max(0, (mark.int >> 80) - milliseconds) << 80)


@dataclass(frozen=True, slots=True)
class SearchedFile:
    """One file: of which table, whether it holds the person, whether it could be read at all."""

    table: int
    id: UUID
    found: bool
    read: bool


def files(
    site: UUID,
    known: Traces,
    people: Sequence[UUID],
    *,
    table: int = 0,
    after: UUID | None = None,
    since: UUID | None = None,
    skip: Collection[UUID] = (),
) -> Iterator[SearchedFile]:
    """Files of the hospital in the order of their ids, table by table, from a place on.

    A file whose key went with an earlier erasure names nobody any more. `skip` are files that need
    not be read again.
    """
    ours = with_lines(people)
    for number in range(table, len(MODELS)):
        last = after if number == table else None
        while page := _page(number, site, last, since):
            for ids in _portions([row for row in page if row[0] not in skip]):
                for key, named, read in _read(number, ids, known):
                    yield SearchedFile(number, key, named or key in ours, read)
            last = page[-1][0]


@contexts.reads_whole
def with_lines(people: Sequence[UUID]) -> frozenset[UUID]:
    """Files with lines of the person, whatever their text."""
    rows = LaboratoryLine.objects.filter(patient_id__in=people).order_by()
    return frozenset(rows.values_list("file_id", flat=True).distinct())


@contexts.counts_as_system
def count(site: UUID, since: UUID | None = None, *, most: int | None = None) -> int:
    """How many files there are to search, counted up to `most`."""
    found = 0
    for model in MODELS:
        rows = model._default_manager.filter(site_id=site).order_by()
        rows = rows.filter(id__gte=since) if since else rows
        found += rows[:most].count() if most else rows.count()
    return min(found, most) if most else found


@contexts.reads_whole
def _page(
    number: int, site: UUID, after: UUID | None, since: UUID | None
) -> list[tuple[UUID, int]]:
    rows = MODELS[number]._default_manager.filter(site_id=site).order_by("id")
    if since:
        rows = rows.filter(id__gte=since)
    if after:
        rows = rows.filter(id__gt=after)
    return list(rows.values_list("id", "size")[:ROWS])


def _portions(page: Sequence[tuple[UUID, int]]) -> Iterator[list[UUID]]:
    """Files in portions of a size a worker holds with ease."""
    ids: list[UUID] = []
    held = 0
    for key, size in page:
        if ids and held + size > BYTES:
            yield ids
            ids, held = [], 0
        ids.append(key)
        held += size
    if ids:
        yield ids


@contexts.reads_whole
def _read(number: int, ids: list[UUID], known: Traces) -> list[tuple[UUID, bool, bool]]:
    """Id, whether it names the person, whether it could be read."""
    keys = data_keys.wrapped_of(ids)
    rows = MODELS[number]._default_manager.filter(id__in=ids).order_by("id")
    found = []
    for key, site, sealed in rows.values_list("id", "site_id", "content_sealed"):
        named, read = False, True
        try:
            opening = data_keys.unwrapped(key, keys.get(key))
            content = data_keys.opened(sealed, PLACES[number](key, site), opening)
            named = known.named_in(content_text(content))
        except Refused:
            pass
        except secrets.Unreadable:
            read = False
        found.append((key, named, read))
    return found


def content_text(content: bytes) -> str:
    """The text of a kept file, a sheet or a message."""
    try:
        return "\n".join(cell.text for cells in read_sheet(content).rows for cell in cells)
    except ValueError:
        pass
    try:
        return decode(content)[0]
    except ValueError:
        return content.decode("latin-1")
