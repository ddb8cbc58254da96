"""A person as typed, assessed alone: stored form, problems, questions, readings of the name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from followup.core.confirmations import Question
from followup.core.problems import Refused
from followup.domain.dates import PartialDate, add_months
from followup.domain.identity import (
    RESIDENT,
    Document,
    DocumentKind,
    NationalIdError,
    NationalIdProblem,
    PhoneError,
    kinds_of,
    name_units,
    normalise_name,
    normalise_phone,
    read_document,
    visible,
)
from followup.lazy_modules import lazy
from followup.queries import codes

if TYPE_CHECKING:
    import pypinyin
else:
    pypinyin = lazy("pypinyin")  # its tables take 50 MB

CHILD_UNDER = 14  # PIPL article 31: a guardian consents for a child under fourteen


@dataclass(frozen=True, slots=True)
class Contact:
    """One way to reach the patient or somebody near: whose number, and what to mind.

    `hours` is when it is best called, `answered_on` the last day somebody answered it.
    `messages` is the kind of channel (sms, wechat) the owner agreed to be written to by, and since
    when; it belongs to the number and goes over to no other.
    A number that was wrong or given up keeps its row with the day and the reason (WRONG, CHANGED).
    """

    phone: str
    whose: str
    note: str = ""
    relation: str = ""
    person: str = ""
    ended_on: date | None = None
    ended_why: str = ""
    hours: str = ""
    answered_on: date | None = None
    messages: str = ""
    messages_since: date | None = None


@dataclass(frozen=True, slots=True)
class IdentityInput:
    """What was typed about a person. `readings` empty means: all readings that are known."""

    name: str
    birth_date: date | PartialDate | None = None
    national_id: str = ""
    contacts: Sequence[Contact] = ()
    address: str = ""
    hospital_number: str = ""
    readings: Sequence[Sequence[str]] = field(default=())
    document_kind: str = ""

    @property
    def born(self) -> PartialDate | None:
        """The birth date with its precision."""
        known = self.birth_date
        return PartialDate.of(known) if isinstance(known, date) else known


@dataclass(frozen=True, slots=True)
class IdentityCheck:
    """A person in stored form, as far as it could be read, and what stands against it.

    `questions` are possible but unlikely: they can be confirmed. `document` is what the number of
    the identity document says; None without one.
    """

    person: IdentityInput
    problems: Mapping[str, Any]
    questions: Sequence[Question]
    document: Document | None


def document_kinds() -> dict[str, DocumentKind]:
    """The kinds of identity documents of the reference data."""
    return kinds_of({str(row["code"]): row for row in codes.rows("identity_document")})


def readings_of(name: str) -> list[list[str]]:
    """All readings of each unit of a name, the likeliest first, without tones.

    Those of the reference data come before those of the package; a unit nobody can read has none.
    """
    own = {row["code"]: str(row["en"]).split() for row in codes.rows("name_reading")}
    return [list(dict.fromkeys([*own.get(unit, ()), *_spoken(unit)])) for unit in name_units(name)]


def _spoken(unit: str) -> list[str]:
    readings = pypinyin.pinyin(unit, style=pypinyin.Style.NORMAL, heteronym=True)[0]
    return [r for r in readings if r != unit or r.isascii()]


def validated(given: IdentityInput, *, today: date) -> IdentityInput:
    """The input in stored form; Refused names every field that cannot be."""
    judged = validate(given, today=today)
    if judged.problems:
        raise Refused(judged.problems)
    return readable(judged.person)


def readable(person: IdentityInput) -> IdentityInput:
    """The person with the readings of the name."""
    return replace(person, readings=person.readings or readings_of(person.name))


def validate(given: IdentityInput, *, today: date, sex: str | None = None) -> IdentityCheck:
    """The input in stored form as far as it can be, and what is wrong or to be asked about it.

    What cannot be read is left out; the readings of the name are not looked up.
    """
    problems: dict[str, Any] = {}
    questions: list[Question] = []
    name = normalise_name(given.name)
    if not 2 <= len(name) <= 50:
        problems["name"] = _("Give the name with 2 to 50 characters.")
    elif not all(c.isalpha() or c in "· '-." for c in name):
        text = _("The name holds digits or signs: %(name)s. Is it written so in the document?")
        questions.append(Question("name_signs", text % {"name": name}, "name", about=name))
    kind = given.document_kind or RESIDENT
    document = _document(given.national_id, kind, today, problems)
    born = given.born
    if document is not None:
        born = _same_person(document, born, sex, problems, questions)
    if born and born.earliest > today:
        problems["birth_date"] = _("The birth date cannot be later than today.")
    person = IdentityInput(
        name=name,
        birth_date=born.exact or born if born else None,
        national_id=document.number if document else "",
        document_kind=kind if document else "",
        contacts=_contacts(given.contacts, problems),
        address=visible(given.address).strip(),
        hospital_number=visible(given.hospital_number).strip(),
        readings=given.readings,
    )
    return IdentityCheck(person, problems, questions, document)


def _document(text: str, kind: str, today: date, problems: dict[str, Any]) -> Document | None:
    if not visible(text).strip():
        return None
    kinds = document_kinds()
    if kind not in kinds:
        problems["document_kind"] = _("Choose the kind of identity document.")
        return None
    try:
        return read_document(text, kinds[kind], not_after=today)
    except NationalIdError as error:
        problems["national_id"] = _document_problem(error.code, kind)
        return None


def _document_problem(code: NationalIdProblem, kind: str) -> str:
    """What to do about a number that cannot be right."""
    if code is NationalIdProblem.FIFTEEN:
        return _(
            "Identity numbers of 15 digits are no longer valid since 2013: enter the 18 "
            "characters of the present card."
        )
    if code is NationalIdProblem.LOOKALIKE:
        return _("The last sign only looks like an X: type the letter X.")
    if kind == RESIDENT:
        return _(
            "Not a valid identity number: please check the digits. For a passport or a travel "
            "permit choose its kind."
        )
    return _("This is not how a number of this document looks: please check its kind and number.")


def _same_person(
    document: Document,
    born: PartialDate | None,
    sex: str | None,
    problems: dict[str, Any],
    questions: list[Question],
) -> PartialDate | None:
    """What the number says beside what was typed; the birth date that holds."""
    inside = PartialDate.of(document.birth_date) if document.birth_date else None
    if inside and born and not born.earliest <= inside.earliest <= born.latest:
        problems["birth_date"] = _("Differs from the birth date in the identity number.")
        return born
    if document.sex and sex in ("MALE", "FEMALE") and sex != document.sex:
        text = _("The identity number is one of the other sex. Is the sex right?")
        questions.append(Question("sex_of_document", text, "sex", about=sex))
    return inside or born


def _contacts(given: Sequence[Contact], problems: dict[str, Any]) -> tuple[Contact, ...]:
    contacts = []
    for contact in given:
        try:
            phone = normalise_phone(contact.phone)
        except PhoneError:
            box = "phone" if contact.whose == "PATIENT" else "phone_family"
            problems[box] = _("Not a telephone number: please check the digits.")
            continue
        note, person = visible(contact.note).strip(), normalise_name(contact.person)
        contacts.append(replace(contact, phone=phone, note=note, person=person))
    return tuple(contacts)


def guardian_questions(person: IdentityInput, today: date) -> list[Question]:
    """A child is followed through its guardian: a number of one, with the relation, is asked."""
    born = person.born
    if born is None or born.latest <= add_months(today, -12 * CHILD_UNDER):
        return []
    if any(c.whose != "PATIENT" and c.relation and not c.ended_on for c in person.contacts):
        return []
    text = _("The patient is under 14: give the telephone of a guardian and who it is.")
    return [Question("no_guardian", text, "phone_family")]
