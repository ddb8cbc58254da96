"""Search tokens of people stored before the rules of search changed, made again one by one."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from followup.actions.identity.corrections import typed_again
from followup.actions.identity.encryption import encrypted
from followup.actions.identity.persons import readings_of
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.models import Identity
from followup.queries import identity as queries


@action("identity.renew_tokens", needs=Perm.SYSTEM)
def renew_tokens(actor: Actor, *, patient_ids: Sequence[UUID]) -> int:
    """Make readings and search tokens again from what is sealed; how many people changed.

    Nothing anybody entered changes, so the version a correction was opened with still fits.
    """
    rows = Identity.objects.select_for_update(of=("self",)).select_related("patient")
    changed = 0
    for row in rows.filter(patient_id__in=patient_ids, erased_on__isnull=True).order_by(
        "patient_id"
    ):
        person = queries.shown(row)
        readings = readings_of(person.name)
        new = encrypted(replace(typed_again(person), readings=readings), row.patient)
        same = {bytes(token) for token in row.tokens} == {bytes(token) for token in new.tokens}
        if same and [list(reading) for reading in person.readings] == readings:
            continue
        row.tokens, row.readings_sealed = new.tokens, new.readings_sealed
        row.save(update_fields=["tokens", "readings_sealed"])
        changed += 1
    return changed
