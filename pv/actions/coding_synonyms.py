"""Synonyms: words an organisation always codes alike, kept and ended by a person."""

from django.utils.translation import gettext as _

from followup.core import clock
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.limits import within
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.models import Product
from pv.actions import confirmations
from pv.domain.coding import folded_term
from pv.models import CodingSynonym
from pv.queries import dictionaries


@action("synonym.keep", needs=Perm.CASE_WRITE)
def keep(actor: Actor, product: Product, *, text: str, code: int) -> CodingSynonym:
    """Keep that these words are coded so; what was kept before of the same words ends."""
    actor.require(Perm.CASE_WRITE, product=product.id)
    keeper, problems = confirmations.person(actor), {}
    folded = folded_term(text)[:250]
    if not folded:
        problems["text"] = _("Enter the words.")
    if not any(code in dictionaries.known_codes(v, [code]) for v in dictionaries.versions()):
        problems["code"] = _("No loaded version of MedDRA has code %(code)s.") % {"code": code}
    if problems:
        raise Refused(problems)
    rows = CodingSynonym.objects.select_for_update()
    before = rows.filter(product=product, folded=folded, ended_at__isnull=True).first()
    if before is not None:
        if before.code == code:
            return before
        before.ended_at, before.ended_by_id = clock.now(), keeper
        before.save(update_fields=["ended_at", "ended_by"])
    return CodingSynonym.objects.create(
        product=product,
        text=within(text, 250, "text"),
        folded=folded,
        code=code,
        kept_by_id=keeper,
        kept_at=clock.now(),
    )


@action("synonym.end", needs=Perm.CASE_WRITE)
def end(actor: Actor, synonym: CodingSynonym) -> CodingSynonym:
    """End a synonym: it is no longer offered."""
    row = CodingSynonym.objects.select_for_update().get(id=synonym.id)
    if row.ended_at is not None:
        raise Refused(_("This synonym was ended already."))
    row.ended_at, row.ended_by_id = clock.now(), actor.id
    row.save(update_fields=["ended_at", "ended_by"])
    return row
