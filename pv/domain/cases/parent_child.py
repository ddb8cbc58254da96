"""A report on a child or foetus exposed through a parent: when it is one, what it is made of.

Source: ICH E2B(R3) implementation guide, D (parent-child report), D.10, C.1.10.r and G.k.4.r.11: a
child or foetus with a reaction of its own is the patient and the parent is described in D.10; where
the parent has one too, there are two reports that name each other; foetal demise and early
spontaneous abortion are reported on the parent alone, and so is an exposure without a reaction.
"""

import re
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from followup.domain.dates import PartialDate
from pv.domain.cases.icsr_builder import CRITERIA, SEX, moment
from pv.domain.e2b.message import DRUG_GROUP, MATRIX_GROUP, MATRIX_REACTION, Node, Null, Value
from pv.domain.e2b.text_lengths import fitted


class Exposure(StrEnum):
    """How the child was exposed through a parent."""

    PREGNANCY = "pregnancy"
    BREAST_FEEDING = "breast_feeding"


class ReportOn(StrEnum):
    """Whose report it is."""

    PARENT = "parent"
    CHILD = "child"


def reports(*, child_reaction: bool, parent_reaction: bool, demise: bool) -> frozenset[ReportOn]:
    """On whom there is a report of an exposure through a parent.

    `demise`: the foetus died or the pregnancy was lost; an exposure without any reaction is the
    parent's report too.
    """
    if demise or not child_reaction:
        return frozenset({ReportOn.PARENT})
    if parent_reaction:
        return frozenset({ReportOn.PARENT, ReportOn.CHILD})
    return frozenset({ReportOn.CHILD})


@dataclass(frozen=True, slots=True)
class ChildReport:
    """What is known of the child or foetus; empty or None: not known. `gestation` in weeks."""

    exposure: Exposure
    foetus: bool
    verbatim: str
    language: str  # ISO 639-2 of the words
    outcome: str  # code list of E.i.7
    criteria: frozenset[str]
    sex: str = ""
    born: PartialDate | None = None
    gestation: int | None = None
    onset: PartialDate | None = None


# Of the parent's report these say who reported, in which article or study, and who sends.
_SHARED = ("C.1.3", "C.1.CN.1", "C.1.CN.2", "C.1.CN.3")
_SHARED_SECTIONS = ("C.3.", "C.5.", "FDA.C.5.")
_SHARED_GROUPS = ("C.2.r", "C.4.r", "C.5.1.r", "FDA.C.5.6.r")
_FOETUS = "0"  # D.2.3
_FEMALE = SEX["FEMALE"]
_ROUTES = {Exposure.PREGNANCY: "经胎盘", Exposure.BREAST_FEEDING: "经乳汁"}
# The age of the parent (D.10.2.2) is that at the child's reaction, which the parent's report on
# another day does not say.
_PARENT = {
    "D.1": "D.10.1",
    "D.2.1": "D.10.2.1",
    "D.6": "D.10.3",
    "D.3": "D.10.4",
    "D.4": "D.10.5",
    "D.5": "D.10.6",
    "D.7.2": "D.10.7.2",
}
_NULLS = {
    "D.10.1": frozenset({"MSK", "UNK", "ASKU", "NASK"}),
    "D.10.2.1": frozenset({"MSK", "ASKU", "NASK"}),
    "D.10.3": frozenset({"MSK", "ASKU", "NASK"}),
    "D.10.6": frozenset({"MSK", "UNK", "ASKU", "NASK"}),
}
_NO_FAMILY_HISTORY = "D.7.1.r.6"  # of the parent there is no such element
# By instance path: a value of a drug but for its pairs with reactions; the route of a dose.
_DRUG = re.compile(r"G\.k\[\d+\]\.(?!9\.i)")
_ROUTE = re.compile(r"(\.4\.r\[\d+\])\.10\.")
_HISTORIES = {"D.7.1.r": "D.10.7.1.r", "D.8.r": "D.10.8.r"}
_HISTORY_NULLS = {"D.8.r.1": frozenset[str]()}


def compose_child(
    parent: Node,
    child: ChildReport,
    *,
    worldwide_id: str,
    aware_on: date,
    at: datetime,
) -> Node:
    """The first version of the report on the child, out of the report on the parent."""
    root = Node("")
    day = aware_on.strftime("%Y%m%d")
    root.values |= {code: parent.values[code] for code in _SHARED if code in parent.values}
    root.values |= {c: v for c, v in parent.values.items() if c.startswith(_SHARED_SECTIONS)}
    root.values |= {"C.1.1": worldwide_id, "C.1.8.1": worldwide_id, "C.1.2": moment(at)}
    root.values |= {"C.1.4": day, "C.1.5": day, "C.1.6.1": "false", "C.1.9.1": Null("NI")}
    root.values["C.1.8.2"] = "2"  # nobody sent it before us, whoever first sent the parent's
    for group in _SHARED_GROUPS:
        for node in parent.each(group):
            root.groups.setdefault(group, []).append(deepcopy(node))
    _child(root, child)
    if hospital := parent.values.get("D.CN.3"):
        root.values["D.CN.3"] = hospital
    describe_parent(root, parent)
    country = next((e.text("E.i.9") for e in parent.each("E.i") if e.text("E.i.9")), None)
    reaction = _reaction(root, child, f"{worldwide_id}-e1", country)
    for number, drug in enumerate(parent.each(DRUG_GROUP), 1):
        through = child.exposure if parent.text("D.5") == _FEMALE else None
        _drug(root, drug, f"{worldwide_id}-d{number}", reaction, through)
    return root


def _child(root: Node, child: ChildReport) -> None:
    values = root.values
    values["D.1"], values["D.7.2"] = Null("MSK"), Null("UNK")
    values["D.5"] = SEX.get(child.sex) or Null("UNK")
    if child.foetus:
        values["D.2.3"] = _FOETUS
        if child.gestation is not None:
            values["D.2.2.1a"], values["D.2.2.1b"] = str(child.gestation), "wk"
    elif child.born is not None:
        values["D.2.1"] = child.born.e2b()


def describe_parent(root: Node, parent: Node) -> None:
    """Section D.10 of a child's report from section D of the report on the parent."""
    for code, target in _PARENT.items():
        value = parent.values.get(code)
        if value is not None and _fits(value, _NULLS.get(target, frozenset())):
            root.values[target] = value
    for group, target in _HISTORIES.items():
        for node in parent.each(group):
            values = {
                target + code[len(group) :]: value
                for code, value in node.values.items()
                if code.startswith(f"{group}.")
                and code != _NO_FAMILY_HISTORY
                and ".EU." not in code
                and _fits(value, _HISTORY_NULLS.get(code, _NULLS["D.10.6"]))
            }
            if values:
                root.add(target).values |= values


def of_correction(changed: Mapping[str, Value | None]) -> dict[str, Value | None]:
    """What was corrected of the parent's report as the child's has it, both by instance path.

    The parent is described in D.10; the drug is the same, its route in the parent is that of
    G.k.4.r.11. None is a value that is told no more. Nothing else of it is the child's.
    """
    found: dict[str, Value | None] = {}
    for path, value in changed.items():
        if target := _PARENT.get(path):
            fits = value is not None and _fits(value, _NULLS.get(target, frozenset()))
            found[target] = value if fits else None
        elif _DRUG.match(path):
            found[_ROUTE.sub(r"\1.11.", path)] = value
    return found


def _fits(value: Value, nulls: frozenset[str]) -> bool:
    return not isinstance(value, Null) or value.flavor in nulls


def _reaction(root: Node, child: ChildReport, name: str, country: str | None) -> Node:
    node = root.add("E.i", name)
    node.values |= {"E.i.1.1a": fitted(child.verbatim, 250), "E.i.1.1b": child.language}
    for criterion, code in CRITERIA.items():
        node.values[code] = "true" if criterion in child.criteria else Null("NI")
    if child.onset is not None:
        node.values["E.i.4"] = child.onset.e2b()
    node.values["E.i.7"] = child.outcome
    if country:
        node.values["E.i.9"] = country
    return node


def _drug(root: Node, drug: Node, name: str, reaction: Node, through: Exposure | None) -> None:
    """The parent's drug: its route is the parent's, the child's is the way of the exposure."""
    copy = deepcopy(drug)
    copy.id = name
    copy.groups.pop(MATRIX_GROUP, None)
    for dose in copy.each("G.k.4.r"):
        for mine, theirs in (("10.1", "11.1"), ("10.2a", "11.2a"), ("10.2b", "11.2b")):
            value = dose.values.pop(f"G.k.4.r.{mine}", None)
            if value is not None:
                dose.values[f"G.k.4.r.{theirs}"] = value
        if through is not None:
            dose.values["G.k.4.r.10.1"] = _ROUTES[through]
    root.groups.setdefault(DRUG_GROUP, []).append(copy)
    if copy.text("G.k.1") in ("1", "3"):
        copy.add(MATRIX_GROUP).values[MATRIX_REACTION] = reaction.id or ""
