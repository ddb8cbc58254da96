"""The board of malignancy work-ups, and the tasks of one: owner, day, end, orders, the dossier."""

from typing import Any, cast
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import get_language, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from followup.core import clock
from followup.core.forms import Form, VersionedForm
from followup.core.http import flash
from followup.core.http.files import pdf_response
from followup.core.http.requests import ActingRequest
from followup.core.naming import localized_name
from followup.core.permissions import Perm
from followup.core.problems import NotFound
from followup.languages import is_chinese
from followup.web.dates import DateField
from pv.actions import work_up_tasks as actions
from pv.queries import cases, work_up_dossiers, work_up_tasks, workups

STATES = {
    "OPEN": ("open", pgettext_lazy("work-up task", "Open")),
    "LATE": ("overdue", pgettext_lazy("work-up task", "Overdue")),
    "DONE": ("done", pgettext_lazy("work-up task", "Done")),
    "WAIVED": ("na", pgettext_lazy("work-up task", "Not needed")),
    "LEFT": ("na", pgettext_lazy("work-up task", "Left open when it was closed")),
}
BOXES = (
    ("open", pgettext_lazy("box", "Open")),
    ("closed", pgettext_lazy("box", "Closed")),
    ("all", pgettext_lazy("box", "All")),
)


def _owner() -> forms.TypedChoiceField:
    label = pgettext_lazy("work-up task", "Owner")
    return forms.TypedChoiceField(label=label, coerce=UUID, empty_value=None, required=False)


class TaskForm(VersionedForm):
    """Who does it until when, and what shows that it is done, or why it is not needed."""

    owner = _owner()
    due = DateField(label=gettext_lazy("Due, where it is not the day of the rules"), required=False)
    done_on = DateField(label=gettext_lazy("Done on"), required=False, future=False)
    evidence = forms.CharField(
        label=gettext_lazy("What shows it: letter, consignment, file number"),
        max_length=500,
        required=False,
    )
    waived_because = forms.CharField(
        label=gettext_lazy("Not needed, because"), max_length=500, required=False
    )

    def __init__(self, *args: Any, people: list[Any], automatic: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_people(self, people)
        if automatic:  # it ends by what is recorded
            del self.fields["done_on"], self.fields["evidence"]

    def given(self) -> actions.TaskInput:
        """The arguments of the action."""
        names = ("owner", "due", "done_on", "evidence", "waived_because")
        return actions.TaskInput(
            **{name: self.cleaned_data[name] for name in names if name in self.cleaned_data}
        )


class OrderForm(Form):
    """What is ordered; without an assay it is a sampling kit."""

    assay = forms.ChoiceField(label=gettext_lazy("Assay; empty for a sampling kit"), required=False)
    text = forms.CharField(label=gettext_lazy("What is ordered, from whom"), max_length=300)
    owner = _owner()


def offer_people(form: Form, people: list[Any]) -> None:
    """The names a task can be given to."""
    field = cast(forms.TypedChoiceField, form.fields["owner"])
    field.choices = [("", "—"), *((str(user.id), user.display_name) for user in people)]


def lines(tasks: list[work_up_tasks.Task]) -> list[tuple[Any, str, str, Any]]:
    """Tasks with their names and the kind and words of their state."""
    return [(task, work_up_tasks.title(task), *STATES[task.state.value]) for task in tasks]


def timeline(actor: Any, work_up: Any) -> list[tuple[Any, str, str, Any]]:
    """The tasks of one work-up as its page shows them."""
    return lines(work_up_tasks.of(actor, work_up, today=clock.today()))


@require_GET
def board(request: HttpRequest) -> HttpResponse:
    """All malignancy work-ups: where each stands, what is due next and whose it is."""
    actor, today = cast(ActingRequest, request).actor, clock.today()
    actor.require(Perm.CASE_READ)
    box = request.GET.get("box", "open")
    page = work_up_tasks.board(actor, today=today, box=box, key=request.GET.get("after", ""))
    items = [
        (
            item,
            lines([item.next])[0] if item.next else None,
            workups.classes().get(item.work_up.attribution),
        )
        for item in page.items
    ]
    context = {"items": items, "page": page, "box": box, "boxes": BOXES}
    return render(request, "pv/workups/board.html", context)


def _known(row: Any) -> dict[str, Any]:
    if row is None:
        return {}
    names = ("due", "done_on", "evidence", "waived_because")
    return {"owner": str(row.owner_id or "")} | {name: getattr(row, name) for name in names}


@require_http_methods(["GET", "POST"])
def task(request: HttpRequest, pk: str, key: str) -> HttpResponse:
    """Owner, day and end of one task of a work-up."""
    actor = cast(ActingRequest, request).actor
    case = cases.one(actor, pk)
    actor.require(Perm.CASE_WRITE, site=case.site_id, product=case.product_id)
    work_up = workups.one(actor, case)
    tasks = {one.key: one for one in work_up_tasks.of(actor, work_up, today=clock.today())}
    row = tasks.get(key)
    if row is None or row.kind == work_up_tasks.REPORT:
        raise NotFound()
    start = _known(row.row) | {"version": row.row.version if row.row else 0}
    form = TaskForm(
        request.POST or None,
        initial=start,
        people=work_up_tasks.owners(actor, work_up),
        automatic=row.automatic,
    )
    if request.method == "POST" and form.is_valid():
        with form.refusals(known=_known):
            actions.set_task(
                actor, work_up, kind=row.kind, code=row.code, given=form.given(), version=form.seen
            )
            flash.saved(request, _("Recorded."))
            return redirect("work-up", pk=case.id)
    context = {"case": case, "form": form, "title": work_up_tasks.title(row), "task": row}
    return render(request, "pv/workups/task.html", context, status=form.status)


@require_http_methods(["GET", "POST"])
def order(request: HttpRequest, pk: str) -> HttpResponse:
    """Order an assay or a sampling kit for a work-up."""
    actor = cast(ActingRequest, request).actor
    case = cases.one(actor, pk)
    actor.require(Perm.CASE_WRITE, site=case.site_id, product=case.product_id)
    work_up = workups.one(actor, case)
    form = OrderForm(request.POST or None)
    offer_people(form, work_up_tasks.owners(actor, work_up))
    form.offer(
        "assay", [("", "—"), *((a.code, localized_name(a)) for a in work_up_tasks.assays(actor))]
    )
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            actions.order(actor, work_up, **form.cleaned_data)
            flash.saved(request, _("Ordered; its day is set."))
            return redirect("work-up", pk=case.id)
    context = {"case": case, "form": form, "title": _("Order an assay or a kit")}
    return render(request, "pv/workups/task.html", context, status=form.status)


@require_GET
def dossier(request: HttpRequest, pk: str) -> HttpResponse:
    """The PDF of everything a work-up rests on, with the chain of custody and every result."""
    actor = cast(ActingRequest, request).actor
    language = "zh-hans" if is_chinese(get_language()) else "en"
    document = work_up_dossiers.printed(actor, pk, language=language)
    response = pdf_response(document.content, document.name)
    response["X-SHA256"] = document.sha256
    return response


urlpatterns = [
    path("work-ups/", board, name="work-ups"),
    path("cases/<uuid:pk>/work-up/tasks/<str:key>/", task, name="work-up-task"),
    path("cases/<uuid:pk>/work-up/orders/", order, name="work-up-order"),
    path("cases/<uuid:pk>/work-up/dossier.pdf", dossier, name="work-up-dossier"),
]
