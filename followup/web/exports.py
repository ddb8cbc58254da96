"""The centre's own data: filters and columns in the address, first rows, files as jobs."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import get_language, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods

from followup.actions import exports as actions
from followup.core.actor import Actor
from followup.core.forms import AnswerField, Form
from followup.core.http import flash
from followup.core.http.requests import ActingRequest
from followup.core.naming import localized_name
from followup.core.permissions import Perm
from followup.core.problems import Denied
from followup.core.security import lockout
from followup.domain.fields import BY_KEY, Dataset, Kind, of
from followup.queries import accounts, exports, fields, reference, second_factors
from followup.queries.exports import ExportChoice
from followup.queries.field_words import DATASETS, KINDS, NEEDS, PERSONAL, PURPOSES
from followup.web import proofs, saved_reports
from followup.web.code_choices import choices
from followup.web.dates import DateField
from followup.web.proofs import ProofForm

REPORT = "centre-data"
CODES, WORDS = "codes", "words"


class ChoiceForm(Form):
    """Whose data, for what, and which columns of which tables."""

    site = forms.ChoiceField(label=gettext_lazy("Hospital"))
    purpose = forms.ChoiceField(label=gettext_lazy("Purpose the patients agreed to"))
    product = forms.ChoiceField(label=gettext_lazy("Product"), required=False)
    state = forms.ChoiceField(label=pgettext_lazy("filter", "Follow-up"), required=False)
    since = DateField(label=pgettext_lazy("period", "From"), required=False, future=False)
    until = DateField(label=pgettext_lazy("period", "To (included)"), required=False, future=False)
    values = forms.ChoiceField(
        label=gettext_lazy("Coded values as"),
        choices=((CODES, gettext_lazy("codes")), (WORDS, gettext_lazy("words"))),
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        added = {
            dataset.value: forms.MultipleChoiceField(
                label=DATASETS[dataset],
                choices=[(f.name, fields.words(f)) for f in of(dataset)],
                required=False,
                widget=forms.CheckboxSelectMultiple,
            )
            for dataset in Dataset
        }
        self.fields |= added
        self.style(added)

    def clean(self) -> dict[str, Any]:
        """The last day is not before the first: nothing would be in the file."""
        data = super().clean() or self.cleaned_data
        since, until = data.get("since"), data.get("until")
        if since and until and until < since:
            self.add_error("until", _("The last day cannot be before the first."))
        return data

    @property
    def filters(self) -> list[Any]:
        """The bound fields beside the columns."""
        return [bound for bound in self if bound.name not in list(Dataset)]

    @property
    def tables(self) -> list[Any]:
        """The bound fields of the columns, a table each."""
        return [self[dataset.value] for dataset in Dataset]

    def choice(self) -> ExportChoice:
        """What was asked for."""
        data = self.cleaned_data
        keys = [f"{dataset}.{name}" for dataset in Dataset for name in data[dataset.value]]
        return ExportChoice(
            site=UUID(data["site"]),
            purpose=data["purpose"],
            product=UUID(data["product"]) if data["product"] else None,
            state=data["state"],
            since=data["since"],
            until=data["until"],
            columns=exports.chosen(keys),
            words=data["values"] == WORDS,
            language=get_language() or "zh-hans",
        )


def _asked(query: QueryDict, site: str) -> QueryDict:
    """The address with what an empty one stands for: the usual columns of every table."""
    asked = query.copy()
    asked.setdefault("site", site)
    asked.setdefault("purpose", next(iter(PURPOSES)).value)
    asked.setdefault("values", CODES)
    if not any(name in asked for name in Dataset):
        for key in exports.USUAL:
            dataset, _dot, name = key.partition(".")
            asked.appendlist(dataset, name)
    return asked


def _form(actor: Actor, query: QueryDict) -> ChoiceForm:
    sites = list(reference.sites(actor, needs=Perm.PATIENT_WRITE))
    form = ChoiceForm(_asked(query, str(sites[0].id) if sites else ""))
    form.offer("site", [(str(site.id), localized_name(site)) for site in sites])
    form.offer("purpose", [(code.value, text) for code, text in PURPOSES.items()])
    products = reference.products_for(actor, Perm.PATIENT_READ)
    form.offer("product", [("", _("All")), *((str(p.id), localized_name(p)) for p in products)])
    form.offer("state", [("", _("All")), *choices("patient_followup_state")()])
    return form


def _cell(value: Any) -> Any:
    """A value as the first rows show it; a number without the zeros of its column."""
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, list):
        return "; ".join(value)
    return "" if value is None else value


def _tables(actor: Actor, choice: ExportChoice) -> Iterable[dict[str, Any]]:
    for dataset in choice.datasets:
        columns = choice.fields(dataset)
        rows = exports.rows(actor, choice, dataset, most=exports.PREVIEW)
        yield {
            "name": DATASETS[dataset],
            "count": exports.count(actor, choice, dataset),
            "headings": [fields.words(field) for field in columns],
            "rows": [[_cell(value) for value in row] for row in rows],
        }


@require_http_methods(["GET", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """The first rows of each table, how many patients are left out, and the files."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.PATIENT_WRITE)
    if not reference.sites(actor, needs=Perm.PATIENT_WRITE).exists():
        return render(request, "followup/exports/none.html")
    form, context = _form(actor, request.GET), {}
    if form.is_valid():
        choice = form.choice()
        site = reference.site(actor, id=choice.site)
        if request.method == "POST":
            if answer := saved_reports.handled(request, actor, REPORT, site):
                return answer
            with form.refusals():
                actions.request(actor, site, choice, request.POST.get("format", ""))
                flash.saved(request, _("The file is being made. You may leave this page."))
                return redirect("jobs")
        if not form.errors:
            context = {
                "tables": list(_tables(actor, choice)),
                "included": exports.count(actor, choice, Dataset.PATIENTS),
                "left_out": exports.left_out_count(actor, choice),
                "names_people": choice.names_people,
            }
    context |= {
        "form": form,
        "formats": actions.FORMATS,
        "query": request.GET.urlencode(),
        **saved_reports.context(actor, REPORT),
    }
    status = 422 if form.errors else 200
    return render(request, "followup/exports/page.html", context, status=status)


class IdentityForm(ProofForm):
    """Why the names are needed, which file, and who asks."""

    reason = forms.CharField(
        label=gettext_lazy("What the names are needed for"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    format = AnswerField(
        label=gettext_lazy("Kind of file"), choices=[(name, name) for name in actions.FORMATS]
    )
    field_order: Iterable[str] = ("reason", "format", "password", "code", "answer")


@sensitive_post_parameters("password", "code")
@require_http_methods(["GET", "POST"])
def identity(request: HttpRequest) -> HttpResponse:
    """Ask for a file that says who the patients are: reason, password and second factor."""
    actor = cast(ActingRequest, request).actor
    user = accounts.own(actor)
    asked = _form(actor, request.GET)
    if not asked.is_valid():
        return redirect("centre-data")
    choice = asked.choice()
    site = reference.site(actor, id=choice.site)
    actor.require(Perm.IDENTITY_READ, site=site.id)
    if user is None:
        raise Denied(Perm.IDENTITY_READ)
    ways = second_factors.ways(actor, proofs.host(request))
    form = IdentityForm(request.POST or None, ways=ways)
    if request.method == "POST" and not lockout.is_open(request, user.username):
        return lockout.locked(request)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        with form.refusals(on_refusal=proofs.counting(request, user.username)):
            actions.open_identity(
                actor,
                site,
                user=user,
                choice=ExportChoice.read({**choice.stored(), "opened": True}),
                form=data["format"],
                password=data["password"],
                proof=proofs.proof(request, data),
                reason=data["reason"],
            )
            flash.saved(request, _("The file is being made. You may leave this page."))
            return redirect("jobs")
    context = {
        "form": form,
        "ways": ways,
        "site": site,
        "count": exports.count(actor, choice, Dataset.PATIENTS),
        "columns": [fields.words(BY_KEY[key]) for key in choice.columns if _names(key)],
        "query": request.GET.urlencode(),
        "options": proofs.ask_passkey(request, ways),
    }
    return render(request, "followup/exports/identity.html", context, status=form.status)


def _names(key: str) -> bool:
    return BY_KEY[key].personal == "identity"


@require_GET
def dictionary(request: HttpRequest) -> HttpResponse:
    """Every field: both names, how it is written, its codes, who needs it, what it is as data."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.REFERENCE_READ)
    groups: dict[Dataset, list[dict[str, Any]]] = {dataset: [] for dataset in Dataset}
    for field, english, chinese, codes in fields.dictionary(actor):
        groups[field.dataset].append(
            {
                "field": field,
                "english": english,
                "chinese": chinese,
                "kind": KINDS[Kind(field.kind)],
                "codes": codes,
                "needs": [NEEDS[need] for need in field.needs],
                "personal": PERSONAL[field.personal],
            }
        )
    shown = [(DATASETS[dataset], dataset, rows) for dataset, rows in groups.items()]
    return render(request, "followup/exports/dictionary.html", {"groups": shown})


urlpatterns = [
    path("data/", page, name="centre-data"),
    path("data/identity/", identity, name="centre-data-identity"),
    path("data/dictionary/", dictionary, name="field-dictionary"),
]
