"""Lengths FDA allows where they differ from ICH's.

Source: domain 6 (FDA's regional requirements and business rules).
"""

from dataclasses import replace

from pv.domain.e2b.checks.profiles import AMERICA, errors
from pv.domain.e2b.checks.rule import Authority, Rule
from pv.domain.e2b.checks.values import length_rule
from pv.domain.e2b.elements import ELEMENTS

_LENGTHS = {
    "D.8.r.2a": 20,
    "D.8.r.2b": 20,
    "D.10.8.r.2b": 20,
    "G.k.2.1.1a": 20,
    "G.k.2.1.1b": 20,
    "G.k.4.r.9.2a": 25,
    "G.k.4.r.9.2b": 15,
    "G.k.4.r.10.2a": 25,
    "G.k.4.r.10.2b": 15,
    "G.k.4.r.11.2a": 25,
    "G.k.4.r.11.2b": 15,
}


def _rule(code: str, limit: int) -> Rule:
    made = length_rule(ELEMENTS[code], limit, errors(*AMERICA), Authority.FDA)
    return replace(
        made,
        replaces=f"ICH.{code}.LEN",
        source="FDA E2B(R3) core and regional data elements, maximum length",
    )


RULES: tuple[Rule, ...] = tuple(_rule(code, limit) for code, limit in _LENGTHS.items())
