"""Reminders to centres: the latest of each, one of them, and whom they are told to."""

from collections.abc import Mapping
from uuid import UUID

from django.utils.translation import gettext as _

from followup.core import scope
from followup.core.actor import Actor
from followup.core.http import keyset
from followup.core.http.keyset import Page
from followup.core.permissions import Perm
from followup.models import Product, Site
from followup.queries import reference
from followup.queries.reminders import NoticeFacts, ObligationSource
from pv.models import CentreReminder
from pv.queries import cohorts
from pv.queries.cohorts import Filters

PAGE = 50
_OWED = """
SELECT asked.id::text AS key, asked.id::text AS target, 1 AS due_version,
    (asked.sent_at AT TIME ZONE 'Asia/Shanghai')::date AS opens,
    (asked.sent_at AT TIME ZONE 'Asia/Shanghai')::date AS due,
    {product} AS label, site.code AS mark, asked.site_id, asked.product_id, '' AS silence
FROM pv_centrereminder AS asked
JOIN followup_site AS site ON site.id = asked.site_id
JOIN followup_product AS product ON product.id = asked.product_id
WHERE {condition}
"""
_BETWEEN = "(asked.sent_at AT TIME ZONE 'Asia/Shanghai')::date BETWEEN %(first)s AND %(last)s"
_KEYS = "asked.id = ANY(%(keys)s::uuid[])"
_TOUCHED = """
SELECT DISTINCT row_id FROM core_change
WHERE {fresh} AND table_name = 'pv_centrereminder'
"""


def latest(actor: Actor, product: Product) -> Mapping[UUID, CentreReminder]:
    """The last reminder to each centre about a product."""
    rows = CentreReminder.objects.filter(product=product).select_related("sent_by")
    found = scope.visible(actor, rows).order_by("site_id", "-sent_at", "-id").distinct("site_id")
    return {row.site_id: row for row in found}


def page(actor: Actor, *, product: str = "", site: str = "", key: str = "") -> Page[CentreReminder]:
    """One page of the reminders the actor reads; of a product and of a centre, or of all."""
    rows = CentreReminder.objects.select_related("site", "product", "sent_by")
    rows = scope.visible(actor, rows)
    if product:
        rows = rows.filter(product_id=reference.product(actor, id=product).id)
    if site:
        rows = rows.filter(site_id=reference.site(actor, id=site).id)
    return Page(*keyset.newest_first(rows, "sent_at", key=key, size=PAGE))


def one(actor: Actor, reminder_id: UUID | str) -> CentreReminder:
    """One reminder; NotFound otherwise."""
    rows = CentreReminder.objects.select_related("site", "product", "sent_by")
    return scope.one(actor, rows, id=reminder_id)


def centre(actor: Actor, product: Product, site_id: UUID | str) -> Site:
    """A centre the actor may remind about a product; NotFound for one out of reach."""
    rows = reference.sites(actor)
    site = scope.one(actor, rows, id=site_id)
    actor.require(Perm.REPORT_WRITE, site=site.id, product=product.id)
    return site


def follows(actor: Actor, product: Product, site: Site) -> bool:
    """Whether the actor reads a patient of the product who was treated at a centre."""
    return cohorts.infusions(actor, Filters(product, site=site.id)).exists()


def _title(facts: NoticeFacts) -> str:
    return _("%(product)s: the holder reminds the centre %(site)s") % {
        "product": facts.label,
        "site": facts.mark,
    }


SOURCES = (
    ObligationSource(
        kind="centre",
        needs=Perm.VISIT_WRITE,
        page="centre-reminder",
        owed=_OWED,
        crossing={"opens": _BETWEEN, "due": _BETWEEN},
        open_keys=_KEYS,
        any_keys=_KEYS,
        touched=_TOUCHED,
        title=_title,
        informs=True,
    ),
)
