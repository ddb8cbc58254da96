"""Whether those a message names are the very patients its numbers lead to."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from uuid import UUID

from followup.core.security import secrets
from followup.domain.dates import PartialDate
from followup.domain.identity import search_token
from followup.domain.laboratory.messages import SentPerson
from followup.models import Identity, Patient


class Difference(StrEnum):
    """In what a message contradicts the patient its number leads to."""

    SEVERAL = "several"
    SEX = "sex"
    BIRTH_DATE = "birth_date"
    NAME = "name"


Marks = Mapping[UUID, tuple[bytes | None, frozenset[bytes]]]


def one_of(whose: Mapping[str, Patient], numbers: Iterable[str]) -> Patient | None:
    """The one patient some numbers lead to; two are nobody."""
    found = {whose[number].id: whose[number] for number in numbers if number in whose}
    return next(iter(found.values())) if len(found) == 1 else None


def marks(persons: Iterable[SentPerson], whose: Mapping[str, Patient]) -> Marks:
    """The keyed marks of birth date and names of the patients of some messages, asked once."""
    told = [one for one in persons if one.name or (one.born and one.born.day)]
    ids = {patient.id for one in told if (patient := one_of(whose, one.numbers))}
    if not ids:
        return {}
    rows = Identity.objects.filter(patient_id__in=ids)
    found = rows.values_list("patient_id", "birth_date_index", "tokens")
    return {
        patient: (bytes(born) if born else None, frozenset(map(bytes, tokens)))
        for patient, born, tokens in found
    }


def differences(
    persons: Iterable[SentPerson], whose: Mapping[str, Patient], known: Marks
) -> frozenset[Difference]:
    """In what they differ; what either side does not know differs from nothing.

    Nothing is opened: birth date and name are compared by their keyed marks.
    """
    found: set[Difference] = set()
    for one in persons:
        ours = {whose[number].id for number in one.numbers if number in whose}
        if len(ours) > 1:
            found.add(Difference.SEVERAL)
        patient = one_of(whose, one.numbers)
        if patient is not None:
            found.update(_of_one(one, patient, *known.get(patient.id, (None, frozenset()))))
    return frozenset(found)


def _of_one(
    one: SentPerson, patient: Patient, born: bytes | None, names: frozenset[bytes]
) -> Iterable[Difference]:
    if one.sex and patient.sex in ("MALE", "FEMALE") and one.sex != patient.sex:
        yield Difference.SEX
    if one.born is not None and not _born(one.born, patient, born):
        yield Difference.BIRTH_DATE
    if one.name and names and secrets.blind_index(search_token(one.name), "search") not in names:
        yield Difference.NAME


def _born(sent: PartialDate, patient: Patient, mark: bytes | None) -> bool:
    """Whether a birth date may be the patient's: to the day where both sides know one."""
    if sent.day is not None and mark is not None:
        return secrets.blind_index(str(sent), "birth_date") == mark
    return not patient.birth_year or sent.year == patient.birth_year
