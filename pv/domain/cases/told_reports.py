"""A case of what somebody told or wrote as an E2B(R3) tree: what was said, nothing filled in.

Source: ICH E2B(R3) C.1, C.2.r, D, E.i, G.k; GVP 2021 no. 65 art. 46 and 50.
"""

from dataclasses import dataclass
from datetime import date, datetime

from pv.domain.cases.icsr_builder import CRITERIA, SEX, moment
from pv.domain.e2b.message import Message, Node, Null
from pv.domain.e2b.text_lengths import fitted


@dataclass(frozen=True, slots=True)
class Told:
    """What was learned of one patient and one event; empty means that it was not said."""

    reporter: str
    country: str
    verbatim: str
    language: str  # ISO 639-2 of the words
    sex: str
    age_years: int | None
    learned_on: date


def compose_told(
    told: Told, *, worldwide_id: str, holder: str, product: str, inn: str, at: datetime
) -> Message:
    """The first version of the case; what nobody said has the reason why it is absent."""
    root = Node("")
    day = told.learned_on.strftime("%Y%m%d")
    root.values.update(
        {
            "C.1.1": worldwide_id,
            "C.1.2": moment(at),
            "C.1.3": "1",
            "C.1.4": day,
            "C.1.5": day,
            "C.1.6.1": "false",
            "C.1.8.1": worldwide_id,
            "C.1.8.2": "2",
            "C.1.9.1": Null("NI"),
            "C.3.1": "1",
            "C.3.2": holder,
            "D.1": Null("UNK"),
        }
    )
    reporter = root.add("C.2.r").values
    if told.reporter:  # a reason why it is absent would say more than anybody did
        reporter["C.2.r.1.4"] = fitted(told.reporter, 60)
    reporter["C.2.r.3"] = told.country
    reporter["C.2.r.4"] = Null("UNK")
    reporter["C.2.r.5"] = "1"
    if told.age_years is not None:
        root.values["D.2.2a"], root.values["D.2.2b"] = str(told.age_years), "a"
    if told.sex in SEX:
        root.values["D.5"] = SEX[told.sex]
    reaction = root.add("E.i", f"{worldwide_id}-e1")
    reaction.values["E.i.1.1a"] = fitted(told.verbatim, 250)
    reaction.values["E.i.1.1b"] = told.language
    reaction.values.update({element: Null("NI") for element in CRITERIA.values()})
    reaction.values["E.i.7"] = "0"
    reaction.values["E.i.9"] = told.country
    drug = root.add("G.k", f"{worldwide_id}-d1")
    drug.values["G.k.1"] = "1"
    drug.values["G.k.2.2"] = product
    drug.add("G.k.2.3.r").values["G.k.2.3.r.1"] = inn
    link = drug.add("G.k.9.i")
    link.values["G.k.9.i.1"] = reaction.id or ""
    return Message(root)
