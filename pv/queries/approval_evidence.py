"""What approvals rest on: entries that hold, those that wait, all of an indication."""

from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from followup.core import scope
from followup.core.actor import Actor
from followup.core.naming import localized_name
from followup.core.permissions import Perm
from followup.core.spreadsheets.workbooks import Cell
from followup.models import Product
from followup.queries import reference
from pv.models import ApprovalEvidence, Study


def _replaced() -> Exists:
    later = ApprovalEvidence.objects.filter(replaces=OuterRef("pk"), confirmed_at__isnull=False)
    return Exists(later)


def holds(row: ApprovalEvidence) -> bool:
    """Whether an entry is confirmed, not withdrawn and not replaced by a confirmed one."""
    return ApprovalEvidence.objects.filter(
        ~_replaced(), id=row.id, confirmed_at__isnull=False, withdrawn_at=None
    ).exists()


def replacement(actor: Actor, row: ApprovalEvidence) -> ApprovalEvidence | None:
    """The latest confirmed entry that came in place of an entry, withdrawn or not."""
    later = _entries(actor).filter(replaces=row, confirmed_at__isnull=False)
    return later.order_by("-confirmed_at").first()


def _entries(actor: Actor) -> "QuerySet[ApprovalEvidence]":
    related = ("product", "indication", "study", "entered_by", "confirmed_by", "withdrawn_by")
    rows = ApprovalEvidence.objects.select_related(*related, "replaces")
    return scope.visible(actor, rows)


def rests_on(study: Study) -> bool:
    """Whether any entry names a study and holds, or waits for a second person."""
    rows = ApprovalEvidence.objects.filter(~_replaced(), study=study)
    return rows.filter(withdrawn_at=None, refused_because="").exists()


def held(
    actor: Actor, *, product_id: UUID | None = None, study_id: UUID | None = None
) -> list[ApprovalEvidence]:
    """What holds, by product and indication: of all, of a product, of a study."""
    rows = _entries(actor).filter(~_replaced(), confirmed_at__isnull=False, withdrawn_at=None)
    if product_id:
        rows = rows.filter(product_id=product_id)
    if study_id:
        rows = rows.filter(study_id=study_id)
    order = ("product__code", "indication__code", "kind", "study_number", "endpoint", "id")
    return list(rows.order_by(*order))


def waiting(actor: Actor) -> list[ApprovalEvidence]:
    """Entries a second person has not looked at, the oldest first."""
    rows = _entries(actor).filter(confirmed_at__isnull=True, refused_because="")
    return list(rows.order_by("entered_at"))


def one(actor: Actor, evidence_id: UUID | str) -> ApprovalEvidence:
    """One entry; NotFound otherwise."""
    return scope.one(actor, _entries(actor), id=evidence_id)


def entries(actor: Actor, row: ApprovalEvidence) -> list[ApprovalEvidence]:
    """Every entry of the same indication, the newest first."""
    rows = _entries(actor).filter(indication_id=row.indication_id)
    return list(rows.order_by("-entered_at"))


def kinds() -> list[tuple[str, str]]:
    """Kinds of evidence with their words."""
    return [(kind.value, str(kind.label)) for kind in ApprovalEvidence.Kind]


def products(actor: Actor) -> list[Product]:
    """Products the actor may enter evidence of."""
    return list(reference.products_for(actor, Perm.REPORT_WRITE))


def heading() -> tuple[str, ...]:
    """Column heads of the evidence as a table."""
    return (
        pgettext("column", "Product"),
        pgettext("column", "Indication"),
        pgettext("approval evidence", "Kind"),
        pgettext("approval evidence", "Study number"),
        pgettext("approval evidence", "Participants"),
        pgettext("approval evidence", "Endpoint"),
        pgettext("approval evidence", "Result"),
        pgettext("approval evidence", "Interval"),
        pgettext("approval evidence", "Data cut-off"),
        _("Document"),
        _("Entered"),
        _("Confirmed"),
    )


def cells(row: ApprovalEvidence) -> tuple[Cell, ...]:
    """One entry as a row of `heading`."""
    return (
        localized_name(row.product),
        localized_name(row.indication),
        str(row.get_kind_display()),
        row.study_number,
        row.participants,
        row.endpoint,
        row.result,
        row.interval,
        row.data_cutoff.isoformat() if row.data_cutoff else "",
        row.source,
        str(row.entered_by),
        str(row.confirmed_by) if row.confirmed_by else "",
    )
