"""The catalogue of all rules, by id; the one place that puts authorities together.

The product's own machinery; each rule names its authority (domain 6).
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from pv.domain.e2b.checks import china, english, europe, fda, generic, ich, plausibility
from pv.domain.e2b.checks.profiles import Profile
from pv.domain.e2b.checks.rule import Rule
from pv.domain.e2b.checks.table import table_rules


def _catalogue(rules: Iterable[Rule]) -> Mapping[str, Rule]:
    """Rules by id; a rule that another one replaces is not applied in the other's profiles."""
    found: dict[str, Rule] = {}
    for one in rules:
        if one.id in found:
            raise ValueError(f"two rules are called {one.id}")
        found[one.id] = one
    for one in list(found.values()):
        if one.replaces is not None:
            kept = (p for p in Profile if p not in one.severity)
            found[one.replaces] = found[one.replaces].within(*kept)
    return MappingProxyType(found)


_TABLE = table_rules()
_ICH = {one.id: one for one in (*_TABLE, *ich.RULES)}
REGISTRY: Mapping[str, Rule] = _catalogue(
    (
        *_TABLE,
        *ich.RULES,
        *fda.rules(_ICH),
        *china.RULES,
        *europe.RULES,
        *english.RULES,
        *plausibility.RULES,
        *generic.RULES,
    )
)


def rules_for(profile: Profile) -> tuple[Rule, ...]:
    """The rules a receiver's profile applies, in catalogue order."""
    return tuple(one for one in REGISTRY.values() if profile in one.severity)
