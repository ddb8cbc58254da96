"""A patient's story as a PDF: the header, the timeline as on the page, and its table; no name."""

from typing import cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from followup.core import clock, pdf
from followup.core.http.files import pdf_response
from followup.core.http.requests import ActingRequest
from followup.core.security import access
from followup.queries import accounts, concomitant_care, transfers
from followup.queries import patients as queries
from followup.web import follow_up_wording, infusion_details, timelines
from followup.web.patients import banner_facts, consent_state


@require_GET
def summary(request: HttpRequest, pk: str) -> HttpResponse:
    """The PDF in the reader's language; printing is logged."""
    actor, today = cast(ActingRequest, request).actor, clock.today()
    patient = queries.one(actor, pk)
    planned = queries.planned(actor, patient)
    infusions = queries.infusions(actor, patient)
    closed = follow_up_wording.closed(patient)
    access.record(actor, "print", patient.id, reason="summary")
    context = {
        "title": _("Follow-up of %(code)s") % {"code": patient.study_code},
        "facts": banner_facts(patient, infusions, today),
        "state": follow_up_wording.state(patient),
        "death": follow_up_wording.death(patient) if patient.vital_status == "DEAD" else "",
        "consent": consent_state(queries.consents(actor, patient))[1],
        "next": next((v for v in planned if v.state == "PLANNED" and not closed), None),
        "given": [(row, infusion_details.shown(row)) for row in infusions],
        "story": timelines.story(
            patient,
            infusions=infusions,
            planned=planned,
            visits=queries.visits(actor, patient),
            events=queries.events(actor, patient),
            transfers=transfers.of_patient(actor, patient),
            care=concomitant_care.of_patient(actor, patient),
            today=today,
            called=not closed,
        ),
        "printed_at": clock.now(),
        "printed_by": accounts.display_name(actor),
        "zone": settings.TIME_ZONE,
    }
    content = pdf.render("patient", context, language=get_language() or "zh-hans")
    return pdf_response(content, f"{patient.study_code}.pdf")


urlpatterns = [path("patients/<uuid:pk>/summary.pdf", summary, name="patient-summary")]
