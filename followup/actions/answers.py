"""The answers of one contact: what may be asked, what is contradictory, how they are stored."""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from followup.core import confirmations
from followup.core.confirmations import Question
from followup.core.problems import Refused
from followup.core.templatetags.everwatch import shown
from followup.domain.contacts import ContactType
from followup.domain.contents import DONE, NOT_DONE
from followup.domain.dates import PartialDate
from followup.domain.deaths import NO_UNDERLYING_CAUSE, icd10
from followup.domain.events import Kept
from followup.models import Consent, Infusion, Patient, PlannedVisit, Visit
from followup.queries import after_death
from followup.queries.after_death import Later

RELATED = ("RELATED", "NOT_RELATED", "UNKNOWN")
_LATER: Mapping[Later, Promise] = {
    Later.INFUSION: gettext_lazy("An infusion of %(day)s is recorded, after that death."),
    Later.EVENT: gettext_lazy("An adverse event is dated %(day)s, after that death."),
    Later.TREATMENT: gettext_lazy("A treatment or stay is dated %(day)s, after that death."),
    Later.ASSESSMENT: gettext_lazy("An assessment of %(day)s is recorded, after that death."),
    Later.LABORATORY: gettext_lazy("A laboratory value of %(day)s is recorded, after that death."),
    Later.SAMPLE: gettext_lazy("A sample was collected on %(day)s, after that death."),
}


@dataclass(frozen=True, slots=True)
class VisitInput:
    """The answers of one contact. Empty means not asked; nothing is filled in for anybody.

    `assessments` are the protocol's codes, DONE or NOT_DONE; `unanswered_reason` says why
    something was not asked, not known or not done. `counts_outside` lets a contact outside the
    window stand for its planned visit; without it such a contact is an unscheduled one.
    """

    contact_on: date
    informant: str
    vital_status: str
    contact_type: str = "PHONE"
    died_on: PartialDate | None = None
    death_cause: str = ""
    death_cause_code: str = ""
    autopsy: str = ""
    death_related: str = ""
    disease_status: str = ""
    progressed_on: PartialDate | None = None
    new_malignancy: str = ""
    other_event: str = ""
    new_therapy: str = ""
    therapy_note: str = ""
    unanswered_reason: str = ""
    assessments: Mapping[str, str] = field(default_factory=dict)
    counts_outside: bool = False
    note: str = ""
    confirmed: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """What an answer is held against: the patient, the infusion, the other contacts as they stand.

    `first` is the first day a contact may lie on.
    """

    patient: Patient
    infused_on: date
    first: date
    today: date
    others: tuple[Visit, ...]
    consented_on: date | None = None


def known(
    patient: Patient,
    infusion: Infusion,
    today: date,
    *,
    planned: PlannedVisit | None = None,
    corrected: Visit | None = None,
) -> Known:
    """What is recorded beside the contact being recorded or corrected."""
    rows = Visit.objects.filter(patient=patient, undone_at__isnull=True, replaced_by__isnull=True)
    if corrected is not None:
        rows = rows.exclude(id=corrected.id)
    # The baseline visit lies before the infusion; every other contact comes after it.
    first = min(infusion.infused_on, planned.window_start) if planned else infusion.infused_on
    papers = Consent.objects.filter(patient=patient).order_by("given_on")
    return Known(
        patient,
        infusion.infused_on,
        first,
        today,
        tuple(rows.order_by("contact_on")),
        papers.values_list("given_on", flat=True).first(),
    )


def problems(given: VisitInput, on_file: Known) -> dict[str, Any]:
    """What is wrong with the answers, by field."""
    found: dict[str, Any] = {}
    if given.contact_on > on_file.today:
        found["contact_on"] = _("The day of contact cannot be later than today.")
    elif given.contact_on < on_file.first:
        found["contact_on"] = _("The day of contact cannot be before the infusion.")
    if given.contact_type not in ContactType.__members__:
        found["contact_type"] = _("Say how the contact was made.")
    if not given.informant:
        found["informant"] = _("Who answered?")
    if given.vital_status not in ("ALIVE", "DEAD", "UNKNOWN"):
        found["vital_status"] = _("Answer whether the patient is alive.")
    elif given.vital_status == "UNKNOWN" and given.informant == "PATIENT":
        found["vital_status"] = _("A patient who answers is alive.")
    found |= _progression_problems(given, on_file)
    if any(value not in (DONE, NOT_DONE) for value in given.assessments.values()):
        found["assessments"] = _("Choose from the list.")
    return found | _death_problems(given, on_file) | _after_death(given, on_file)


def _progression_problems(given: VisitInput, on_file: Known) -> dict[str, Any]:
    progressed, died = given.progressed_on, given.died_on
    if progressed is None:
        return {}
    if progressed.earliest > given.contact_on:
        return {"progressed_on": _("The progression cannot be after the day of contact.")}
    if progressed.latest < on_file.infused_on:
        return {"progressed_on": _("The progression cannot be before the infusion.")}
    if died is not None and progressed.earliest > died.latest:
        return {"progressed_on": _("The progression cannot be after the death.")}
    return {}


def _death_problems(given: VisitInput, on_file: Known) -> dict[str, Any]:
    if given.vital_status != "DEAD":
        told: dict[str, Any] = {"died_on": given.died_on}
        told |= {"death_cause_code": given.death_cause_code.strip(), "autopsy": given.autopsy}
        text = _("This needs the answer: dead.")
        return {name: text for name, value in told.items() if value}
    found: dict[str, Any] = {}
    if icd10(given.death_cause_code) is None:
        found["death_cause_code"] = _(
            "“%(code)s” is no code of ICD-10: a letter and two digits, then a point and a"
            " subdivision if there is one, for example I61.9."
        ) % {"code": given.death_cause_code.strip()}
    if given.autopsy not in ("", *Kept):
        found["autopsy"] = _("Answer yes, no or not known.")
    if given.informant == "PATIENT":
        found["informant"] = _("A death is reported by somebody other than the patient.")
    if given.death_related not in ("", *RELATED):
        found["death_related"] = _("Choose from the list.")
    if given.died_on is None:
        found["died_on"] = _("Give the date of death; year or month alone is allowed.")
    elif given.died_on.earliest > given.contact_on:
        found["died_on"] = _("The death cannot be after the day of contact.")
    elif given.died_on.latest < on_file.infused_on:
        found["died_on"] = _("The death cannot be before the infusion.")
    return found


def _after_death(given: VisitInput, on_file: Known) -> dict[str, Any]:
    """One death for a patient, and nobody alive, or asked for, after it."""
    told = [row for row in on_file.others if row.vital_status == "DEAD" and row.died_on_text]
    if not told:
        return {}
    died = PartialDate.from_iso(told[0].died_on_text)
    if given.vital_status == "DEAD":
        text = _("The death on %(day)s is already recorded: correct that contact instead.")
        return {"vital_status": text % {"day": shown(died)}}
    if given.contact_on > died.latest:
        text = _(
            "A death on %(day)s is recorded. If that is wrong, retract the death under "
            "“Follow-up status” first; if not, check the day of contact."
        )
        return {"vital_status": text % {"day": shown(died)}}
    return {}


def questions(given: VisitInput, on_file: Known) -> list[Question]:
    """What is possible but unlikely, to be confirmed by a person."""
    found = []
    first = on_file.consented_on
    if first is not None and given.contact_on < first:
        text = _("The contact lies before the first signed consent (%(day)s).")
        found.append(Question("contact_before_consent", text % {"day": first}, "contact_on", first))
    if given.vital_status != "DEAD" or given.died_on is None:
        return found
    if given.disease_status == "REMISSION":
        text = _("The patient died while still in remission.")
        found.append(Question("died_in_remission", text, "disease_status"))
    code = icd10(given.death_cause_code)
    if code and code[0] in NO_UNDERLYING_CAUSE:
        text = _(
            "%(code)s is an injury by its nature, or no illness: an underlying cause has another"
            " code (an injury V01 to Y98)."
        )
        text %= {"code": code}
        found.append(Question("no_underlying_cause", text, "death_cause_code", code))
    later = [
        row.contact_on
        for row in on_file.others
        if row.vital_status == "ALIVE" and row.contact_on > given.died_on.latest
    ]
    if later:
        text = _(
            "A contact of %(day)s is recorded in which the patient was alive, after that death."
        )
        day = max(later)
        found.append(Question("alive_after_death", text % {"day": day}, "died_on", day))
    return found + _dated_after(on_file.patient, given.died_on)


def _dated_after(patient: Patient, died: PartialDate) -> list[Question]:
    """What else is on record after the death: one of the two days may be wrong."""
    return [
        Question(
            f"{kind.value.lower()}_after_death", str(_LATER[kind]) % {"day": day}, "died_on", day
        )
        for kind, day in after_death.dated_after(patient.id, died.latest).items()
    ]


def validate(given: VisitInput, on_file: Known, problems_before: Mapping[str, Any]) -> None:
    """Refused with everything that is wrong; then with every question nobody has confirmed."""
    found = dict(problems_before) | problems(given, on_file)
    if found:
        raise Refused(found)
    confirmations.settle(questions(given, on_file), given.confirmed)


def columns(given: VisitInput) -> dict[str, Any]:
    """The answers as a row stores them."""
    values = asdict(given)
    died, progressed = given.died_on, given.progressed_on
    del values["died_on"], values["progressed_on"], values["confirmed"]
    values["died_on_text"] = died.isoformat() if died else ""
    values["death_cause_code"] = icd10(given.death_cause_code)
    values["progressed_on_text"] = progressed.isoformat() if progressed else ""
    values["assessments"] = dict(given.assessments)
    values["unanswered_reason"] = given.unanswered_reason.strip()
    return values


def of(row: Visit) -> VisitInput:
    """The answers of a recorded contact, for correcting them."""
    died, progressed = row.died_on_text, row.progressed_on_text
    return VisitInput(
        contact_on=row.contact_on,
        informant=row.informant,
        vital_status=row.vital_status,
        contact_type=row.contact_type,
        died_on=PartialDate.from_iso(died) if died else None,
        death_cause=row.death_cause,
        death_cause_code=row.death_cause_code,
        autopsy=row.autopsy,
        death_related=row.death_related,
        disease_status=row.disease_status,
        progressed_on=PartialDate.from_iso(progressed) if progressed else None,
        new_malignancy=row.new_malignancy,
        other_event=row.other_event,
        new_therapy=row.new_therapy,
        therapy_note=row.therapy_note,
        unanswered_reason=row.unanswered_reason,
        assessments=row.assessments,
        counts_outside=row.counts_outside,
        note=row.note,
    )
