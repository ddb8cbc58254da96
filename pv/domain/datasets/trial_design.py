"""What a follow-up study is made of: arms, elements, criteria, visits, summary parameters.

A value that is not recorded has a null flavour and is not invented. Elements, criteria and the
fixed parameters are reference data; visits are those of the protocol versions the subjects follow.

Source: CDISC SDTM implementation guide 3.4, section 7; ISO 21090 null flavours (appendix C1).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from followup.domain.documents import LANGUAGES, codes, one_of, text
from followup.domain.protocols import OffsetKind, Point, Protocol
from followup.languages import is_chinese

DAYS_OF_A_MONTH = 365.25 / 12
ANOTHER_INFUSION = 1000  # added to the number of a visit that belongs to a further infusion
NULL_FLAVOURS = ("NI", "NA", "UNK", "PINF", "NINF")
LONGEST_CODE = 8
ELEMENTS = 2  # the day of the first infusion, and what follows
Facts = Mapping[str, str | int | Decimal | None]


@dataclass(frozen=True, slots=True)
class Element:
    """A part of a subject's course, in both languages: name, rule of its start, of its end."""

    code: str
    epoch: str
    duration: str
    names: Mapping[str, str]
    starts: Mapping[str, str]
    ends: Mapping[str, str]

    def name(self, language: str) -> str:
        """The name in a language of the product."""
        return self.names[_half(language)]


@dataclass(frozen=True, slots=True)
class Criterion:
    """What decides whether a patient is a subject."""

    code: str
    category: str
    texts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Parameter:
    """A trial summary parameter: a fixed value, or what a fact of the study says.

    `concepts` are concept codes by value, for a value of the controlled terminology.
    """

    code: str
    name: str
    fact: str
    value: str
    null_flavour: str
    dictionary: str
    concepts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class TrialDesign:
    """A version of the design of a follow-up study."""

    elements: Sequence[Element]
    criteria: Sequence[Criterion]
    parameters: Sequence[Parameter]


def read_design(data: Mapping[str, Any]) -> TrialDesign:
    """The design out of its part of the document. ValueError, KeyError, TypeError if wrong."""
    text(data, "citation", "confidence")
    for row in data["elements"]:
        text(row, "epoch", *(f"{name}_{of}" for name in ("start", "end") for of in LANGUAGES))
    for row in data["criteria"]:
        one_of(row, "category", ("INCLUSION", "EXCLUSION"))
    for name, texts in (
        ("elements", LANGUAGES),
        ("criteria", LANGUAGES),
        ("parameters", ("name",)),
    ):
        codes(data[name], *texts)
        for row in data[name]:
            if len(row["code"]) > LONGEST_CODE:
                raise ValueError(f"{row['code']} has more than {LONGEST_CODE} characters")
    for row in data["parameters"]:
        one_of(row, "null_flavour", NULL_FLAVOURS)
        if bool(row["fact"]) == bool(row["value"]):
            raise ValueError(f"{row['code']} has a fixed value or a fact, one of both")
    if len(data["elements"]) != ELEMENTS:
        raise ValueError(f"the design has {ELEMENTS} elements: the infusion and what follows")
    return TrialDesign(
        tuple(_element(row) for row in data["elements"]),
        tuple(
            Criterion(row["code"], row["category"], {of: row[of] for of in LANGUAGES})
            for row in data["criteria"]
        ),
        tuple(Parameter(**row) for row in data["parameters"]),
    )


def _element(row: Mapping[str, Any]) -> Element:
    return Element(
        row["code"],
        row["epoch"],
        row["duration"],
        {of: row[of] for of in LANGUAGES},
        {of: row[f"start_{of}"] for of in LANGUAGES},
        {of: row[f"end_{of}"] for of in LANGUAGES},
    )


def _half(language: str) -> str:
    return "zh" if is_chinese(language) else "en"


def arms(design: TrialDesign, language: str) -> Iterator[Facts]:
    """The elements in the order of the one arm: everybody was infused and is followed."""
    for number, element in enumerate(design.elements, 1):
        yield {
            "key": f"{number:03d}",
            "order": number,
            "element": element.code,
            "name": element.name(language),
            "epoch": element.epoch,
        }


def elements(design: TrialDesign, language: str) -> Iterator[Facts]:
    """Each element with the rules of its start and its end."""
    for element in design.elements:
        yield {
            "key": element.code,
            "element": element.code,
            "name": element.name(language),
            "start": element.starts[_half(language)],
            "end": element.ends[_half(language)],
            "duration": element.duration,
        }


def criteria(design: TrialDesign, version: str, language: str) -> Iterator[Facts]:
    """What decides who is a subject; `version` is that of the mapping."""
    for criterion in design.criteria:
        yield {
            "key": criterion.code,
            "criterion": criterion.code,
            "category": criterion.category,
            "text": criterion.texts[_half(language)],
            "version": version,
        }


def summary_parameters(
    design: TrialDesign, known: Mapping[str, Sequence[str]], terminology: str
) -> Iterator[Facts]:
    """Each parameter once for each value; once with its null flavour where nothing is known.

    `PINF` as a value is itself a null flavour: a length without an end is no text. `terminology`
    is the version of the controlled terminology.
    """
    for parameter in design.parameters:
        values = [parameter.value] if parameter.value else list(known.get(parameter.fact, ()))
        for number, value in enumerate([v for v in values if v.strip()] or [""], 1):
            flavour = (
                value if value in ("PINF", "NINF") else "" if value else parameter.null_flavour
            )
            stated = "" if flavour else value
            concept = parameter.concepts.get(stated, "")
            yield {
                "key": f"{parameter.code} {number:05d}",
                "order": number,
                "parameter": parameter.code,
                "name": parameter.name,
                "value": stated,
                "null_flavour": flavour,
                "concept": concept,
                "dictionary": parameter.dictionary if stated else "",
                "dictionary_version": terminology if concept else "",
            }


def point_number(point: Point, infusion: int = 1) -> Decimal:
    """Nominal months of a planned visit since the infusion it belongs to."""
    months = point.offset / DAYS_OF_A_MONTH if point.kind is OffsetKind.DAYS else point.offset
    return Decimal(str(round(months + ANOTHER_INFUSION * (infusion - 1), 2)))


def visit_name(code: str, infusion: int = 1) -> str:
    """The name of a visit, with the place of its infusion from the second one on."""
    return code if infusion == 1 else f"{code} ({infusion})"


def point_day(point: Point, infusion: int = 1) -> int | None:
    """The planned study day; None where it has no one day.

    So it is with a point calendar months away, and with one of a further infusion.
    """
    if point.kind is not OffsetKind.DAYS or infusion > 1:
        return None
    return point.offset + 1 if point.offset >= 0 else point.offset


def _rule(point: Point, language: str, infusion: int) -> str:
    place = f" no. {infusion}" if infusion > 1 else ""
    if not is_chinese(language):
        return f"Day of infusion{place} {point.offset_text()}, window {point.window_text()}"
    unit = "天" if point.kind is OffsetKind.DAYS else "个月"
    sign = "前" if point.offset < 0 else "后"
    if point.day_window:
        window = f"第 {point.day_window[0]} 至 {point.day_window[1]} 天"
    else:
        window = f"前 {point.before} 天至后 {point.after} 天"
    of = f"第 {infusion} 次输注日" if infusion > 1 else "输注日"
    return f"{of}{sign} {abs(point.offset)} {unit}，窗口{window}"


def visits(
    protocols: Sequence[Protocol], planned: set[str], language: str, infusions: int = 1
) -> Iterator[Facts]:
    """The visits of the protocol versions: every point, of an endless tail those planned so far.

    They are planned for each of the `infusions` a subject has had. Where versions differ in the
    rule of one visit, each rule stands with its version.
    """
    for infusion in range(1, infusions + 1):
        yield from _visits_of(protocols, planned, language, infusion)


def _visits_of(
    protocols: Sequence[Protocol], planned: set[str], language: str, infusion: int
) -> Iterator[Facts]:
    rules: dict[tuple[Decimal, str], list[tuple[str, Point]]] = defaultdict(list)
    for protocol in sorted(protocols, key=lambda each: each.label):
        own = {point.code for point in protocol.points}
        for point in protocol.all_points:
            if point.code in own or point.code in planned:
                number = point_number(point, infusion)
                rules[number, point.code].append((protocol.label, point))
    for (number, code), points in sorted(rules.items()):
        texts: dict[str, list[str]] = defaultdict(list)
        for label, point in points:
            texts[_rule(point, language, infusion)].append(label)
        one = len(texts) == 1
        days = {point_day(point, infusion) for _label, point in points}
        yield {
            "key": f"{number + 100:09.2f} {code}",
            "visit_number": number,
            "visit": visit_name(code, infusion),
            "day": days.pop() if len(days) == 1 else None,
            "start": "; ".join(
                rule if one else f"{', '.join(labels)}: {rule}" for rule, labels in texts.items()
            ),
        }


def length(protocols: Iterable[Protocol]) -> str:
    """How long subjects are followed, ISO 8601: `PINF` where a protocol has no end; "" unknown."""
    chosen = list(protocols)
    if any(protocol.tail and protocol.tail.last is None for protocol in chosen):
        return "PINF"
    months = [
        point.offset
        for protocol in chosen
        for point in protocol.all_points
        if point.kind is OffsetKind.MONTHS
    ]
    return f"P{max(months)}M" if months else ""
