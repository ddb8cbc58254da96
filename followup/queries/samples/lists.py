"""The list of samples: filtered, paged by number, and what a scanner reads."""

import re
from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from followup.core import scope
from followup.core.actor import Actor
from followup.core.http import keyset
from followup.core.http.keyset import Page
from followup.domain import scans
from followup.domain.samples import SampleDefinition, SampleNumberError, read_sample_number
from followup.models import Patient, Sample
from followup.queries import registrations
from followup.queries.samples.deviations import deviating
from followup.queries.samples.rules import rules

PAGE = 50
LONGEST = 60
_NUMBER = re.compile(r"S\d\d", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Filters:
    """What the reader asked for; `text` is the beginning of a number, or a study code."""

    state: str = ""
    site: UUID | None = None
    product: UUID | None = None
    text: str = ""

    def __bool__(self) -> bool:
        return bool(self.state or self.site or self.product or self.text)


@dataclass(frozen=True, slots=True)
class SampleLine:
    """One line of the list."""

    sample: Sample
    definition: SampleDefinition | None
    deviation: bool = False


def _filtered(actor: Actor, filters: Filters) -> QuerySet[Sample]:
    rows = scope.visible(actor, Sample.objects.all(), home=True)
    if filters.state:
        rows = rows.filter(state=filters.state)
    if filters.site:
        rows = rows.filter(site_id=filters.site)
    if filters.product:
        rows = rows.filter(product_id=filters.product)
    text = filters.text.strip()
    if not text:
        return rows
    # One or the other, never both with OR: each has an index, their union has none.
    patients = Patient.objects.filter(study_code__iexact=text).values_list("id", flat=True)
    found = [*patients[:LONGEST], *registrations.by_former_codes([text.upper()])]
    if found or not _NUMBER.match(text):
        return rows.filter(patient_id__in=found)
    return rows.filter(number__startswith=text.upper())


def page(
    actor: Actor, *, filters: Filters | None = None, key: str = "", size: int = PAGE
) -> Page[SampleLine]:
    """One page of samples; `key` is the last number of the page before."""
    rows = _filtered(actor, filters or Filters())
    if key := keyset.parse_cursor(key, r"S\d\d-\d+-\d\d"):
        rows = rows.filter(number__lt=key)
    rows = rows.select_related("patient", "site", "product").order_by("-number")
    found, end = keyset.page(rows[: size + 1], size, lambda row: row.number)
    known = rules(actor).definitions
    out = deviating(row.id for row in found)
    return Page([SampleLine(row, known.get(row.code), row.id in out) for row in found], end)


def by_number(actor: Actor, text: str) -> Sample | None:
    """The sample of a scanned or typed number; None when it is none, absent or foreign."""
    try:
        number = str(read_sample_number(scans.clean(text)))
    except SampleNumberError:
        return None
    return scope.visible(actor, Sample.objects.filter(number=number)).first()


def scanned(actor: Actor, text: str, *, limit: int) -> list[Sample]:
    """What the search box finds: the scanned number, else numbers that begin so."""
    exact = by_number(actor, text)
    if exact is not None:
        return [exact]
    start = scans.clean(text).upper()
    if not _NUMBER.match(start):
        return []
    rows = scope.visible(actor, Sample.objects.filter(number__startswith=start[:20]))
    return list(rows.select_related("patient").order_by("-number")[:limit])
