"""What the search box finds in safety: cases by their numbers, commitments by their words."""

from collections.abc import Iterable

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from followup.core import clock
from followup.core.actor import Actor
from followup.core.naming import localized_name
from followup.core.permissions import Perm
from followup.web.search import Hit
from pv.queries import cases, commitments


def find_cases(actor: Actor, text: str, limit: int) -> Iterable[Hit]:
    """Cases of the actor's scope."""
    if not actor.may(Perm.CASE_READ):
        return
    filters = cases.Filters(box="all", text=text)
    for item in cases.page(actor, today=clock.today(), filters=filters, size=limit).items:
        yield Hit(
            group=_("Cases"),
            title=item.case.number,
            detail=item.case.title[:60],
            href=reverse("case", args=[item.case.id]),
            icon="case",
        )


def find_commitments(actor: Actor, text: str, limit: int) -> Iterable[Hit]:
    """Commitments of the actor's products, by title, indication, trial or dossier number."""
    if not actor.may(Perm.COMMITMENT_READ):
        return
    for row in commitments.matching(actor, text, limit=limit):
        name = localized_name(row.indication)
        yield Hit(
            group=_("Commitments"),
            title=row.title,
            detail=name[:60],
            href=reverse("commitment", args=[row.id]),
            icon="commitment",
        )
