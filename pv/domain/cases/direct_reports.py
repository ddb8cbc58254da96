"""A case of what a person told the holder: by e-mail, telephone, letter, web form, or to a visitor.

Source: ICH E2D 3.1; ICH E2B(R3) C.2.r, D, E.i; GVP 2021 no. 65 art. 33 and 46.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from followup.domain.dates import PartialDate
from pv.domain.cases.icsr_builder import CRITERIA, OUTCOMES, QUALIFICATIONS
from pv.domain.cases.told_reports import Told, compose_told
from pv.domain.e2b.message import Message, Null
from pv.domain.e2b.text_lengths import fitted


class Way(StrEnum):
    """How a report came in."""

    EMAIL = "EMAIL"
    TELEPHONE = "TELEPHONE"
    LETTER = "LETTER"
    WEB = "WEB"
    SPOKEN = "SPOKEN"
    OTHER = "OTHER"


@dataclass(frozen=True, slots=True)
class DirectReport:
    """What was told; empty and None mean that it was not said.

    `serious` is None where nobody said; `criteria` are codes of `CRITERIA`.
    """

    way: str
    aware_on: date
    verbatim: str
    language: str  # ISO 639-2 of the words
    country: str
    qualification: str
    reporter: str = ""
    organisation: str = ""
    initials: str = ""
    sex: str = ""
    age_years: int | None = None
    onset: PartialDate | None = None
    serious: bool | None = None
    criteria: frozenset[str] = frozenset()
    outcome: str = ""
    lot: str = ""
    text: str = ""


def compose_direct(
    report: DirectReport,
    *,
    worldwide_id: str,
    holder: str,
    product: str,
    inn: str,
    at: datetime,
    document: str,
) -> Message:
    """The first version of the case; `document` names what the holder keeps of the report."""
    told = Told(
        reporter=report.reporter,
        country=report.country,
        verbatim=report.verbatim,
        language=report.language,
        sex=report.sex,
        age_years=report.age_years,
        learned_on=report.aware_on,
    )
    message = compose_told(
        told, worldwide_id=worldwide_id, holder=holder, product=product, inn=inn, at=at
    )
    root = message.root
    root.values["C.1.6.1"] = "true"
    root.add("C.1.6.1.r").values["C.1.6.1.r.1"] = fitted(document, 2000)
    if report.initials:
        root.values["D.1"] = report.initials[:60]
    if report.text:
        root.values["H.2"] = fitted(report.text, 20_000)
    source = root.each("C.2.r")[0].values
    if report.organisation:
        source["C.2.r.2.1"] = fitted(report.organisation, 60)
    source["C.2.r.4"] = QUALIFICATIONS.get(report.qualification, Null("UNK"))
    reaction = root.each("E.i")[0].values
    if report.onset:
        reaction["E.i.4"] = report.onset.e2b()
    reaction["E.i.7"] = OUTCOMES.get(report.outcome, "0")
    for criterion, element in CRITERIA.items():
        if criterion in report.criteria:
            reaction[element] = "true"
    if report.lot:
        root.each("G.k")[0].add("G.k.4.r").values["G.k.4.r.7"] = report.lot[:35]
    return message
