"""Reviews of access as they are read: the list, the rights of one, when a right was last used."""

from collections.abc import Collection
from datetime import date, datetime
from uuid import UUID

from django.db.models import Count, Max, Q, QuerySet
from django.utils.translation import gettext as _

from followup.core import scope
from followup.core.actor import Actor
from followup.core.models import Access, AccessReview, AccessReviewLine, Session, TokenUse
from followup.core.permissions import Perm
from followup.queries.reminders.sources import NoticeFacts, ObligationSource


def reviews(actor: Actor) -> QuerySet[AccessReview]:
    """All reviews, the latest first, with the counts `total` and `decided` of their rights."""
    rows = scope.visible(actor, AccessReview.objects.all())
    return rows.annotate(
        total=Count("lines"), decided=Count("lines", filter=~Q(lines__decision=""))
    ).order_by("-period_from")


def review(actor: Actor, review_id: UUID | str) -> AccessReview:
    """One review with its counts; NotFound otherwise."""
    return scope.one(actor, reviews(actor), id=review_id)


def lines(actor: Actor, of: AccessReview) -> QuerySet[AccessReviewLine]:
    """The rights of a review by user name."""
    rows = AccessReviewLine.objects.filter(review=of)
    rows = rows.select_related("held__user", "decided_by", "request")
    return scope.visible(actor, rows).order_by("held__user__username", "held__role", "id")


def line(actor: Actor, line_id: UUID | str) -> AccessReviewLine:
    """One right of a review; NotFound otherwise."""
    return scope.one(actor, AccessReviewLine.objects.select_related("held"), id=line_id)


def open_count(actor: Actor) -> int:
    """How many reviews wait for their signature; for the menu."""
    if not actor.may(Perm.USER_WRITE):
        return 0
    return scope.visible(actor, AccessReview.objects.filter(signed_at__isnull=True)).count()


def last_uses(actor: Actor, users: Collection[UUID]) -> dict[UUID, datetime]:
    """When each person last signed in, used a session or an API token; only for the review."""
    actor.require(Perm.SYSTEM)
    found: dict[UUID, datetime] = {}
    names = [str(user) for user in users]
    signed_in = Access.objects.filter(subject__in=names, kind="sign-in").order_by()
    tokens = TokenUse.objects.filter(token__user_id__in=users).order_by()
    sessions = Session.objects.filter(user_id__in=users, seen_at__isnull=False).order_by()
    for rows in (
        signed_in.values_list("subject").annotate(Max("at")),
        tokens.values_list("token__user_id").annotate(Max("used_at")),
        sessions.values_list("user_id").annotate(Max("seen_at")),
    ):
        for key, at in rows:
            user = UUID(str(key))
            found[user] = max(at, found.get(user, at))
    return found


def is_overdue(row: AccessReview, today: date) -> bool:
    """Whether the review should have been signed by now."""
    return row.signed_at is None and row.due_on < today


_OWED = """
SELECT review.id::text AS key, review.id::text AS target, 1 AS due_version,
    review.opened_on AS opens, review.due_on AS due, review.period_from::text AS label,
    '' AS mark, NULL::uuid AS site_id, NULL::uuid AS product_id,
    CASE WHEN review.signed_at IS NULL THEN '' ELSE 'closed' END AS silence
FROM core_accessreview AS review WHERE {condition}
"""
_TOUCHED = """
SELECT DISTINCT row_id FROM core_change
WHERE {fresh} AND table_name = 'core_accessreview' AND at::date <= %(today)s
"""


def _title(facts: NoticeFacts) -> str:
    return _("Review of access from %(day)s") % {"day": facts.label}


SOURCES = (
    ObligationSource(
        kind="access_review",
        needs=Perm.USER_WRITE,
        page="access-review",
        owed=_OWED,
        crossing={
            "opens": "review.opened_on BETWEEN %(first)s AND %(last)s",
            "due": "review.due_on BETWEEN %(first)s AND %(last)s",
        },
        open_keys="review.id = ANY(%(keys)s::uuid[])",
        any_keys="review.id = ANY(%(keys)s::uuid[])",
        touched=_TOUCHED,
        title=_title,
    ),
)
