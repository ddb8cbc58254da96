"""The discussion on a commitment: a comment, and the withdrawal of one's own."""

from typing import cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from django.views.decorators.http import require_http_methods

from followup.core import clock
from followup.core.forms import Form
from followup.core.http import flash
from followup.core.http.requests import ActingRequest
from followup.core.permissions import Perm
from followup.web import drafts
from pv.actions import commitments as actions
from pv.queries import commitments as queries
from pv.web.commitments.detail import page_context
from pv.web.register_documents import RemovalForm


class CommentForm(Form):
    """What somebody says of a commitment."""

    text = forms.CharField(
        label=gettext_lazy("Comment"),
        max_length=actions.LONGEST_COMMENT,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


@require_http_methods(["GET", "POST"])
def comment(request: HttpRequest, pk: str) -> HttpResponse:
    """Say something of a commitment."""
    actor = cast(ActingRequest, request).actor
    row = queries.one(actor, pk)
    actor.require(Perm.COMMITMENT_WRITE, product=row.product_id)
    draft = drafts.of(request, "commitment-comment", str(row.pk))
    form = CommentForm(request.POST if request.method == "POST" else None, initial=draft.values)
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            actions.comment(actor, row, text=form.cleaned_data["text"])
            drafts.saved(request, draft)
            flash.saved(request, _("The comment is recorded."))
            return redirect(reverse("commitment", args=[row.pk]) + "#discussion")
    found = queries.detail(actor, row, today=clock.today())
    context = {**page_context(request, row, found), "form": form, "draft": draft}
    return render(request, "pv/commitments/comment.html", context, status=form.status)


@require_http_methods(["GET", "POST"])
def withdraw(request: HttpRequest, pk: str) -> HttpResponse:
    """Withdraw one's own comment, with the reason."""
    actor = cast(ActingRequest, request).actor
    said = queries.comment(actor, pk)
    actor.require(Perm.COMMITMENT_WRITE, product=said.product_id)
    form = RemovalForm(request.POST if request.method == "POST" else None)
    form.rename("reason", pgettext("interaction", "Why it is withdrawn"))
    back = reverse("commitment", args=[said.commitment_id])
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            actions.withdraw_comment(actor, said, reason=form.cleaned_data["reason"])
            flash.saved(request, _("The comment is withdrawn."))
            return redirect(f"{back}#discussion")
    context = {"form": form, "row": said, "back": back}
    return render(request, "pv/registers/withdraw.html", context, status=form.status)


urlpatterns = [
    path("commitments/<uuid:pk>/comments/new/", comment, name="commitment-comment"),
    path("commitments/comments/<uuid:pk>/withdraw/", withdraw, name="commitment-comment-withdraw"),
]
