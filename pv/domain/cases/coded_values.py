"""What a case's own coded values say, in place of what the hospital said: the narrative's facts.

The product's own rule.
"""

import hashlib
import json
from dataclasses import replace
from datetime import date
from decimal import Decimal, InvalidOperation

from followup.domain.deaths import cause
from pv.domain.cases.icsr_builder import (
    AUTOPSY,
    CAUSALITY,
    CELLS,
    CRITERIA,
    OUTCOMES,
    REPORTER,
    SEX,
    WORDS,
    code_behind,
)
from pv.domain.cases.reported import Reaction, ReportedCase, Suspect
from pv.domain.e2b import storage
from pv.domain.e2b.days import day_of
from pv.domain.e2b.message import Node
from pv.domain.e2b.text_lengths import told_whole

# The sections a narrative tells of: patient, events, tests, drugs.
_TOLD = ("D", "E", "F", "G")


def basis(root: Node) -> str:
    """A digest of the values a narrative tells of; equal while none of them changes."""
    told = sorted(
        (path, storage.value_to_data(value))
        for path, _node, element, value in root.walk()
        if element.removeprefix("FDA.")[:1] in _TOLD
    )
    text = json.dumps(told, ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def with_coded_values(content: ReportedCase, root: Node) -> ReportedCase:
    """The reported case as the tree has it now: what safety coded stands before what was reported.

    Results the case has not taken yet are left out.
    """
    reactions, drugs = root.each("E.i"), root.each("G.k")
    reaction = _reaction(content.reaction, reactions[0], drugs) if reactions else content.reaction
    names = {code: sex for sex, code in SEX.items()}
    autopsies = {code: name for name, code in AUTOPSY.items()}
    causes = "; ".join(text for node in root.each("D.9.2.r") if (text := node.text("D.9.2.r.2")))
    reported = cause(content.death_cause, content.death_cause_code)
    return replace(
        content,
        reaction=reaction,
        suspect=_suspect(content.suspect, drugs[0]) if drugs else content.suspect,
        tests=tuple(content.tests)[: len(root.each("F.r"))],
        sex=names.get(root.text("D.5") or "", ""),
        died_on=day_of(root.text("D.9.1")),
        death_cause=told_whole(causes, reported, WORDS, end=code_behind(content)),
        death_cause_code="",  # behind the words
        autopsy=autopsies.get(root.text("D.9.3") or "", ""),
    )


def _reaction(reported: Reaction, node: Node, drugs: list[Node]) -> Reaction:
    met = frozenset(name for name, code in CRITERIA.items() if node.text(code) == "true")
    denied = all(node.text(code) == "false" for code in CRITERIA.values())
    serious = True if met else False if denied or reported.serious is False else None
    outcomes = {code: name for name, code in OUTCOMES.items()}
    words = node.text("E.i.1.1a") or reported.verbatim
    return replace(
        reported,
        verbatim=told_whole(words, reported.verbatim, WORDS),
        onset=day_of(node.text("E.i.4")),
        ended=day_of(node.text("E.i.5")),
        seriousness=met,
        serious=serious,
        outcome=outcomes.get(node.text("E.i.7") or "", ""),
        causality=_causality(drugs),
    )


def _causality(drugs: list[Node]) -> str:
    """What the reporter thought of the first drug; a word of another method has no name here."""
    names = {word: name for name, word in CAUSALITY.items()}
    for link in drugs[0].each("G.k.9.i") if drugs else ():
        for opinion in link.each("G.k.9.i.2.r"):
            if opinion.text("G.k.9.i.2.r.1") == REPORTER:
                return names.get(opinion.text("G.k.9.i.2.r.3") or "", "")
    return ""


def _suspect(reported: Suspect, drug: Node) -> Suspect:
    doses = drug.each("G.k.4.r")
    if not doses:
        return reported
    dose = doses[0]
    given = day_of(dose.text("G.k.4.r.4"))
    infused: date = given.exact if given and given.exact else reported.infused_on
    cells = reported.dose_cells
    if dose.text("G.k.4.r.1b") == CELLS:
        try:
            cells = Decimal(dose.text("G.k.4.r.1a") or "")
        except InvalidOperation:
            cells = None
    lot = dose.text("G.k.4.r.7") or ""
    return replace(reported, infused_on=infused, dose_cells=cells, lot=lot or reported.lot)
