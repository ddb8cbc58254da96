"""Cases: drafted by fact handlers, completed by people, versioned, fixed once released."""

from pv.actions.cases.causality import CausalityInput, assess_causality
from pv.actions.cases.comments import comment
from pv.actions.cases.concomitant_drugs import (
    LONGEST_REASON,
    leave_out_treatments,
    offer_treatments,
    take_treatments,
)
from pv.actions.cases.deaths import report_death, retract_death
from pv.actions.cases.default_seriousness import overrule as overrule_default_rule
from pv.actions.cases.drafting import draft
from pv.actions.cases.editing import accept, adopt, advance, edit, save_narrative
from pv.actions.cases.expectedness import decide as decide_expectedness
from pv.actions.cases.follow_up_information import (
    on_change,
    on_death,
    on_identity,
    on_infusion,
    on_move,
    on_restoration,
    on_result,
    on_sample,
    on_withdrawal,
)
from pv.actions.cases.follow_up_versions import follow_up
from pv.actions.cases.groups import choose_receivers, remove_group
from pv.actions.cases.information import reckon
from pv.actions.cases.overseas_actions import note_overseas_action, retract_overseas_action
from pv.actions.cases.parent_child import ChildInput, open_child
from pv.actions.cases.rcl import report_rcl_positive
from pv.actions.cases.reviews import on_signature, review
from pv.actions.cases.unlocking import unlock
from pv.actions.cases.versions import correct_awareness, new_version, nullify

__all__ = [
    "LONGEST_REASON",
    "CausalityInput",
    "ChildInput",
    "accept",
    "adopt",
    "advance",
    "assess_causality",
    "choose_receivers",
    "comment",
    "correct_awareness",
    "decide_expectedness",
    "draft",
    "edit",
    "follow_up",
    "leave_out_treatments",
    "save_narrative",
    "new_version",
    "note_overseas_action",
    "on_change",
    "on_death",
    "on_identity",
    "on_infusion",
    "on_move",
    "on_restoration",
    "on_result",
    "on_sample",
    "on_withdrawal",
    "nullify",
    "offer_treatments",
    "open_child",
    "overrule_default_rule",
    "reckon",
    "remove_group",
    "report_death",
    "report_rcl_positive",
    "on_signature",
    "review",
    "retract_death",
    "retract_overseas_action",
    "take_treatments",
    "unlock",
]
