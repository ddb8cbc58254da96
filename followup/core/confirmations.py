"""Questions an action asks before it stores what is possible but unlikely.

An action collects its questions and settles them once, after its refusals and before its writes:

    questions = []
    if onset < infused_on:
        questions.append(Question("onset_before_infusion", _("…"), "onset", about=onset))
    confirmations.settle(questions, given.confirmed)

Pages show a tick box for each (`Form.refuse`, `parts/field.html`), the API sends `confirmed`. What
was confirmed, and in which words, is in the trail as part of the reason.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from followup.core import audit
from followup.core.problems import Refused

CODE = "confirm"


class _Every(frozenset[str]):
    """Takes every question."""

    def __contains__(self, key: object) -> bool:
        return True


NOBODY_TO_ASK: Collection[str] = _Every()  # a process of the system has no person to ask
ALL_CONFIRMED: Collection[str] = _Every()  # a person said of a whole row that it was checked


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked. `field` is where a page shows it; `about` is the value asked about.

    The value is part of the key a person confirms, so that a tick for one value never lets
    another one pass.
    """

    code: str
    text: str
    field: str = ""
    about: Any = ""

    @property
    def key(self) -> str:
        """What is sent back to confirm: the code, with the value it was asked about."""
        about = str(self.about)
        return f"{self.code}:{about}" if about else self.code

    @property
    def request(self) -> str:
        """What a person who has not confirmed it is told."""
        return _("Please check and confirm: %(message)s") % {"message": self.text}


class Unconfirmed(Refused):
    """Nothing is wrong, but a person has to say that it is right: carries every open question."""

    def __init__(self, questions: Sequence[Question]) -> None:
        fields: dict[str, list[str]] = {}
        for question in questions:
            fields.setdefault(question.field, []).append(question.request)
        super().__init__(fields, code=CODE)
        self.questions = tuple(questions)


def settle(questions: Sequence[Question], confirmed: Collection[str]) -> None:
    """Let the action go on when every question is confirmed; keep their words in the trail.

    Unconfirmed (a Refused with the code `confirm`) carries all that are open, at once. Call it
    inside the action, before its first write: the words belong to the rows written after it.
    """
    # `NOBODY_TO_ASK` lets the system store what a laboratory reported; the trail says so.
    still = [question for question in questions if question.key not in confirmed]
    if still:
        raise Unconfirmed(still)
    asked = confirmed is not NOBODY_TO_ASK
    words = _("Confirmed: %(question)s") if asked else _("Nobody was asked: %(question)s")
    for question in questions:
        audit.add_reason(words % {"question": question.text})
