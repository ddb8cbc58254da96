"""How a rule about one value is written, and whose rule it is by the element's region.

The product's own machinery; each rule names its authority (domain 6).
"""

from pv.domain.e2b.checks.profiles import Profile, Severity, errors, receivers, warnings
from pv.domain.e2b.checks.rule import (
    GUIDE,
    Authority,
    CheckKind,
    Rule,
    Text,
    ValueTest,
    reason_for,
    rule_id,
)
from pv.domain.e2b.elements import Element
from pv.domain.e2b.elements import Profile as Region

AUTHORITIES = {
    Region.ICH: Authority.ICH,
    Region.NMPA: Authority.NMPA,
    Region.FDA: Authority.FDA,
    Region.EU: Authority.EMA,
}
_SOURCES = {
    Region.ICH: GUIDE,
    Region.NMPA: "NMPA regional guide of 2019-11-22 as three implementations read it",
    Region.FDA: "FDA regional data elements of E2B(R3)",
    Region.EU: "EU regional elements as far as known",
}
_CONFIRMED = (Region.ICH, Region.FDA)


def home(element: Element) -> Region:
    """The region an element comes from; ICH when all know it."""
    return element.home


def severity_of(element: Element, *, warn: bool = False) -> dict[Profile, Severity]:
    """An error for the receivers that read the element; a warning where text is not confirmed."""
    of = home(element)
    profiles = receivers(of)
    return warnings(*profiles) if warn or of not in _CONFIRMED else errors(*profiles)


def value_rule(
    element: Element,
    kind: CheckKind,
    name: str,
    en: str,
    zh: str,
    *,
    test: ValueTest | None = None,
    limit: int | None = None,
    allowed: tuple[str, ...] = (),
    severity: dict[Profile, Severity] | None = None,
    authority: Authority | None = None,
) -> Rule:
    """A rule about one value; ``en`` and ``zh`` follow the element's name and code."""
    of = home(element)
    authority = authority or AUTHORITIES[of]
    return Rule(
        id=rule_id(authority, element.code, name),
        authority=authority,
        element=element.code,
        kind=kind,
        severity=severity_of(element) if severity is None else severity,
        text=Text(
            f"{element.name_en} ({element.code}) {en}.",
            f"{element.code}（{element.name_zh}）{zh}。",
        ),
        reason=reason_for(kind),
        source=_SOURCES[of],
        confirmed=of in _CONFIRMED,
        test=test,
        limit=limit,
        allowed=allowed,
    )


def length_rule(
    element: Element,
    limit: int,
    severity: dict[Profile, Severity] | None = None,
    authority: Authority | None = None,
) -> Rule:
    """The rule that a value holds at most ``limit`` characters."""
    return value_rule(
        element,
        CheckKind.LENGTH,
        "LEN",
        f"holds at most {limit} characters",
        f"最多 {limit} 个字符",
        limit=limit,
        severity=severity,
        authority=authority,
    )
