"""Neurotoxicity (ICANS) on the ASTCT 2019 scale, with the ICE score and CAPD for children.

Source: domain 2 (Lee et al. 2019).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any

from followup.domain.grading.grades import Grade, GradingStep, RuleSource, Scale, step, worst


class Consciousness(StrEnum):
    """Level of consciousness; NORMAL is awake and not depressed."""

    NORMAL = "NORMAL"
    AWAKENS_SPONTANEOUSLY = "AWAKENS_SPONTANEOUSLY"
    TO_VOICE = "TO_VOICE"
    TO_TACTILE = "TO_TACTILE"
    UNAROUSABLE = "UNAROUSABLE"


class Seizure(StrEnum):
    """Worst seizure."""

    NONE = "NONE"
    BRIEF = "BRIEF"
    NON_CONVULSIVE_RESOLVED = "NON_CONVULSIVE_RESOLVED"
    PROLONGED = "PROLONGED"  # longer than 5 minutes
    REPETITIVE = "REPETITIVE"  # without return to baseline between


class Motor(StrEnum):
    """Motor findings; tremor and myoclonus do not count and are NONE."""

    NONE = "NONE"
    DEEP_FOCAL_WEAKNESS = "DEEP_FOCAL_WEAKNESS"


class Pressure(StrEnum):
    """Raised intracranial pressure or oedema; haemorrhage does not count."""

    NONE = "NONE"
    FOCAL_OEDEMA = "FOCAL_OEDEMA"
    DIFFUSE_OR_RAISED = "DIFFUSE_OR_RAISED"  # diffuse oedema, posturing, CN VI, papilloedema


@dataclass(frozen=True, slots=True)
class IceAnswers:
    """Points of the ICE test: orientation 0-4, naming 0-3, command, writing, counting 0-1."""

    orientation: int | None
    naming: int | None
    command: int | None
    writing: int | None
    counting: int | None


@dataclass(frozen=True, slots=True)
class Band:
    """Scores `low` to `high`, both included, give `grade`."""

    low: int
    high: int
    grade: int


@dataclass(frozen=True, slots=True)
class IcansRules:
    """Score bands and tables, as loaded data. Ages in completed years."""

    source: RuleSource
    child_below_age: int
    ice_most: Mapping[str, int]
    ice: tuple[Band, ...]
    capd: tuple[Band, ...]
    unable_grade: int
    tables: Mapping[str, Mapping[str, int]]
    death_grade: int


@dataclass(frozen=True, slots=True, kw_only=True)
class IcansFindings:
    """The findings of one assessment; None = not recorded. `ice` is used from the age limit on.

    An unarousable patient cannot do ICE or CAPD: leave the score None and record the
    consciousness. `other_cause` = the whole picture is explained otherwise.
    """

    age: int | None
    ice: int | None
    capd: int | None
    consciousness: Consciousness | None
    seizure: Seizure | None
    motor: Motor | None
    pressure: Pressure | None
    other_cause: bool | None
    death_due_to_icans: bool | None


def read_icans_rules(data: Mapping[str, Any]) -> IcansRules:
    """The rules from the `icans` part of the loaded grading data."""
    return IcansRules(
        RuleSource(Scale.ASTCT_ICANS, data["version"], data["citation"], data["confidence"]),
        data["child_below_age"],
        data["ice_most"],
        tuple(Band(*row) for row in data["ice"]),
        tuple(Band(*row) for row in data["capd"]),
        data["unable_grade"],
        {name: data[name] for name in ("consciousness", "seizure", "motor", "pressure")},
        data["death_grade"],
    )


def ice_score(rules: IcansRules, answers: IceAnswers) -> int | None:
    """The ICE score 0 to 10, None when a part was not tested; ValueError for too many points."""
    total = 0
    for item in fields(answers):
        points = getattr(answers, item.name)
        if points is None:
            return None
        if not 0 <= points <= rules.ice_most[item.name]:
            raise ValueError(f"{item.name}: {points} is outside 0..{rules.ice_most[item.name]}")
        total += points
    return total


def icans(rules: IcansRules, seen: IcansFindings) -> Grade:
    """The ICANS grade 0 to 5: the worst of the domains, none explained otherwise.

    Source: Lee et al., Biol Blood Marrow Transplant 2019; CAPD below 12 years of age.
    ValueError for a score or age outside its range.
    """
    source = rules.source
    if seen.death_due_to_icans:
        inputs = (("death_due_to_icans", True),)
        return worst(source, (step(source, "ICANS.DEATH", inputs, {rules.death_grade}),))
    death: list[GradingStep] = []
    if seen.death_due_to_icans is None:
        gap = ("death_due_to_icans",)
        unknown = (("death_due_to_icans", None),)
        death.append(step(source, "ICANS.DEATH", unknown, {0, rules.death_grade}, gap))
    if seen.other_cause:
        cause = step(source, "ICANS.OTHER_CAUSE", (("other_cause", True),), {0})
        return worst(source, (cause, *death))
    steps = [_score(rules, seen), *_tables(rules, seen)]
    if seen.other_cause is None:
        inputs_open = (("other_cause", None),)
        steps.append(step(source, "ICANS.OTHER_CAUSE", inputs_open, {0}, ("other_cause",)))
    found = worst(source, steps + death)
    if seen.other_cause is None:  # nothing is certain while the cause is open
        return Grade(
            found.scale, found.version, None, 0, found.steps, found.missing, found.confidence
        )
    return found


def _tables(rules: IcansRules, seen: IcansFindings) -> list[GradingStep]:
    """One step for each domain that a table decides."""
    steps = []
    for name, table in rules.tables.items():
        value = getattr(seen, name)
        possible = set(table.values()) if value is None else {table[value]}
        gap = [name] if value is None else []
        steps.append(step(rules.source, f"ICANS.{name.upper()}", [(name, value)], possible, gap))
    return steps


def _score(rules: IcansRules, seen: IcansFindings) -> GradingStep:
    """The step of the ICE score, or of CAPD for a child."""
    source = rules.source
    if seen.age is None:
        everything = {band.grade for band in (*rules.ice, *rules.capd)}
        possible = everything | {rules.unable_grade}
        return step(source, "ICANS.SCORE", (("age", None),), possible, ("age",))
    child = seen.age < rules.child_below_age
    name, bands = ("capd", rules.capd) if child else ("ice", rules.ice)
    score = seen.capd if child else seen.ice
    inputs = (("age", seen.age), (name, score), ("consciousness", seen.consciousness))
    rule = f"ICANS.{name.upper()}"
    if score is None:
        if seen.consciousness is Consciousness.UNAROUSABLE:
            return step(source, f"{rule}_UNABLE", inputs, {rules.unable_grade})
        possible = {*(band.grade for band in bands), rules.unable_grade}
        return step(source, rule, inputs, possible, (name,))
    # A score of 0 is grade 3 in an awake patient and grade 4 in one who cannot be roused.
    if not child and score == 0 and seen.consciousness in {None, Consciousness.UNAROUSABLE}:
        unaware = {rules.unable_grade}
        if seen.consciousness is None:
            return step(source, rule, inputs, {*unaware, _band(bands, 0)}, ("consciousness",))
        return step(source, f"{rule}_UNABLE", inputs, unaware)
    return step(source, rule, inputs, {_band(bands, score)})


def _band(bands: Sequence[Band], score: int) -> int:
    for band in bands:
        if band.low <= score <= band.high:
            return band.grade
    raise ValueError(f"score {score} is outside {bands[0].low}..{bands[-1].high}")
