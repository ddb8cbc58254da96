"""Cases: drafted by fact handlers, completed by people, versioned, fixed once released."""

from pv.actions.cases.deaths import report_death, retract_death
from pv.actions.cases.drafting import draft
from pv.actions.cases.editing import (
    accept,
    adopt,
    advance,
    edit,
    keep_narrative,
)
from pv.actions.cases.groups import choose_receivers, remove_group
from pv.actions.cases.information import reckon
from pv.actions.cases.noting import (
    note_change,
    note_death,
    note_identity,
    note_infusion,
    note_move,
    note_restoration,
    note_result,
    note_sample,
    note_withdrawal,
)
from pv.actions.cases.reviews import review
from pv.actions.cases.versions import correct_awareness, new_version, nullify
from pv.actions.cases.virus import report_virus

__all__ = [
    "accept",
    "adopt",
    "advance",
    "choose_receivers",
    "correct_awareness",
    "draft",
    "edit",
    "keep_narrative",
    "new_version",
    "note_change",
    "note_death",
    "note_identity",
    "note_infusion",
    "note_move",
    "note_restoration",
    "note_result",
    "note_sample",
    "note_withdrawal",
    "nullify",
    "reckon",
    "remove_group",
    "report_death",
    "report_virus",
    "review",
    "retract_death",
]
