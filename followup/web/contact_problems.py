"""Everything that is wrong with a contact named in one round, whoever found the first of it."""

from collections.abc import Sequence
from typing import Any

from followup.actions import calls
from followup.core.forms import Form
from followup.core.problems import Refused
from followup.web.contacts_form import ContactForm
from followup.web.events_form import EventForm


def name_the_rest(
    infusion: Any, planned: Any, form: ContactForm, heard: Sequence[EventForm], *, sound: bool
) -> None:
    """Put what the rules say of the answers that could be read beside what the forms said.

    `sound`: the forms had nothing to say, so that the action has checked the contact already.
    """
    given = None if sound else form.readable()
    events = [None if each.errors else each.given() for each in heard]
    for refused in calls.wrong(infusion, given=given, planned=planned, heard=events):
        _refuse(form if refused.part is None else heard[refused.part], refused)


def _refuse(form: Form, refused: Refused) -> None:
    """A field that is said to be wrong already is not said to be empty besides."""
    known = {name: said for name, said in refused.fields.items() if name not in form.errors}
    if known:
        form.refuse(Refused(known))
