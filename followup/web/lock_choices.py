"""The choice of a data lock: the latest in a list, an older one by its name."""

from copy import copy
from typing import Any

from django import forms
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from followup.core import clock
from followup.core.actor import Actor
from followup.core.forms import Form
from followup.core.models import DataLock
from followup.queries import data_locks

NAMED = "_named"
LONGEST = 80  # of what was typed, where it is said again


class LockSelect(forms.Select):
    """The list, and where there are older locks than it holds a box for the name of one."""

    older = False
    typed = ""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        """The list with the box below it."""
        shown = super().render(name, value, attrs, renderer)
        if not self.older:
            return shown
        key = str((attrs or {}).get("id", name))
        box = {"name": f"{name}{NAMED}", "id": f"{key}{NAMED}", "typed": self.typed}
        return shown + render_to_string("parts/older_lock.html", box)


class LockField(forms.ChoiceField):
    """A data lock by its id; `offer_locks` fills in what it offers and reads the box of a name."""

    widget = LockSelect
    unnamed = ""  # why the name that was typed names no one lock

    def clean(self, value: Any) -> Any:
        """The id of the lock; the name that was typed comes before what the list says."""
        if self.unnamed:
            raise forms.ValidationError(self.unnamed)
        return super().clean(value)


class OtherLockForm(Form):
    """The lock another one is compared with."""

    lock = LockField(label=gettext_lazy("Other lock"))


def offer_locks(
    form: Form,
    actor: Actor,
    *present: object,
    first: list[tuple[str, str]] | None = None,
    last: list[tuple[str, str]] | None = None,
    without: DataLock | None = None,
) -> list[DataLock]:
    """Offer the latest locks, those in `present`, the one the form was sent with, and any by name.

    Returns what is offered, the latest first. `first` and `last` are choices that are no lock.
    """
    field = form.fields["lock"]
    if not isinstance(field, LockField):
        raise TypeError("the field `lock` of the form is no LockField")
    name, sent = form.add_prefix("lock"), _sent(form)
    typed = str(sent.get(f"{name}{NAMED}") or "").strip()
    found = data_locks.named(actor, typed) if typed else []
    if typed:
        sent[name] = str(found[0].id) if len(found) == 1 else ""
        if len(found) != 1:
            field.unnamed = _unnamed(typed, len(found))
        sent[f"{name}{NAMED}"] = field.widget.typed = "" if found else typed
        form.data = sent
    rows = data_locks.offered(actor, sent.get(name), *present, *(row.id for row in found))
    if without is not None:
        rows = [row for row in rows if row.id != without.id]
    if typed and len(found) > 1:  # what was meant is among the first of the list
        named = {row.id for row in found}
        rows = sorted(rows, key=lambda row: row.id not in named)
    field.widget.older = field.widget.older or data_locks.are_older(actor)
    form.offer("lock", [*(first or []), *((str(r.id), _dated(r)) for r in rows), *(last or [])])
    return rows


def _sent(form: Form) -> Any:
    """What the form was sent with, to be changed."""
    return copy(form.data)


def _unnamed(typed: str, found: int) -> str:
    typed = typed if len(typed) <= LONGEST else f"{typed[:LONGEST]}…"
    if not found:
        return _("No data lock has “%(words)s” in its name.") % {"words": typed}
    text = _("Several data locks have “%(words)s” in their names; choose one in the list.")
    return text % {"words": typed}


def _dated(lock: DataLock) -> str:
    """The lock as it is offered: its name and its local day."""
    return f"{lock.name} ({lock.made_at.astimezone(clock.SHANGHAI).date()})"
