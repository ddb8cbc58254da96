"""Treatments a hospital recorded beside the product, as concomitant drugs a case may take.

Nothing is coded, no date is made whole, and nothing is taken that nobody chose. What is given for
the reaction, or after it, is no concomitant drug: it is shown as such and a person decides.

Source: ICH E2B(R3) implementation guide, G.k.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from uuid import UUID, uuid5

from followup.domain.dates import Order, PartialDate
from pv.domain.e2b.days import day_of
from pv.domain.e2b.message import DRUG_GROUP, REACTION_GROUP, Node

ROLE, CONCOMITANT = "G.k.1", "2"
NAME, DOSE_TEXT, INDICATION = "G.k.2.2", "G.k.4.r.8", "G.k.7.r.1"
STARTED, ENDED = "G.k.4.r.4", "G.k.4.r.5"
# Where each element the hospital speaks of stands below its drug.
_PLACES = {
    NAME: "",
    STARTED: "G.k.4.r",
    ENDED: "G.k.4.r",
    DOSE_TEXT: "G.k.4.r",
    INDICATION: "G.k.7.r",
}


class When(StrEnum):
    """How a treatment lies to the first onset of a reaction, as far as the dates say."""

    AT_ONSET = "AT_ONSET"
    ENDED_BEFORE = "ENDED_BEFORE"
    BEGAN_AFTER = "BEGAN_AFTER"
    NOT_KNOWN = "NOT_KNOWN"


class Outcome(StrEnum):
    """What somebody decided of a treatment: the case goes without it, or it is offered again."""

    LEFT_OUT = "LEFT_OUT"
    OFFERED = "OFFERED"


class Standing(StrEnum):
    """What the case has of a treatment."""

    NEW = "NEW"
    DIFFERS = "DIFFERS"
    TAKEN = "TAKEN"
    RETRACTED = "RETRACTED"  # the case has it and the hospital no more


@dataclass(frozen=True, slots=True)
class Treatment:
    """One treatment of the hospital. `key` stays the same through every correction of it.

    `revision` is the row that says it now: another one after each correction.
    `stands` is False once the hospital said that there was none, `once` True of what is given on
    one day and has no end of its own. Empty: nobody said.
    """

    key: UUID
    revision: UUID
    name: str
    started: PartialDate
    ended: PartialDate | None = None
    goes_on: bool = False
    dose: str = ""
    given_for: str = ""
    stands: bool = True
    once: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A treatment beside the case: where the case has it, and what differs by element.

    Each difference is what the hospital says, then what the case says. `alike` is the place of
    another concomitant drug of the same name. `left_out`: somebody decided that the case stays as
    it is, knowing what the hospital says now.
    """

    treatment: Treatment
    when: When
    standing: Standing
    place: str = ""
    differing: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    alike: str = ""
    left_out: bool = False

    @property
    def may_be_taken(self) -> bool:
        """Whether taking it would change the case."""
        return self.standing in (Standing.NEW, Standing.DIFFERS)

    @property
    def may_be_left_out(self) -> bool:
        """Whether there is something to decide that nobody has decided."""
        return self.standing is not Standing.TAKEN and not self.left_out

    @property
    def is_offered(self) -> bool:
        """Whether somebody should look at it: what was begun after the reaction is not."""
        if self.left_out:
            return False
        is_new = self.standing is Standing.NEW and self.when is not When.BEGAN_AFTER
        return is_new or self.standing in (Standing.DIFFERS, Standing.RETRACTED)


def drug_id(case: UUID, treatment: UUID) -> str:
    """What ties a treatment to its drug in one case; it says nothing outside of it."""
    return str(uuid5(case, str(treatment)))


def values(treatment: Treatment) -> dict[str, str]:
    """What the hospital said of a treatment, by element; what nobody said is left out."""
    said = {
        NAME: treatment.name,
        STARTED: treatment.started.e2b(),
        ENDED: treatment.ended.e2b() if treatment.ended else "",
        DOSE_TEXT: treatment.dose,
        INDICATION: treatment.given_for,
    }
    return {element: text for element, text in said.items() if text}


def when(treatment: Treatment, onsets: Sequence[PartialDate]) -> When:
    """How a treatment lies to the first of the onsets that are known.

    One that the dates allow to be either way is not known.
    """
    if not onsets:
        return When.NOT_KNOWN
    if all(treatment.started.compare(onset) is Order.AFTER for onset in onsets):
        return When.BEGAN_AFTER
    ended = treatment.started if treatment.once else treatment.ended
    if ended and all(ended.compare(o) is Order.BEFORE for o in onsets):
        return When.ENDED_BEFORE
    begun = [o for o in onsets if treatment.started.compare(o) in (Order.BEFORE, Order.SAME)]
    if ended is None:
        return When.AT_ONSET if begun and treatment.goes_on else When.NOT_KNOWN
    still = [o for o in begun if ended.compare(o) in (Order.AFTER, Order.SAME)]
    return When.AT_ONSET if still else When.NOT_KNOWN


def lines(
    root: Node, case: UUID, treatments: Iterable[Treatment], left_out: Collection[UUID] = ()
) -> list[Line]:
    """Each treatment beside the case; one that was retracted and never taken is not shown.

    `left_out` are the revisions somebody decided to leave out of the case.
    """
    reactions = root.each(REACTION_GROUP)
    days = [day for node in reactions if (day := day_of(node.text("E.i.4")))]
    found = (_line(root, case, one, days) for one in treatments)
    return [_decided(line, left_out) for line in found if line is not None]


def _decided(line: Line, left_out: Collection[UUID]) -> Line:
    """A line with what was decided of it; of what the case has as it is said nothing is open."""
    stays = line.treatment.revision in left_out and line.standing is not Standing.TAKEN
    return replace(line, left_out=stays)


def _line(
    root: Node, case: UUID, treatment: Treatment, onsets: Sequence[PartialDate]
) -> Line | None:
    ours, lies = drug_id(case, treatment.key), when(treatment, onsets)
    drugs = list(enumerate(root.each(DRUG_GROUP), 1))
    held = next(((f"G.k[{n}]", drug) for n, drug in drugs if drug.id == ours), None)
    if held is None:
        named = (f"G.k[{n}]" for n, drug in drugs if _named(drug, treatment.name))
        new = Line(treatment, lies, Standing.NEW, alike=next(named, ""))
        return new if treatment.stands else None
    place, drug = held
    if not treatment.stands:
        return Line(treatment, lies, Standing.RETRACTED, place)
    differing = _differing(drug, treatment)
    return Line(
        treatment, lies, Standing.DIFFERS if differing else Standing.TAKEN, place, differing
    )


def _named(drug: Node, name: str) -> bool:
    known = (drug.text(NAME) or "").strip().casefold()
    return drug.text(ROLE) == CONCOMITANT and known == name.strip().casefold()


def _at(drug: Node, element: str) -> Node | None:
    group = _PLACES[element]
    return next(iter(drug.each(group)), None) if group else drug


def _differing(drug: Node, treatment: Treatment) -> dict[str, tuple[str, str]]:
    """What the hospital says otherwise; a dose or a day nobody gave says nothing of the case's."""
    found = {}
    for element, said in values(treatment).items():
        node = _at(drug, element)
        present = (node.text(element) if node else None) or ""
        if said != present:
            found[element] = (said, present)
    if treatment.ended is None and treatment.goes_on:
        node = _at(drug, ENDED)
        if node and (ended := node.text(ENDED)):
            found[ENDED] = ("", ended)
    return found


def take(
    root: Node, case: UUID, treatments: Iterable[Treatment], chosen: Collection[UUID]
) -> list[Line]:
    """Write the chosen treatments into the case, new ones behind its drugs; the lines taken.

    Of a drug the case has, only what differs is written: what a person wrote elsewhere stays.
    """
    taken = []
    for line in lines(root, case, treatments):
        if line.treatment.key not in chosen or not line.may_be_taken:
            continue
        said = values(line.treatment)
        if line.standing is Standing.NEW:
            drug = root.add(DRUG_GROUP, drug_id(case, line.treatment.key))
            drug.values[ROLE] = CONCOMITANT
        else:
            drug = root.each(DRUG_GROUP)[int(line.place[4:-1]) - 1]
            said = {element: pair[0] for element, pair in line.differing.items()}
        for element, text in said.items():
            _put(drug, element, text)
        taken.append(line)
    return taken


def _put(drug: Node, element: str, text: str) -> None:
    node = _at(drug, element) or drug.add(_PLACES[element])
    if text:
        node.values[element] = text
    else:
        node.values.pop(element, None)
        node.qualifiers.pop(element, None)
