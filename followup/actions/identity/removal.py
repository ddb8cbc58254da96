"""Who a person was, taken away: empty values, no index, no key."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from followup.actions import data_keys
from followup.core.action import part
from followup.models import Identity, PatientMessage

BLANK = (
    *("name_sealed", "readings_sealed", "document_kind", "national_id_sealed"),
    *("birth_date_sealed", "contacts_sealed", "address_sealed", "hospital_number_sealed"),
)


@part
def take_away(people: Collection[UUID], files: Collection[UUID], *, on: date) -> int:
    """Empty the identities and destroy the keys; how many keys there were."""
    rows = Identity.objects.select_for_update(of=("self",)).filter(patient_id__in=list(people))
    for row in rows.order_by("patient_id"):
        for name in BLANK:
            setattr(row, name, "")
        row.national_id_index = row.birth_date_index = None
        row.tokens, row.repeats = [], False
        row.version += 1
        row.erased_on = row.erased_on or on
        row.save()
    for message in PatientMessage.objects.select_for_update(of=("self",)).filter(
        patient_id__in=list(people)
    ):
        message.tail = ""
        message.save(update_fields=["tail"])
    return data_keys.destroy([*people, *files])
