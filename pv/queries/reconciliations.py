"""The cases exchanged with a partner in a month, and the reconciliations made of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from followup.core import clock, scope
from followup.core.actor import Actor
from followup.core.security import access
from followup.core.spreadsheets import csv_export, workbooks
from followup.domain.dates import add_months
from pv.domain.agreements import PREFIX
from pv.domain.reconciliations import identifier
from pv.models import (
    Case,
    PartnerAgreement,
    PartnerReconciliation,
    ReceivedReport,
    ReconciliationDifference,
    Submission,
)
from pv.queries import agreements


@dataclass(frozen=True, slots=True)
class Exchanged:
    """One case that went to the partner or came from it in the month."""

    case: Case
    sent: int
    received: int
    first: date

    @property
    def worldwide_id(self) -> str:
        """What both sides call the case."""
        return identifier(self.case.worldwide_id or self.case.number)

    def values(self) -> dict[str, str]:
        """What is compared with the partner's list; what nobody knows stays empty."""
        return {
            "serious": _answer(self.case.serious),
            "fatal": _answer(self.case.fatal),
            "nullified": _answer(self.case.nullified_on is not None),
            "reports": str(self.sent + self.received),
        }


def _answer(value: bool | None) -> str:
    return "" if value is None else "yes" if value else "no"


def month_of(text: str) -> date | None:
    """The first day of a month written as 2026-10; None when it is none."""
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        return None


def exchanged(actor: Actor, agreement: PartnerAgreement, month: date) -> list[Exchanged]:
    """The cases exchanged in a month with the partner of an agreement, by their identifier."""
    end = add_months(month, 1)
    sent = scope.visible(actor, Submission.objects.filter(product_id=agreement.product_id))
    agreed, name = agreements.partnership(agreement.product_id), f"{PREFIX}{agreement.partner}"
    if agreed is None or name not in agreed.current:
        return []
    sent = sent.filter(profile__in=agreed.receivers(name), sent_on__gte=month, sent_on__lt=end)
    days: dict[UUID, tuple[list[date], list[date]]] = {}
    for case_id, profile, to, day in sent.values_list("case_id", "profile", "partner", "sent_on"):
        # Another partner may have the receiver too, or had it on another day of the month.
        if day is not None and name in agreed.whose(profile, to, day):
            days.setdefault(case_id, ([], []))[0].append(day)
    came = scope.visible(actor, ReceivedReport.objects.filter(sender__in=agreed.senders(name)))
    came = came.filter(product_id=agreement.product_id)
    came = came.filter(received_at__gte=_starts(month), received_at__lt=_starts(end))
    for case_id, sender, at in came.values_list("case_id", "sender", "received_at"):
        day = at.astimezone(clock.SHANGHAI).date()
        if name in agreed.senders_of(sender, day):
            days.setdefault(case_id, ([], []))[1].append(day)
    cases = scope.visible(actor, Case.objects.filter(id__in=days))
    found = [
        Exchanged(case, len(days[case.id][0]), len(days[case.id][1]), min(sum(days[case.id], [])))
        for case in cases
    ]
    return sorted(found, key=lambda row: row.worldwide_id)


def _starts(day: date) -> datetime:
    return datetime.combine(day, time(), clock.SHANGHAI)


def by_identifier(rows: Sequence[Exchanged]) -> dict[str, Mapping[str, str]]:
    """Our list as it is compared."""
    return {row.worldwide_id: row.values() for row in rows}


def exported(actor: Actor, agreement: PartnerAgreement, month: date, ending: str) -> bytes:
    """Our list of the month as xlsx or CSV; its headings are read back from the partner's."""
    rows = exchanged(actor, agreement, month)
    head = ["worldwide_id", "case", "first_exchanged_on", "sent", "received"]
    head += ["serious", "fatal", "nullified", "reports"]
    table = [
        [r.worldwide_id, r.case.number, r.first.isoformat(), str(r.sent), str(r.received)]
        + list(r.values().values())
        for r in rows
    ]
    name = f"{agreement.partner} {month:%Y-%m}.{ending}"
    access.record(
        actor, "export.reconciliation", agreement.id, reason=name, product=agreement.product_id
    )
    if ending == "xlsx":
        title = _("Cases exchanged in %(month)s") % {"month": f"{month:%Y-%m}"}
        return workbooks.single(title, head, table, made_at=clock.now())
    return "".join(csv_export.lines([head, *table])).encode()


def of_agreement(actor: Actor, agreement: PartnerAgreement) -> list[PartnerReconciliation]:
    """The reconciliations with the partner of an agreement, the newest month first."""
    rows = PartnerReconciliation.objects.filter(
        product_id=agreement.product_id, agreement__partner=agreement.partner
    )
    return list(scope.visible(actor, rows).defer("ours", "theirs").select_related("agreement"))


def signed(agreement: PartnerAgreement, month: date) -> bool:
    """Whether a month is signed with the partner, by whichever entry of its agreement."""
    rows = PartnerReconciliation.objects.filter(month=month, product_id=agreement.product_id)
    return rows.filter(agreement__partner=agreement.partner, signed_at__isnull=False).exists()


def one(actor: Actor, reconciliation_id: UUID | str) -> PartnerReconciliation:
    """One reconciliation; NotFound otherwise."""
    rows = PartnerReconciliation.objects.select_related("agreement", "product", "compared_by")
    return scope.one(actor, rows, id=reconciliation_id)


def differences(actor: Actor, row: PartnerReconciliation) -> list[ReconciliationDifference]:
    """What the lists differ on, by identifier."""
    rows = scope.visible(actor, ReconciliationDifference.objects.filter(reconciliation=row))
    return list(rows.select_related("resolved_by"))


def difference(actor: Actor, difference_id: UUID | str) -> ReconciliationDifference:
    """One difference; NotFound otherwise."""
    rows = ReconciliationDifference.objects.select_related("reconciliation__agreement")
    return scope.one(actor, rows, id=difference_id)


def words() -> Mapping[str, str]:
    """What is compared, in words."""
    return {
        "serious": pgettext("reconciliation", "Serious"),
        "fatal": pgettext("reconciliation", "Fatal"),
        "nullified": pgettext("reconciliation", "Nullified"),
        "reports": pgettext("reconciliation", "Number of reports"),
        "worldwide_id": pgettext("reconciliation", "Worldwide identifier"),
        "lines": pgettext("reconciliation", "Lines of the file"),
    }
