"""FDA's numbered rules that say what an ICH rule says; in FDA's profiles they replace it.

Source: domain 6 (FDA's regional requirements and business rules).
"""

from collections.abc import Iterator
from dataclasses import replace

from pv.domain.e2b.checks.fda.numbered import SOURCE, reason_of, severity_of
from pv.domain.e2b.checks.profiles import AMERICA, Profile
from pv.domain.e2b.checks.rule import Authority, Rule

# FDA publishes the last entry without a number.
UNNUMBERED = "UNNUMBERED.C.1.11.2"
_MIRRORED = {
    "R0009": "C.1.6.1.r.1",
    "R0017": "C.1.9.1.r.1",
    "R0018": "C.1.9.1.r.2",
    UNNUMBERED: "C.1.11.2",
    "R0019": "C.2.r.3",
    "R0020": "C.2.r.4",
    "R0021": "C.2.r.5",
    "R0022": "C.3.2",
    "R0023": "C.5.4",
    "R0029": "D.2.2a",
    "R0030": "D.2.2b",
    "R0031": "D.2.2.1a",
    "R0032": "D.2.2.1b",
    "R0033": "D.7.1.r.1a",
    "R0034": "D.7.1.r.1b",
    "R0035": "D.7.2",
    "R0036": "D.8.r.1",
    "R0037": "D.8.r.6a",
    "R0038": "D.8.r.6b",
    "R0039": "D.8.r.7a",
    "R0040": "D.8.r.7b",
    "R0042": "D.9.2.r.1a",
    "R0043": "D.9.2.r.1b",
    "R0045": "D.9.3",
    "R0046": "D.9.4.r.1a",
    "R0047": "D.9.4.r.1b",
    "R0048": "D.9.4.r.2",
    "R0049": "D.10.2.2a",
    "R0050": "D.10.2.2b",
    "R0051": "D.10.6",
    "R0052": "D.10.7.1.r.1a",
    "R0053": "D.10.7.1.r.1b",
    "R0054": "D.10.8.r.6a",
    "R0055": "D.10.8.r.6b",
    "R0056": "D.10.8.r.7a",
    "R0057": "D.10.8.r.7b",
    "R0058": "E.i.1.1b",
    "R0059": "E.i.6a",
    "R0060": "E.i.6b",
    "R0061": "F.r.1",
    "R0062": "F.r.2.1",
    "R0063": "F.r.2.2a",
    "R0067": "F.r.3.3",
    "R0068": "F.r.3.4",
    "R0073": "G.k.2.3.r.3b",
    "R0074": "G.k.3.2",
    "R0075": "G.k.4.r.1b",
    "R0076": "G.k.4.r.3",
    "R0077": "G.k.4.r.6a",
    "R0078": "G.k.4.r.6b",
    "R0079": "G.k.5a",
    "R0080": "G.k.5b",
    "R0081": "G.k.6a",
    "R0082": "G.k.6b",
    "R0083": "G.k.7.r.2a",
    "R0084": "G.k.7.r.2b",
    "R0088": "G.k.9.i.3.1a",
    "R0089": "G.k.9.i.3.1b",
    "R0090": "G.k.9.i.3.2a",
    "R0091": "G.k.9.i.3.2b",
    "R0097": "H.3.r.1a",
    "R0098": "H.3.r.1b",
    "R0099": "H.5.r.1b",
}
# One gap, several numbers: FDA names each element that could have filled it.
_SHARED = {
    "R0064": ("F.r.2.1", "F.r.2.2b"),
    "R0065": ("F.r.3.4", "F.r.3.1"),
    "R0066": ("F.r.3.4", "F.r.3.2"),
}


def _mirror(number: str, same: Rule, element: str, profiles: tuple[Profile, ...]) -> Rule:
    touched = {same.element, *same.touches} - {element}
    return replace(
        same,
        id=f"FDA.{number}",
        authority=Authority.FDA,
        element=element,
        severity=severity_of(number, *profiles),
        reason=reason_of(number),
        source=SOURCE.format(number=number),
        touches=tuple(sorted(touched)),
        replaces=same.id,
    )


def rules(ich: dict[str, Rule]) -> Iterator[Rule]:
    """The mirrored rules, made from ICH's rules by id."""
    for number, element in _MIRRORED.items():
        yield _mirror(number, ich[f"ICH.{element}.REQ"], element, AMERICA)
    for number, (same, element) in _SHARED.items():
        yield _mirror(number, ich[f"ICH.{same}.REQ"], element, AMERICA)
    yield _mirror("R0069", ich["ICH.G.k.1.SUSPECT"], "G.k.1", (Profile.FDA,))
