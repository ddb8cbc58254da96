"""Files of a record on its page: `{% files_of "event" event %}`, `{% released_files sources %}`."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import template
from django.urls import reverse

from followup.core import row_permissions
from followup.core.permissions import Perm
from followup.queries import files as queries
from followup.web import file_words

register = template.Library()
SHOWN = 10
_OF: Mapping[str, Any] = {
    "event": queries.of_event,
    "visit": queries.of_visit,
    "sample": queries.of_sample,
    "patient": queries.of_patient,
}


@register.inclusion_tag("followup/files/panel.html", takes_context=True)
def files_of(context: Mapping[str, Any], beside: str, record: Any) -> dict[str, Any]:
    """The files of a record and the way to add one; for safety what was released of an event."""
    actor = context["request"].actor
    patient = record if beside == "patient" else record.patient
    rows = _OF[beside](actor, record)
    add = reverse("file-new", args=[patient.pk])
    mine = row_permissions.may_read(actor, record, Perm.IDENTITY_READ)
    released = [] if mine or beside != "event" else queries.released_of_events(actor, [record.pk])
    return {
        "mine": mine,
        "rows": [file_words.row(each) for each in rows[:SHOWN]],
        "more": max(0, len(rows) - SHOWN),
        "released": [file_words.row(each) for each in released],
        "add": add if beside == "patient" else f"{add}?{beside}={record.pk}",
        "may_add": actor.may(Perm.IDENTITY_WRITE, site=record.site_id),
        "every": reverse("patient-files", args=[patient.pk]),
    }


@register.inclusion_tag("followup/files/released_panel.html", takes_context=True)
def released_files(context: Mapping[str, Any], sources: Iterable[Any]) -> dict[str, Any]:
    """Documents the hospital released with the events a case came from."""
    events = {source.event_id for source in sources if source.event_id}
    rows = queries.released_of_events(context["request"].actor, list(events))
    return {"rows": [file_words.row(each) for each in rows]}
