"""Where a product may be sold or tried: what holds, what waits, and what it means for clocks."""

from datetime import date
from uuid import UUID

from django.db.models import Min, QuerySet
from django.utils.translation import pgettext_lazy

from followup.core import scope
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.core.row_security import contexts
from followup.models import Product
from followup.queries import reference
from pv.domain.clocks import Authorised, Setting
from pv.models import Authorisation
from pv.queries import rules

# Its rules hold for every case here, whatever certificate is entered: people are treated in China.
HOME = "CN"
# The regimes of the reporting rules, in words.
REGIMES = (
    ("CN", pgettext_lazy("regime", "China")),
    ("EU", pgettext_lazy("regime", "European Union")),
    ("US", pgettext_lazy("regime", "United States")),
)
SETTINGS = tuple(Authorisation.Setting.values)
KEEPERS = (Perm.CASE_WRITE, Perm.COMMITMENT_WRITE)


def latest(rows: "QuerySet[Authorisation]") -> "QuerySet[Authorisation]":
    """Of each number of a market the entry confirmed last."""
    keys = ("product_id", "market", "setting", "number")
    confirmed = rows.filter(confirmed_at__isnull=False)
    return confirmed.order_by(*keys, "-confirmed_at").distinct(*keys)


@contexts.reads_whole
def authorised(product_id: UUID | None) -> list[Authorised]:
    """The markets a case of a product may be owed in, China first."""
    found = [Authorised(HOME, setting, date.min) for setting in Setting]
    if product_id is None:
        return found
    for row in latest(Authorisation.objects.filter(product_id=product_id)):
        setting = Setting(row.setting)
        found.append(Authorised(row.market, setting, row.authorised_on, row.ended_on))
    return found


def since(row: Authorisation) -> date:
    """The first day anything changes by an entry: also the day of an earlier entry of its number.

    A correction to a later day ends what was owed by the earlier one.
    """
    names = ("product_id", "market", "setting", "number")
    same = Authorisation.objects.filter(**{name: getattr(row, name) for name in names})
    days = same.filter(confirmed_at__isnull=False).aggregate(first=Min("authorised_on"))
    return min(row.authorised_on, days["first"] or row.authorised_on)


def _entries(actor: Actor) -> "QuerySet[Authorisation]":
    rows = Authorisation.objects.select_related("product", "entered_by", "confirmed_by")
    return scope.visible(actor, rows)


def held(actor: Actor, product_id: UUID | None = None) -> list[Authorisation]:
    """What holds, of one product or of all, by product and market."""
    rows = latest(_entries(actor))
    if product_id is not None:
        rows = rows.filter(product_id=product_id)
    return sorted(rows, key=lambda row: (row.product.code, row.market, row.number))


def waiting(actor: Actor) -> list[Authorisation]:
    """Entries a second person has not looked at, the oldest first."""
    rows = _entries(actor).filter(confirmed_at__isnull=True, refused_because="")
    return list(rows.order_by("entered_at"))


def one(actor: Actor, authorisation_id: UUID | str) -> Authorisation:
    """One entry; NotFound otherwise."""
    return scope.one(actor, _entries(actor), id=authorisation_id)


def products(actor: Actor) -> list[Product]:
    """Products the actor may enter an authorisation for."""
    found = {p.id: p for perm in KEEPERS for p in reference.products_for(actor, perm)}
    return sorted(found.values(), key=lambda product: product.code)


def markets() -> list[str]:
    """The markets the reporting rules know beside China's, whose certificates have their place."""
    return sorted(name for name in rules.rule_set().domestic if name != HOME)


def receivers(market: str, setting: Setting, *, asking: str = "") -> list[str]:
    """The receivers whose authority is owed cases of a setting in a market, by the rules.

    `asking` leaves those whose rules ask for this fact.
    """
    known = {
        rule.authority
        for rule in rules.rule_set().rules
        if rule.kind == "expedited"
        and rule.regime == market
        and rule.when.get("setting", setting.value) == setting.value
        and (not asking or asking in rule.when)
    }
    rows = rules.data("receivers")["receivers"]
    return [
        code for code, row in rows.items() if row.get("authority") and row["authority"] in known
    ]


def settings() -> list[tuple[str, str]]:
    """What an authorisation may be, by code and in words."""
    return [(code, str(text)) for code, text in Authorisation.Setting.choices]
