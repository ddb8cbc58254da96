"""Registration: patient, identity, consent, infusion and schedule on one page, all or nothing."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from followup.actions import bag_labels, consent_papers, plausibility, practice, schedules
from followup.actions import identity as identities
from followup.actions.consent_papers import ConsentInput
from followup.actions.identity import IdentityInput
from followup.actions.identity.comparing import DOUBT
from followup.core import clock, confirmations
from followup.core.action import action, part
from followup.core.actor import Actor
from followup.core.advisory_locks import wait_for
from followup.core.confirmations import Question
from followup.core.numbering import last_number
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.domain.practice import code_prefix
from followup.models import (
    ConsentVersion,
    Indication,
    Infusion,
    Patient,
    PatientTransfer,
    Product,
    Site,
)
from followup.queries import consents, duplicates
from followup.queries.duplicates import PossibleDuplicate

FIRST_INFUSION_YEAR = 2000  # no CAR-T was given to anybody before


@dataclass(frozen=True, slots=True)
class InfusionInput:
    """What was given. Without an indication of the product a reason is due."""

    product: Product
    indication: Indication | None
    infused_on: date
    lot: str
    chain_of_identity: str
    dose_cells: Decimal | None = None
    lymphodepletion: str = ""
    prior_lines: int | None = None
    off_label_reason: str = ""
    bag_label: str = ""  # as scanned from the bag, compared and not kept


def known(given: InfusionInput) -> dict[str, Any]:
    """The values of an input by field, as the rules read them."""
    return {each.name: getattr(given, each.name) for each in fields(given)}


def _day_problem(day: date, born: date | None, today: date) -> str:
    if day > today:
        return _("The infusion date cannot be later than today.")
    if day.year < FIRST_INFUSION_YEAR:
        return _("The infusion date is too far back: please check the year.")
    if born and day < born:
        return _("The infusion cannot be before the birth date.")
    return ""


def infusion_problems(
    known: Mapping[str, Any],
    born: date | None,
    today: date,
    *,
    besides: Infusion | None = None,
    training: bool = False,
) -> dict[str, Any]:
    """What is wrong with an infusion, of whose values only the readable ones are known.

    A rule that needs a value nobody could read says nothing; `besides` is the row being corrected,
    `training` says that it is of a practice patient.
    """
    problems: dict[str, Any] = {}
    if "infused_on" in known and (said := _day_problem(known["infused_on"], born, today)):
        problems["infused_on"] = said
    product, indication = known.get("product"), known.get("indication")
    if product and indication and indication.product_id != product.id:
        problems["indication"] = _("This indication belongs to another product.")
    outside = "indication" in known and indication is None
    if outside and "off_label_reason" in known and not known["off_label_reason"].strip():
        problems["off_label_reason"] = _(
            "The product is not approved for this use: say why it was given."
        )
    dose = known.get("dose_cells")
    if dose is not None and dose <= 0:
        problems["dose_cells"] = _("The dose must be more than zero; leave it empty if unknown.")
    for name in ("lot", "chain_of_identity"):
        if name in known and not known[name].strip():
            problems[name] = _("This is printed on the infusion bag; please copy it.")
    problems |= bag_labels.problems(known)
    number = known.get("chain_of_identity", "").strip()
    problems |= practice.infusion_problems(number, practice=training)
    used = Infusion.objects.filter(product=product, chain_of_identity=number, retired=False)
    if besides is not None:
        used = used.exclude(id=besides.id)
    if product and number and used.exists():
        problems["chain_of_identity"] = (
            _("This number of practice is already in use: invent another one.")
            if training
            else _("This chain-of-identity number is already in use.")
        )
    return problems


@dataclass(frozen=True, slots=True)
class RegistrationCheck:
    """What speaks against a registration: problems by field, possible duplicates, questions.

    `person` is the identity in stored form with the readings of its name, as far as it could be
    read; `duplicates` are the known
    patients it may repeat, with what agrees.
    """

    person: IdentityInput
    problems: Mapping[str, Any]
    duplicates: Sequence[PossibleDuplicate]
    questions: Sequence[Question]
    form: ConsentVersion | None = None

    @property
    def duplicate_warning(self) -> str:
        """What to ask before one person is registered twice; empty when nobody is alike."""
        return str(DOUBT) if self.duplicates else ""


def check_registration(
    actor: Actor,
    *,
    sex: str | None,
    identity: IdentityInput,
    consent: Mapping[str, Any],
    infusion: Mapping[str, Any],
    site: Site | None = None,
    guardian: bool = False,
    training: bool = False,
) -> RegistrationCheck:
    """Check a registration by the rules of `register` without storing anything.

    `consent` and `infusion` hold the fields of ConsentInput and InfusionInput that could be read,
    so that a page whose own checks failed can still name everything that is wrong at once.
    Denied without the permission to register.
    """
    actor.require(Perm.PATIENT_WRITE)
    today = clock.today()
    judged = identities.validate(identity, today=today, sex=sex)
    person, problems = identities.readable(judged.person), dict(judged.problems)
    if sex not in Patient.Sex.values:
        problems["sex"] = _("Choose the sex, or unknown.")
    born = person.born.earliest if person.born else None
    problems |= infusion_problems(infusion, born, today, training=training)
    product = infusion.get("product")
    forms = consents.fitting(site.id, [product.id] if product else []) if site else []
    form, wrong, asked = consent_papers.check(consent, forms, today=today, born=person.born)
    problems |= wrong
    problems |= practice.identity_problems(identity.national_id, practice=training)
    problems |= identities.taken(actor, judged.document)
    like = identities.likeness(person, judged.document, site.id if site else None)
    candidates = [] if training else duplicates.possible_duplicates(actor, like)
    questions = [*judged.questions, *plausibility.questions(consent, infusion), *asked]
    if guardian:
        questions += identities.guardian_questions(person, today)
    return RegistrationCheck(person, problems, candidates, questions, form)


def _one_at_a_time(site: Site) -> None:
    """Registrations of a site follow each other, so that the second one sees what the first did."""
    wait_for("registration", str(site.id))


@part
def next_study_code(site: Site, *, training: bool = False) -> str:
    """Site code and a running number, of practice patients a series of its own.

    The lock keeps two registrations from one number; that of somebody transferred is not given
    again.
    """
    _one_at_a_time(site)
    prefix = code_prefix(site.code) if training else f"{site.code}-"
    here = last_number(Patient.objects.filter(site=site), "study_code", prefix)
    gone = last_number(PatientTransfer.objects.filter(from_site=site), "code", prefix)
    return f"{prefix}{max(here, gone) + 1:05d}"


@part
def insert_infusion(patient: Patient, given: InfusionInput) -> Infusion:
    """Store an infusion that was assessed; its schedule is opened by the caller."""
    return Infusion.objects.create(
        patient=patient,
        site_id=patient.site_id,
        product=given.product,
        indication=given.indication,
        off_label_reason=given.off_label_reason.strip(),
        infused_on=given.infused_on,
        lot=given.lot.strip(),
        chain_of_identity=given.chain_of_identity.strip(),
        dose_cells=given.dose_cells,
        lymphodepletion=given.lymphodepletion.strip(),
        prior_lines=given.prior_lines,
        recorded_at=clock.now(),
    )


@action("patient.register", needs=Perm.PATIENT_WRITE)
def register(
    actor: Actor,
    site: Site,
    *,
    sex: str,
    identity: IdentityInput,
    consent: ConsentInput,
    infusion: InfusionInput,
    not_a_duplicate: bool = False,
    confirmed: Collection[str] = (),
    guardian: bool = False,
    adopted_on: date | None = None,
    training: bool = False,
) -> Patient:
    """Register a treated patient at the site; hospital staff of that site.

    Creates patient, identity, consent, infusion and the lifelong schedule in one transaction.
    Refused with code `duplicate` when somebody known may be the same person and
    `not_a_duplicate` was not confirmed; nothing is stored then. An identity document that is in
    the register already is refused whatever was compared. What is unlikely has to be `confirmed`;
    `guardian` asks for a guardian's number of a child (the doors do). A window that closed before
    `adopted_on` (today) is before the register. `training` makes a practice patient, for good:
    no document, no real bag, no person it could be the same as.
    """
    _one_at_a_time(site)
    found = check_registration(
        actor,
        sex=sex,
        identity=identity,
        consent=consent_papers.known(consent),
        infusion=known(infusion),
        site=site,
        guardian=guardian,
        training=training,
    )
    candidates = () if not_a_duplicate else found.duplicates
    if candidates:
        raise identities.DuplicateWarning(candidates, found.problems)
    if found.problems:
        raise Refused(found.problems)
    confirmations.settle(found.questions, confirmed)
    return _register(actor, site, sex, found, consent, infusion, adopted_on, training)


def _register(
    actor: Actor,
    site: Site,
    sex: str,
    found: RegistrationCheck,
    consent: ConsentInput,
    infusion: InfusionInput,
    adopted_on: date | None,
    training: bool,
) -> Patient:
    now, today, person = clock.now(), clock.today(), found.person
    patient = Patient.objects.create(
        site=site,
        study_code=next_study_code(site, training=training),
        sex=sex,
        birth_year=person.born.year if person.born else None,
        vital_status=Patient.VitalStatus.ALIVE,
        state_since=infusion.infused_on,
        last_contact_on=infusion.infused_on,
        registered_at=now,
    )
    if training:
        practice.mark(patient)
    identities.save(actor, patient, given=person, today=today)
    consent_papers.insert(patient, consent, found.form)
    schedules.open_for(actor, insert_infusion(patient, infusion), registered_on=adopted_on)
    return patient
