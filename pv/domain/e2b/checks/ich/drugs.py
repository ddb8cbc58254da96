"""ICH rules of section G: drugs, their roles, substances, indications and assessments.

Source: domain 6 (ICH E2B(R3) implementation guide).
"""

from pv.domain.e2b.checks.instances import GroupInstance, MessageFacts
from pv.domain.e2b.checks.profiles import EVERYONE, warnings
from pv.domain.e2b.checks.rule import Authority, CheckKind, Rule, rule

SUSPECT_OR_NOT_GIVEN = frozenset("134")


def _unknown_reaction(facts: MessageFacts, place: GroupInstance) -> bool:
    reaction = place.text("G.k.9.i.1")
    return reaction is None or all(event.node.id != reaction for event in facts.each("E.i"))


RULES: tuple[Rule, ...] = (
    rule(
        Authority.ICH,
        "G.k",
        "REQ",
        lambda facts, _: not facts.each("G.k"),
        "At least one drug (G.k) must be given.",
        "至少应有一个药品（G.k）。",
        kind=CheckKind.REQUIRED,
    ),
    rule(
        Authority.ICH,
        "G.k.1",
        "SUSPECT",
        lambda facts, _: (
            bool(facts.each("G.k"))
            and not any(drug.text("G.k.1") in SUSPECT_OR_NOT_GIVEN for drug in facts.each("G.k"))
        ),
        "At least one drug must be suspect, interacting or not administered (G.k.1 is 1, 3 or 4).",
        "至少应有一个药品为怀疑、相互作用或未给药（G.k.1 为 1、3 或 4）。",
        kind=CheckKind.REQUIRED,
    ),
    rule(
        Authority.ICH,
        "G.k.2.1.1b",
        "ONE",
        lambda _, place: place.has("G.k.2.1.1b") and place.has("G.k.2.1.2b"),
        "A drug may carry an MPID (G.k.2.1.1b) or a PhPID (G.k.2.1.2b), not both.",
        "药品的 MPID（G.k.2.1.1b）与 PhPID（G.k.2.1.2b）只能填一个。",
        kind=CheckKind.RELATION,
        scope="G.k",
        touches=("G.k.2.1.2b",),
    ),
    rule(
        Authority.ICH,
        "G.k.2.3.r",
        "REQ",
        lambda _, place: (
            not place.has("G.k.2.1.1b")
            and not place.has("G.k.2.1.2b")
            and not place.each("G.k.2.3.r")
        ),
        "Neither MPID nor PhPID is given, so each active substance should be listed (G.k.2.3.r).",
        "未填写 MPID 或 PhPID 时，应逐一列出活性成分（G.k.2.3.r）。",
        scope="G.k",
        severity=warnings(*EVERYONE),
        touches=("G.k.2.1.1b", "G.k.2.1.2b"),
    ),
    rule(
        Authority.ICH,
        "G.k.7.r.2b",
        "UNKNOWN",
        lambda _, place: place.flavor("G.k.7.r.1") is not None and not place.has("G.k.7.r.2b"),
        "The indication is not known (G.k.7.r.1 is a nullFlavor), so a MedDRA term that says so"
        " should be coded (G.k.7.r.2b).",
        "适应症不详（G.k.7.r.1 为 nullFlavor）时，应以 MedDRA 术语编码说明（G.k.7.r.2b）。",
        scope="G.k.7.r",
        severity=warnings(*EVERYONE),
        touches=("G.k.7.r.1",),
    ),
    rule(
        Authority.ICH,
        "G.k.9.i.1",
        "REF",
        _unknown_reaction,
        "An assessment (G.k.9.i) must point to a reaction or event of this report.",
        "评价（G.k.9.i）必须指向本报告中的某个反应/事件。",
        kind=CheckKind.RELATION,
        scope="G.k.9.i",
        touches=("E.i",),
    ),
)
