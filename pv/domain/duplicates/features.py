"""What the search for duplicates compares of a case, and the keys it is found by.

The product's own rule, after ICH E2B(R3) element names; weights and keys are reference data.
"""

import hashlib
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from followup.domain.dates import PartialDate
from pv.domain.duplicates.candidates import block_keys
from pv.domain.duplicates.comparison import FieldKind, Value
from pv.domain.duplicates.scoring import DuplicateRules, Report
from pv.domain.e2b.days import day_of
from pv.domain.e2b.message import Node

_YEARS = frozenset({"a", "801"})


def features(
    root: Node, *, names: Sequence[str], product: str = "", site: str = "", person: str = ""
) -> Report:
    """The comparable values of a message; what it does not say is missing, never a guess.

    `names` are the identifiers of the case, `person` the key of the patient where he is one of
    ours. Values the register knows stand before what the message says of them.
    """
    reactions, drugs = root.each("E.i"), root.each("G.k")
    suspects = [drug for drug in drugs if drug.text("G.k.1") in ("1", "3")] or drugs
    doses = [dose for drug in suspects for dose in drug.each("G.k.4.r")]
    first = reactions[0] if reactions else None
    terms = {text for node in reactions for text in (_term(node),) if text}
    values: dict[str, Value] = {
        "report_ids": frozenset(names) or None,
        "person_key": person or None,
        "initials": _initials(root),
        "birth_date": day_of(root.text("D.2.1")),
        "age_years": _age(root),
        "sex": root.text("D.5"),
        "country": first.text("E.i.9") if first else None,
        "site_key": site or None,
        "product_code": product or next(_texts(suspects, "G.k.2.2"), None),
        "lot": next(_texts(doses, "G.k.4.r.7"), None),
        "infused_on": day_of(next(_texts(doses, "G.k.4.r.4"), None)),
        "terms": frozenset(terms) or None,
        "onset": day_of(first.text("E.i.4")) if first else None,
        "died_on": day_of(root.text("D.9.1")),
        "outcome": first.text("E.i.7") if first else None,
    }
    return {code: value for code, value in values.items() if value is not None}


def _texts(nodes: Sequence[Node], element: str) -> Any:
    return (text for node in nodes if (text := node.text(element)))


def _term(node: Node) -> str:
    return node.text("E.i.2.1b") or (node.text("E.i.1.1a") or "").strip().casefold()


def _initials(root: Node) -> str | None:
    """D.1 where it says initials; a masked name says nothing."""
    text = root.text("D.1")
    return text if text and len(text) <= 10 else None


def _age(root: Node) -> Decimal | None:
    if (root.text("D.2.2b") or "") not in _YEARS:
        return None
    try:
        return Decimal(root.text("D.2.2a") or "")
    except InvalidOperation:
        return None


def to_data(report: Report) -> dict[str, Any]:
    """The values as JSON keeps them."""
    return {code: _plain(value) for code, value in report.items()}


def _plain(value: Value) -> Any:
    if isinstance(value, frozenset):
        return sorted(value)
    return value.isoformat() if isinstance(value, PartialDate) else str(value)


def from_data(rules: DuplicateRules, data: Mapping[str, Any]) -> Report:
    """The values as they are compared; a field the rules no longer know is left out."""
    kinds = {rule.code: rule.kind for rule in rules.fields}
    return {code: _value(kinds[code], value) for code, value in data.items() if code in kinds}


def _value(kind: FieldKind, value: Any) -> Value:
    if kind is FieldKind.DATE:
        return PartialDate.from_iso(value)
    if kind is FieldKind.NUMBER:
        return Decimal(value)
    return frozenset(value) if isinstance(value, list) else str(value)


def search_keys(report: Report, blocking: Sequence[Sequence[str]]) -> list[str]:
    """A short digest for each block the report lies in: two that share none are not compared."""
    found = {
        hashlib.blake2b(repr((number, *key)).encode(), digest_size=8).hexdigest()
        for number, fields in enumerate(blocking)
        for key in block_keys([report.get(field) for field in fields])
    }
    return sorted(found)
