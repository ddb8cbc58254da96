"""Who acts: an immutable actor with grants of role by site by product."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from followup.core.permissions import ROLES, Perm, Role
from followup.core.problems import Denied

AUTOMATIC = "system:"  # how the system is named where it acts without a person


@dataclass(frozen=True, slots=True)
class Grant:
    """A role at one site or all sites, for one product or all products. None never means all."""

    role: Role
    site: UUID | None = None
    product: UUID | None = None
    all_sites: bool = False
    all_products: bool = False
    ends_on: date | None = None  # its last day

    def allows(self, perm: Perm) -> bool:
        """Whether the role of this grant holds the permission."""
        return perm in ROLES[self.role].permissions

    def covers(self, site: UUID | None, product: UUID | None) -> bool:
        """Whether a row with these keys lies inside; a key the row does not carry is no bar."""
        at_site = self.all_sites or site is None or site == self.site
        on_product = self.all_products or product is None or product == self.product
        return at_site and on_product


@dataclass(frozen=True, slots=True)
class Actor:
    """The person or named system process behind every read and write.

    `limit` takes permissions away and never gives any.
    """

    id: UUID | None
    name: str
    grants: tuple[Grant, ...] = ()
    language: str = "zh-hans"
    request_id: str = ""
    system: bool = False
    roles: frozenset[Role] = field(default_factory=frozenset)
    limit: frozenset[Perm] | None = None  # of a token that may do less than its owner

    @staticmethod
    def process(name: str, *, request_id: str = "") -> "Actor":
        """A named process of the system itself (the sweep, a loader), which sees every row."""
        return Actor(id=None, name=f"{AUTOMATIC}{name}", system=True, request_id=request_id)

    @property
    def permissions(self) -> frozenset[Perm]:
        """All permissions of all grants."""
        if self.system:
            return frozenset(Perm)
        held = frozenset(p for grant in self.grants for p in ROLES[grant.role].permissions)
        return held if self.limit is None else held & self.limit

    def granting(self, perm: Perm) -> Iterable[Grant]:
        """The grants whose role holds the permission."""
        if self.limit is not None and perm not in self.limit:
            return ()
        return (grant for grant in self.grants if grant.allows(perm))

    def may(self, perm: Perm, *, site: UUID | None = None, product: UUID | None = None) -> bool:
        """Whether the actor holds the permission for a row with these keys."""
        own = perm is Perm.OWN_ACCOUNT and self.id is not None and self.limit is None
        if self.system or own:
            return True  # a new account without a role still chooses its password and its factor
        return any(grant.covers(site, product) for grant in self.granting(perm))

    def require(self, perm: Perm, *, site: UUID | None = None, product: UUID | None = None) -> None:
        """Raise Denied unless `may`."""
        if not self.may(perm, site=site, product=product):
            raise Denied(perm)
