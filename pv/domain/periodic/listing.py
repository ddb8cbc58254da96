"""One line of a serious listing (ICH E2C(R2)): a case once, its reactions one under the other.

Source: domain 4.4.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from followup.languages import is_chinese
from pv.domain.cases import case_links
from pv.domain.cases.causality_opinions import GROUP, RESULT, SOURCE, opinions, shown
from pv.domain.cases.flags import CRITERIA, FATAL_OUTCOME, OUTCOME
from pv.domain.causality import CausalityRules
from pv.domain.cioms.clinical import joined, numbered
from pv.domain.cioms.display_values import Reader
from pv.domain.cioms.drugs import CONCOMITANT
from pv.domain.e2b.days import day_of
from pv.domain.e2b.message import Node
from pv.domain.periodic.events import CaseRecord, Seriousness, seriousness_of, source_of, written

# Against the reference safety information at the lock, in English and in Chinese.
_LISTED = (
    {True: "listed", False: "unlisted", None: "—"},
    {True: "已收载", False: "未收载", None: "—"},
)
# A reaction with no criterion of seriousness, in English and in Chinese.
_WITHOUT_CRITERION = {
    Seriousness.SERIOUS: ("Serious, criterion not stated", "严重，未说明标准"),
    Seriousness.NON_SERIOUS: ("Non-serious", "非严重"),
    Seriousness.UNKNOWN: ("Not assessed", "未判断"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """The texts of a line. `days` is the time from first dose to first onset, if both are days.

    `linked` is a column of listings a person puts together, not of a periodic report.
    """

    number: str
    received_on: str
    entered_on: str
    country: str
    source: str
    person: str
    drug: str
    events: str
    onset: str
    days: str
    seriousness: str
    outcome: str
    causality: str
    listedness: str
    linked: str = ""


def line(case: CaseRecord, language: str, names: Mapping[str, str] | None = None) -> Line:
    """The line of a case in `zh` or `en`; who the patient is does not appear in it.

    `names` gives the name of a drug in that language by the name the report has for it.
    """
    reader = Reader(case.message, language)
    root, reactions = case.message.root, case.message.each("E.i")
    suspects = [d for d in case.message.each("G.k") if d.text("G.k.1") != CONCOMITANT]

    def of_reactions(element: str) -> str:
        return numbered([reader.text(node, element) or "—" for node in reactions])

    countries = dict.fromkeys(reader.text(node, "E.i.9") for node in reactions)
    age = reader.amount(root, "D.2.2a", "D.2.2b") or reader.text(root, "D.2.3")
    return Line(
        number=f"{case.number} v{case.version}",
        received_on=case.received_on.isoformat(),
        entered_on=case.entered_on.isoformat(),
        country=reader.values(*countries),
        source=source_of(case.message).value,
        person=joined(age, reader.text(root, "D.5"), by=" / "),
        drug=numbered([_drug(reader, drug, names or {}) for drug in suspects]),
        events=numbered([_term(node) for node in reactions]),
        onset=of_reactions("E.i.4"),
        days=_days(suspects, reactions),
        seriousness=numbered(_seriousness(reader, case)),
        outcome=reader.statements(of_reactions("E.i.7"), _death(reader, case)),
        causality=_opinions(reader, suspects, case.causality) or "—",
        listedness=numbered([_LISTED[language[:2] == "zh"][answer] for answer in case.listed]),
        linked=numbered(list(case_links.numbers(root))),
    )


def _death(reader: Reader, case: CaseRecord) -> str:
    """The day of a death that makes a case fatal though no reaction of it says so."""
    said = any(node.text(OUTCOME) == FATAL_OUTCOME for node in case.message.each("E.i"))
    if said or case.fatal is not True:
        return ""
    day = reader.text(case.message.root, "D.9.1") or "—"
    return reader.pair(reader.name("D.9.1"), day)


def _term(reaction: Node) -> str:
    return joined(reaction.text("E.i.2.1b") or "", written(reaction), by=" ")


def _seriousness(reader: Reader, case: CaseRecord) -> list[str]:
    """Of each reaction its criteria; without one, whether it is not serious or not assessed."""
    chinese = is_chinese(reader.language)
    return [
        _criteria(reader, reaction) or _WITHOUT_CRITERION[answer][chinese]
        for reaction, answer in zip(
            case.reactions, seriousness_of(case.reactions, case.serious), strict=True
        )
    ]


def _criteria(reader: Reader, reaction: Node) -> str:
    return reader.values(*(reader.name(e) for e in CRITERIA if reaction.text(e) == "true"))


def _drug(reader: Reader, drug: Node, names: Mapping[str, str]) -> str:
    doses, named = drug.each("G.k.4.r"), reader.text(drug, "G.k.2.2")
    return reader.statements(
        names.get(named, named),
        *(
            reader.amount(d, "G.k.4.r.1a", "G.k.4.r.1b") or reader.text(d, "G.k.4.r.8")
            for d in doses
        ),
        *(reader.text(dose, "G.k.4.r.4") for dose in doses),
        *(reader.text(dose, "G.k.4.r.7") for dose in doses),
    )


def _opinions(reader: Reader, suspects: list[Node], rules: CausalityRules | None) -> str:
    links = [link for drug in suspects for link in drug.each("G.k.9.i")]
    if rules is None:
        said = [_opinion(reader, node) for link in links for node in link.each(GROUP)]
        return reader.statements(*dict.fromkeys(said))
    half = "zh" if is_chinese(reader.language) else "en"
    named = [shown(rules, one, half) for link in links for one in opinions(rules, link)]
    told = [
        reader.pair(who, result) if who and result else who or result
        for who, _method, result in named
    ]
    return reader.statements(*dict.fromkeys(told))


def _opinion(reader: Reader, opinion: Node) -> str:
    source, result = (reader.text(opinion, element) for element in (SOURCE, RESULT))
    return reader.pair(source, result) if source and result else source or result


def _days(suspects: list[Node], reactions: list[Node]) -> str:
    """Days from the first dose to the first onset, only when every date is known to the day."""
    doses = [day_of(dose.text("G.k.4.r.4")) for drug in suspects for dose in drug.each("G.k.4.r")]
    onsets = [day_of(node.text("E.i.4")) for node in reactions]
    given = [day.exact if day else None for day in doses]
    began = [day.exact if day else None for day in onsets]
    known_given = [day for day in given if day is not None]
    known_began = [day for day in began if day is not None]
    if not given or not began or len(known_given) < len(given) or len(known_began) < len(began):
        return ""
    return str((min(known_began) - min(known_given)).days)
