"""The versions of a risk management plan with their risks and measures."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import QuerySet

from followup.core import scope
from followup.core.actor import Actor
from followup.core.naming import reader_language
from followup.core.permissions import Perm
from followup.models import Product
from followup.queries import reference
from pv.domain.risk_plans import (
    Difference,
    MeasureKind,
    PlanMeasureFacts,
    PlanRiskFacts,
    differences,
)
from pv.models import (
    AggregateReport,
    EffectivenessCheck,
    MeasureCompletion,
    PlanMeasure,
    PlanRisk,
    RiskPlan,
    Signal,
)
from pv.models.risk_plans import MEASURE_KINDS
from pv.queries import rules

UPDATE = "RMP_UPDATE"  # the kind of report a version is told in


@dataclass(frozen=True, slots=True)
class MeasureLine:
    """A measure, whether it was done for its day, and its checks, the newest first."""

    measure: PlanMeasure
    done: MeasureCompletion | None
    checks: list[EffectivenessCheck]


@dataclass(frozen=True, slots=True)
class RiskLine:
    """A risk with the words of its category and its measures."""

    risk: PlanRisk
    category: str
    measures: list[MeasureLine]


def categories() -> Mapping[str, str]:
    """The categories of risks by code, in the reader's language."""
    language = reader_language()
    return {row["code"]: str(row[language]) for row in rules.data("risks")["categories"]}


def starting_risks() -> list[tuple[str, str]]:
    """The names of the starting list with their category, in the reader's language."""
    language = reader_language()
    return [(str(row[language]), row["category"]) for row in rules.data("risks")["risks"]]


def _confirmed(product_id: UUID) -> "QuerySet[RiskPlan]":
    rows = RiskPlan.objects.filter(product_id=product_id, confirmed_at__isnull=False)
    return rows.order_by("-confirmed_at")


def in_force_of(product_id: UUID) -> RiskPlan | None:
    """The version of a product confirmed last."""
    return _confirmed(product_id).first()


def holds(plan: RiskPlan) -> bool:
    """Whether a version is the one in force."""
    current = in_force_of(plan.product_id)
    return current is not None and current.id == plan.id


def draft_of(product_id: UUID) -> RiskPlan | None:
    """The version of a product that is still written."""
    rows = RiskPlan.objects.filter(product_id=product_id, confirmed_at__isnull=True)
    return rows.filter(refused_because="").first()


def with_number(product_id: UUID, number: str) -> bool:
    """Whether a product has a version of a number that was not refused."""
    rows = RiskPlan.objects.filter(product_id=product_id, number=number, refused_because="")
    return rows.exists()


def writers(plan: RiskPlan) -> set[UUID]:
    """Everybody who wrote a part of a version."""
    risks = plan.risks.values_list("written_by_id", flat=True)
    measures = plan.measures.values_list("written_by_id", flat=True)
    return {plan.entered_by_id, *risks, *measures}


def facts(plan: RiskPlan) -> list[PlanRiskFacts]:
    """The risks and measures of a version, as the rules ask for them."""
    measures: dict[UUID, list[PlanMeasureFacts]] = defaultdict(list)
    for row in plan.measures.all():
        measures[row.risk_id].append(
            PlanMeasureFacts(
                str(row.lineage), MeasureKind(row.kind), row.description, row.owner_name, row.due
            )
        )
    return [
        PlanRiskFacts(row.name, row.category, tuple(measures[row.id])) for row in plan.risks.all()
    ]


def _plans(actor: Actor) -> "QuerySet[RiskPlan]":
    related = ("product", "entered_by", "confirmed_by", "base", "report")
    return scope.visible(actor, RiskPlan.objects.select_related(*related))


def held(actor: Actor) -> list[RiskPlan]:
    """The version in force of each product."""
    rows = _plans(actor).filter(confirmed_at__isnull=False)
    rows = rows.order_by("product_id", "-confirmed_at").distinct("product_id")
    return sorted(rows, key=lambda row: row.product.code)


def waiting(actor: Actor) -> list[RiskPlan]:
    """Versions that are written or wait for a second person, the oldest first."""
    rows = _plans(actor).filter(confirmed_at__isnull=True, refused_because="")
    return list(rows.order_by("entered_at"))


def one(actor: Actor, plan_id: UUID | str) -> RiskPlan:
    """One version; NotFound otherwise."""
    return scope.one(actor, _plans(actor), id=plan_id)


def risk(actor: Actor, risk_id: UUID | str) -> PlanRisk:
    """One risk of a version; NotFound otherwise."""
    return scope.one(actor, PlanRisk.objects.select_related("plan"), id=risk_id)


def measure(actor: Actor, measure_id: UUID | str) -> PlanMeasure:
    """One measure of a version; NotFound otherwise."""
    rows = PlanMeasure.objects.select_related("plan__product", "risk")
    return scope.one(actor, rows, id=measure_id)


def versions(actor: Actor, plan: RiskPlan) -> list[RiskPlan]:
    """Every version of the same product, the newest first."""
    return list(_plans(actor).filter(product_id=plan.product_id).order_by("-entered_at"))


def products(actor: Actor) -> list[Product]:
    """Products the actor may write a plan for."""
    return list(reference.products_for(actor, Perm.REPORT_WRITE))


def completion(row: PlanMeasure) -> MeasureCompletion | None:
    """That a measure was done for its day, in whatever version that was recorded."""
    if row.due is None:
        return None
    return MeasureCompletion.objects.filter(lineage=row.lineage, due=row.due).first()


def completions(
    actor: Actor, rows: Iterable[PlanMeasure]
) -> dict[tuple[UUID, date | None], MeasureCompletion]:
    """What was done of some measures, by lineage and the day it was owed by."""
    done = MeasureCompletion.objects.filter(lineage__in={row.lineage for row in rows})
    return {(row.lineage, row.due): row for row in scope.visible(actor, done)}


def risks(actor: Actor, plan: RiskPlan) -> list[PlanRisk]:
    """The risks of a version in the order of their categories."""
    order = {code: index for index, code in enumerate(categories())}
    rows = scope.visible(actor, PlanRisk.objects.filter(plan=plan).select_related("signal"))
    return sorted(rows, key=lambda row: order.get(row.category, len(order)))


def lines(actor: Actor, plan: RiskPlan) -> list[RiskLine]:
    """The risks of a version in the order of their categories, each with its measures."""
    words = categories()
    measures = list(scope.visible(actor, PlanMeasure.objects.filter(plan=plan)))
    done = completions(actor, measures)
    checks: dict[UUID, list[EffectivenessCheck]] = defaultdict(list)
    rows = EffectivenessCheck.objects.filter(lineage__in={row.lineage for row in measures})
    for check in scope.visible(actor, rows.select_related("recorded_by")):
        checks[check.lineage].append(check)
    by_risk: dict[UUID, list[MeasureLine]] = defaultdict(list)
    for row in measures:
        finished = done.get((row.lineage, row.due))
        by_risk[row.risk_id].append(MeasureLine(row, finished, checks[row.lineage]))
    return [
        RiskLine(each, words.get(each.category, each.category), by_risk[each.id])
        for each in risks(actor, plan)
    ]


def changes(plan: RiskPlan) -> list[Difference]:
    """What a version changed against the one it was written from."""
    if plan.base is None:
        return []
    return differences(facts(plan.base), facts(plan))


def checks(actor: Actor, row: PlanMeasure) -> list[EffectivenessCheck]:
    """The checks of a measure in whatever version, the newest first."""
    rows = EffectivenessCheck.objects.filter(lineage=row.lineage).select_related("recorded_by")
    return list(scope.visible(actor, rows))


def kinds() -> list[tuple[str, str]]:
    """The kinds of measures, by code and in words."""
    return [(code, str(text)) for code, text in MEASURE_KINDS]


def outcomes() -> list[tuple[str, str]]:
    """What a check may say, by code and in words."""
    return [(code, str(text)) for code, text in EffectivenessCheck.Outcome.choices]


def signals(actor: Actor, product_id: UUID) -> list[Signal]:
    """Signals of a product a risk may have come from; none for who reads no case."""
    if not actor.may(Perm.CASE_READ, product=product_id):
        return []
    rows = scope.visible(actor, Signal.objects.filter(product_id=product_id))
    return list(rows.order_by("-detected_on")[:100])


def reports(actor: Actor) -> list[AggregateReport]:
    """Reports on an update of the plan that a version may be told in, the newest first."""
    rows = AggregateReport.objects.filter(kind=UPDATE).select_related("product")
    return list(scope.visible(actor, rows).order_by("-created_at")[:100])
