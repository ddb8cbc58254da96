"""Exchanges with the authority: what is open, what was answered, how long a review stood."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from followup.core import clock, scope
from followup.core.actor import Actor
from followup.core.http import keyset
from followup.core.http.keyset import Page
from followup.core.naming import localized_name, reader_language
from followup.core.permissions import Perm
from followup.domain.calendars import HolidayTable
from followup.models import Product
from followup.queries import reference
from pv.domain.approvals.interactions import (
    AnswerDue,
    Debtor,
    InteractionRule,
    ReviewStop,
    answer_due,
    read_interaction_rules,
    stopped_days,
)
from pv.models import Certificate, Interaction, InteractionAnswer
from pv.queries import rules

DOCUMENT = "authority_interactions"
PAGE = 50
_STANDING = "standing_answers"


@dataclass(frozen=True, slots=True)
class InteractionLine:
    """An exchange in words, with the answer that stands."""

    row: Interaction
    kind: str
    debtor: str
    answer: InteractionAnswer | None

    @property
    def open(self) -> bool:
        """Whether somebody still owes an answer."""
        owed = self.row.owed_by != Debtor.NOBODY
        return owed and self.answer is None and self.row.withdrawn_at is None

    def days(self, today: date) -> int | None:
        """Days left; None when nothing is owed by a day."""
        return (self.row.due - today).days if self.open and self.row.due else None


@dataclass(frozen=True, slots=True)
class ReviewTime:
    """How long the review of a dossier stood, in working days, and since when it stands now."""

    reference_number: str
    days: int
    since: date | None


@dataclass(frozen=True, slots=True)
class AnswerRules:
    """The kinds and their version as loaded, with the working days answers are counted in."""

    kinds: Mapping[str, InteractionRule]
    version: str
    holidays: HolidayTable

    def due(self, kind: str, happened_on: date) -> AnswerDue | None:
        """The last day by the rule of a kind; None where the letter names it."""
        return answer_due(self.kinds[kind], happened_on, self.holidays)


def answer_rules(actor: Actor, *, on: date | None = None, version: str = "") -> AnswerRules:
    """All that a day is counted by: the rules of a version, or those in force on a day (today)."""
    item = rules.document_for(DOCUMENT, version, on or clock.today())
    known = rules.read_of(item, read_interaction_rules)
    return AnswerRules(known, str(item.version), reference.holidays(actor))


def kinds() -> Mapping[str, InteractionRule]:
    """The kinds as loaded."""
    return rules.parsed(DOCUMENT, read_interaction_rules)


def kind_names() -> dict[str, str]:
    """The kinds by code, in the reader's language."""
    language = reader_language()
    return {row["code"]: str(row[language]) for row in rules.data(DOCUMENT)["kinds"]}


def debtors() -> Mapping[Debtor, str]:
    """Who owes, in words."""
    return {
        Debtor.HOLDER: pgettext("interaction", "Holder"),
        Debtor.AUTHORITY: pgettext("interaction", "Authority"),
        Debtor.NOBODY: pgettext("interaction", "Nobody"),
    }


def products(actor: Actor) -> list[Product]:
    """Products whose exchanges the actor may record."""
    return list(reference.products_for(actor, Perm.REPORT_WRITE))


def certificate_numbers(product: Product) -> list[str]:
    """Numbers of the certificates that hold for a product."""
    rows = Certificate.objects.filter(product=product, confirmed_at__isnull=False)
    return sorted(rows.values_list("number", flat=True).distinct())


def _rows(actor: Actor) -> "QuerySet[Interaction]":
    standing = InteractionAnswer.objects.filter(withdrawn_at=None).select_related("recorded_by")
    rows = Interaction.objects.select_related("product", "recorded_by", "withdrawn_by", "follows")
    rows = rows.prefetch_related(Prefetch("answers", standing, to_attr=_STANDING))
    return scope.visible(actor, rows)


def _lines(rows: Iterable[Interaction]) -> list[InteractionLine]:
    names, known = kind_names(), debtors()
    return [
        InteractionLine(
            row,
            names.get(row.kind, row.kind),
            known[Debtor(row.owed_by)],
            next(iter(getattr(row, _STANDING)), None),
        )
        for row in rows
    ]


def _unanswered() -> Q:
    answered = InteractionAnswer.objects.filter(interaction=OuterRef("pk"), withdrawn_at=None)
    return ~Exists(answered) & ~Q(owed_by=Debtor.NOBODY)


def page(actor: Actor, *, box: str = "", product: str = "", key: str = "") -> Page[InteractionLine]:
    """One page of the register, the newest first; `box` open: only what somebody still owes."""
    rows = _rows(actor)
    if box == "open":
        rows = rows.filter(_unanswered(), withdrawn_at=None)
    if product:
        rows = rows.filter(product_id=reference.product(actor, id=product).id)
    rows = rows.order_by("-happened_on", "-id")
    if last := keyset.read_day_key(key):
        rows = rows.filter(keyset.before(("happened_on", "id"), last))
    lines = _lines(rows[: PAGE + 1])
    return Page(
        *keyset.page(lines, PAGE, lambda line: keyset.day_key(line.row.happened_on, line.row.id))
    )


def every(actor: Actor, *, product_id: UUID | None = None) -> list[InteractionLine]:
    """All of a product, or all the reader sees, the oldest first: for files and dossiers."""
    rows = _rows(actor).order_by("happened_on", "id")
    return _lines(rows.filter(product_id=product_id) if product_id else rows)


def one(actor: Actor, interaction_id: UUID | str) -> InteractionLine:
    """One exchange; NotFound otherwise."""
    return _lines([scope.one(actor, _rows(actor), id=interaction_id)])[0]


def answers(actor: Actor, row: Interaction) -> list[InteractionAnswer]:
    """Every answer of an exchange, withdrawn ones among them, the newest first."""
    rows = InteractionAnswer.objects.select_related("recorded_by", "withdrawn_by")
    return list(scope.visible(actor, rows.filter(interaction=row)).order_by("-recorded_at"))


def answer(actor: Actor, answer_id: UUID | str) -> InteractionAnswer:
    """One answer; NotFound otherwise."""
    rows = InteractionAnswer.objects.select_related("interaction__product")
    return scope.one(actor, rows, id=answer_id)


def following(actor: Actor, row: Interaction) -> list[InteractionLine]:
    """What followed on an exchange."""
    return _lines(_rows(actor).filter(follows=row).order_by("happened_on", "id"))


def earlier(actor: Actor, product_id: UUID) -> list[Interaction]:
    """What a new exchange of a product may follow on, the newest first."""
    rows = scope.visible(actor, Interaction.objects.filter(product_id=product_id))
    return list(rows.filter(withdrawn_at=None).order_by("-happened_on", "-id")[:PAGE])


def review_time(actor: Actor, row: Interaction) -> ReviewTime | None:
    """How long the review of this dossier stood; None without a number or a request."""
    if not row.reference_number:
        return None
    rows = _rows(actor).filter(
        product_id=row.product_id,
        reference_number=row.reference_number,
        stops_review=True,
        withdrawn_at=None,
    )
    stops = [
        ReviewStop(line.row.happened_on, line.answer.answered_on if line.answer else None)
        for line in _lines(rows)
    ]
    if not stops:
        return None
    today = clock.today()
    running = [stop.start for stop in stops if stop.end is None]
    days = stopped_days(stops, today, reference.holidays(actor))
    return ReviewTime(row.reference_number, days, min(running, default=None))


def owed(actor: Actor, *, since: date, until: date) -> list[InteractionLine]:
    """What is owed by a day: open ones up to `until` however old, answered ones of the span."""
    listed = Q(due__gte=since) | _unanswered()
    rows = _rows(actor).filter(listed, due__lte=until, withdrawn_at=None)
    return _lines(rows.order_by("due", "id"))


def heading() -> tuple[str, ...]:
    """Column heads of the register as a table."""
    return (
        pgettext("column", "Product"),
        _("Certificate"),
        pgettext("interaction", "Kind"),
        pgettext("interaction", "Subject"),
        pgettext("interaction", "Number"),
        pgettext("interaction", "Day"),
        pgettext("interaction", "Owed by"),
        pgettext("status", "Due"),
        pgettext("interaction", "Answered on"),
        pgettext("interaction", "Proof"),
        pgettext("duty", "Owner"),
        pgettext("interaction", "Withdrawn because"),
    )


def cells(line: InteractionLine) -> tuple[str, ...]:
    """One exchange as a row of `heading`."""
    row, made = line.row, line.answer
    return (
        localized_name(row.product),
        row.certificate_number,
        line.kind,
        row.subject,
        row.reference_number,
        row.happened_on.isoformat(),
        line.debtor,
        row.due.isoformat() if row.due else "",
        made.answered_on.isoformat() if made else "",
        made.evidence if made else "",
        row.owner_name,
        row.withdrawn_because,
    )
