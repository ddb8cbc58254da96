"""The signal register."""

from collections.abc import Sequence
from uuid import UUID

from django.db.models import Q, QuerySet

from followup.core import scope
from followup.core.actor import Actor
from followup.core.http import keyset
from followup.core.http.keyset import Page
from followup.core.permissions import Perm
from followup.models import Product
from followup.queries import reference
from pv.domain.signals.steps import SIGNAL, WAITING, SignalEvent, SignalState
from pv.models import Signal, SignalStep
from pv.models.signals import DECISIONS
from pv.models.states import SIGNAL_WORDS

PAGE = 50
SOURCES = tuple(Signal.Source.values)
# Who takes which step: detection and validation by the safety officer, assessment by medicine.
NEEDS = {
    SignalEvent.VALIDATE: Perm.CASE_WRITE,
    SignalEvent.REFUSE: Perm.CASE_WRITE,
    SignalEvent.ASSESS: Perm.CASE_ASSESS,
    SignalEvent.DECIDE: Perm.CASE_WRITE,
    SignalEvent.REOPEN: Perm.CASE_WRITE,
}


def _rows(actor: Actor) -> QuerySet[Signal]:
    rows = scope.visible(actor, Signal.objects.select_related("product"))
    return rows.order_by("due", "-number")  # PostgreSQL puts what is no longer due last


def every(actor: Actor) -> list[Signal]:
    """All signals the actor reads, in the order of the register: for dossiers."""
    return list(_rows(actor))


def page(actor: Actor, *, product: str = "", key: str = "") -> Page[Signal]:
    """One page of the register: those that wait first, the earliest due on top."""
    rows = _rows(actor)
    if product:
        rows = rows.filter(product_id=reference.product(actor, id=product).id)
    if last := keyset.parse_cursor(key, r"(?:\d{4}-\d{2}-\d{2})?\.[\w-]{1,20}"):
        day, _dot, number = last.partition(".")
        ended = Q(due__isnull=True)
        if not day:
            rows = rows.filter(ended, number__lt=number)
        elif due := keyset.day_of(day):
            rows = rows.filter(ended | Q(due__gt=due) | Q(due=due, number__lt=number))
    found = rows[: PAGE + 1]
    return Page(*keyset.page(found, PAGE, lambda row: f"{row.due or ''}.{row.number}"))


def one(actor: Actor, signal_id: UUID | str) -> Signal:
    """One signal; NotFound otherwise."""
    return scope.one(actor, Signal.objects.select_related("product", "lock"), id=signal_id)


def steps(actor: Actor, signal: Signal) -> Sequence[SignalStep]:
    """What was done with it, in order."""
    return list(
        scope.visible(actor, SignalStep.objects.filter(signal=signal).select_related("recorded_by"))
    )


def possible(actor: Actor, signal: Signal) -> list[SignalEvent]:
    """The steps the actor may take now; signing has its own page."""
    return [
        event
        for event in SIGNAL.allowed(SignalState(signal.state))
        if event in NEEDS and actor.may(NEEDS[event], product=signal.product_id)
    ]


def awaits_medicine(signal: Signal) -> bool:
    """Whether the step it waits for is for whoever assesses cases: the assessment, the signing."""
    return signal.state in (SignalState.VALIDATED, SignalState.DECIDED)


def awaits_another(actor: Actor, signal: Signal) -> bool:
    """Whether it waits for a step that the actor does not take."""
    perm = Perm.CASE_ASSESS if awaits_medicine(signal) else Perm.CASE_WRITE
    return signal.state in WAITING and not actor.may(perm, product=signal.product_id)


def products(actor: Actor) -> list[Product]:
    """Products the actor may enter a signal for."""
    return list(reference.products_for(actor, Perm.CASE_WRITE))


def sources() -> list[tuple[str, str]]:
    """Where a signal may come from, code and word."""
    return [(code, str(word)) for code, word in Signal.Source.choices]


def step_words() -> list[tuple[str, str]]:
    """The steps, code and word."""
    return [(code, str(word)) for code, word in SIGNAL_WORDS]


def decisions() -> list[tuple[str, str]]:
    """What may be decided, code and word."""
    return [(code, str(word)) for code, word in DECISIONS]
