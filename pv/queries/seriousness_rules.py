"""The default rules of seriousness as loaded, and what they say of an event or a message."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from followup.models import AdverseEvent
from pv.domain.cases import default_criteria
from pv.domain.coding import reaction_code
from pv.domain.e2b.message import REACTION_GROUP, Node
from pv.domain.events import (
    AddedCriterion,
    EventFacts,
    EventKind,
    EventRules,
    Seriousness,
    SeriousnessAnswer,
    event_kind,
    read_event_rules,
    seriousness,
)
from pv.queries import dictionaries, rules

_CRITERIA = frozenset(criterion.value for criterion in Seriousness)


def event_rules() -> EventRules:
    """The rules as loaded, parsed once per process and content."""
    return rules.parsed("events", read_event_rules)


def rules_in_use() -> str:
    """Version of the default rules, as what they state names it."""
    return f"events {event_rules().version}"


@dataclass(frozen=True, slots=True)
class DefaultLine:
    """One rule that holds for a reaction (from 1); `stated` when its reporter says the same."""

    reaction: int
    rule: AddedCriterion
    stated: bool

    @property
    def path(self) -> str:
        """Where the criterion is in the case."""
        return default_criteria.path_of(self.rule.criterion, self.reaction)


@dataclass(frozen=True, slots=True)
class Answered:
    """What the rules say of a statement: the hospital's event, or a message.

    `stated` are the places of the criteria its reporter states, `missing` what the rules would have
    to know. `whole` where the statement takes the place of the content of the case, as an accepted
    report does.
    """

    lines: tuple[DefaultLine, ...]
    stated: frozenset[str]
    missing: tuple[str, ...]
    reactions: int
    whole: bool

    @property
    def added(self) -> list[DefaultLine]:
        """What the rules add to what the reporter states."""
        return [line for line in self.lines if not line.stated]

    def without(self, codes: Iterable[str]) -> "Answered":
        """What other rules than these say of it."""
        left_out = set(codes)
        return replace(self, lines=tuple(x for x in self.lines if x.rule.rule not in left_out))

    @property
    def codes(self) -> list[str]:
        """The rules that add something."""
        return sorted({line.rule.rule for line in self.added})

    @property
    def criteria(self) -> set[str]:
        """The criteria they add, of whichever reaction."""
        return {line.rule.criterion.value for line in self.added}

    @property
    def paths(self) -> set[str]:
        """Where they add them."""
        return {line.path for line in self.added}


def answer(event: AdverseEvent) -> SeriousnessAnswer:
    """What the rules say of an event as it is recorded; an outcome not known is no outcome."""
    facts = EventFacts(
        reported=frozenset(Seriousness(code) for code in event.seriousness if code in _CRITERIA),
        reported_not_serious=None if event.serious is None else not event.serious,
        kind=event_kind(
            category=event.kind, malignancy=event.is_new_malignancy, scale=event.grade_scale
        ),
        scale=event.grade_scale or None,
        grade=event.grade,
        outcome=None if event.outcome in ("", "UNKNOWN") else event.outcome,
    )
    return seriousness(event_rules(), facts)


def of_event(event: AdverseEvent) -> Answered:
    """What the rules say of a hospital's event, which is the first reaction of its case."""
    said, stated = answer(event), set(event.seriousness)
    return Answered(
        lines=tuple(DefaultLine(1, one, one.criterion.value in stated) for one in said.added),
        stated=frozenset(map(default_criteria.path_of, stated & _CRITERIA)),
        missing=said.missing,
        reactions=1,
        whole=False,
    )


def of_message(root: Node, written: Iterable[str] = ()) -> Answered:
    """What the rules say of the reactions of a message; `written` rules wrote into it before."""
    lines: list[DefaultLine] = []
    stated: set[str] = set()
    missing: list[str] = []
    loaded, reactions, mine = event_rules(), root.each(REACTION_GROUP), set(written)
    terms = _terms(reactions)
    for number, reaction in enumerate(reactions, 1):
        facts = default_criteria.facts_of(reaction, loaded.kind_words, terms[number])
        said = seriousness(loaded, facts)
        paths = {default_criteria.path_of(one, number) for one in facts.reported} - mine
        for one in said.added:
            path = default_criteria.path_of(one.criterion, number)
            lines.append(DefaultLine(number, one, path in paths))
        stated |= paths
        missing += said.missing
    gaps = tuple(dict.fromkeys(missing))
    return Answered(tuple(lines), frozenset(stated), gaps, len(reactions), whole=True)


def together(parts: Sequence[Answered]) -> Answered:
    """What the rules say of several statements of one case; what one of them lacks, all lack."""
    lines = {(line.reaction, line.rule.rule): line for part in parts for line in part.lines}
    stated = frozenset[str]().union(*(part.stated for part in parts))
    return Answered(
        lines=tuple(
            replace(line, stated=line.path in stated) for _key, line in sorted(lines.items())
        ),
        stated=stated,
        missing=tuple(dict.fromkeys(name for part in parts for name in part.missing)),
        reactions=max(part.reactions for part in parts),
        whole=any(part.whole for part in parts),
    )


def _terms(reactions: Sequence[Node]) -> dict[int, set[str]]:
    """The names of the dictionary codes of each reaction, in each language that is loaded."""
    coded: dict[str, dict[int, int]] = defaultdict(dict)
    for number, reaction in enumerate(reactions, 1):
        if known := reaction_code(reaction):
            version, code = known
            coded[version][number] = code
    found: dict[int, set[str]] = defaultdict(set)
    for version, codes in coded.items():
        for language in dictionaries.languages(version):
            named = dictionaries.terms(version, language, codes.values())
            for number, code in codes.items():
                if code in named:
                    found[number] |= {named[code].term.name, named[code].pt_name} - {""}
    return found


def criteria(kind: EventKind, outcome: str = "") -> tuple[str, ...]:
    """The criteria an event of this kind and outcome meets by the rules alone."""
    facts = EventFacts(
        reported=frozenset(),
        reported_not_serious=None,
        kind=kind,
        scale=None,
        grade=None,
        outcome=outcome or None,
    )
    met = {one.criterion.value for one in seriousness(event_rules(), facts).added}
    return tuple(sorted(met))
