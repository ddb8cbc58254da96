"""Opening the report on a child or foetus exposed through the patient of a case."""

from typing import Any, cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods

from followup.core.forms import Form
from followup.core.http import flash
from followup.core.http.requests import ActingRequest
from followup.core.naming import reader_language
from followup.core.permissions import Perm
from followup.web.dates import DateField, PartialDateField
from pv.actions import cases as actions
from pv.domain.cases.icsr_builder import CRITERIA, OUTCOMES
from pv.domain.e2b.elements import ELEMENTS, label
from pv.queries import cases
from pv.web.cases import page_context, seen_version


class ChildForm(Form):
    """What is known of the child or foetus, and of the parent. Nothing is preselected."""

    subject = forms.ChoiceField(
        label=pgettext_lazy("parent-child", "Whose report"),
        choices=[
            ("", "—"),
            ("foetus", pgettext_lazy("parent-child", "Foetus")),
            ("child", pgettext_lazy("parent-child", "Child after birth")),
        ],
    )
    exposure = forms.ChoiceField(
        label=pgettext_lazy("parent-child", "Exposed through"),
        choices=[
            ("", "—"),
            ("pregnancy", pgettext_lazy("parent-child", "Pregnancy")),
            ("breast_feeding", pgettext_lazy("parent-child", "Breast-feeding")),
        ],
    )
    verbatim = forms.CharField(
        label=pgettext_lazy("parent-child", "What happened to the child, in the reporter's words"),
        max_length=250,
    )
    criteria = forms.MultipleChoiceField(
        label=pgettext_lazy("parent-child", "Seriousness criteria"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    outcome = forms.ChoiceField(label=pgettext_lazy("parent-child", "Outcome"))
    onset = PartialDateField(
        label=pgettext_lazy("parent-child", "Onset"), required=False, future=False
    )
    sex = forms.ChoiceField(
        label=pgettext_lazy("parent-child", "Sex of the child"),
        required=False,
        choices=[
            ("", "—"),
            ("MALE", pgettext_lazy("sex", "male")),
            ("FEMALE", pgettext_lazy("sex", "female")),
        ],
    )
    born = PartialDateField(
        label=pgettext_lazy("parent-child", "Born on"), required=False, future=False
    )
    gestation = forms.IntegerField(
        label=pgettext_lazy("parent-child", "Weeks of gestation at the reaction of the foetus"),
        required=False,
    )
    parent_reaction = forms.ChoiceField(
        label=pgettext_lazy("parent-child", "Did the parent have a reaction too?"),
        help_text=gettext_lazy("If so there are two reports, linked to each other (C.1.10.r)."),
        choices=[
            ("", "—"),
            ("yes", pgettext_lazy("answer", "Yes")),
            ("no", pgettext_lazy("answer", "No")),
        ],
    )
    aware_on = DateField(label=gettext_lazy("We became aware on"), future=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        language = reader_language()
        outcomes = [
            (name, label("E.i.7", code, language) or name) for name, code in OUTCOMES.items()
        ]
        self.offer("outcome", [("", "—"), *outcomes])
        self.offer("criteria", [(k, ELEMENTS[code].name(language)) for k, code in CRITERIA.items()])


def _told(values: dict[str, Any]) -> actions.ChildInput:
    answers = {"yes": True, "no": False}
    return actions.ChildInput(
        **values
        | {
            "parent_reaction": answers.get(values["parent_reaction"]),
            "criteria": tuple(values["criteria"]),
        }
    )


@require_http_methods(["GET", "POST"])
def page(request: HttpRequest, pk: str) -> HttpResponse:
    """The form of a child's or foetus's report, opened from the report on its parent."""
    actor = cast(ActingRequest, request).actor
    case = cases.one(actor, pk)
    actor.require(Perm.CASE_WRITE, site=case.site_id, product=case.product_id)
    form = ChildForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        with form.refusals(stale=_("Somebody else changed this case meanwhile. Look again.")):
            told = _told(form.cleaned_data)
            made = actions.open_child(actor, case, told=told, lock_version=seen_version(request))
            text = _("Case %(number)s was made.") % {"number": made.number}
            if not told.parent_reaction:
                text += " " + _(
                    "The parent is described in it (D.10). %(parent)s has no reaction of its own: "
                    "decide in its triage whether it is reported."
                ) % {"parent": case.number}
            flash.saved(request, text)
            return redirect("case", pk=made.id)
    context = {
        **page_context(request, case, cases.version(actor, case)),
        "form": form,
        "section": "links",
    }
    return render(request, "pv/cases/parent_child.html", context, status=form.status)


urlpatterns = [path("cases/<uuid:pk>/child/", page, name="case-child")]
