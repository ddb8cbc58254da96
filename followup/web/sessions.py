"""One's own running sessions: where one is signed in, ended one by one or all at once."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET

from followup.actions import own_sessions as actions
from followup.core.http import flash
from followup.core.http.requests import posted_from
from followup.core.problems import NotFound
from followup.core.security import lockout
from followup.domain.devices import device
from followup.queries import accounts, second_factors
from followup.web import proofs
from followup.web.proofs import ProofForm


def _page(
    request: HttpRequest, *, status: int = 200, form: ProofForm | None = None
) -> HttpResponse:
    actor, _user = proofs.who(request)
    ways = second_factors.ways(actor, proofs.host(request))
    here = request.session.session_key
    rows = [
        {"row": row, "device": device(row.device), "here": row.session_key == here}
        for row in accounts.sessions(actor)
    ]
    context = {
        "rows": rows,
        "others": sum(not line["here"] for line in rows),
        "form": form or ProofForm(ways=ways, auto_id="end_%s"),
        "options": proofs.ask_passkey(request, ways),
    }
    return render(request, "followup/account/sessions.html", context, status=status)


@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """Every browser one is signed in with."""
    return _page(request)


@sensitive_post_parameters()
@posted_from("sessions", alone=True)
def end(request: HttpRequest, pk: UUID | None = None) -> HttpResponse:
    """Sign one browser out, or all but this one; the password and a second factor are asked."""
    actor, user = proofs.who(request)
    if pk is not None and not accounts.sessions(actor).filter(public_id=pk).exists():
        raise NotFound()
    ways = second_factors.ways(actor, proofs.host(request))
    form = ProofForm(request.POST, ways=ways, auto_id="end_%s")
    if not lockout.is_open(request, user.username):
        return lockout.locked(request)
    if form.is_valid():
        proof, password = proofs.proof(request, form.cleaned_data), form.cleaned_data["password"]
        with form.refusals(on_refusal=proofs.counting(request, user.username)):
            if pk is not None:
                actions.end_session(actor, user, public_id=pk, password=password, proof=proof)
                flash.saved(request, _("That session has ended."))
                return redirect("sessions")
            here = request.session.session_key or ""
            count = actions.end_all(actor, user, password=password, proof=proof, keep=here)
            text = ngettext("%(count)d session has ended.", "%(count)d sessions have ended.", count)
            flash.saved(request, text % {"count": count})
            return redirect("sessions")
    return _page(request, status=422, form=form)


urlpatterns = [
    path("account/sessions/", listing, name="sessions"),
    path("account/sessions/end/", end, name="sessions-end"),
    path("account/sessions/<uuid:pk>/end/", end, name="session-end"),
]
