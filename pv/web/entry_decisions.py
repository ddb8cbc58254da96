"""The second person's answer on the page of an entry: one press confirms, a reason refuses it."""

from collections.abc import Callable, Collection
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from followup.core.actor import Actor
from followup.core.forms import Form
from followup.core.forms.refusals import Reasons
from followup.core.http import flash
from followup.core.permissions import Perm
from followup.queries.second_persons import entitled
from followup.web.second_persons import shown


class RefusalForm(Form):
    """What is wrong with an entry."""

    reason = forms.CharField(label=gettext_lazy("What is wrong with it"), max_length=500)


class EntryDecision:
    """The form and the button of one request; what was refused is shown on the page itself."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self.refusing = "refuse" in request.POST
        self.form = RefusalForm(request.POST if self.refusing else None)
        self.reasons = Reasons()

    def answer(
        self,
        confirm: Callable[[], str],
        refuse: Callable[[str], Any],
        *,
        confirmed: HttpResponse,
        refused: HttpResponse,
        refused_words: str = "",
        stale: str = "",
    ) -> HttpResponse | None:
        """Where a decision that was taken leads; None: the page is shown.

        `confirm` does it and returns what is then said; `stale` is what a conflict says.
        """
        if self.request.method == "POST" and not self.refusing:
            with self.reasons.refusals(stale=stale):
                flash.saved(self.request, confirm())
                return confirmed
        if self.refusing and self.form.is_valid():
            with self.form.refusals():
                refuse(self.form.cleaned_data["reason"])
                flash.saved(self.request, refused_words or _("The entry is refused."))
                return refused
        return None

    def of_entry(
        self,
        actor: Actor,
        row: Any,
        confirm: Callable[..., Any],
        refuse: Callable[..., Any],
        *,
        confirmed: HttpResponse,
        refused: HttpResponse,
        confirmed_words: str = "",
    ) -> HttpResponse | None:
        """The `answer` where one press confirms the whole entry, by the actions of its kind."""

        def press() -> str:
            confirm(actor, row)
            return confirmed_words or _("The entry is confirmed.")

        return self.answer(
            press,
            lambda reason: refuse(actor, row, reason=reason),
            confirmed=confirmed,
            refused=refused,
        )

    @property
    def status(self) -> int:
        """The HTTP status of the page: 422 when something was refused."""
        return 422 if self.reasons.text or self.form.errors else 200

    def context(
        self,
        actor: Actor,
        row: Any,
        *perms: Perm,
        also: Perm | None = None,
        writers: Collection[UUID] = (),
    ) -> dict[str, Any]:
        """What the page shows of the decision, and who may take it where the reader may not.

        Entries like this are decided on with one of `perms`, and `also`. `writers` wrote some of
        it, where several may; without them, who entered it.
        """
        wrote, product = writers or {row.entered_by_id}, row.product_id
        waits = row.confirmed_at is None and not row.refused_because
        may = also is None or actor.may(also, product=product)
        may = may and any(actor.may(perm, product=product) for perm in perms)
        may_decide = waits and may and actor.id not in wrote
        if waits and not may_decide:
            found = entitled(actor, *perms, also=also, product=product, besides=wrote)
        return {
            "form": self.form,
            "problem": self.reasons.text,
            "waits": waits,
            "own": actor.id in wrote,
            "may_decide": may_decide,
            "second": shown(found) if waits and not may_decide else None,
        }
