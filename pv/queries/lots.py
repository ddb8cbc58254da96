"""A lot as a whole: infusions, cases, samples, deviations, complaints, and who was reached."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, QuerySet
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Upper
from django.utils.translation import gettext as _

from followup.core import scope
from followup.core.actor import Actor
from followup.core.models import User
from followup.core.permissions import Perm
from followup.core.problems import NotFound
from followup.core.row_security import contexts
from followup.models import Infusion, Product, Sample, Site
from followup.queries import reference
from followup.queries.samples import deviating
from pv.models import Case, LotCluster, LotContact, ProductComplaint, ReportClock

SHOWN = 100
CLUSTER_RULE = "CN-CL"


@dataclass(frozen=True, slots=True)
class LotLine:
    """One lot of a product with its counts."""

    product: Product
    lot: str
    infusions: int
    cases: int
    complaints: int


@dataclass(frozen=True, slots=True)
class Reached:
    """A hospital with infusions of the lot, and its last contact; None: not reached."""

    site: Site
    infusions: int
    contact: LotContact | None


@dataclass(frozen=True, slots=True)
class Lot:
    """Everything of one lot the reader may see; `total` counts every infusion there is."""

    product: Product
    lot: str
    total: int
    infusions: Sequence[Infusion]
    cases: Sequence[Case]
    samples: Sequence[Sample]
    deviations: int
    complaints: Sequence[ProductComplaint]
    clusters: Sequence[LotCluster]
    reached: Sequence[Reached]
    clocks: Sequence[ReportClock]


def products(actor: Actor) -> list[Product]:
    """Products whose lots the actor may look at."""
    return list(reference.products_for(actor, Perm.CASE_READ))


def _same(lot: str) -> str:
    return lot.strip().upper()


def _infusions(actor: Actor) -> "QuerySet[Infusion]":
    return scope.counting(actor, Infusion.objects.all())


def product_of_lot(actor: Actor, product: Product, text: str) -> Product | None:
    """The other product a lot number belongs to, when it was infused and never as this one."""
    rows = _infusions(actor).filter(lot__iexact=_same(text))
    known = {row.product_id: row.product for row in rows.select_related("product")[:SHOWN]}
    return None if not known or product.id in known else next(iter(known.values()))


def told_words(row: ProductComplaint) -> str:
    """When the manufacturer was told, and who said so."""
    text = _("The manufacturer was told already, on %(day)s%(who)s.")
    return text % {"day": row.told_on, "who": _by(row.told_by)}


def closed_words(row: ProductComplaint) -> str:
    """When a complaint was closed, and by whom."""
    text = _("This complaint is closed already, on %(day)s%(who)s.")
    return text % {"day": row.concluded_on, "who": _by(row.concluded_by)}


def _by(person: User | None) -> str:
    return _(" by %(person)s") % {"person": person} if person else ""


def search(actor: Actor, text: str) -> list[LotLine]:
    """Lots that begin with a text, those with most cases first; the newest without a text."""
    key = _same(text)
    rows = _infusions(actor).filter(lot__istartswith=key)
    found = rows.values("product_id", folded=Upper("lot")).annotate(n=Count("id")).order_by("-n")
    complaints = scope.visible(actor, ProductComplaint.objects.filter(lot__istartswith=key))
    told = complaints.values("product_id", folded=Upper("lot")).annotate(n=Count("id"))
    counts = {(r["product_id"], r["folded"]): r["n"] for r in told.order_by()}
    infused = {(r["product_id"], r["folded"]): r["n"] for r in found[:SHOWN]}
    keys = list(dict.fromkeys([*infused, *counts]))[:SHOWN]
    known = {row.id: row for row in products(actor)}
    cases = _cases_by_lot(_standing_cases(actor), [lot for _product, lot in keys])
    lines = [
        LotLine(
            known[product],
            lot,
            infused.get((product, lot), 0),
            len(cases.get((product, lot), ())),
            counts.get((product, lot), 0),
        )
        for product, lot in keys
        if product in known
    ]
    return sorted(lines, key=lambda line: (-line.cases, -line.infusions, line.lot))


def _cases_by_lot(
    rows: "QuerySet[Case]", lots: Iterable[str]
) -> Mapping[tuple[UUID | None, str], set[UUID]]:
    """Ids of cases by product and lot: the lot of the event's infusion, or, without a hospital,
    the one a message names (G.k.4.r.7)."""
    wanted = set(lots)
    named = rows.filter(site__isnull=True)
    found: dict[tuple[UUID | None, str], set[UUID]] = {}
    for query in (
        rows.annotate(folded=Upper("sources__event__infusion__lot")),
        named.annotate(folded=Upper(KeyTextTransform("lot", "features__values"))),
    ):
        some = query.filter(folded__in=wanted).order_by()
        for product, lot, case in some.values_list("product_id", "folded", "id"):
            found.setdefault((product, lot), set()).add(case)
    return found


def _standing_cases(actor: Actor) -> "QuerySet[Case]":
    return scope.visible(actor, Case.objects.exclude(stage=Case.Stage.NULLIFIED))


def _cases(actor: Actor, product: Product, lot: str) -> list[Case]:
    """The cases of a lot, by number."""
    rows = _standing_cases(actor).filter(product=product)
    ids = _cases_by_lot(rows, [lot]).get((product.id, lot), set())
    return list(Case.objects.filter(id__in=ids).select_related("patient").order_by("number"))


@contexts.reads_whole
def _total(product_id: UUID, lot: str) -> dict[UUID, int]:
    """Every infusion of a lot by hospital, for a reader whose right to the product was checked."""
    rows = scope.counted(Infusion.objects.filter(product_id=product_id, lot__iexact=lot))
    return dict(rows.values("site_id").annotate(n=Count("id")).values_list("site_id", "n"))


def one(actor: Actor, product_id: UUID | str, text: str) -> Lot:
    """One lot as a whole; NotFound for a product outside of the actor's reach."""
    product, lot = reference.product(actor, id=product_id), _same(text)
    if not actor.may(Perm.CASE_READ, product=product.id):
        raise NotFound()
    infusions = list(
        _infusions(actor)
        .filter(product=product, lot__iexact=lot)
        .select_related("patient", "site")
        .order_by("infused_on", "id")
    )
    cases = _cases(actor, product, lot)
    ids = [row.id for row in infusions]
    samples = list(
        scope.counting(actor, Sample.objects.filter(infusion__in=ids)).order_by("number")
    )
    deviations = deviating(row.id for row in samples)
    complaints = scope.visible(actor, ProductComplaint.objects.all())
    clusters = scope.visible(actor, LotCluster.objects.all())
    contacts = scope.visible(actor, LotContact.objects.all())
    last = {
        row.site_id: row
        for row in contacts.filter(product=product, lot__iexact=lot).order_by("reached_on", "id")
    }
    total = _total(product.id, lot)
    sites = {row.id: row for row in Site.objects.filter(id__in=total)}
    clocks = ReportClock.objects.filter(case__in=cases, rule__startswith=CLUSTER_RULE)
    return Lot(
        product,
        lot,
        sum(total.values()),
        infusions,
        cases,
        samples,
        len(deviations),
        list(complaints.filter(product=product, lot__iexact=lot).order_by("received_on")),
        list(clusters.filter(product=product, lot__iexact=lot).order_by("seen_on")),
        [
            Reached(sites[site], n, last.get(site))
            for site, n in sorted(total.items(), key=lambda pair: str(pair[0]))
            if site in sites and actor.may(Perm.CASE_READ, site=site, product=product.id)
        ],
        list(clocks.filter(stopped_at__isnull=True).select_related("case").order_by("due")),
    )


def complaints(actor: Actor, *, open_only: bool = True) -> list[ProductComplaint]:
    """Complaints: those the manufacturer was not told of first, by their last day."""
    rows = scope.visible(actor, ProductComplaint.objects.select_related("product", "site"))
    if open_only:
        rows = rows.filter(concluded_on__isnull=True)
    return sorted(rows[:500], key=lambda row: (row.told_on is not None, row.due, row.number))


def complaint(actor: Actor, complaint_id: UUID | str) -> ProductComplaint:
    """One complaint; NotFound otherwise."""
    rows = ProductComplaint.objects.select_related("product", "site", "case", "recorded_by")
    return scope.one(actor, rows, id=complaint_id)


def sites(actor: Actor) -> list[Site]:
    """Hospitals the actor may name in a complaint or as reached."""
    return list(reference.sites(actor, needs=Perm.CASE_WRITE))


def kinds() -> list[tuple[str, str]]:
    """What a complaint may be about, code and word."""
    return [(code, str(word)) for code, word in ProductComplaint.Kind.choices]
