"""A signed paper: what is wrong with it, what is asked about it, its row, and what follows."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from followup.core import clock
from followup.core.action import part
from followup.core.confirmations import Question
from followup.core.problems import Refused
from followup.core.templatetags.everwatch import listed
from followup.domain.consents import (
    Assent,
    ConsentRules,
    Purpose,
    Signer,
    age_on,
    counts_from,
    end_of,
)
from followup.domain.dates import PartialDate
from followup.models import Consent, ConsentVersion, Patient
from followup.queries import consents as queries
from followup.queries.field_words import PURPOSES


@dataclass(frozen=True, slots=True)
class ConsentInput:
    """Which consent was signed, when and by whom; what was agreed to and what refused.

    What is neither in `purposes` nor in `refused` was left open. `signed_by` empty: not recorded.
    """

    form_version: str
    purposes: Sequence[str]
    given_on: date | PartialDate
    refused: Sequence[str] = ()
    signed_by: str = ""
    assent: str = ""


def known(given: ConsentInput) -> dict[str, Any]:
    """The values of an input by field, as the rules read them."""
    return {each.name: getattr(given, each.name) for each in fields(given)}


def signed_on(values: Mapping[str, Any]) -> PartialDate | None:
    """The day of signing with its precision; None where it could not be read."""
    day = values.get("given_on")
    return PartialDate.of(day) if isinstance(day, date) else day


def problems(values: Mapping[str, Any], today: date, born: PartialDate | None) -> dict[str, Any]:
    """What is wrong with a consent by field; a value nobody could read says nothing."""
    found: dict[str, Any] = {}
    if "form_version" in values and not values["form_version"].strip():
        found["form_version"] = _("Which version of the consent form was signed?")
    agreed, refused = values.get("purposes"), set(values.get("refused", ()))
    if agreed is not None and not agreed and not refused:
        found["purposes"] = _("Tick at least one purpose the patient agreed to.")
    if unknown := (set(agreed or ()) | refused) - set(Purpose):
        text = _("This is no purpose of a consent: %(codes)s")
        found["purposes"] = text % {"codes": listed(sorted(unknown))}
    if set(agreed or ()) & refused:
        found["refused"] = _("A purpose is agreed to or refused, not both.")
    signed = signed_on(values)
    if signed and signed.earliest > today:
        found["given_on"] = _("The consent cannot be signed later than today.")
    elif signed and born and signed.latest < born.earliest:
        found["given_on"] = _("The consent cannot be signed before the birth date.")
    elif signed and born:
        found |= _signer_problems(values, *age_on(born, signed), queries.rules())
    return found


def _signer_problems(
    values: Mapping[str, Any], least: int, most: int, ages: ConsentRules
) -> dict[str, Any]:
    """Who may sign at an age between `least` and `most`; what the date leaves open is let pass."""
    signer, assent = values.get("signed_by", ""), values.get("assent", "")
    child = signer == Signer.GUARDIAN
    if signer in (Signer.PATIENT, Signer.PROXY) and most < ages.guardian_under:
        text = _("A guardian signs for a child under %(age)s.")
        return {"signed_by": text % {"age": ages.guardian_under}}
    if child and least >= ages.own_from:
        text = _("From %(age)s years on the patient signs, or a proxy.")
        return {"signed_by": text % {"age": ages.own_from}}
    if child and least >= ages.assent_from and not assent:
        text = _("From %(age)s years on the child is asked too: did it agree?")
        return {"assent": text % {"age": ages.assent_from}}
    if child and assent == Assent.REFUSED and values.get("purposes"):
        return {"assent": _("The child said no: record these purposes as refused.")}
    if assent and signer and not child:
        return {"assent": _("A child's answer goes with the signature of its guardian.")}
    return {}


def form_of(
    values: Mapping[str, Any], forms: Collection[ConsentVersion]
) -> tuple[ConsentVersion | None, dict[str, Any], list[Question]]:
    """The form a paper is, of those it may be; what is wrong with that; what is asked.

    Papers signed before a site kept its forms are taken as printed.
    """
    text, signed = values.get("form_version", "").strip(), signed_on(values)
    form = next((row for row in forms if row.code == text), None)
    if form is None:
        first = min((row.valid_from for row in forms), default=None)
        if not text or signed is None or first is None or signed.latest < first:
            return None, {}, []
        codes = listed(sorted({row.code for row in forms}))
        words = _("This site has no such version of the form. Known are: %(codes)s")
        return None, {"form_version": words % {"codes": codes}}, []
    asked = {*values.get("purposes", ()), *values.get("refused", ())}
    if missing := asked - set(form.purposes):
        known = [str(PURPOSES[Purpose(code)]) for code in sorted(missing) if code in PURPOSES]
        words = _("Version %(code)s of the form does not ask for: %(purposes)s.")
        return form, {"purposes": words % {"code": form.code, "purposes": listed(known)}}, []
    outside = signed is not None and (
        signed.latest < form.valid_from
        or (form.valid_until is not None and signed.earliest > form.valid_until)
    )
    if not outside or signed is None:
        return form, {}, []
    words = _("Version %(code)s was not in use on %(day)s.")
    said = words % {"code": form.code, "day": signed.isoformat()}
    return form, {}, [Question("form_not_in_use", said, "given_on", about=signed.isoformat())]


def check(
    values: Mapping[str, Any],
    forms: Collection[ConsentVersion],
    *,
    today: date,
    born: PartialDate | None,
) -> tuple[ConsentVersion | None, dict[str, Any], list[Question]]:
    """The form, everything that is wrong, everything that is asked."""
    form, wrong, asked = form_of(values, forms)
    return form, wrong | problems(values, today, born), asked


@part
def insert(patient: Patient, given: ConsentInput, form: ConsentVersion | None) -> Consent:
    """The row of a paper that was checked."""
    signed, now = signed_on(known(given)), clock.now()
    if signed is None:
        raise Refused({"given_on": _("When? Enter the date.")})
    return Consent.objects.create(
        patient=patient,
        site_id=patient.site_id,
        form=form,
        form_version=given.form_version.strip(),
        purposes=list(dict.fromkeys(given.purposes)),
        refused=list(dict.fromkeys(given.refused)),
        signed_by=given.signed_by,
        assent=given.assent,
        given_on=counts_from(signed, clock.today()),
        given_on_text="" if signed.exact else signed.isoformat(),
        recorded_at=now,
    )


@part
def settle(patient: Patient) -> None:
    """Let the rows of a patient's papers say what all papers and withdrawals say together.

    Call it with the patient's row locked, after any change of either.
    """
    on_file = queries.facts([patient.id])[patient.id]
    for row in Consent.objects.select_for_update().filter(patient=patient).order_by("id"):
        paper = queries.paper_of(row)
        ends: dict[date | None, list[str]] = {}
        for purpose in row.purposes:
            end = end_of(paper, purpose, on_file.papers, on_file.withdrawals)
            ends.setdefault(end, []).append(purpose)
        if not ends:  # a paper that only refuses
            continue
        first, *others = sorted(ends.items(), key=lambda each: (each[0] is None, each[0]))
        for end, purposes in others:
            _part_of(row, purposes, end)
        if (row.withdrawn_on, row.purposes) != first:
            row.withdrawn_on, row.purposes = first
            row.save(update_fields=["withdrawn_on", "purposes"])


def _part_of(row: Consent, purposes: list[str], end: date | None) -> None:
    """A further row of the same paper, for purposes that end on another day."""
    Consent.objects.create(
        patient_id=row.patient_id,
        site_id=row.site_id,
        paper_id=row.paper_id or row.id,
        form_id=row.form_id,
        form_version=row.form_version,
        purposes=purposes,
        signed_by=row.signed_by,
        assent=row.assent,
        given_on=row.given_on,
        given_on_text=row.given_on_text,
        withdrawn_on=end,
        recorded_at=row.recorded_at,
    )
