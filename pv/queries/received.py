"""Received ICSRs as a person reviews them: what waits, what each would change."""

from datetime import date
from uuid import UUID

from followup.core import scope
from followup.core.actor import Actor
from followup.core.http import keyset
from followup.core.http.keyset import Page
from followup.core.naming import reader_language
from followup.models import Product
from pv.domain.cases import editing, receptions, retransmissions
from pv.domain.e2b import storage
from pv.domain.e2b.message import Message
from pv.domain.e2b.versions import difference, words
from pv.models import Case, ReceivedReport
from pv.queries import case_links, default_seriousness, rules

PAGE = 50
_COMPANY = "1"  # C.3.1


def reasons() -> list[tuple[str, str]]:
    """Every reason a report can be rejected for: code, words in the reader's language."""
    name = f"label_{reader_language()}"
    return [(row["code"], row[name]) for row in rules.data("casework")["rejections"]]


def page(
    actor: Actor, *, state: str = "", reason: str = "", key: str = "", size: int = PAGE
) -> Page[ReceivedReport]:
    """One page of received reports, all or those of one state or reason; without their content."""
    rows = scope.visible(actor, ReceivedReport.objects.select_related("case", "product"))
    if state in set(ReceivedReport.State):
        rows = rows.filter(state=state)
    if reason:
        rows = rows.filter(reason_code=reason)
    if key := keyset.parse_cursor(key, keyset.UUID_PATTERN):
        rows = rows.filter(id__lt=key)
    shown = rows.defer("message").order_by("-id")[: size + 1]
    return Page(*keyset.page(shown, size, lambda row: str(row.id)))


def waiting(actor: Actor) -> int:
    """How many reports wait for review, counted to a thousand."""
    rows = scope.visible(actor, ReceivedReport.objects.filter(state="to_review"))
    return rows.order_by()[:1001].count()


def one(actor: Actor, report_id: UUID | str) -> ReceivedReport:
    """One received report with its case; NotFound otherwise."""
    rows = ReceivedReport.objects.select_related("case__product__holder", "decided_by")
    return scope.one(actor, rows, id=report_id)


def of_case(actor: Actor, case: Case) -> list[ReceivedReport]:
    """The reports received of a case, the newest first, without their content."""
    rows = scope.visible(actor, ReceivedReport.objects.filter(case=case))
    return list(rows.defer("message").order_by("-id"))


def only_received(case: Case) -> bool:
    """Whether received reports alone made a case; that of a child is opened here, by its parent's.

    A child's case has the origin of its parent's.
    """
    opened = case.sources.filter(kind=case_links.PARENT_SOURCE)
    return case.origin == Case.Origin.IMPORT and not opened.exists()


def only_rejected(case: Case) -> bool:
    """Whether a case is none only because every report of it that was decided on was rejected."""
    decided = set(case.received.filter(decided_at__isnull=False).values_list("state", flat=True))
    if decided != {ReceivedReport.State.REJECTED} or not only_received(case):
        return False
    triaged = case.triage.filter(undone_at__isnull=True)
    return not (triaged.exists() or case.duplicate_decisions.filter(outcome="same").exists())


def prepared(case: Case, row: ReceivedReport, product: Product, aware_on: date) -> Message:
    """The message as it would be in the case: under the holder's own name and identifier.

    With what the default rules of seriousness add to it, unless a person answered them.
    """
    message = storage.message_from_data(row.message)
    accepted = case.received.filter(state=ReceivedReport.State.ACCEPTED).exists()
    own = accepted or not only_received(case)
    current = _current(case)
    made = retransmissions.own_identifier(message.root, product.holder.code, case.number)
    retransmissions.retransmit(
        message.root,
        identifier=(current.text("C.1.1") if own else None) or made,
        sender_type=_COMPANY,
        organisation=product.holder.name_zh or product.holder.name_en,
        source=row.sender or message.text("C.3.2") or "?",
        received_on=case.received_on if own else aware_on,
        latest_on=aware_on,
    )
    case_links.write_into(case, None, message.root)
    for line in default_seriousness.unanswered(case, row):
        editing.put(message.root, line.path, "true")
    return message


def _current(case: Case) -> Message:
    version = case.versions.get(number=case.current_version)
    return Message(storage.from_data(version.message))


def content(row: ReceivedReport) -> Message:
    """The message as it was received."""
    return storage.message_from_data(row.message)


def linked(actor: Actor, row: ReceivedReport) -> list[tuple[str, Case | None]]:
    """The reports this one is to be read together with, and our cases of them."""
    names = receptions.linked(content(row))
    known = case_links.by_name(actor, names)
    return [(name, known.get(name)) for name in names]


def changes(case: Case, row: ReceivedReport, language: str) -> list[str]:
    """What accepting the report would change in the case as it stands, in words."""
    product = case.product
    message = content(row)
    if product is not None:
        aware = receptions.day(row.information) or case.received_on
        message = prepared(case, row, product, aware)
    return [words(item, language) for item in difference(_current(case), message)]
