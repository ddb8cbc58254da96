"""What an action says no to, shown on the form it came from: the one shape of a saving page.

if request.method == "POST" and form.is_valid():
    with form.refusals(known=_known):
        row = actions.correct(actor, row, given=form.given(), version=form.seen)
        flash.saved(request, _("Corrected."))
        return redirect("row", pk=row.id)
return render(request, "page.html", {"form": form}, status=form.status)

A button of one press has no form; it leads to a page that shows what was refused:

with button(request):
    actions.release(actor, row, version=seen)
    flash.saved(request, _("Released."))
return redirect("row", pk=row.id)

A page that shows the reasons itself, at one of its buttons, collects them:

reasons = Reasons()
with reasons.refusals(stale=_("Somebody else changed this meanwhile. Look again.")):
    actions.decide(actor, row, reason=typed)
    return redirect("row", pk=row.id)
return _page(request, row, problem=reasons.text, status=422)
"""

from collections.abc import Callable
from types import TracebackType
from typing import Any

from django.http import HttpRequest

from followup.core.http import flash
from followup.core.problems import Conflict, Refused


class Refusals:
    """Lets the block return its redirect; a refusal or conflict inside goes on the form instead.

    Without an answer to a conflict it goes on to the page for conflicts.
    """

    def __init__(
        self,
        refuse: Callable[[Refused], Any],
        on_conflict: Callable[[Conflict], Any] | None = None,
    ) -> None:
        self.refuse = refuse
        self.code = ""  # of what was refused
        self.on_conflict = on_conflict

    def __enter__(self) -> None:
        """Nothing is held."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        """True, so that the page goes on, when the form shows the problem."""
        if isinstance(problem, Refused):
            self.code = problem.code
            self.refuse(problem)
            return True
        if isinstance(problem, Conflict) and self.on_conflict is not None:
            self.on_conflict(problem)
            return True
        return False


class Reasons:
    """What was refused, in sentences, for a page without a form to put them on."""

    def __init__(self) -> None:
        self.text = ""

    def refusals(self, *, stale: str = "") -> Refusals:
        """The block an action is called in; `stale` is what a conflict says."""

        def stand(text: str) -> None:
            self.text = text

        return Refusals(
            lambda refused: stand(refused.sentences),
            (lambda _conflict: stand(stale)) if stale else None,
        )


def button(request: HttpRequest, *, changed: str = "") -> Refusals:
    """What an action behind a button refuses is shown above the page the button leads to.

    `changed` is what a conflict says there; without it a conflict goes on to its own page.
    """
    return Refusals(
        lambda refused: flash.refused(request, refused.sentences),
        (lambda _conflict: flash.warn(request, changed)) if changed else None,
    )
