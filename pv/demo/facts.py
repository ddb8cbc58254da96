"""What happens in the demo's world, as plain facts: who, when, what; nothing of it is stored."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from followup.domain.dates import PartialDate
from followup.domain.infusion_details import InfusionDetails
from followup.domain.protocols import Protocol
from pv.demo.persons import Person


@dataclass(frozen=True, slots=True)
class SiteSpec:
    """An invented hospital."""

    code: str
    name_zh: str
    name_en: str
    province: str
    weight: float


@dataclass(frozen=True, slots=True)
class Use:
    """A product in one approved indication, from when it may be given, and how common it is."""

    product: str
    indication: str
    disease: str
    since: date
    weight: float


@dataclass(frozen=True, slots=True)
class World:
    """What every life is told from; the same world gives the same lives."""

    seed: int
    today: date
    sites: Sequence[SiteSpec]
    uses: Sequence[Use]
    protocol: Protocol


@dataclass(frozen=True, slots=True)
class InfusionFact:
    """What was given on day zero."""

    product: str
    indication: str
    disease: str
    infused_on: date
    lot: str
    chain_of_identity: str
    dose_cells: Decimal
    lymphodepletion: str
    prior_lines: int
    off_label_reason: str = ""
    details: InfusionDetails = InfusionDetails()


@dataclass(frozen=True, slots=True)
class VisitFact:
    """One contact that reached somebody; `code` is the planned point, empty for unscheduled.

    `response` is the code of the criteria of the disease, which goes into an assessment of its
    own; `disease_status` what the form of a contact asks. `done` are the assessments that were
    ticked, `outside` a contact outside its window that stands for the visit all the same.
    """

    on: date
    code: str
    contact_type: str
    informant: str
    vital_status: str = "ALIVE"
    disease_status: str = ""
    response: str = ""
    progressed_on: PartialDate | None = None
    new_malignancy: str = ""
    other_event: str = ""
    new_therapy: str = ""
    therapy_note: str = ""
    died_on: PartialDate | None = None
    death_cause: str = ""
    death_cause_code: str = ""
    autopsy: str = ""
    unanswered_reason: str = ""
    done: tuple[str, ...] = ()
    outside: bool = False


@dataclass(frozen=True, slots=True)
class AttemptFact:
    """One try that reached nobody."""

    on: date
    code: str
    method: str
    next_try_on: date


@dataclass(frozen=True, slots=True)
class EventFact:
    """An adverse event as the hospital will report it; `coded` is what the safety officer adds."""

    aware_on: date
    onset: PartialDate
    verbatim: str
    serious: bool
    kind: str = ""
    seriousness: tuple[str, ...] = ()
    grade: int | None = None
    grade_scale: str = ""
    outcome: str = "UNKNOWN"
    causality: str = ""
    is_new_malignancy: bool = False
    t_cell_suspected: bool | None = None
    pathology: str = ""
    pathology_note: str = ""
    immunophenotype: str = ""
    transgene: str = ""
    specimen_kept: str = ""
    classified: tuple[tuple[str, str], ...] = ()  # class of the event, and what it asks for
    note: str = ""
    coded: str = ""


@dataclass(frozen=True, slots=True)
class Life:
    """One patient from consent to today. `story` names the malignancy told of this patient,
    `course` what becomes of the follow-up beside the contacts (`dispositions`).
    """

    number: int
    site: str
    person: Person
    infusion: InfusionFact
    consented_on: date
    registered_on: date
    visits: tuple[VisitFact, ...] = ()
    attempts: tuple[AttemptFact, ...] = ()
    events: tuple[EventFact, ...] = ()
    lost_on: date | None = None
    story: str = ""
    course: str = ""

    @property
    def died_on(self) -> PartialDate | None:
        """The day of death as it was reported; None while alive as far as anybody knows."""
        return next((v.died_on for v in self.visits if v.died_on), None)

    @property
    def last_contact_on(self) -> date:
        """The last day anybody was reached."""
        return max((v.on for v in self.visits), default=self.infusion.infused_on)


@dataclass(frozen=True, slots=True)
class Course:
    """What the disease does: when it comes back, when the patient dies and of what."""

    response: str
    relapse: str
    progressed_on: date | None
    died_on: date | None
    cause: str
    malignancies: tuple[EventFact, ...] = field(default=())
