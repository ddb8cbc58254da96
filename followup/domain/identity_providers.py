"""Single sign-on: what the claims of a provider say of a person, and what groups speak for.

OpenID Connect Core 1.0 (sections 2 and 5.1) names the claims; that groups propose rights and never
give them is the product's own rule.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

LONGEST_SUBJECT = 255  # OpenID Connect Core, section 2
MOST_GROUPS, LONGEST_GROUP = 200, 200


@dataclass(frozen=True, slots=True)
class Extent:
    """A role at a site for a product; None stands for all of them, as the grant says so itself."""

    role: str
    site: UUID | None
    product: UUID | None


@dataclass(frozen=True, slots=True)
class Proposals:
    """What the groups of a person speak for: rights to ask for, rights to ask the end of."""

    give: frozenset[Extent]
    end: frozenset[Extent]

    def __bool__(self) -> bool:
        return bool(self.give or self.end)


def subject(claims: Mapping[str, Any], claim: str) -> str:
    """The number of a person at the provider, to the letter; empty when there is no usable one.

    An employee number may come as a number of JSON.
    """
    value = claims.get(claim)
    if type(value) is int:
        return str(value)
    if not isinstance(value, str) or value != value.strip() or "\x00" in value:
        return ""
    return value if len(value) <= LONGEST_SUBJECT else ""


def groups(claims: Mapping[str, Any], claim: str) -> tuple[str, ...]:
    """The groups of a person at the provider, sorted; what is no text or too long is left out."""
    value = claims.get(claim) if claim else None
    listed: Iterable[Any] = (value,) if isinstance(value, str) else value or ()
    if not isinstance(listed, list | tuple):
        return ()
    texts = {text for text in listed if isinstance(text, str) and "\x00" not in text}
    kept = sorted(text for text in texts if 0 < len(text) <= LONGEST_GROUP)
    return tuple(kept[:MOST_GROUPS])


def states_groups(claims: Mapping[str, Any], claim: str) -> bool:
    """Whether the provider said of which groups the person is, none included.

    A claim that is missing or no list is not "no group": providers leave it out for somebody with
    more groups than a token holds. Nor is a list that is longer than what is kept the whole.
    """
    value = claims.get(claim) if claim else None
    return isinstance(value, str) or (isinstance(value, list) and len(value) <= MOST_GROUPS)


def states_second_factor(claims: Mapping[str, Any], accepted: Collection[str]) -> bool:
    """Whether the provider says it asked for a second factor in one of the accepted words.

    `amr` is a list of methods (RFC 8176), `acr` one class of the whole sign-in.
    """
    methods = claims.get("amr")
    stated = [*(methods if isinstance(methods, list) else ()), claims.get("acr")]
    return not set(accepted).isdisjoint(text for text in stated if isinstance(text, str))


def proposals(
    rules: Iterable[tuple[str, Extent]], held_groups: Collection[str], rights: Collection[Extent]
) -> Proposals:
    """What the rules (group, right) say of a person with these groups and these rights.

    Only a right that a rule names is proposed for its end: what was given by hand stays.
    """
    listed = list(rules)
    wanted = {extent for group, extent in listed if group in held_groups}
    ruled = {extent for _group, extent in listed}
    return Proposals(
        give=frozenset(wanted - set(rights)), end=frozenset((ruled & set(rights)) - wanted)
    )
