"""The opinions of a message on each drug and event: whose, by which method, and which one governs.

Source: ICH E2B(R3) G.k.9.i.2.r; domain 3.6 (GVP 2021 no. 65 art. 45).
"""

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pv.domain.causality import (
    Assessor,
    Causality,
    CausalityRules,
    Method,
    Opinion,
    effective_opinion,
    from_e2b_text,
    read_result_text,
    result_text,
    to_e2b_text,
)
from pv.domain.e2b.message import DRUG_GROUP, MATRIX_GROUP, MATRIX_REACTION, REACTION_GROUP, Node

GROUP = "G.k.9.i.2.r"
SOURCE, METHOD, RESULT = f"{GROUP}.1", f"{GROUP}.2", f"{GROUP}.3"
_EU_SOURCE = f"{SOURCE}.EU.1"
_SUSPECT = frozenset({"1", "3"})  # G.k.1: suspect, interacting
_STUDY = "2"  # C.1.3: report from study
WRITTEN = "zh"  # the language a case is entered in


@dataclass(frozen=True, slots=True)
class AssessedPair:
    """A suspect drug and an event; `link` is where opinions on them are, None while none is."""

    drug_number: int
    reaction_number: int
    drug: Node
    reaction: Node
    link: Node | None

    @property
    def key(self) -> str:
        """What names the pair wherever the message has it."""
        return f"{self.drug.id}|{self.reaction.id}"[:200]


@dataclass(frozen=True, slots=True)
class StatedOpinion:
    """One opinion as a message says it.

    `assessor` and `method` are None where its words are none of ours; `grade` is one of the six,
    None where the result is not.
    """

    assessor: Assessor | None
    method: Method | None
    grade: Causality | None
    node: Node

    @property
    def texts(self) -> tuple[str, str, str]:
        """Source, method and result as the message has them."""
        one = self.node
        return one.text(SOURCE) or "", one.text(METHOD) or "", one.text(RESULT) or ""


def assessed_pairs(root: Node) -> list[AssessedPair]:
    """Every suspect or interacting drug beside every event, in the order of the message."""
    reactions = [(n, node) for n, node in enumerate(root.each(REACTION_GROUP), 1) if node.id]
    found = []
    for number, drug in enumerate(root.each(DRUG_GROUP), 1):
        if drug.text("G.k.1") not in _SUSPECT or not drug.id:
            continue
        links = {link.text(MATRIX_REACTION): link for link in reversed(drug.each(MATRIX_GROUP))}
        found += [AssessedPair(number, n, drug, node, links.get(node.id)) for n, node in reactions]
    return found


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _named(rows: Mapping[str, Mapping[str, Any]], text: str) -> str | None:
    """The row whose text or other words a received text is."""
    for code, row in rows.items():
        names = (row["en"], row["zh"], row["title_en"], row["title_zh"], *row["words"])
        if _folded(text) in {_folded(name) for name in names}:
            return code
    return None


def _assessor(rules: CausalityRules, node: Node) -> Assessor | None:
    code = _named(rules.assessors, node.text(SOURCE) or "")
    coded = node.text(_EU_SOURCE)
    if code is None and coded:
        code = next((name for name, row in rules.assessors.items() if coded in row["eu"]), None)
    return Assessor(code) if code else None


def opinions(rules: CausalityRules, link: Node | None) -> list[StatedOpinion]:
    """The opinions on a pair that say anything, as they stand."""
    found = []
    for node in link.each(GROUP) if link else []:
        if not any(node.text(code) for code in (SOURCE, METHOD, RESULT, _EU_SOURCE)):
            continue
        named = _named(rules.methods, node.text(METHOD) or "")
        method = Method(named) if named else None
        graded = method is None or method.graded
        grade = from_e2b_text(rules, node.text(RESULT) or "") if graded else None
        found.append(StatedOpinion(_assessor(rules, node), method, grade, node))
    return found


def governing(rules: CausalityRules, root: Node, link: Node | None) -> Opinion:
    """The opinion a report of this pair rests on.

    Of one assessor's grades the strongest counts; whoever is not known stands with the reporter,
    whom nobody lowers.
    """
    strongest: dict[Assessor, Causality] = {}
    for one in opinions(rules, link):
        if one.grade is None:
            continue
        who = one.assessor or Assessor.REPORTER
        before = strongest.get(who)
        if before is None or rules.strength[one.grade.value] > rules.strength[before.value]:
            strongest[who] = one.grade
    return effective_opinion(
        rules,
        strongest.get(Assessor.REPORTER),
        strongest.get(Assessor.HOLDER),
        authority=strongest.get(Assessor.AUTHORITY),
        spontaneous=root.text("C.1.3") != _STUDY,
    )


def _links(root: Node) -> Iterator[Node]:
    return (link for drug in root.each(DRUG_GROUP) for link in drug.each(MATRIX_GROUP))


def related(rules: CausalityRules, root: Node) -> bool | None:
    """Related when any pair is; not, when every assessed one is not; None: nobody assessed one."""
    answers = []
    for link in _links(root):
        opinion = governing(rules, root, link)
        if (opinion.reporter, opinion.holder, opinion.authority) != (None, None, None):
            answers.append(opinion.related)
    return any(answers) if answers else None


def write(
    rules: CausalityRules,
    root: Node,
    pair: AssessedPair,
    by: tuple[Assessor, Method],
    *,
    before: str,
    after: str,
) -> None:
    """Put the text of an assessor's result by a method where the message has it.

    `before` is what this door wrote last, empty when it never did: it is replaced, and taken away
    with an empty `after`. What a received report says of another holder or an authority is never
    replaced; the reporter has one opinion by a method.
    """
    own = _own(rules, pair, by, before)
    if after:
        (own or _add(rules, pair, *by)).values[RESULT] = after
    elif before and own and pair.link is not None:
        kept = [node for node in pair.link.each(GROUP) if node is not own]
        pair.link.groups.pop(GROUP)
        pair.link.groups |= {GROUP: kept} if kept else {}


def _own(
    rules: CausalityRules, pair: AssessedPair, by: tuple[Assessor, Method], before: str
) -> Node | None:
    """The opinion that an assessment replaces; None where it stands beside what is there.

    Somebody may have edited by hand what this door wrote, or removed it: it is then known by the
    words it was written in. It was added last, after what came with the report.
    """
    mine = [one.node for one in opinions(rules, pair.link) if (one.assessor, one.method) == by]
    same = [node for node in mine if before and node.text(RESULT) == before]
    if by[0] is Assessor.REPORTER:
        return next(iter(same or mine), None)
    words = _written_words(rules, *by)
    edited = [node for node in mine if before and (node.text(SOURCE), node.text(METHOD)) == words]
    return next(reversed(same or edited), None)


def _written_words(rules: CausalityRules, assessor: Assessor, method: Method) -> tuple[str, str]:
    """Source and method in the words of the national form."""
    return rules.assessors[assessor.value][WRITTEN], rules.methods[method.value][WRITTEN]


def _add(rules: CausalityRules, pair: AssessedPair, assessor: Assessor, method: Method) -> Node:
    """A new opinion in the words of the national form, and the pair's own place where it has none.

    A file for a receiver of another language has them in that language (`in_language`).
    """
    link = pair.link
    if link is None:
        link = pair.drug.add(MATRIX_GROUP)
        link.values[MATRIX_REACTION] = pair.reaction.id or ""
    node = link.add(GROUP)
    node.values[SOURCE], node.values[METHOD] = _written_words(rules, assessor, method)
    return node


def _result(rules: CausalityRules, one: StatedOpinion, language: str) -> str:
    text = one.texts[2]
    if one.grade is not None:
        return to_e2b_text(rules, one.grade, language)
    known = read_result_text(rules, one.method, text) if one.method else None
    return result_text(rules, one.method, *known, language) if known and one.method else text


def shown(rules: CausalityRules, one: StatedOpinion, language: str) -> tuple[str, str, str]:
    """Source, method and result in `en` or `zh` as a reader is told; unknown words as they came."""
    source, method, _result_as_sent = one.texts
    if one.assessor:
        source = rules.assessors[one.assessor.value][f"title_{language}"]
    if one.method:
        method = rules.methods[one.method.value][f"title_{language}"]
    return str(source), str(method), _result(rules, one, language)


def in_language(rules: CausalityRules, root: Node, language: str) -> None:
    """Put the words of assessors, methods and results into `en` or `zh`; others stay as they came.

    For a receiver or a reader of another language than the case was entered in.
    """
    for link in _links(root):
        for one in opinions(rules, link):
            values = one.node.values
            if (code := _named(rules.assessors, one.texts[0])) is not None:
                values[SOURCE] = rules.assessors[code][language]
            if one.method is not None:
                values[METHOD] = rules.methods[one.method.value][language]
            if one.texts[2]:
                values[RESULT] = _result(rules, one, language)
