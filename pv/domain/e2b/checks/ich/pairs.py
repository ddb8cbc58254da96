"""ICH rules of the form "when this element is given, that one must be given too".

Source: domain 6 (ICH E2B(R3) implementation guide).
"""

from pv.domain.e2b.checks.instances import GroupInstance, MessageFacts
from pv.domain.e2b.checks.profiles import EVERYONE, Profile, Severity, errors, warnings
from pv.domain.e2b.checks.rule import Authority, CheckKind, Rule, Text, rule
from pv.domain.e2b.elements import ELEMENTS

_BOTH_WAYS = (
    "C.1.11.1 C.1.11.2",
    "D.2.2a D.2.2b",
    "D.2.2.1a D.2.2.1b",
    "D.7.1.r.1a D.7.1.r.1b",
    "D.8.r.2a D.8.r.2b",
    "D.8.r.3a D.8.r.3b",
    "D.8.r.6a D.8.r.6b",
    "D.8.r.7a D.8.r.7b",
    "D.9.2.r.1a D.9.2.r.1b",
    "D.9.4.r.1a D.9.4.r.1b",
    "D.10.2.2a D.10.2.2b",
    "D.10.7.1.r.1a D.10.7.1.r.1b",
    "D.10.8.r.6a D.10.8.r.6b",
    "D.10.8.r.7a D.10.8.r.7b",
    "E.i.6a E.i.6b",
    "F.r.2.2a F.r.2.2b",
    "G.k.2.1.1a G.k.2.1.1b",
    "G.k.2.1.2a G.k.2.1.2b",
    "G.k.4.r.6a G.k.4.r.6b",
    "G.k.5a G.k.5b",
    "G.k.6a G.k.6b",
    "G.k.7.r.2a G.k.7.r.2b",
    "G.k.9.i.3.1a G.k.9.i.3.1b",
    "G.k.9.i.3.2a G.k.9.i.3.2b",
    "H.3.r.1a H.3.r.1b",
)
_ONE_WAY = (
    "D.9.1 D.9.3",
    "D.9.4.r.1b D.9.4.r.2",
    "E.i.1.1a E.i.1.1b",
    "F.r.3.2 F.r.3.3",
    "G.k.2.3.r.3a G.k.2.3.r.3b",
    "G.k.3.1 G.k.3.2",
    "G.k.4.r.1a G.k.4.r.1b",
    "G.k.4.r.2 G.k.4.r.3",
    "H.5.r.1a H.5.r.1b",
)
# ICH calls these optional on both sides; a code without the version of its list still says little.
_VERSIONED = (
    "D.10.8.r.2b D.10.8.r.2a",
    "D.10.8.r.3b D.10.8.r.3a",
    "G.k.2.3.r.2b G.k.2.3.r.2a",
    "G.k.4.r.9.2b G.k.4.r.9.2a",
    "G.k.4.r.10.2b G.k.4.r.10.2a",
    "G.k.4.r.11.2b G.k.4.r.11.2a",
)


def needs(
    authority: Authority,
    given: str,
    needed: str,
    *,
    name: str = "REQ",
    severity: dict[Profile, Severity] | None = None,
    reason: Text | None = None,
) -> Rule:
    """The rule that ``needed`` must be given in an instance where ``given`` is."""
    one, other = ELEMENTS[given], ELEMENTS[needed]

    def broken(_: MessageFacts, place: GroupInstance) -> bool:
        return place.has(given) and not place.has(needed)

    return rule(
        authority,
        needed,
        name,
        broken,
        f"{one.name_en} ({given}) is given, so {other.name_en} ({needed}) must be given.",
        f"已填写 {given}（{one.name_zh}），必须同时填写 {needed}（{other.name_zh}）。",
        kind=CheckKind.CONDITIONAL,
        scope=one.group,
        severity=errors(*EVERYONE) if severity is None else severity,
        touches=(given,),
        reason=reason,
        pair=(given, needed),
    )


def _pairs() -> tuple[Rule, ...]:
    found: list[Rule] = []
    for pair in _BOTH_WAYS:
        one, other = pair.split()
        found += [needs(Authority.ICH, one, other), needs(Authority.ICH, other, one)]
    for pair in _ONE_WAY:
        one, other = pair.split()
        found.append(needs(Authority.ICH, one, other))
    for pair in _VERSIONED:
        one, other = pair.split()
        found.append(needs(Authority.EW, one, other, name="VERSION", severity=warnings(*EVERYONE)))
    return tuple(found)


RULES: tuple[Rule, ...] = _pairs()
