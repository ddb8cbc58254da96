"""Everything the holder owes by a day as one list: the duties of certificates and
authorisations abroad, and what the registers owe beside them, a page by key. The page, the API and
the file read it here."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.utils.translation import pgettext

from followup.core import clock
from followup.core.actor import Actor
from followup.core.http import keyset
from followup.core.http.keyset import Page
from followup.queries import reference
from pv.queries import due_days, duties
from pv.queries.due_days import DueDay
from pv.queries.duties import Owed

PAGE = 50


@dataclass(frozen=True, slots=True)
class CalendarEntry:
    """One day something is owed by: a duty of a certificate or authorisation, or of a register."""

    due: date
    owed: Owed | None
    other: DueDay | None

    @property
    def key(self) -> tuple[str, str]:
        """Its day, then what it is; the same whichever entry of a certificate holds."""
        if self.owed:
            return (self.due.isoformat(), ".".join(self.owed.key[1:]))
        return (self.due.isoformat(), self.other.uid if self.other else "")

    @property
    def product_id(self) -> UUID | None:
        """The product it is owed for."""
        if self.owed:
            return self.owed.entry.product_id
        return self.other.product_id if self.other else None

    @property
    def owner(self) -> str:
        """Who sees to it."""
        if self.owed:
            return self.owed.entry.owner_name
        return self.other.owner if self.other else ""

    @property
    def done_on(self) -> date | None:
        """The day it was done."""
        if self.owed:
            return self.owed.done.done_on if self.owed.done else None
        return self.other.done_on if self.other else None

    @property
    def evidence(self) -> str:
        """The proof that it was done."""
        if self.owed:
            return self.owed.done.evidence if self.owed.done else ""
        return self.other.evidence if self.other else ""

    def days(self, today: date) -> int | None:
        """Days left; None when it is done."""
        if self.owed:
            return self.owed.days(today)
        return self.other.days(today) if self.other else None


def kind(entry: CalendarEntry) -> str:
    """Whose duty it is, in the active language."""
    if entry.owed and entry.owed.authorisation:
        return pgettext("due day", "Duty of an authorisation abroad")
    return entry.other.kind if entry.other else pgettext("due day", "Duty of a certificate")


def entries(actor: Actor, *, today: date) -> list[CalendarEntry]:
    """All of them, the earliest first."""
    found = [
        *(CalendarEntry(each.duty.due, each, None) for each in duties.owed(actor, today=today)),
        *(CalendarEntry(each.due, None, each) for each in due_days.listing(actor, today=today)),
    ]
    return sorted(found, key=lambda each: each.key)


def page(
    actor: Actor,
    *,
    state: str = "",
    product: str = "",
    key: str = "",
    today: date | None = None,
) -> Page[CalendarEntry]:
    """One page: what is `open`, what is `done`, or all; of a product, or of all."""
    duties.require_state(state)
    day = today or clock.today()
    chosen = reference.product(actor, id=product).id if product else None
    since, _dot, what = key.partition(".")
    last = (since, what) if keyset.day_of(since) else None
    rows = [
        each
        for each in entries(actor, today=day)
        if (not state or (each.days(day) is not None) == (state == "open"))
        and chosen in (None, each.product_id)
        and (last is None or each.key > last)
    ]
    return Page(*keyset.page(rows, PAGE, lambda each: ".".join(each.key)))
