"""The list of erasures outside the database, and applying it again after a restore.

A backup holds the keys of its day. Whoever restores one applies the list: what was erased since
is erased again before anybody signs in.
"""

import json
import logging
import os
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings

from followup.actions.identity.removal import take_away
from followup.core import clock
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.models import User
from followup.core.permissions import Perm
from followup.core.row_security import contexts
from followup.domain.erasures import ErasureEvent, ErasureState
from followup.models import IdentityErasure, Patient
from followup.models.erasure_states import ERASURE

logger = logging.getLogger("everwatch.erasures")


def lines(path: Path) -> Iterator[dict[str, Any]]:
    """The erasures of a list; ValueError for a line that is none."""
    if path.is_file():
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.strip():
                yield json.loads(line)


@contexts.reads_whole
def write() -> int:
    """Add to the list what it does not hold yet; how many. A list that is away waits for the tick.

    Never shortened: after a restore it holds what the database has forgotten.
    """
    path = Path(settings.ERASURES_FILE)
    try:
        known = {line["erasure"] for line in lines(path)}
        rows = IdentityErasure.objects.filter(state=ErasureState.DONE).order_by("decided_at")
        fresh = [_line(row) for row in rows if str(row.id) not in known]
        if fresh:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("a", encoding="utf-8") as file:
                file.writelines(json.dumps(line) + "\n" for line in fresh)
                file.flush()
                os.fsync(file.fileno())
    except (OSError, ValueError, KeyError):
        logger.exception("the list of erasures could not be written")
        return 0
    return len(fresh)


def daily(actor: Actor, **_today: object) -> int:
    """The list once more, for whatever could not be written at its time."""
    return write()


def _line(row: IdentityErasure) -> dict[str, Any]:
    """What a restore needs: ids and days, nothing that says who it was."""
    return {
        "erasure": str(row.id),
        "patient": str(row.patient_id),
        "ground": row.ground,
        "erased_on": row.erased_on.isoformat() if row.erased_on else "",
        "asked_by": str(row.asked_by_id or ""),
        "decided_by": str(row.decided_by_id or ""),
        "people": row.people,
        "files": row.files,
    }


@action("identity.erase_again", needs=Perm.SYSTEM)
def apply(actor: Actor, *, line: Mapping[str, Any]) -> int:
    """Erase again what a list says; how many keys were there once more."""
    people = [UUID(key) for key in line["people"]]
    files = [UUID(key) for key in line["files"]]
    on = date.fromisoformat(line["erased_on"])
    keys = take_away(people, files, on=on)
    _noted(line, on)
    return keys


def _noted(line: Mapping[str, Any], on: date) -> None:
    """The erasure as a row again, where the restored database does not know that it was done."""
    patient = Patient.objects.filter(id=line["patient"]).first()
    users = User.objects.filter(id__in=[line["asked_by"], line["decided_by"]]).count()
    states = (ErasureState.ASKED, ErasureState.ERASING)
    row = IdentityErasure.objects.filter(patient=patient, state__in=states).first()
    known = IdentityErasure.objects.filter(patient=patient, state=ErasureState.DONE).exists()
    if patient is None or known or users != 2:
        return
    row = row or IdentityErasure(
        id=line["erasure"],
        patient=patient,
        site_id=patient.site_id,
        study_code=patient.study_code,
        state=ERASURE.start(ErasureState.ASKED),
        ground=line["ground"],
        reason="applied again after a restore",
        asked_by_id=line["asked_by"],
        asked_at=clock.now(),
    )
    if row.state == ErasureState.ASKED:
        ERASURE.move(row, ErasureEvent.CONFIRM)
    ERASURE.move(row, ErasureEvent.FINISH)
    row.decided_by_id, row.decided_at, row.erased_on = line["decided_by"], clock.now(), on
    row.people, row.files = line["people"], line["files"]
    row.save()
