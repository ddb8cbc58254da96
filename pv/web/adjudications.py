"""The readings of a work-up on its page: who read, what is missing, the form of one's own."""

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from followup.core.actor import Actor
from followup.core.forms import Form
from followup.core.naming import localized_name
from followup.core.permissions import Perm
from pv.queries import adjudications, workups
from pv.web import second_persons

EXPERTISE = (
    ("HAEMATOPATHOLOGIST", pgettext_lazy("reader", "Haematopathologist")),
    ("MOLECULAR_EXPERT", pgettext_lazy("reader", "Molecular expert")),
)


class ReadingForm(Form):
    """One reader's class with its grounds; nothing is chosen beforehand."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    expertise = forms.ChoiceField(
        label=gettext_lazy("I read as"),
        choices=(("", "—"), *EXPERTISE),
    )
    attribution = forms.ChoiceField(label=gettext_lazy("Class"))
    evidence = forms.CharField(
        label=gettext_lazy("Evidence"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason for this class"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


def reading_form(data: QueryDict | None, **initial: Any) -> ReadingForm:
    """The form with the classes as loaded; its names carry a prefix of their own."""
    form = ReadingForm(data, initial=initial, prefix="reading")
    classes = [
        (
            code,
            f"{code} {localized_name(row)}{pgettext('punctuation', ': ')}{localized_name(meaning)}",
        )
        for code, row in workups.classes().items()
        if (meaning := adjudications.conclusion(code))
    ]
    form.offer("attribution", [("", "—"), *classes])
    return form


def agreed(work_up: Any) -> str:
    """The class the readers agreed on; empty while they have not."""
    return adjudications.progress(work_up).agreed


def page_context(actor: Actor, case: Any, form: ReadingForm | None = None) -> dict[str, Any]:
    """What the page of a work-up shows of its readings."""
    work_up = workups.one(actor, case)
    now = adjudications.shown(actor, work_up)
    where = {"site": case.site_id, "product": case.product_id}
    may = actor.may(Perm.CASE_ASSESS, **where) or actor.may(Perm.CASE_WRITE, **where)
    read = any(row.reader_id == actor.id for row in now.readings)
    waits = work_up.state in adjudications.READ_IN and not now.agreed
    offered = waits and may and (now.consensus or not read)
    return {
        "adjudication": now,
        "second": second_persons.of_readings(actor, work_up) if waits and not offered else None,
        "missing_readers": [text for code, text in EXPERTISE if code in now.expertise],
        "conclusion": adjudications.conclusion(now.agreed),
        "agreed_class": workups.classes().get(now.agreed),
        "waits_for_readers": waits,
        # What was typed is given back although nobody is asked for a reading any more.
        "reading": form or (reading_form(None, version=work_up.version) if offered else None),
    }
