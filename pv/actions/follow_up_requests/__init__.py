"""Requests for follow-up information on a case, to its hospital or to a reporter by letter."""

from pv.actions.follow_up_requests.answers import assess, on_answer, record_answer
from pv.actions.follow_up_requests.asking import (
    LetterInput,
    ask_again,
    ask_hospital,
    write_letter,
)
from pv.actions.follow_up_requests.attempts import attempt, undo_attempt
from pv.actions.follow_up_requests.ending import close, withdraw

__all__ = [
    "LetterInput",
    "ask_again",
    "ask_hospital",
    "assess",
    "attempt",
    "close",
    "on_answer",
    "record_answer",
    "undo_attempt",
    "withdraw",
    "write_letter",
]
