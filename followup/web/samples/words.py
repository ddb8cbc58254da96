"""Words and marks of samples as the pages show them."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from followup.core.naming import localized_name
from followup.domain.samples import CUSTODY, CustodyEventKind, CustodyState, Requirement, Stability
from followup.queries.samples import STEPS

# Kinds of the status tag, so that a state differs in shape and not in colour alone.
KINDS: Mapping[str, str] = {
    CustodyState.PLANNED.value: "open",
    CustodyState.COLLECTED.value: "running",
    CustodyState.PROCESSED.value: "running",
    CustodyState.STORED.value: "running",
    CustodyState.SHIPPED.value: "running",
    CustodyState.RECEIVED.value: "running",
    CustodyState.IN_TESTING.value: "running",
    CustodyState.RESULTED.value: "done",
    CustodyState.FAILED.value: "failed",
    CustodyState.UNOBTAINABLE.value: "na",
    CustodyState.DESTROYED.value: "na",
}
BECAUSE = {
    "always": _("Asked for whenever a malignancy is suspected."),
    "marrow_indicated": _("Asked for when the marrow is to be examined."),
    "donor_cells": _("Asked for after a donor's cells: transplantation or allogeneic product."),
    "archived_follow_up": _("Asked for when samples of the follow-up were archived."),
    "visit": _("Asked for by the protocol at this visit."),
    "chosen": _("Chosen by a person."),
}
PLACES = {
    "LOCATE": _("Where it is kept"),
    "COLLECT": _("Where it was collected"),
    "STORE": _("Where it is kept"),
    "SHIP": _("Sent to"),
    "RECEIVE": _("Received at"),
}
PAIRS = {
    "READY": ("done", _("Both sides are there")),
    "PRE_MISSING": ("failed", _("The earlier sample is missing")),
    "POST_MISSING": ("failed", _("The later sample is missing")),
    "BOTH_MISSING": ("failed", _("Both samples are missing")),
    "UNKNOWN": ("query", _("Not known yet")),
}
LIMITS = {
    Stability.CAUTION: _(
        "The shorter limit for %(use)s has passed; the longer one ends %(until)s."
    ),
    Stability.EXCEEDED: _("The limit for %(use)s has passed: it ended %(until)s."),
    Stability.UNKNOWN: _("Whether the limit for %(use)s is kept cannot be said: the time is open."),
}


def requires(kind: str, what: Requirement) -> bool:
    """Whether a step must carry something, by the table of custody."""
    return any(row.event.value == kind and what in row.needs for row in CUSTODY.rows)


def next_steps(states: Iterable[str]) -> list[tuple[str, Any]]:
    """Steps that every one of these states allows, in the order of the table, with their words.

    The result has a page of its own, and kept material is answered for, not found by a button.
    """
    wanted = {CustodyState(state) for state in states}
    names = dict(STEPS) | {"PLAN": pgettext_lazy("sample step", "Plan again")}
    own_page = (CustodyEventKind.RESULT, CustodyEventKind.LOCATE)
    found: dict[str, Any] = {}
    for row in CUSTODY.rows:
        if row.event in own_page or row.event.value in found:
            continue
        if wanted and wanted <= CUSTODY.sources(row.event):
            found[row.event.value] = names[row.event.value]
    return list(found.items())


def labelled(rows: Iterable[Any]) -> list[tuple[str, str]]:
    """Coded rows as choices in the reader's language."""
    return [(row.code, localized_name(row)) for row in rows]
