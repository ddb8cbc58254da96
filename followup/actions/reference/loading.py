"""The write: new versions are added beside the old ones, rows of products follow."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.db.models import Model
from django.utils.translation import gettext as _

from followup.actions.reference.comparing import LoadStep, compare
from followup.actions.reference.rows import Row
from followup.core import clock
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.domain.documents import Check
from followup.domain.references import LoadChange, ReferenceEntry
from followup.models import Holder, Product, ReferenceItem


@action("reference.load", needs=Perm.REFERENCE_WRITE)
def load(
    actor: Actor,
    *,
    documents: Mapping[str, Mapping[str, Any]],
    replace: bool = False,
    checks: Mapping[str, Sequence[Check]] | None = None,
) -> list[LoadStep]:
    """Load documents by name; administrators and the system may. Returns every step.

    A document that cannot be read is a refused step with its problem; the others are loaded.
    Refused when other content is recorded under the same version: what was planned or assessed
    under it must stay explainable. `replace` overwrites it, in the demo and in tests only.
    """
    if replace and settings.PRODUCTION:
        raise Refused(_("A loaded version is never replaced in production: raise the version."))
    steps = compare(actor, documents, replace=replace, checks=checks)
    refused = {
        step.name: _("was loaded with other content in %(fields)s: give it a new version")
        % {"fields": ", ".join(step.fields)}
        for step in steps
        if step.change is LoadChange.REFUSED and not step.problem
    }
    if refused:
        raise Refused(refused, code="version_used")
    for step in steps:
        if step.change in (LoadChange.UNCHANGED, LoadChange.SUPERSEDED, LoadChange.REFUSED):
            continue
        if step.entry is not None:
            _keep_entry(step.entry, step.change)
        if step.row is not None:
            _keep_row(step.row, step)
    return steps


def _keep_entry(entry: ReferenceEntry, change: LoadChange) -> None:
    key = {"kind": entry.kind, "code": entry.code, "version": entry.version}
    item = ReferenceItem(**key)
    if change is LoadChange.REPLACED:
        item = ReferenceItem.objects.select_for_update().get(**key)
    item.data = dict(entry.data)
    item.sha256, item.citation, item.confidence = entry.sha256, entry.citation, entry.confidence
    item.valid_from, item.valid_to = entry.valid_from, entry.valid_to
    item.loaded_at = clock.now()
    _validate(item, f"{entry.kind} {entry.code}")
    item.save()


def _keep_row(row: Row, step: LoadStep) -> None:
    manager = row.model._default_manager
    values = dict(row.values)
    if row.parent:
        parent: type[Model] = Holder if row.model is Product else Product
        values[row.parent] = parent._default_manager.get(code=row.parent_code)
    if step.change is LoadChange.ADDED:
        item = row.model(code=row.code, **values)
        _validate(item, step.name)
        item.save(force_insert=True)
        return
    item = manager.select_for_update().get(code=row.code)
    for name in step.fields:
        setattr(item, name, values[name])
    _validate(item, step.name)
    item.save(update_fields=list(step.fields))


def _validate(item: Model, name: str) -> None:
    """A text too long for its column is told with the entry's name, not by the database."""
    for field in item._meta.concrete_fields:
        limit, value = field.max_length, getattr(item, field.attname)
        if limit is not None and isinstance(value, str) and len(value) > limit:
            text = _("%(field)s has %(size)s characters, at most %(limit)s are kept")
            raise Refused({name: text % {"field": field.name, "size": len(value), "limit": limit}})
