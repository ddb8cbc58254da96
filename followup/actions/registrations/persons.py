"""What the remaining identity takes over from the other one, and gives back."""

from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _

from followup.actions import data_keys, practice
from followup.actions.identity.corrections import typed_again
from followup.actions.identity.encryption import encrypted
from followup.actions.identity.persons import IdentityInput, readable
from followup.core.action import part
from followup.core.confirmations import Question
from followup.core.security import secrets
from followup.models import DataKey, Identity, Patient
from followup.queries import identity as queries

# Taken over where the remaining identity has nothing.
_FILLED = ("hospital_number", "address")


def _mark(phone: str, patient: Patient) -> str:
    """Which number it was, for whoever holds the key of the patient who keeps it."""
    return secrets.mark(phone, data_keys.ensure(patient.id, DataKey.Kind.PERSON, patient.site_id))


def locked(patient: Patient) -> Identity | None:
    """The identity of a patient, kept from others."""
    return Identity.objects.select_for_update().filter(patient=patient).first()


def problems(leaving: Patient, staying: Patient) -> dict[str, Any]:
    """What speaks for two persons: two different identity documents are two people."""
    if mixed := practice.mixing(leaving, staying):
        return {"study_code": mixed}
    for patient in (leaving, staying):
        row = Identity.objects.filter(patient=patient, erased_on__isnull=False).first()
        if row is not None and row.erased_on:
            text = _("%(code)s: %(erased)s. Who it was cannot be compared any more.")
            erased = queries.erased_text(row.erased_on)
            return {"study_code": text % {"code": patient.study_code, "erased": erased}}
    both = [person for person in (_person(leaving), _person(staying)) if person]
    documents = {(each.document_kind, each.national_id) for each in both if each.national_id}
    if len(documents) > 1:
        return {
            "study_code": _(
                "Both have an identity document, and the numbers differ: these are two people,"
                " or one number is wrong. Correct that identity first."
            )
        }
    return {}


def questions(leaving: Patient, staying: Patient) -> list[Question]:
    """What is unlikely of one person: another sex, another birth date, two deaths."""
    asked = []
    one, other = _person(leaving), _person(staying)
    if leaving.sex != staying.sex and "UNKNOWN" not in (leaving.sex, staying.sex):
        text = _("The sex differs. Is it one person?")
        asked.append(Question("merge_sex", text, "study_code", about=staying.study_code))
    born = [each.born for each in (one, other) if each and each.born]
    if len(born) == 2 and (born[0].latest < born[1].earliest or born[1].latest < born[0].earliest):
        text = _("The birth dates differ. Is it one person?")
        asked.append(Question("merge_birth", text, "study_code", about=staying.study_code))
    dead = [p.died_on_text for p in (leaving, staying) if p.vital_status == "DEAD"]
    if len(dead) == 2 and dead[0] != dead[1]:
        text = _("Both are dead, on different days. The later contact decides. Go on?")
        asked.append(Question("merge_deaths", text, "study_code", about=staying.study_code))
    return asked


def _person(patient: Patient) -> IdentityInput | None:
    row = Identity.objects.filter(patient=patient).first()
    return typed_again(queries.shown(row)) if row else None


@part
def take_over(leaving: Patient, staying: Patient) -> dict[str, Any]:
    """Numbers, document and what was empty go to the identity that remains; what was added."""
    former, known = locked(leaving), locked(staying)
    if former is None or known is None:
        return {}
    one, other = typed_again(queries.shown(former)), typed_again(queries.shown(known))
    have = {contact.phone for contact in other.contacts}
    fresh = [contact for contact in one.contacts if contact.phone not in have]
    added: dict[str, Any] = {"phones": [_mark(contact.phone, staying) for contact in fresh]}
    person = replace(other, contacts=(*other.contacts, *fresh))
    for name in _FILLED:
        if getattr(one, name) and not getattr(other, name):
            person = replace(person, **{name: getattr(one, name)})
            added[name] = True
    if one.national_id and not other.national_id:
        person = replace(person, national_id=one.national_id, document_kind=one.document_kind)
        added["document"] = True
    added["repeats"] = bool(former.national_id_index) and not former.repeats
    if added["repeats"]:  # one document stands for one person: from now on the one that remains
        former.repeats = True
        former.save(update_fields=["repeats"])
    _store(known, person, staying)
    return added


@part
def give_back(leaving: Patient, staying: Patient, added: dict[str, Any]) -> None:
    """The identity that remained without what it took over, as far as it still has it."""
    former, known = locked(leaving), locked(staying)
    if former is None or known is None:
        return
    if former.erased_on or known.erased_on:
        return
    one, other = typed_again(queries.shown(former)), typed_again(queries.shown(known))
    marks = set(added.get("phones", ()))
    person = replace(
        other, contacts=tuple(c for c in other.contacts if _mark(c.phone, staying) not in marks)
    )
    for name in _FILLED:
        if added.get(name) and getattr(other, name) == getattr(one, name):
            emptied: dict[str, Any] = {name: ""}
            person = replace(person, **emptied)
    if added.get("document") and other.national_id == one.national_id:
        person = replace(person, national_id="", document_kind="")
    _store(known, person, staying)
    if added.get("repeats"):
        former.repeats = False
        former.save(update_fields=["repeats"])


def _store(known: Identity, person: IdentityInput, patient: Patient) -> None:
    identity = encrypted(readable(person), patient)
    identity.version, identity.repeats = known.version + 1, known.repeats
    identity.save(force_update=True)


@part
def release_document(patient: Patient) -> bool:
    """A voided registration holds no document: the person may be registered rightly."""
    row = locked(patient)
    if row is None or row.repeats or row.national_id_index is None:
        return False
    row.repeats = True
    row.save(update_fields=["repeats"])
    return True


@part
def claim_document(patient: Patient) -> None:
    """The document counts for this registration again; a unique index says if another has it."""
    Identity.objects.filter(patient=patient, erased_on__isnull=True).update(repeats=False)
