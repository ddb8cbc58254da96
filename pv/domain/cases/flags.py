"""Seriousness and death of a case: one reading, whoever stated them and wherever they stand.

Source: domain 4.2.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from followup.domain.events import DEATH, DEATH_GRADES, FATAL
from pv.domain.e2b.message import Node

CRITERIA = ("E.i.3.2a", "E.i.3.2b", "E.i.3.2c", "E.i.3.2d", "E.i.3.2e", "E.i.3.2f")
RESULTS_IN_DEATH, LIFE_THREATENING = "E.i.3.2a", "E.i.3.2b"
OUTCOME, FATAL_OUTCOME = "E.i.7", "5"
UNEXPECTED = "G.k.9.i.CN.1"
# Outcomes of a reaction that was over: recovered, recovered with sequelae.
ENDED = frozenset({"1", "4"})
DEATH_ELEMENTS = ("D.9.1", "D.9.3")  # the date of the death; whether there was an autopsy
CAUSES = ("D.9.2.r", "D.9.4.r")


@dataclass(frozen=True, slots=True)
class Flags:
    """What the clocks, the lists and the reports ask of a case. None: nobody assessed it."""

    serious: bool | None = None
    fatal: bool | None = None
    life_threatening: bool | None = None

    def __or__(self, other: "Flags") -> "Flags":
        """Both statements together: one yes is a yes."""
        return Flags(*(_either(a, b) for a, b in zip(self._all(), other._all(), strict=True)))

    def without_what(self, other: "Flags") -> "Flags":
        """These statements less each yes the other does not confirm."""
        pairs = zip(self._all(), other._all(), strict=True)
        return Flags(*(False if mine and not theirs else mine for mine, theirs in pairs))

    def risen(self, before: "Flags") -> bool:
        """Whether a yes stands here that did not stand there."""
        pairs = zip(self._all(), before._all(), strict=True)
        return any(mine is True and theirs is not True for mine, theirs in pairs)

    @property
    def urgent(self) -> bool:
        """Whether any yes stands here."""
        return True in self._all()

    def _all(self) -> tuple[bool | None, ...]:
        return self.serious, self.fatal, self.life_threatening


def _either(one: bool | None, other: bool | None) -> bool | None:
    if one or other:
        return True
    return False if one is False or other is False else None


def of_event(
    *,
    serious: bool | None,
    criteria: Collection[str],
    outcome: str,
    grade: tuple[str, int | None] = ("", None),
) -> Flags:
    """What the hospital's own answers say of its event.

    A fatal outcome, the criterion death and the grade (with its scale) that is a death are one
    fact said in three ways, and a death is serious whatever stands at "serious?" (GVP 2021 no. 65
    art. 44).
    """
    fatal = DEATH in criteria or outcome == FATAL or grade in DEATH_GRADES
    life = "LIFE_THREATENING" in criteria
    judged = True if fatal or criteria else serious
    if judged is None:
        return Flags()
    return Flags(judged, fatal, life)


def of_rules(criteria: Collection[str]) -> Flags:
    """What default rules add to an event; where they add nothing, they state nothing."""
    if not criteria:
        return Flags()
    return Flags(True, DEATH in criteria or None, "LIFE_THREATENING" in criteria or None)


def of_tree(root: Node) -> Flags:
    """What a message says: the criteria and outcome of its reactions, the death of the patient.

    In a message a criterion is stated or left open (ICH E2B(R3) E.i.3.2), so without any yes
    nothing is known. The patient's death counts unless every reaction had ended before.
    """
    reactions = root.each("E.i")
    stated = {code for one in reactions for code in CRITERIA if one.text(code) == "true"}
    fatal = RESULTS_IN_DEATH in stated or any(
        one.text(OUTCOME) == FATAL_OUTCOME for one in reactions
    )
    ended = bool(reactions) and all(one.text(OUTCOME) in ENDED for one in reactions)
    fatal = fatal or (_died(root) and not ended)
    if not stated and not fatal:
        return Flags()
    return Flags(True, fatal, LIFE_THREATENING in stated)


def _died(root: Node) -> bool:
    causes = (cause for group in CAUSES for cause in root.each(group))
    return any(root.text(code) for code in DEATH_ELEMENTS) or any(not c.is_empty() for c in causes)


def unexpected(root: Node) -> bool | None:
    """Unexpected when any pair of drug and reaction is; None: nobody assessed one."""
    links = [link for drug in root.each("G.k") for link in drug.each("G.k.9.i")]
    expected = {"0": False, "1": True}
    return _any(expected.get(link.text(UNEXPECTED) or "") for link in links)


def _any(answers: Iterable[bool | None]) -> bool | None:
    known = [answer for answer in answers if answer is not None]
    return any(known) if known else None


class Origin(StrEnum):
    """Who stated something: each one's newest statement stands."""

    HOSPITAL = "hospital"
    PARTNER = "partner"
    HOLDER = "holder"
    DEFAULT_RULE = "default_rule"  # the holder's as well, until its assessment answers the rule


def over_time(statements: Iterable[tuple[Origin | None, Flags]]) -> Iterator[Flags]:
    """The flags after each statement; one without an origin states nothing itself.

    An assessment of the holder is made of the whole case and takes the place of what a default rule
    stated before it; a rule that speaks later, on new facts, stands beside it.
    """
    newest: dict[Origin, Flags] = {}
    for origin, flags in statements:
        if origin is not None:
            newest[origin] = flags
        if origin is Origin.HOLDER:
            newest.pop(Origin.DEFAULT_RULE, None)
        together = Flags()
        for known in newest.values():
            together = together | known
        yield together


class Contradiction(StrEnum):
    """Two statements of one reaction that cannot both hold."""

    DEATH_RECOVERED = "death_recovered"
    FATAL_NOT_DEATH = "fatal_not_death"


def contradictions(root: Node) -> list[tuple[int, Contradiction]]:
    """The reactions (from 1) that contradict themselves, each with how."""
    found = []
    for number, one in enumerate(root.each("E.i"), 1):
        death, outcome = one.text(RESULTS_IN_DEATH), one.text(OUTCOME)
        if death == "true" and outcome in ENDED | {"2"}:
            found.append((number, Contradiction.DEATH_RECOVERED))
        if death == "false" and outcome == FATAL_OUTCOME:
            found.append((number, Contradiction.FATAL_NOT_DEATH))
    return found
