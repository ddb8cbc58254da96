"""Source data verification, to read: plans, the worklist of a patient, what may be drawn."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils.translation import get_language

from followup.core import naming, scope
from followup.core.actor import Actor
from followup.core.http import keyset
from followup.core.permissions import Perm
from followup.core.row_security import contexts
from followup.core.templatetags.everwatch import shown
from followup.domain.dates import PartialDate
from followup.domain.fields import BY_KEY, Dataset, Field, Kind
from followup.domain.source_verifications import (
    CheckResult,
    VerificationRules,
    read_verification_rules,
)
from followup.models import (
    Indication,
    Infusion,
    Patient,
    Product,
    Site,
    SourceCheck,
    SourceVerification,
)
from followup.models.source_verifications import RESULTS
from followup.queries import codes, fields, quality, reference
from followup.queries.exports import DAY, MODELS, STANDS

PAGE = 50
_OWN: Mapping[Dataset, Q] = {**STANDS, Dataset.INFUSIONS: Q(retired=False)}
_RECORDS = (Dataset.INFUSIONS, Dataset.VISITS, Dataset.EVENTS)


def rules() -> VerificationRules:
    """The rules in force today; NotFound when the reference data are not loaded."""
    document = reference.document(Actor.process("source verification"), "source_verification")
    return read_verification_rules(document)


@dataclass(frozen=True, slots=True)
class VerifiedPeriod:
    """What is verified: the records of a site, of one product or all, of these days."""

    site: Site
    product: Product | None
    since: date
    until: date


@dataclass(frozen=True, slots=True)
class Record:
    """One row with the values its fields had when it was read."""

    dataset: Dataset
    key: UUID
    patient: UUID
    product: UUID
    on: date | None
    values: Mapping[str, str]  # by the key of the field


def sites(actor: Actor) -> list[Site]:
    """Sites at which the actor may verify."""
    return [s for s in quality.sites(actor) if actor.may(Perm.VERIFICATION_WRITE, site=s.id)]


def products(actor: Actor) -> list[Product]:
    """Products the actor may verify."""
    rows = scope.visible(actor, Product.objects.order_by("inn"))
    return [row for row in rows if actor.may(Perm.VERIFICATION_WRITE, product=row.id)]


def of_every_product(actor: Actor, site: Site) -> bool:
    """Whether the actor may verify the whole of a site."""
    return actor.system or any(
        grant.all_products and (grant.all_sites or grant.site == site.id)
        for grant in actor.granting(Perm.VERIFICATION_WRITE)
    )


def _standing(actor: Actor, dataset: Dataset, period: VerifiedPeriod) -> QuerySet[Any]:
    day = DAY[dataset]
    rows = MODELS[dataset]._default_manager.filter(
        _OWN.get(dataset, Q()),
        site_id=period.site.id,
        **{f"{day}__gte": period.since, f"{day}__lte": period.until},
    )
    if period.product:
        rows = rows.filter(product_id=period.product.id)
    return scope.counting(actor, rows)


def frame(actor: Actor, period: VerifiedPeriod) -> dict[str, UUID]:
    """The patients with a record of the period, by study code; merged and voided ones are none."""
    rows = scope.counting(actor, Patient.objects.filter(site_id=period.site.id))
    having = Q(pk__in=[])
    for dataset in _RECORDS:
        records = _standing(actor, dataset, period).filter(patient_id=OuterRef("pk"))
        having |= Q(Exists(records))
    return dict(rows.filter(having).values_list("study_code", "pk"))


@contexts.reads_whole
def frame_size_of_all(period: VerifiedPeriod) -> int:
    """How many patients have a record of the period, whatever they agreed to: a count alone."""
    return len(frame(Actor.process("source verification"), period))


def records(
    actor: Actor, period: VerifiedPeriod, patients: Sequence[UUID], known: VerificationRules
) -> Iterator[Record]:
    """The rows of some patients that are compared, in the order of the worklist."""
    infused = Infusion.objects.filter(patient_id__in=patients, retired=False)
    if period.product:
        infused = infused.filter(product_id=period.product.id)
    product = dict(infused.order_by("-infused_on").values_list("patient_id", "product_id"))
    people = scope.visible(
        actor, Patient.objects.filter(pk__in=[p for p in patients if p in product])
    )
    yield from _read(Dataset.PATIENTS, people.order_by("study_code"), known, product)
    for dataset in _RECORDS:
        rows = _standing(actor, dataset, period).filter(patient_id__in=patients)
        yield from _read(dataset, rows.order_by("patient__study_code", DAY[dataset], "pk"), known)


def _read(
    dataset: Dataset,
    rows: QuerySet[Any],
    known: VerificationRules,
    product: Mapping[UUID, UUID] | None = None,
) -> Iterator[Record]:
    chosen = [field for field, _critical in known.of(dataset)]
    if not chosen:
        return
    head = ["pk"] if product is not None else ["pk", "patient_id", "product_id", DAY[dataset]]
    for line in rows.values_list(*head, *(field.path for field in chosen)):
        raw = dict(zip((field.key for field in chosen), line[len(head) :], strict=True))
        values = {key: recorded(value) for key, value in raw.items()}
        if product is not None:
            yield Record(dataset, line[0], line[0], product[line[0]], None, values)
        else:
            yield Record(dataset, line[0], line[1], line[2], line[3], values)


def recorded(raw: Any) -> str:
    """A value as it is kept for the comparison; empty where nothing is recorded."""
    if raw is None:
        return ""
    if isinstance(raw, bool):
        return "YES" if raw else "NO"
    if isinstance(raw, Decimal):
        return f"{raw.normalize():f}"
    if isinstance(raw, time):
        return f"{raw:%H:%M}"
    if isinstance(raw, date | datetime):
        return raw.isoformat()
    return ";".join(sorted(raw)) if isinstance(raw, list) else str(raw)


def value_words(field: Field, text: str) -> str:
    """A kept value in the reader's language."""
    if field.kind is Kind.CODE:
        return fields.label(field, text) if text else ""
    if field.kind is Kind.YES_NO:
        return codes.label("yes_no_unknown", text, get_language() or "en") if text else ""
    if field.kind is Kind.CODES:
        return "; ".join(fields.label(field, code) for code in text.split(";") if code)
    if field.kind is Kind.PARTIAL and text:
        return shown(PartialDate.from_iso(text))
    if field.path == "indication__code":
        row = Indication.objects.filter(code=text).first()
        return naming.localized_name(row) if row else text
    return f"{text} {field.unit}".strip() if text else ""


def page(actor: Actor, *, key: str = "") -> tuple[list[SourceVerification], str]:
    """Plans, the newest first, and the key of the next page."""
    rows = SourceVerification.objects.select_related("site", "product", "drawn_by")
    rows = scope.visible(actor, rows)
    if key := keyset.parse_cursor(key, keyset.UUID_PATTERN):
        rows = rows.filter(id__lt=key)
    return keyset.page(rows.order_by("-id")[: PAGE + 1], PAGE, lambda row: str(row.id))


def one(actor: Actor, key: UUID | str) -> SourceVerification:
    """One plan; NotFound otherwise."""
    rows = SourceVerification.objects.select_related("site", "product", "drawn_by", "ended_by")
    return scope.one(actor, rows, id=key)


def counts(
    actor: Actor, plans: Iterable[SourceVerification]
) -> dict[UUID, dict[bool, dict[str, int]]]:
    """Fields by plan, by whether they are critical, and by result; "" is not compared yet."""
    rows = SourceCheck.objects.filter(verification_id__in=[plan.id for plan in plans])
    rows = scope.visible(actor, rows).order_by()
    found: dict[UUID, dict[bool, dict[str, int]]] = {
        plan.id: {True: {}, False: {}} for plan in plans
    }
    for plan, critical, result, n in rows.values_list(
        "verification_id", "critical", "result"
    ).annotate(n=Count("id")):
        found[plan][critical][result] = n
    return found


@dataclass(frozen=True, slots=True)
class DrawnPatient:
    """A patient of a sample and how far the comparison is."""

    key: UUID
    study_code: str
    fields: int
    checked: int
    differs: int


def checks(actor: Actor, plan: SourceVerification) -> QuerySet[SourceCheck]:
    """The fields of a plan that the actor may compare: of patients who still count and agree."""
    return scope.visible(actor, SourceCheck.objects.filter(verification=plan)).order_by()


def patients(actor: Actor, plan: SourceVerification) -> list[DrawnPatient]:
    """The patients of a sample, by study code."""
    rows = checks(actor, plan).values_list("patient_id", "patient__study_code")
    counted = rows.annotate(
        fields=Count("id"),
        checked=Count("id", filter=~Q(result="")),
        differs=Count("id", filter=Q(result=CheckResult.DIFFERS)),
    )
    return [DrawnPatient(*row) for row in counted.order_by("patient__study_code")]


def worklist(actor: Actor, plan: SourceVerification, patient: UUID | str) -> list[SourceCheck]:
    """The fields of one patient in their order; empty for a patient outside of the sample."""
    rows = checks(actor, plan).filter(patient_id=patient)
    rows = rows.select_related("patient", "query", "visit", "event", "checked_by")
    return list(rows.order_by("place", "id"))


def unchecked(actor: Actor, plan: SourceVerification) -> int:
    """How many fields of a plan nobody compared that the actor could."""
    return checks(actor, plan).filter(result="").count()


def results() -> list[tuple[str, str]]:
    """What a comparison can come to, in words."""
    return [(code, str(words)) for code, words in RESULTS]


def field_of(check: SourceCheck) -> Field:
    """The field of the dictionary a check is about."""
    return BY_KEY[check.field]
