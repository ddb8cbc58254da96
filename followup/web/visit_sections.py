"""A whole visit as a task list: every section with how far it is, each on a page of its own."""

from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_GET

from followup.core import row_permissions
from followup.core.actor import Actor
from followup.core.http.requests import ActingRequest
from followup.core.naming import reads_chinese
from followup.core.permissions import Perm
from followup.domain.visit_sections import GROUPS, Progress, Section
from followup.domain.visits import RECORDABLE
from followup.queries import identity, patients, reference, visit_sections, worklist
from followup.queries.visit_sections import SectionLine
from followup.web import assessments, follow_up_wording

TITLES = {
    Section.SURVIVAL: pgettext_lazy("visit section", "Survival and contact"),
    Section.DISEASE: pgettext_lazy("visit section", "Disease assessment"),
    Section.BLOOD: pgettext_lazy("visit section", "Blood count"),
    Section.CHEMISTRY: pgettext_lazy("visit section", "Chemistry and inflammation"),
    Section.IMMUNE: pgettext_lazy("visit section", "B cells, T cells, immunoglobulins"),
    Section.CELLS: pgettext_lazy("visit section", "Vector copies and replication-competent virus"),
    Section.EVENTS: pgettext_lazy("visit section", "Adverse events"),
    Section.THERAPIES: pgettext_lazy("visit section", "Treatments and pregnancy"),
    Section.SAMPLES: pgettext_lazy("visit section", "Samples"),
    Section.OTHER: pgettext_lazy("visit section", "Other assessments"),
}
MARKS = {
    Progress.NOT_STARTED: ("open", pgettext_lazy("visit section", "Not started")),
    Progress.STARTED: ("running", pgettext_lazy("visit section", "In progress")),
    Progress.DONE: ("done", pgettext_lazy("visit section", "Complete")),
}


def _address(planned: Any, section: Section) -> str:
    """The page of a section; those that can lead back here."""
    patient, infusion = planned.patient_id, planned.schedule.infusion_id
    if section in GROUPS:
        groups = "&".join(f"group={group}" for group in GROUPS[section])
        return f"{reverse('laboratory-record', args=[patient])}?visit={planned.pk}&{groups}"
    if section is Section.DISEASE:
        return reverse("assessments", args=[patient])
    if section is Section.SAMPLES:
        return f"{reverse('patient-samples', args=[patient])}?visit={planned.pk}"
    if section is Section.EVENTS and planned.state not in RECORDABLE:
        return reverse("event-report", args=[infusion])
    return f"{reverse('visit-call', args=[planned.pk])}?how=ON_SITE&then=sections"


def _shown(actor: Actor, planned: Any, line: SectionLine) -> dict[str, Any]:
    rows = reference.document(actor, "protocols")["assessments"]
    spoken = "zh" if reads_chinese() else "en"
    words = {row["code"]: str(row[spoken]) for row in rows}
    kind, text = MARKS[line.progress]
    return {
        "title": TITLES[line.section],
        "asks": [words.get(code, code) for code in line.codes],
        "mark": kind,
        "state": text,
        "done": line.done,
        "total": line.total,
        "address": _address(planned, line.section),
    }


@require_GET
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """The sections of a planned visit."""
    actor = cast(ActingRequest, request).actor
    planned = worklist.one(actor, pk)
    row_permissions.require_read(actor, planned, Perm.VISIT_READ)
    found = visit_sections.lines(actor, planned)
    context = {
        "planned": planned,
        "patient": planned.patient,
        "who": identity.masked(actor, [planned.patient_id], telephones=False).get(
            planned.patient_id
        ),
        "lines": [_shown(actor, planned, line) for line in found],
        "complete": sum(line.progress is Progress.DONE for line in found),
        "records": patients.records(actor, planned),
        "missing": assessments.missing(actor, planned),
        "ways": assessments.ways(planned),
        "open": planned.state in RECORDABLE,
        "closed": follow_up_wording.closed(planned.patient),
        "may_write": actor.may(Perm.VISIT_WRITE, site=planned.site_id, product=planned.product_id),
    }
    return render(request, "followup/visits/sections.html", context)


urlpatterns = [path("visits/<int:pk>/sections/", page, name="visit-sections")]
