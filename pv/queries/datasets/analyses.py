"""Times to events of a portion of subjects, by the rules of the cohort figures."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from followup.core import scope
from followup.core.actor import Actor
from followup.models import AdverseEvent, Visit
from pv.domain.cohorts.times import Endpoint, Happening, Member, death_of
from pv.domain.datasets import Facts, analyses
from pv.domain.datasets.analyses import Trace
from pv.domain.datasets.records import numbers
from pv.queries.cohort_happenings import first_malignancies, first_progressions, last_alive
from pv.queries.datasets.choices import DatasetChoice
from pv.queries.datasets.rows import Row

CODES = ("ADSL", "ADTTE")
ByCode = Mapping[str, Sequence[Facts]]


@dataclass(frozen=True, slots=True)
class Happenings:
    """First malignancies and progressions and the last contact alive, by patient.

    `last_day` is the last day whose data counts.
    """

    malignancies: Mapping[UUID, Happening]
    progressions: Mapping[UUID, Happening]
    alive: Mapping[UUID, date]
    last_day: date

    def of(self, row: Row, given: Sequence[Row], own: Facts, facts: ByCode) -> ByCode:
        """The analysis facts of one subject; `facts` are those of the tabulation data sets."""
        contact, alive = row["last_contact_on"], self.alive.get(row["id"])
        dead = row["vital_status"] == "DEAD"
        member = Member(
            row["study_code"],
            given[0]["infused_on"],
            contact,
            death_of(row["died_on_text"], contact, alive) if dead else None,
            self.progressions.get(row["id"]),
            self.malignancies.get(row["id"]),
        )
        traces = dict(_traces(member, facts))
        # The last contact of the dead told of the death.
        known = max([given[-1]["infused_on"], *([alive] if alive else [])]) if dead else contact
        level = analyses.subject_level(own, row["follow_up_state"], known)
        return {
            CODES[0]: [level],
            CODES[1]: list(analyses.times(member, self.last_day, traces)),
        }


def happenings(
    actor: Actor, choice: DatasetChoice, ids: Sequence[UUID], last_day: date
) -> Happenings:
    """What the cohort figures count of these subjects. Call inside `DatasetChoice.reading`."""
    events = scope.counting(actor, AdverseEvent.objects.filter(patient_id__in=ids))
    contacts = scope.counting(actor, Visit.objects.filter(patient_id__in=ids))
    return Happenings(
        first_malignancies(events, choice.product, last_day),
        first_progressions(contacts, choice.product, last_day),
        last_alive(contacts, last_day),
        last_day,
    )


def _traces(member: Member, facts: ByCode) -> Iterator[tuple[Endpoint, Trace]]:
    stated = member.death is None or member.death.text
    yield Endpoint.DEATH, Trace("DM", "DTHDTC" if stated else "DTHFL")
    placed = {code: numbers(facts.get(code, ())) for code in ("AE", "CE", "RS")}
    if ill := member.malignancy:
        for code in ("AE", "CE"):
            if ill.source in placed[code]:
                yield Endpoint.MALIGNANCY, Trace(code, f"{code}STDTC", placed[code][ill.source])
    if worse := member.progression:
        told = [row for row in facts.get("CE", ()) if row.get("category") == "DISEASE_PROGRESSION"]
        same = [row for row in told if worse.text and row["onset"] == worse.text]
        if same:
            number = placed["CE"][str(same[0]["key"])]
            yield Endpoint.PROGRESSION, Trace("CE", "CESTDTC", number)
        elif worse.source in placed["RS"]:
            yield Endpoint.PROGRESSION, Trace("RS", "RSDTC", placed["RS"][worse.source])
