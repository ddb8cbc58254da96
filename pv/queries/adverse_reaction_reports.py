"""The Chinese report form of a case as a printed document; each print is in the log of reads."""

from uuid import UUID

from django.utils import translation

from followup.core import clock
from followup.core.actor import Actor
from followup.core.security import access
from followup.core.trail import signables
from followup.queries import signatures
from pv.adapters import pdf
from pv.domain.adverse_reaction_reports import report
from pv.queries import cases, causality, cioms


def printed(
    actor: Actor, case_id: UUID | str, *, language: str, version: int | None = None
) -> pdf.Document:
    """The PDF of the form. Needs to see the case; NotFound, DocumentFailed."""
    case = cases.one(actor, case_id)
    message, sheet = cioms.prepared(actor, case, language=language, version=version)
    filled = report(message, sheet, language, causality.causality_rules())
    title = f"{case.number} v{sheet.version}"
    with translation.override(language):
        signed = signatures.under(signables.of("case"), case, title=title)
    document = pdf.adverse_reaction_report(
        filled, language=language, printed_at=clock.now(), signed=signed
    )
    access.record(
        actor,
        "print.adverse_reaction_report",
        case.id,
        reason=f"{case.number} v{sheet.version} {language}",
        site=case.site_id,
        product=case.product_id,
    )
    return document
