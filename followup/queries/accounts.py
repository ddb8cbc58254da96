"""Reading accounts: people with their rights, and one's own tokens."""

from collections.abc import Collection
from uuid import UUID

from django.db.models import Prefetch, Q, QuerySet
from django.utils.http import urlsafe_base64_decode

from followup.core import clock, scope
from followup.core.actor import Actor
from followup.core.models import ApiToken, Grant, GrantRequest, Session, User
from followup.core.permissions import Perm, Role
from followup.core.security.password_links import links
from followup.queries import identity_providers


def users(actor: Actor, *, text: str = "", active: bool | None = None) -> QuerySet[User]:
    """Accounts in order of user name, with their living grants as `living_grants`.

    `text` is searched in user name, display name and e-mail.
    """
    living = Grant.objects.in_force().order_by("role", "granted_at")
    rows = scope.visible(actor, User.objects.all()).prefetch_related(
        Prefetch("grants", queryset=living, to_attr="living_grants")
    )
    if text.strip():
        word = text.strip()
        rows = rows.filter(
            Q(username__icontains=word) | Q(display_name__icontains=word) | Q(email__icontains=word)
        )
    return rows if active is None else rows.filter(is_active=active)


def user(actor: Actor, user_id: UUID | str) -> User:
    """One account; NotFound otherwise."""
    return scope.one(actor, users(actor), id=user_id)


def grants(actor: Actor, of: User) -> QuerySet[Grant]:
    """Every grant of a person, the living ones first."""
    rows = scope.visible(actor, Grant.objects.filter(user=of))
    return rows.order_by("-revoked_at", "role", "granted_at")


def grant(actor: Actor, grant_id: UUID | str) -> Grant:
    """One grant; NotFound otherwise."""
    return scope.one(actor, Grant.objects.select_related("user"), id=grant_id)


def grant_requests(
    actor: Actor, *, of: User | None = None, waiting: bool = True
) -> QuerySet[GrantRequest]:
    """Requests for rights, the oldest first; `waiting` those still open, else the decided ones."""
    rows = GrantRequest.objects.select_related("user", "asked_by", "decided_by")
    open_ones = Q(decided_at__isnull=True, expires_at__gt=clock.now())
    rows = rows.filter(open_ones if waiting else ~open_ones)
    if of is not None:
        rows = rows.filter(user=of)
    return scope.visible(actor, rows).order_by("asked_at" if waiting else "-asked_at", "id")


def grant_request(actor: Actor, request_id: UUID | str) -> GrantRequest:
    """One request for a right; NotFound otherwise."""
    rows = GrantRequest.objects.select_related("user", "asked_by")
    return scope.one(actor, rows, id=request_id)


def requests_to_decide(actor: Actor) -> int:
    """How many requests of others wait for a second administrator; for the menu."""
    if not actor.may(Perm.USER_WRITE):
        return 0
    waiting = (grant_requests(actor), identity_providers.requests(actor))
    return sum(rows.exclude(asked_by_id=actor.id).count() for rows in waiting)


def holding(
    actor: Actor,
    role: Role,
    *,
    site: UUID | None = None,
    product: UUID | None = None,
    products: Collection[UUID] = (),
) -> QuerySet[User]:
    """Active people who hold a role for a row with these keys, or for one of some products."""
    at_site, on_product = Q(grants__all_sites=True), Q(grants__all_products=True)
    if site is not None:
        at_site |= Q(grants__site_id=site)
    if product is not None:
        on_product |= Q(grants__product_id=product)
    if products:
        on_product |= Q(grants__product_id__in=products)
    return (
        scope.visible(actor, User.objects.all())
        .filter(
            at_site,
            on_product,
            Q(grants__ends_on__isnull=True) | Q(grants__ends_on__gte=clock.today()),
            is_active=True,
            grants__role=role,
            grants__revoked_at__isnull=True,
        )
        .distinct()
    )


def own(actor: Actor) -> User | None:
    """The actor's own account; None for a process of the system."""
    return User.objects.filter(id=actor.id).first() if actor.id else None


def display_name(actor: Actor) -> str:
    """The name of the person who acts, as pages and documents show it; a process has its own."""
    return str(own(actor) or actor.name)


def sessions(actor: Actor) -> QuerySet[Session]:
    """The actor's own running sessions, the one used last first."""
    running = Session.objects.filter(expire_date__gt=clock.now()).defer("session_data")
    return scope.visible(actor, running).order_by("-seen_at", "-expire_date")


def by_link(actor: Actor, key: str, token: str) -> User | None:
    """Whose link to a new password this is; None when it was used, has expired or is nobody's."""
    actor.require(Perm.SYSTEM)
    try:
        row = User.objects.filter(pk=UUID(urlsafe_base64_decode(key).decode())).first()
    except ValueError:
        return None
    good = row is not None and row.is_active and links.check_token(row, token)
    return row if good else None


def tokens(actor: Actor, *, of: User | None = None) -> QuerySet[ApiToken]:
    """The actor's own tokens, newest first; those of another person with USER_WRITE."""
    rows = ApiToken.objects.select_related("use").order_by("-created_at", "id")
    if of is not None and actor.may(Perm.USER_WRITE):
        return rows.filter(user=of)
    return scope.visible(actor, rows)


def living_tokens(actor: Actor) -> QuerySet[ApiToken]:
    """The actor's own tokens that still open the API."""
    return tokens(actor).filter(revoked_at__isnull=True, expires_at__gt=clock.now())


def token(actor: Actor, token_id: UUID | str) -> ApiToken:
    """One token, one's own or with USER_WRITE anybody's; NotFound otherwise."""
    if actor.may(Perm.USER_WRITE):
        return scope.one(Actor.process("accounts"), ApiToken.objects.all(), id=token_id)
    return scope.one(actor, ApiToken.objects.all(), id=token_id)
