"""Class of a product: answered by one person, confirmed by another."""

from collections.abc import Mapping

from django.utils.translation import gettext as _

from followup.core import clock
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.models import Product
from pv.actions import confirmations
from pv.domain.classifications import asked, classify
from pv.models import ProductClassification
from pv.queries import classifications


@action("classification.enter", needs=Perm.REPORT_WRITE)
def enter(
    actor: Actor,
    product: Product,
    *,
    answers: Mapping[str, bool | str],
    scheme_version: str,
) -> ProductClassification:
    """Keep the answers with the row the table came to; it holds once another person confirms it.

    Refused while no row is reached, and when the table was replaced since the questions were read.
    """
    person = confirmations.person(actor)
    scheme = classifications.scheme()
    if scheme_version != scheme.version:
        raise Refused(_("A newer version of the table was loaded. Answer the questions again."))
    known = asked(scheme, answers)
    result = classify(scheme, known)
    if result.row is None:
        raise Refused(_("The table comes to no class with these answers. Look at them again."))
    return ProductClassification.objects.create(
        product=product,
        scheme=scheme.scheme,
        scheme_version=scheme.version,
        answers=[list(pair) for pair in known.items()],
        code=result.row.code,
        level=result.row.level_1 or "",
        reason_en=result.row.reason_en,
        reason_zh=result.row.reason_zh,
        citation=scheme.citation,
        confidence=result.row.confidence,
        entered_by_id=person,
        entered_at=clock.now(),
    )


@action("classification.confirm", needs=Perm.REPORT_WRITE)
def confirm(actor: Actor, entry: ProductClassification) -> ProductClassification:
    """Confirm the answers; by another person, while the table they were given to is in use."""
    row = ProductClassification.objects.select_for_update(of=("self",)).get(id=entry.id)
    if classifications.is_old(row):
        raise Refused(_("A newer version of the table was loaded. Answer the questions again."))
    confirmations.confirm(actor, row)
    return row


@action("classification.refuse", needs=Perm.REPORT_WRITE)
def refuse(actor: Actor, entry: ProductClassification, *, reason: str) -> ProductClassification:
    """Refuse an entry, with the reason; the questions are answered again."""
    row = ProductClassification.objects.select_for_update(of=("self",)).get(id=entry.id)
    confirmations.refuse(actor, row, reason)
    return row
