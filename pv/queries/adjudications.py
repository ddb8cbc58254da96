"""The readers of a work-up: what each made of the evidence, what is agreed, what is missing."""

from collections.abc import Sequence
from dataclasses import dataclass

from followup.core import scope
from followup.core.actor import Actor
from followup.domain.samples import Coded
from pv.domain.malignancies import (
    WORK_UP,
    AttributionClass,
    Read,
    WorkUpEvent,
    adjudicate,
    read_adjudication_rules,
)
from pv.models import WorkUp, WorkUpReading
from pv.queries import rules as documents

# States in which readers decide; without samples they decide on pathology alone.
READ_IN = WORK_UP.sources(WorkUpEvent.ADJUDICATE)


@dataclass(frozen=True, slots=True)
class Adjudicating:
    """Where the reading of a work-up stands.

    `first_needed` counts the first readings still missing, `expertise` names whose they are;
    `consensus` says that the first ones are there and differ. `agreed` is the class, if any.
    """

    readings: Sequence[WorkUpReading]
    first_needed: int
    expertise: Sequence[str]
    consensus: bool
    agreed: str


def progress(work_up: WorkUp) -> Adjudicating:
    """The readings since the work-up was last reopened, and what they come to."""
    rows = work_up.readings.select_related("reader").order_by("read_at")
    reopened = work_up.steps.filter(event=WorkUpEvent.REOPEN.value).order_by("-recorded_at").first()
    kept = list(rows.filter(read_at__gt=reopened.recorded_at) if reopened else rows)
    rules = read_adjudication_rules(documents.data("attribution")["adjudication"])
    first = [row for row in kept if not row.consensus]
    absent = sorted(rules.roles - {row.expertise for row in first})
    needed = max(rules.least_readers - len({row.reader_id for row in first}), len(absent))
    found = adjudicate(rules, [_read(row) for row in kept])
    agreed = found.attribution.value if found.attribution else ""
    return Adjudicating(kept, needed, absent, not needed and not agreed, agreed)


def _read(row: WorkUpReading) -> Read:
    return Read(
        reader_id=row.reader_id,
        role=row.expertise,
        attribution=AttributionClass(row.attribution),
        blinded=True,
        consensus=row.consensus,
    )


def shown(actor: Actor, work_up: WorkUp) -> Adjudicating:
    """As `progress`, for one reader: until the first readings are there, only one's own is seen."""
    scope.one(actor, WorkUp.objects.all(), id=work_up.id)
    now = progress(work_up)
    if not now.first_needed:
        return now
    own = [row for row in now.readings if row.reader_id == actor.id]
    return Adjudicating(own, now.first_needed, now.expertise, now.consensus, now.agreed)


def conclusion(attribution: str) -> Coded | None:
    """What a class means for the case: attributable, not attributable, undetermined."""
    data = documents.data("attribution")
    code = next((r["conclusion"] for r in data["classes"] if r["code"] == attribution), "")
    row = next((r for r in data["conclusions"] if r["code"] == code), None)
    return Coded(row["code"], row["en"], row["zh"]) if row else None
