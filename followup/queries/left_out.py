"""How many patients are left out of what is made for a purpose, by reason; never who."""

from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet, Subquery

from followup.core import scope
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.core.row_security import contexts
from followup.domain.consents import Purpose, Word
from followup.models import Consent, Infusion, Patient


def _reachable(actor: Actor) -> QuerySet[Patient]:
    """The patients of the actor's sites and products, whatever they agreed to."""
    reach = Q(pk__in=[])
    for grant in actor.granting(Perm.PATIENT_READ):
        condition = Q()
        if not grant.all_sites:
            condition &= Q(site_id=grant.site)
        if not grant.all_products:
            given = Infusion.objects.filter(patient=OuterRef("pk"))
            condition &= Q(Exists(given.filter(product=grant.product)))
        if not condition:  # an empty condition would be lost among the others
            return scope.counted(Patient.objects.all())
        reach |= condition
    return scope.counted(Patient.objects.filter(reach))


@contexts.reads_whole
def counts(actor: Actor, purpose: Purpose) -> dict[str, int]:
    """How many patients of the actor's sites and products do not agree to a purpose, by reason.

    Counts and coded reasons, never who: what a reader on a consent may know of the others.
    """
    actor.require(Perm.PATIENT_READ)
    agreed = Consent.objects.filter(
        patient=OuterRef("pk"), purposes__contains=[purpose.value], withdrawn_on__isnull=True
    )
    papers = Consent.objects.filter(patient=OuterRef("pk")).order_by()
    ended = papers.filter(purposes__contains=[purpose.value]).values("patient")
    said_no = papers.filter(refused__contains=[purpose.value]).values("patient")
    rows = _reachable(actor).filter(~Exists(agreed))
    rows = rows.annotate(
        ended=Subquery(ended.annotate(on=Max("withdrawn_on")).values("on")),
        refused=Subquery(said_no.annotate(on=Max("given_on")).values("on")),
    )
    withdrawn = Q(ended__isnull=False) & (Q(refused__isnull=True) | Q(ended__gt=F("refused")))
    refused = Q(refused__isnull=False) & (Q(ended__isnull=True) | Q(refused__gte=F("ended")))
    never = Q(ended__isnull=True, refused__isnull=True)
    conditions = {
        Word.NEVER_AGREED: never,
        Word.REFUSED: refused,
        Word.WITHDRAWN: withdrawn,
    }
    counted = {word.value: Count("pk", filter=rule) for word, rule in conditions.items()}
    return {name: int(n) for name, n in rows.aggregate(**counted).items()}
