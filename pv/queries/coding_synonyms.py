"""Words an organisation always codes alike."""

from uuid import UUID

from followup.core import scope
from followup.core.actor import Actor
from followup.models import Product
from pv.domain.coding import folded_term
from pv.models import CodingSynonym


def held(actor: Actor) -> list[CodingSynonym]:
    """The synonyms that hold, by their words."""
    rows = CodingSynonym.objects.filter(ended_at__isnull=True).select_related("product", "kept_by")
    return list(scope.visible(actor, rows).order_by("folded", "product__code")[:500])


def one(actor: Actor, synonym_id: UUID | str) -> CodingSynonym:
    """One synonym; NotFound otherwise."""
    return scope.one(actor, CodingSynonym.objects.select_related("product"), id=synonym_id)


def of(actor: Actor, product: Product | None, words: str) -> list[CodingSynonym]:
    """What the holder of a product codes these words with; that of the product itself first."""
    key = folded_term(words)[:250]
    if not key or product is None:
        return []
    rows = CodingSynonym.objects.filter(
        folded=key, ended_at__isnull=True, product__holder_id=product.holder_id
    )
    found = list(scope.visible(actor, rows.select_related("kept_by")))
    return sorted(found, key=lambda row: (row.product_id != product.id, row.code))
