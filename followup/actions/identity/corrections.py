"""Who a patient is: kept once, corrected with a reason; sex and birth date reach safety."""

from collections.abc import Collection
from dataclasses import fields, replace
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from followup.actions import practice
from followup.actions.identity.comparing import DuplicateWarning, likeness, taken
from followup.actions.identity.encryption import encrypted
from followup.actions.identity.persons import Contact, IdentityInput, readable, validate, validated
from followup.core import clock, confirmations
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.facts import publish
from followup.core.permissions import Perm
from followup.core.problems import Conflict, Refused
from followup.domain.facts import PatientIdentityChanged
from followup.domain.identity import Document
from followup.models import Identity, Infusion, Patient
from followup.queries import duplicates
from followup.queries import identity as queries


@action("identity.keep", needs=Perm.IDENTITY_WRITE)
def save(actor: Actor, patient: Patient, *, given: IdentityInput, today: date) -> Identity:
    """Store who the patient is, for the first time; hospital staff of the patient's site."""
    identity = encrypted(given if given.readings else validated(given, today=today), patient)
    identity.save(force_insert=True)
    return identity


@action("identity.correct", needs=Perm.IDENTITY_WRITE)
def correct(
    actor: Actor,
    patient: Patient,
    *,
    given: IdentityInput,
    today: date,
    reason: str,
    sex: str | None = None,
    version: int | None = None,
    compared: bool = False,
    confirmed: Collection[str] = (),
) -> Identity:
    """Replace what is known of the person; a reason is due, the trail keeps the old values.

    Conflict when somebody changed it since `version` was read. Refused with the code `duplicate`
    when the person would then look like another patient and `compared` was not said. A change of
    sex or birth date reaches the patient and is told to safety.
    """
    if not reason.strip():
        raise Refused({"reason": _("Say why the record is changed.")})
    locked = Patient.objects.select_for_update().get(id=patient.id)
    known = Identity.objects.select_for_update().get(patient=patient)
    must_stand(known)
    before = queries.shown(known)
    if version is not None and version != known.version:
        raise Conflict(_differences(before, given))
    judged = validate(given, today=today, sex=sex or locked.sex)
    problems = dict(judged.problems)
    if sex is not None and sex not in Patient.Sex.values:
        problems["sex"] = _("Choose the sex, or unknown.")
    same_as_before = judged.person.national_id == before.national_id
    if not (known.repeats and same_as_before):
        problems |= taken(actor, judged.document, other_than=patient.id)
    problems |= practice.identity_problems(given.national_id, practice=patient.practice)
    problems |= _born_before_infusion(patient, judged.person)
    if problems:
        raise Refused(problems)
    person = readable(judged.person)
    _doubted(actor, patient, person, judged.document, before, compared)
    confirmations.settle(judged.questions, confirmed)
    identity = encrypted(person, patient)
    same_sex = sex is None or sex == locked.sex
    if same_sex and replace(queries.shown(identity), version=before.version) == before:
        raise Refused(_("Nothing is different from what is recorded."))
    identity.version = known.version + 1
    identity.repeats = known.repeats and same_as_before
    identity.save(force_update=True)
    _reach_patient(actor, locked, person, before, sex)
    return identity


def must_stand(identity: Identity) -> None:
    """Refused for an identity that was erased: nothing is written there again."""
    if identity.erased_on:
        raise Refused(queries.erased_text(identity.erased_on))


def _doubted(
    actor: Actor,
    patient: Patient,
    person: IdentityInput,
    document: Document | None,
    before: queries.PersonShown,
    compared: bool,
) -> None:
    """Ask when the corrected person resembles somebody the former one did not."""
    if compared or patient.practice:
        return
    like = likeness(person, document, patient.site_id)
    was = likeness(typed_again(before), None, patient.site_id)
    known = {
        d.patient_id for d in duplicates.possible_duplicates(actor, was, other_than=patient.id)
    }
    fresh = [
        d
        for d in duplicates.possible_duplicates(actor, like, other_than=patient.id)
        if d.patient_id not in known
    ]
    if fresh:
        raise DuplicateWarning(fresh)


def with_contacts_of(given: IdentityInput, person: queries.PersonShown) -> IdentityInput:
    """The input with the recorded numbers: they have doors of their own."""
    return replace(given, contacts=typed_again(person).contacts)


def typed_again(person: queries.PersonShown) -> IdentityInput:
    """What is recorded as if it were typed: the start of a correction."""
    contacts = [*person.contacts, *person.former]
    return IdentityInput(
        name=person.name,
        birth_date=person.birth_date,
        national_id=person.national_id,
        document_kind=person.document_kind,
        contacts=tuple(
            Contact(**{f.name: getattr(c, f.name) for f in fields(Contact)}) for c in contacts
        ),
        address=person.address,
        hospital_number=person.hospital_number,
    )


def _differences(before: queries.PersonShown, given: IdentityInput) -> dict[str, Any]:
    """What was typed beside what stands now, for the fields that differ."""
    mine = {"birth_date": given.birth_date.isoformat() if given.birth_date else ""}
    stands = {"birth_date": before.birth_date.isoformat() if before.birth_date else ""}
    for name in ("name", "document_kind", "national_id", "address", "hospital_number"):
        mine[name], stands[name] = getattr(given, name), getattr(before, name)
    return {n: (mine[n], stands[n]) for n in mine if mine[n] != stands[n]} or {"": ("", "")}


def _born_before_infusion(patient: Patient, person: IdentityInput) -> dict[str, Any]:
    first = Infusion.objects.filter(patient=patient).order_by("infused_on").first()
    born = person.born
    if first and born and born.earliest > first.infused_on:
        return {"birth_date": _("The infusion cannot be before the birth date.")}
    return {}


def _reach_patient(
    actor: Actor,
    patient: Patient,
    person: IdentityInput,
    before: queries.PersonShown,
    sex: str | None,
) -> None:
    """Sex and birth date are clinical data as well: the patient's row and safety follow."""
    changed = set()
    year = person.born.year if person.born else None
    if person.born != before.birth_date:
        changed.add("birth_date")
        patient.birth_year = year
    if sex is not None and sex != patient.sex:
        changed.add("sex")
        patient.sex = sex
    if not changed:
        return
    patient.version += 1
    patient.save(update_fields=["sex", "birth_year", "version"])
    now = clock.now()
    publish(
        actor,
        PatientIdentityChanged(
            patient_id=patient.id,
            site_id=patient.site_id,
            infusion_id=None,
            product_code=None,
            aware_on=clock.today(),
            recorded_at=now,
            recorded_by=actor.id,
            source_id=patient.id,
            version=patient.version,
            changed=frozenset(changed),
        ),
    )
