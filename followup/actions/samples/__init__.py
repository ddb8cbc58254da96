"""Samples: planned, followed through their custody, tested, labelled."""

from followup.actions.samples.cancellations import cancel_planned, plan_again
from followup.actions.samples.custody import (
    answer_held,
    correct_step,
    record_step,
    record_steps,
    take_back,
)
from followup.actions.samples.kit_forwarding import forward_kit, take_back_forward
from followup.actions.samples.kit_steps import (
    correct_kit_step,
    record_kit_step,
    take_back_kit_step,
)
from followup.actions.samples.kit_uses import use_kit
from followup.actions.samples.kits import KitPart, assemble
from followup.actions.samples.papers import print_certificate, print_kit_label, print_labels
from followup.actions.samples.planning import add, plan_visit, plan_work_up
from followup.actions.samples.results import ResultInput, correct_result, record_result
from followup.actions.samples.storage import close_box, count_box, open_box, put

__all__ = [
    "KitPart",
    "ResultInput",
    "add",
    "answer_held",
    "assemble",
    "cancel_planned",
    "close_box",
    "correct_kit_step",
    "correct_result",
    "correct_step",
    "count_box",
    "forward_kit",
    "open_box",
    "plan_again",
    "plan_visit",
    "plan_work_up",
    "print_certificate",
    "print_kit_label",
    "print_labels",
    "put",
    "record_kit_step",
    "record_result",
    "record_step",
    "record_steps",
    "take_back",
    "take_back_forward",
    "take_back_kit_step",
    "use_kit",
]
