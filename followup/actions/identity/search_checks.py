"""Whether people are found by what their identity says: the trail does not hold search values."""

from dataclasses import replace

from followup.actions.identity.corrections import typed_again
from followup.actions.identity.encryption import search_values
from followup.core.row_security import contexts
from followup.core.security.secrets import Unreadable
from followup.models import Identity
from followup.queries import identity as queries
from followup.queries.seals import Fault, SealFinding

CHUNK = 500


@contexts.reads_whole
def first_wrong() -> SealFinding | None:
    """The first person whose search values are not those of the sealed identity; None otherwise.

    They are keyed indexes that anybody with the database could exchange, so that a person is not
    found, or found under another name. Older ones after a change of the rules are found as well:
    `renew_search_tokens` makes them again.
    """
    rows = Identity.objects.filter(erased_on__isnull=True)
    for row in rows.order_by("patient_id").iterator(chunk_size=CHUNK):
        if not _fits(row):
            return SealFinding(Fault.SEARCH_DIFFERS, None, f"followup_identity {row.patient_id}")
    return None


def _fits(row: Identity) -> bool:
    try:
        person = queries.shown(row)
        wanted = search_values(replace(typed_again(person), readings=person.readings))
    except (Unreadable, ValueError, LookupError):  # no longer a number of its kind, or no such kind
        return False
    return wanted == {
        "national_id_index": _bytes(row.national_id_index),
        "birth_date_index": _bytes(row.birth_date_index),
        "tokens": sorted(bytes(token) for token in row.tokens),
    }


def _bytes(value: bytes | memoryview | None) -> bytes | None:
    return None if value is None else bytes(value)
