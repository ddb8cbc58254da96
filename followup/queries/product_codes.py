"""What a product code of ISBT 128 stands for, where the site has loaded its licensed table."""

from followup.core import scope
from followup.core.actor import Actor
from followup.domain.product_codes import description_code
from followup.models import ReferenceItem

KIND, CODE = "isbt128_products", "ISBT128"


def description(actor: Actor, product_code: str) -> str:
    """The description by the table loaded last; empty without a table, and for a code not in it."""
    rows = scope.visible(actor, ReferenceItem.objects.filter(kind=KIND, code=CODE))
    key = f"data__codes__{description_code(product_code)}"
    found = rows.order_by("-loaded_at").values_list(key, flat=True).first()
    return str(found or "")
