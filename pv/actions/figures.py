"""The files of a cohort's figures; taking one away is logged as a read."""

from pathlib import Path

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from followup.core import clock
from followup.core.actor import Actor
from followup.core.naming import localized_name
from followup.core.permissions import Perm
from followup.core.security import access
from followup.domain.seals import Head
from followup.queries import reference, seals
from pv.adapters.charts import documents
from pv.adapters.charts.documents import Basis
from pv.queries import cohorts, figures
from pv.queries.cohorts import Filters


def basis(actor: Actor, filters: Filters, title: str) -> Basis:
    """What the figures of these filters rest on, in the active language."""
    lock = filters.lock
    at = lock.made_at if lock else clock.now()
    head = Head(lock.seq, lock.chain) if lock else seals.head()
    facts = [
        (_("Product"), localized_name(filters.product)),
        (_("Data lock"), lock.name if lock else _("None: these figures cannot be made again.")),
        (_("Last day of the data"), filters.last_day.isoformat()),
        (_("Infused from"), filters.start.isoformat() if filters.start else _("the beginning")),
        (_("Infused to"), (filters.end or filters.last_day).isoformat()),
        (_("Indication"), _("All")),
        (_("Site"), _("All")),
    ]
    if filters.indication:
        facts[5] = (facts[5][0], localized_name(reference.indication(actor, id=filters.indication)))
    if filters.site:
        facts[6] = (facts[6][0], localized_name(reference.site(actor, id=filters.site)))
    if not cohorts.treats(actor):
        text = _("Those whose consent to passing coded data to the holder is in force")
        facts.append((_("Patients"), text))
    language = get_language() or "zh-hans"
    return Basis(
        title, facts, language, f"{localized_name(filters.product)} · {title}", at, head.text
    )


def write(
    actor: Actor, filters: Filters, kind: str, target: Path, *, measure: str = "", page: int = 0
) -> str:
    """Write a figure into a PDF or workbook, by the ending of the target; its file name."""
    actor.require(Perm.REPORT_READ, product=filters.product.id)
    with cohorts.reading(filters):
        found = figures.figure(actor, filters, kind, page=page, measure=measure)
        stands_on = basis(actor, filters, found.name)
    if target.suffix == ".pdf":
        target.write_bytes(documents.pdf([found], stands_on))
    else:
        documents.xlsx([found], stands_on, target)
    name = f"{filters.product.code}-{kind}-{filters.last_day}{target.suffix}"
    access.record(actor, "figure.download", kind, reason=name, product=filters.product.id)
    return name
