"""What CDISC's rules engine is told of a package, and what its answers come to.

Read by core_engine in a Python of the engine's own, so it imports nothing of the product. A rule
that met no data set it could be asked of is not one that passed.
"""

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

NAMESPACES = {
    "odm": "http://www.cdisc.org/ns/odm/v1.3",
    "def": "http://www.cdisc.org/ns/def/v2.1",
}


def classes(define: Path) -> list[dict[str, Any]]:
    """The classes of define.xml with the data sets of each, as the engine's library has them."""
    known: dict[str, list[dict[str, str]]] = {}
    root = ElementTree.parse(define).getroot()
    for group in root.iterfind(".//odm:ItemGroupDef", NAMESPACES):
        of_class = group.find("def:Class", NAMESPACES)
        if of_class is not None:
            known.setdefault(of_class.get("Name", ""), []).append({"name": group.get("Name", "")})
    return [{"name": name, "datasets": rows} for name, rows in known.items()]


def holds(rule: dict[str, Any], standard: str, version: str) -> bool:
    """Whether a rule is one of a version of a standard, such as SDTMIG 3.4."""
    standards = [
        (each.get("Name", "").lower(), each.get("Version"))
        for authority in rule.get("Authorities", [])
        for each in authority.get("Standards", [])
    ]
    return (standard.lower(), version) in standards


def outcome(results: list[dict[str, Any]]) -> tuple[str, list[dict[str, Any]]]:
    """What a rule came to over all data sets, and what it reports."""
    states = {each.get("executionStatus") for each in results}
    reported = [each for each in results if each.get("executionStatus") == "issue reported"]
    for state in ("issue reported", "execution error", "success"):
        if state in states:
            return state, reported
    told = "; ".join(reasons(results))
    return (f"not run: {told}" if told else "outside scope"), reported


def reasons(results: list[dict[str, Any]]) -> list[str]:
    """What a rule asked for and did not get, in the engine's words, each once."""
    told = {error.get("error") for each in results for error in each.get("errors", []) if error}
    return sorted(str(one) for one in told - {"Outside scope", None})


def summary(report: dict[str, Any], about: dict[str, str]) -> str:
    """The report in words, for people: what was asked, what reported, and what was not run.

    A rule that is not in the folder was not run either, and only the folder's own are counted.
    """
    by_state: dict[str, list[str]] = {}
    for code, state in sorted(report["rules"].items()):
        by_state.setdefault(state.partition(":")[0], []).append(f"{code}  {state}")
    lines = ["Conformance check by the rules of CDISC (CORE)", ""]
    lines += [f"{name}: {value}" for name, value in about.items()]
    lines += [f"Rules asked: {len(report['rules'])} of the folder; rules outside it were not run."]
    lines += [f"  {state}: {len(codes)}" for state, codes in sorted(by_state.items())]
    lines += ["Tables of CDISC's library (terminology, variables of the guide) were not at hand."]
    for state, title in (
        ("issue reported", "Reported"),
        ("not run", "Not run, and what they asked for"),
        ("execution error", "Not run: the engine failed"),
    ):
        if codes := by_state.get(state):
            lines += ["", title, *(f"  {code}" for code in codes)]
    return "\n".join(lines) + "\n"
