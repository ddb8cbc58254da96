"""The centre's own data: which rows and columns an export holds, and who is left out of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, time
from decimal import Decimal
from itertools import islice
from typing import Any
from uuid import UUID

from django.db.models import Exists, Model, OuterRef, Q, QuerySet

from followup.core import clock, scope
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.domain.consents import Purpose
from followup.domain.fields import ALSO_NEEDED, BY_KEY, FIELDS, Dataset, Field, Kind, Personal
from followup.models import (
    AdverseEvent,
    ConcomitantCare,
    Consent,
    Infusion,
    LaboratoryResult,
    MolecularResult,
    Patient,
    Sample,
    Visit,
)
from followup.models.transfers import followed_at
from followup.queries import consents, identity

BLOCK = 500
PREVIEW = 5
USUAL = tuple(field.key for field in FIELDS if field.usual)


@dataclass(frozen=True, slots=True)
class ExportChoice:
    """An export as asked for: everything that decides what is in the file."""

    site: UUID
    purpose: str = Purpose.FOLLOW_UP.value
    product: UUID | None = None
    state: str = ""
    since: date | None = None
    until: date | None = None
    columns: tuple[str, ...] = USUAL
    words: bool = False
    language: str = "zh-hans"
    opened: bool = False  # whether identities are in the clear

    def stored(self) -> dict[str, Any]:
        """The choice as the parameters of a job."""
        return {
            name: value if isinstance(value, bool) else _text(value)
            for name, value in asdict(self).items()
        }

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> "ExportChoice":
        """The choice out of the parameters of a job."""
        return cls(
            site=UUID(data["site"]),
            purpose=data["purpose"],
            product=UUID(data["product"]) if data["product"] else None,
            state=data["state"],
            since=date.fromisoformat(data["since"]) if data["since"] else None,
            until=date.fromisoformat(data["until"]) if data["until"] else None,
            columns=tuple(data["columns"].split(",")),
            words=data["words"],
            language=data["language"],
            opened=data["opened"],
        )

    def fields(self, dataset: Dataset) -> tuple[Field, ...]:
        """The chosen columns of a table, in the order of the dictionary."""
        return tuple(
            field for field in FIELDS if field.dataset is dataset and field.key in self.columns
        )

    @property
    def datasets(self) -> tuple[Dataset, ...]:
        """The tables of which a column is chosen."""
        return tuple(dataset for dataset in Dataset if self.fields(dataset))

    @property
    def names_people(self) -> bool:
        """Whether a column says who a patient is."""
        return any(BY_KEY[key].personal is Personal.IDENTITY for key in self.columns)


def _text(value: Any) -> str:
    return ",".join(value) if isinstance(value, tuple) else str(value or "")


def chosen(keys: Sequence[str]) -> tuple[str, ...]:
    """The known columns among these in the order of the dictionary."""
    return tuple(field.key for field in FIELDS if field.key in keys)


MODELS: Mapping[Dataset, type[Model]] = {
    Dataset.PATIENTS: Patient,
    Dataset.INFUSIONS: Infusion,
    Dataset.VISITS: Visit,
    Dataset.EVENTS: AdverseEvent,
    Dataset.SAMPLES: Sample,
    Dataset.RESULTS: MolecularResult,
    Dataset.LABORATORY: LaboratoryResult,
    Dataset.CARE: ConcomitantCare,
}
# What stands: corrected, undone and withdrawn rows are none.
STANDS: Mapping[Dataset, Q] = {
    Dataset.VISITS: Q(undone_at__isnull=True, replaced_by__isnull=True),
    Dataset.EVENTS: Q(withdrawn_at__isnull=True),
    Dataset.RESULTS: Q(replaced_by__isnull=True),
    Dataset.LABORATORY: Q(replaced_by__isnull=True, taken_back=False),
    Dataset.CARE: Q(replaced_by__isnull=True, taken_back=False),
}
DAY: Mapping[Dataset, str] = {
    Dataset.INFUSIONS: "infused_on",
    Dataset.VISITS: "contact_on",
    Dataset.EVENTS: "aware_on",
    Dataset.SAMPLES: "planned_for",
    Dataset.RESULTS: "resulted_on",
    Dataset.LABORATORY: "specimen_on",
    Dataset.CARE: "started_on_text",
}


def agreed(patient: str, purposes: Sequence[str]) -> Q:
    """A consent in force to every purpose; each may have a paper of its own."""
    condition = Q()
    for purpose in purposes:
        papers = Consent.objects.filter(patient_id=OuterRef(patient), withdrawn_on__isnull=True)
        condition &= Q(Exists(papers.filter(purposes__contains=[purpose])))
    return condition


def _purposes(choice: ExportChoice, dataset: Dataset) -> list[str]:
    also = ALSO_NEEDED.get(dataset)
    return [choice.purpose, *([also.value] if also and also != choice.purpose else [])]


def _of_site(dataset: Dataset, site: UUID) -> Q:
    """The rows of a centre's own data.

    Its own; of whoever it follows now, those of the sites before; and of whoever it followed once,
    the patient, what was given and the events it recorded. It reads no more of them.
    """
    if dataset is Dataset.PATIENTS:
        return Q(site_id=site) | Q(followed_at("pk", site, False))
    found = Q(site_id=site) | Q(followed_at("patient_id", site, True))
    if dataset is Dataset.INFUSIONS:
        found |= Q(followed_at("patient_id", site, False))
    return found | Q(recorded_site_id=site) if dataset is Dataset.EVENTS else found


def _of_choice(actor: Actor, choice: ExportChoice, dataset: Dataset) -> QuerySet[Any]:
    rows = MODELS[dataset]._default_manager.filter(_of_site(dataset, choice.site))
    return scope.counted(scope.visible(actor, rows))


def patients(actor: Actor, choice: ExportChoice) -> QuerySet[Patient]:
    """The patients the filters name, whatever they agreed to."""
    rows = _of_choice(actor, choice, Dataset.PATIENTS)
    if choice.product:
        mine = Infusion.objects.filter(patient=OuterRef("pk"), product_id=choice.product)
        rows = rows.filter(Exists(mine))
    return rows.filter(follow_up_state=choice.state) if choice.state else rows


def _rows(actor: Actor, choice: ExportChoice, dataset: Dataset) -> QuerySet[Any]:
    actor.require(Perm.PATIENT_WRITE, site=choice.site)
    if dataset is Dataset.PATIENTS:
        found = patients(actor, choice).filter(agreed("pk", _purposes(choice, dataset)))
        return found.order_by("study_code")
    rows = _of_choice(actor, choice, dataset)
    rows = rows.filter(STANDS.get(dataset, Q()))
    rows = rows.filter(agreed("patient_id", _purposes(choice, dataset)))
    if choice.product:
        rows = rows.filter(product_id=choice.product)
    if choice.state:
        rows = rows.filter(patient__follow_up_state=choice.state)
    day = DAY[dataset]
    if choice.since:
        rows = rows.filter(_not_before(dataset, day, choice.since))
    if choice.until:
        rows = rows.filter(**{f"{day}__lte": choice.until})
    return rows.order_by("patient__study_code", day, "pk")


def _not_before(dataset: Dataset, day: str, since: date) -> Q:
    """On or after a day; a date known in part counts where a day it can mean does."""
    text = since.isoformat()
    known = BY_KEY.get(f"{dataset}.{day}")
    partly = Q()
    if known is not None and known.kind is Kind.PARTIAL:
        partly = Q(**{f"{day}__in": [text[:4], text[:7]]})
    return Q(**{f"{day}__gte": text}) | partly


def count(actor: Actor, choice: ExportChoice, dataset: Dataset) -> int:
    """How many rows a table of the export has."""
    return _rows(actor, choice, dataset).order_by().count()


Value = str | float | int | bool | date | datetime | Decimal | list[str] | None


def rows(
    actor: Actor, choice: ExportChoice, dataset: Dataset, *, most: int | None = None
) -> Iterator[list[Value]]:
    """The rows of a table, streamed, as values of the chosen columns."""
    fields = choice.fields(dataset)
    found = _rows(actor, choice, dataset)
    named = [f for f in fields if f.personal is Personal.IDENTITY]
    stored = [f for f in fields if f not in named]
    lines = found.values_list("pk", *(f.path for f in stored))
    stream: Iterator[tuple[Any, ...]] = (
        iter(lines[:most]) if most is not None else lines.iterator(chunk_size=BLOCK)
    )
    while block := list(islice(stream, BLOCK)):
        keys = [line[0] for line in block]
        persons = identity.named_for_export(actor, keys, opened=choice.opened) if named else {}
        for key, *values in block:
            known = dict(zip((f.name for f in stored), values, strict=True))
            known |= persons.get(key, {})
            yield [_value(f, known.get(f.name)) for f in fields]


def _value(field: Field, raw: Any) -> Value:
    if isinstance(raw, datetime):
        return raw.astimezone(clock.SHANGHAI).replace(tzinfo=None, microsecond=0)
    if isinstance(raw, time):
        return f"{raw:%H:%M}"
    if field.kind is Kind.YES_NO and raw is not None:
        return "YES" if raw else "NO"
    return raw if raw != "" else None


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A patient whose rows an export does not hold, of which tables, and why."""

    study_code: str
    purpose: str
    reason: str
    since: date | None = None


def left_out(actor: Actor, choice: ExportChoice) -> Iterator[LeftOut]:
    """Who is named by the filters and has not agreed, purpose by purpose; streamed."""
    asked = dict.fromkeys(p for d in choice.datasets for p in _purposes(choice, d))
    for purpose in asked:
        yield from not_agreed(patients(actor, choice), purpose)


def not_agreed(rows: QuerySet[Patient], purpose: str) -> Iterator[LeftOut]:
    """Those among patients who have no consent to a purpose in force, with the reason; streamed."""
    found = rows.exclude(agreed("pk", [purpose])).order_by("study_code")
    stream = found.values_list("pk", "study_code").iterator(chunk_size=BLOCK)
    while block := list(islice(stream, BLOCK)):
        on_file = consents.facts([key for key, _code in block])
        for key, code in block:
            now = on_file[key].standing(purpose)
            yield LeftOut(code, purpose, now.word.value, now.since)


def left_out_count(actor: Actor, choice: ExportChoice) -> int:
    """How many patients are left out of one table at least."""
    asked = {p for d in choice.datasets for p in _purposes(choice, d)}
    return patients(actor, choice).exclude(agreed("pk", sorted(asked))).count()
