"""The facts of a portion of subjects, by data set. Call inside `DatasetChoice.reading`."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from followup.core import clock
from followup.core.actor import Actor
from followup.domain.events import FATAL
from pv.domain.datasets import (
    Facts,
    SdtmMapping,
    Subject,
    concomitant_care,
    epochs,
    laboratory,
)
from pv.domain.datasets import facts as of
from pv.domain.datasets.relations import EVENTS, relations
from pv.queries.datasets.analyses import happenings
from pv.queries.datasets.choices import DatasetChoice
from pv.queries.datasets.coded_terms import coded_terms
from pv.queries.datasets.rows import Portion, Row, portion
from pv.queries.datasets.specimens import specimens
from pv.queries.datasets.trials import visit_day, visit_number


@dataclass(frozen=True, slots=True)
class Gathered:
    """A subject with its facts by the code of the data set they belong to."""

    subject: Subject
    facts: Mapping[str, Sequence[Facts]]


def gathered(
    actor: Actor,
    choice: DatasetChoice,
    mapping: SdtmMapping,
    ids: Sequence[UUID],
    last_day: date,
) -> Iterator[Gathered]:
    """Each subject of a portion, in its order, with the facts the actor may read.

    `last_day` is the local day of the data.
    """
    rows = portion(actor, choice, ids)
    kept = specimens(actor, choice, mapping, ids)
    happened = happenings(actor, choice, ids, last_day)
    coded = coded_terms(actor, choice, rows.events)
    for key in ids:
        row = {**rows.patients[key], "site": rows.patients[key]["site__code"]}
        given = sorted(
            rows.infusions.get(key, ()), key=lambda each: (each["infused_on"], each["id"])
        )
        consented = rows.consented.get(key)
        own = of.subject(row, given, consented)
        usubjid = f"{choice.study}-{row['study_code']}"
        subject = Subject(usubjid, str(own["first_infusion"] or ""), {**own, "usubjid": usubjid})
        events = rows.events.get(key, ())
        facts: dict[str, Sequence[Facts]] = {
            "DM": [subject.facts],
            "SE": list(
                epochs.passed(mapping.design, subject.reference, of.ended(row), choice.language)
            ),
            "EX": [of.exposure(each) for each in given],
            **_events(events, rows.visits.get(key, ()), mapping, coded),
            "DS": list(of.dispositions(row, consented)),
            **_care(rows.care.get(key, ()), mapping),
            **_visits(rows, key, given),
            "LB": laboratory.with_last_before_exposure(
                (
                    {**laboratory.laboratory(each), EVENTS: rows.raised.get(each["id"], "")}
                    for each in rows.values.get(key, ())
                ),
                subject.reference,
            ),
            "DD": [{**each, EVENTS: _fatal(events)} for each in of.death_details(row)],
            **kept.get(key, {}),
        }
        related = list(relations(mapping.datasets, facts))
        analysed = happened.of(row, given, own, facts)
        yield Gathered(subject, {**facts, "RELREC": related, **analysed})


def _care(rows: Sequence[Row], mapping: SdtmMapping) -> dict[str, list[Facts]]:
    """Treatments and stays with the day each was told on, in the words of the mapping."""
    lists = (
        mapping.codelists[code] for code in ("CARECAT", "CARESCAT") if code in mapping.codelists
    )
    names = {term.code: term.value for each in lists for term in each.terms.values()}
    told = [
        {**row, "told_on": row["recorded_at"].astimezone(clock.SHANGHAI).date().isoformat()}
        for row in rows
    ]
    return concomitant_care.by_dataset(told, names)


def _fatal(events: Sequence[Row]) -> str:
    """The events the patient died of."""
    return " ".join(str(event["id"]) for event in events if event["outcome"] == FATAL)


def _events(
    events: Sequence[Row],
    visits: Sequence[Row],
    mapping: SdtmMapping,
    coded: Mapping[UUID, Facts],
) -> dict[str, list[Facts]]:
    adverse = [row for row in events if row["kind"] not in mapping.clinical_events]
    clinical = [row for row in events if row["kind"] in mapping.clinical_events]
    return {
        "AE": [{**of.event(row), **coded.get(row["id"], {})} for row in adverse],
        "CE": [
            *({**of.event(row), **coded.get(row["id"], {})} for row in clinical),
            *of.progressions(visits),
        ],
    }


def _visits(rows: Portion, key: UUID, infusions: Sequence[Row]) -> dict[str, list[Facts]]:
    places = {row["id"]: number for number, row in enumerate(infusions, 1)}
    told: dict[UUID, list[str]] = defaultdict(list)
    for event in rows.events.get(key, ()):
        told[event["visit_id"]].append(str(event["id"]))
    contacts = {
        row["id"]: _numbered(
            of.contact(row, places.get(row["infusion"])), row, row["visit_code"], rows, places
        )
        for row in rows.visits.get(key, ())
    }
    absent = [
        _numbered(of.missed(row, places.get(row["infusion"])), row, row["code"], rows, places)
        for row in rows.missed.get(key, ())
    ]
    return {
        "SS": [
            {**facts, EVENTS: " ".join(told.get(visit, ()))} for visit, facts in contacts.items()
        ],
        "SV": [*contacts.values(), *absent],
        "RS": [facts for facts in contacts.values() if facts["disease_status"]],
    }


def _numbered(
    facts: Facts, row: Row, code: str | None, rows: Portion, places: Mapping[UUID, int]
) -> Facts:
    """The facts with the number of the visit under the protocol version that planned it."""
    protocol, place = rows.protocols.get(row["protocol"]), places.get(row["infusion"], 1)
    number, day = visit_number(protocol, code, place), visit_day(protocol, code, place)
    return {**facts, "visit_number": number, "visit_day": day}
