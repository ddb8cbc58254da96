"""What a person reaches, as keys the policies compare with the site and product of a row.

A grant of site S and product P is the keys `S/P`, `sS` and `pP`; `*` stands for all. A row asks
for `S/P`, `S/*`, `*/P` or `*/*`; a row without a product asks for `sS` or `s*`.
"""

from collections.abc import Iterable
from enum import StrEnum
from uuid import UUID

from followup.core.actor import Actor, Grant
from followup.core.permissions import ROLES, Basis, Perm

# The setting with all keys of a person, by which a row may be written; a setting without keys.
EVERYWHERE, NONE = "any", "{}"


class Group(StrEnum):
    """Tables that are read together: a list of visits names patients, a case names events."""

    CLINICAL = "clinical"
    IDENTITY = "identity"
    CASES = "cases"
    HOLDER = "holder"
    AUDIT = "audit"
    USERS = "users"
    PRIVACY = "privacy"


_CASES = frozenset(
    {
        Perm.CASE_READ,
        Perm.CASE_WRITE,
        Perm.CASE_ASSESS,
        Perm.ICSR_EXPORT,
        Perm.ICSR_IMPORT,
        Perm.REPORT_READ,
        Perm.REPORT_WRITE,
    }
)
_HOLDER = frozenset(
    {Perm.COMMITMENT_READ, Perm.COMMITMENT_WRITE, Perm.REPORT_READ, Perm.REPORT_WRITE}
)
OPENED_BY: dict[Group, frozenset[Perm]] = {
    Group.CLINICAL: frozenset(
        {
            Perm.PATIENT_READ,
            Perm.PATIENT_WRITE,
            Perm.VISIT_READ,
            Perm.VISIT_WRITE,
            Perm.EVENT_READ,
            Perm.EVENT_WRITE,
            Perm.SAMPLE_READ,
            Perm.SAMPLE_WRITE,
        }
    )
    | _CASES
    | _HOLDER,
    Group.IDENTITY: frozenset({Perm.IDENTITY_READ, Perm.IDENTITY_WRITE}),
    Group.CASES: _CASES,
    Group.HOLDER: _HOLDER,
    Group.AUDIT: frozenset({Perm.AUDIT_READ, Perm.AUDIT_REVIEW}),
    Group.USERS: frozenset({Perm.USER_READ, Perm.USER_WRITE}),
    Group.PRIVACY: frozenset({Perm.PRIVACY_READ, Perm.PRIVACY_REVIEW, Perm.PRIVACY_WRITE}),
}
_OF_READ = {
    Perm.PATIENT_READ: Group.CLINICAL,
    Perm.VISIT_READ: Group.CLINICAL,
    Perm.EVENT_READ: Group.CLINICAL,
    Perm.SAMPLE_READ: Group.CLINICAL,
    Perm.IDENTITY_READ: Group.IDENTITY,
    Perm.CASE_READ: Group.CASES,
    Perm.COMMITMENT_READ: Group.HOLDER,
    Perm.REPORT_READ: Group.HOLDER,
    Perm.AUDIT_READ: Group.AUDIT,
    Perm.USER_READ: Group.USERS,
    Perm.PRIVACY_READ: Group.PRIVACY,
}


# A table read by any other permission is in a group of its own.
_GROUPED = frozenset[Perm]().union(*OPENED_BY.values())
_ALONE = {
    perm: perm.value.replace(".", "_")
    for perm in Perm
    if perm not in _GROUPED and perm is not Perm.SYSTEM
}
_GROUPS: dict[str, frozenset[Perm]] = {group.value: perms for group, perms in OPENED_BY.items()} | {
    name: frozenset({perm}) for perm, name in _ALONE.items()
}


def group_of(read: Perm) -> str | None:
    """The group of tables read by a permission; None for what only the system reads."""
    return None if read is Perm.SYSTEM else str(_OF_READ.get(read) or _ALONE[read])


def also(held: str, sites: Iterable[UUID]) -> str:
    """Keys with those of whole sites added."""
    added = sorted(key for site in sites for key in (f"s{site}", f"{site}/*"))
    return "{" + ",".join([*filter(None, held.strip("{}").split(",")), *added]) + "}"


def _keys(grants: Iterable[Grant]) -> str:
    keys = set()
    for grant in grants:
        site = "*" if grant.all_sites else str(grant.site)
        product = "*" if grant.all_products else str(grant.product)
        keys |= {f"{site}/{product}", f"s{site}", f"p{product}"}
    return "{" + ",".join(sorted(keys)) + "}"


def of(actor: Actor) -> dict[str, str]:
    """The settings of the session that carry the reach of a person, all of them each time.

    `<group>` holds the keys that ask nothing of the patient, `<group>_owed` those that ask for the
    patient's consent or a reported event, `any` all keys: where a person may write.
    """
    held = [g for g in actor.grants if actor.limit is None or _left(actor, g)]
    found = {EVERYWHERE: _keys(held)}
    for group, perms in _GROUPS.items():
        opening = [g for g in held if any(g in actor.granting(perm) for perm in perms)]
        care = [g for g in opening if ROLES[g.role].basis is Basis.CARE]
        found[group] = _keys(care)
        found[f"{group}_owed"] = _keys(g for g in opening if g not in care)
    return found


def _left(actor: Actor, grant: Grant) -> bool:
    return any(grant.allows(perm) for perm in actor.limit or ())
