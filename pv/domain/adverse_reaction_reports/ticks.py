"""Which squares of the form a case ticks. What it does not say, or says twice, ticks none.

Source: ADR reporting and monitoring measures (Order 81 of 2011), annex 1; ICH E2B(R3) for the
codes.
"""

from collections.abc import Sequence

from pv.domain.cases.causality_opinions import assessed_pairs, opinions
from pv.domain.causality import Assessor, CausalityRules
from pv.domain.cioms import drugs
from pv.domain.cioms.clinical import CRITERIA
from pv.domain.e2b.message import Message, Node

CLASSES = ("new", "serious", "ordinary")
UNITS = ("hospital", "distributor", "manufacturer", "individual", "other")
OUTCOMES = ("recovered", "improved", "not_improved", "unknown", "sequelae", "died")
STOPPED = ("yes", "no", "unclear", "not_stopped")
AGAIN = ("yes", "no", "unclear", "not_again")
EFFECTS = ("no_effect", "longer", "worse", "left_sequelae", "led_to_death")
SOURCES = ("hospital", "distributor", "individual", "literature", "study", "other")
PROFESSIONS = ("physician", "pharmacist", "nurse", "other")
GRADES = ("CERTAIN", "PROBABLE", "POSSIBLE", "UNLIKELY", "CONDITIONAL", "UNASSESSABLE")
_OUTCOME = {  # E.i.7
    "0": "unknown",
    "1": "recovered",
    "2": "improved",
    "3": "not_improved",
    "4": "sequelae",
}
_UNIT = {"1": "manufacturer", "3": "hospital", "7": "individual"}  # C.3.1
_SOURCE = {  # C.1.CN.1
    "1": "other",
    "2": "individual",
    "3": "hospital",
    "4": "distributor",
    "5": "literature",
    "6": "study",
    "7": "other",
    "8": "other",
}
# C.2.r.4. "Other health professional" may be a nurse: neither square is ticked for it.
_PROFESSION = {"1": "physician", "2": "pharmacist", "4": "other", "5": "other"}
_RECURRED = {"1": "yes", "2": "no", "3": "unclear", "4": "not_again"}  # G.k.9.i.4
_FATAL = "5"


def classes(message: Message, serious: bool | None = None) -> set[str]:
    """New where a reaction is unexpected; serious, or ordinary where that is denied.

    `serious` is what the register knows beside the message, which states criteria only.
    """
    reactions = message.each("E.i")
    links = [link for drug in message.each("G.k") for link in drug.each("G.k.9.i")]
    found = {"new"} if any(link.text("G.k.9.i.CN.1") == "1" for link in links) else set()
    answers = [node.text(code) for node in reactions for code in CRITERIA]
    if "true" in answers or serious:
        return found | {"serious"}
    denied = serious is False or (bool(answers) and all(one == "false" for one in answers))
    return found | {"ordinary"} if denied else found


def unit(message: Message) -> set[str]:
    """The kind of who sends the report."""
    kind = message.root.text("C.3.1")
    return {_UNIT.get(kind, "other")} if kind else set()


def source(message: Message) -> set[str]:
    """Where the information came from: as coded for China, else from the kind of the report."""
    coded = message.root.text("C.1.CN.1")
    if coded in _SOURCE:
        return {_SOURCE[coded]}
    if message.each("C.4.r"):
        return {"literature"}
    return {"study"} if message.root.text("C.1.3") == "2" else set()


def profession(reporter: Node) -> set[str]:
    """What a reporter is."""
    known = reporter.text("C.2.r.4")
    return {_PROFESSION[known]} if known in _PROFESSION else set()


def outcome(reactions: Sequence[Node]) -> set[str]:
    """A death before everything else; otherwise the outcome that all reactions share."""
    found = {node.text("E.i.7") for node in reactions}
    if _FATAL in found:
        return {"died"}
    (one,) = found if len(found) == 1 else (None,)
    return {_OUTCOME[one]} if one in _OUTCOME else set()


def _suspects(message: Message) -> list[Node]:
    return [d for d in message.each("G.k") if d.text("G.k.1") != drugs.CONCOMITANT]


def stopped(message: Message) -> set[str]:
    """Dechallenge, where all suspect drugs say the same."""
    reactions = message.each("E.i")
    found = {_stopped(drug, reactions) for drug in _suspects(message)}
    return found - {""} if len(found) == 1 else set()


def _stopped(drug: Node, reactions: Sequence[Node]) -> str:
    action = drug.text("G.k.8")
    if action in ("3", "4"):
        return "not_stopped"
    outcomes = {node.text("E.i.7") for node in reactions}
    if action == "0" or (action in ("1", "2") and outcomes == {"0"}):
        return "unclear"
    answer = drugs.abated(drug, list(reactions))
    return {drugs.Answer.YES: "yes", drugs.Answer.NO: "no"}.get(answer, "")


def again(message: Message) -> set[str]:
    """Rechallenge: any recurrence is yes; otherwise what all pairs share."""
    links = [link for drug in _suspects(message) for link in drug.each("G.k.9.i")]
    found = {answer for link in links if (answer := link.text("G.k.9.i.4"))}
    if "1" in found:
        return {"yes"}
    (one,) = found if len(found) == 1 else (None,)
    return {_RECURRED[one]} if one in _RECURRED else set()


def grades(rules: CausalityRules, message: Message, who: Assessor) -> set[str]:
    """The grades of one assessor over all pairs of suspect drug and reaction."""
    stated = (one for pair in assessed_pairs(message.root) for one in opinions(rules, pair.link))
    return {one.grade.value for one in stated if one.grade is not None and one.assessor is who}
