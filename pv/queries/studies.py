"""Investigator-initiated trials and trial applications: status, what is owed, what was seen."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from followup.core import scope
from followup.core.actor import Actor
from followup.core.naming import localized_name, reader_language
from followup.core.permissions import Perm
from followup.core.spreadsheets.workbooks import Cell
from followup.models import Product
from followup.queries import reference
from pv.domain.approvals.studies import (
    StatusFact,
    StudyDue,
    StudyRules,
    present_status,
    read_study_rules,
    study_dues,
)
from pv.domain.statistics.rates import proportion
from pv.models import Study, StudySafety, StudyStatus
from pv.queries import rules
from pv.queries.study_limits import limit_of

_STANDING = "standing_statuses"


@dataclass(frozen=True, slots=True)
class SafetyLine:
    """Counts of one term in one study with the share and its exact 95 % interval, in per cent."""

    row: StudySafety
    share: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class StudyLine:
    """A study with the status that stands and what is owed from it."""

    row: Study
    statuses: Sequence[StudyStatus]
    status: StudyStatus | None
    words: str
    dues: Sequence[StudyDue]

    @property
    def is_withdrawn(self) -> bool:
        """Whether the whole entry was a mistake."""
        return self.row.withdrawn_at is not None


def study_rules() -> StudyRules:
    """The rules as loaded."""
    return rules.parsed("studies", read_study_rules)


def _words(group: str, column: str = "") -> dict[str, str]:
    name = f"{column}{reader_language()}"
    return {row["code"]: str(row[name] or "") for row in rules.data("studies")[group]}


def status_words() -> dict[str, str]:
    """Statuses by code, in the reader's language."""
    return _words("statuses")


def owed_words() -> dict[str, str]:
    """What is owed after a status, in the reader's language."""
    return _words("statuses", "owed_")


def reason_words() -> dict[str, str]:
    """Reasons of non-approval by code, in the reader's language."""
    return _words("reasons")


def reasons_source() -> tuple[str, str]:
    """Where the reasons of non-approval stand, and how sure it is."""
    data = rules.data("studies")
    return str(data["citation"]), str(data["confidence"])


def statuses_of(kind: str) -> list[tuple[str, str]]:
    """The statuses a kind of study can have, with their words."""
    words = status_words()
    return [
        (code, words[code]) for code, rule in study_rules().statuses.items() if kind in rule.kinds
    ]


def kinds() -> list[tuple[str, str]]:
    """Kinds of studies with their words."""
    return [(kind.value, str(kind.label)) for kind in Study.Kind]


def products(actor: Actor) -> list[Product]:
    """Products whose studies the actor may record."""
    return list(reference.products_for(actor, Perm.REPORT_WRITE))


def _rows(actor: Actor) -> "QuerySet[Study]":
    standing = StudyStatus.objects.filter(withdrawn_at=None).order_by("happened_on", "recorded_at")
    rows = Study.objects.select_related("product", "recorded_by", "follows")
    rows = rows.prefetch_related(Prefetch("statuses", standing, to_attr=_STANDING))
    return scope.visible(actor, rows)


def _lines(actor: Actor, rows: Iterable[Study]) -> list[StudyLine]:
    words, lines = status_words(), []
    for row in rows:
        standing: list[StudyStatus] = getattr(row, _STANDING)
        facts = [
            StatusFact(each.status, each.happened_on, place, limit_of(actor, each))
            for place, each in enumerate(standing)
        ]
        now = present_status(facts)
        status = standing[now.order] if now else None
        dues = [] if row.withdrawn_at else study_dues(facts)
        text = words.get(status.status, status.status) if status else ""
        lines.append(StudyLine(row, standing, status, text, dues))
    return lines


def listing(actor: Actor, *, product_id: UUID | None = None) -> list[StudyLine]:
    """Every study of the reader's products, withdrawn ones last."""
    rows = _rows(actor).order_by("product__code", "kind", "number")
    if product_id:
        rows = rows.filter(product_id=product_id)
    return sorted(_lines(actor, rows), key=lambda line: line.is_withdrawn)


def one(actor: Actor, study_id: UUID | str) -> StudyLine:
    """One study; NotFound otherwise."""
    return _lines(actor, [scope.one(actor, _rows(actor), id=study_id)])[0]


def history(actor: Actor, row: Study) -> list[StudyStatus]:
    """Every status, withdrawn ones among them, the newest first."""
    rows = StudyStatus.objects.select_related("recorded_by", "withdrawn_by").filter(study=row)
    return list(scope.visible(actor, rows).order_by("-happened_on", "-recorded_at"))


def status(actor: Actor, status_id: UUID | str) -> StudyStatus:
    """One status; NotFound otherwise."""
    rows = StudyStatus.objects.select_related("study__product")
    return scope.one(actor, rows, id=status_id)


def safety_row(actor: Actor, safety_id: UUID | str) -> StudySafety:
    """One count; NotFound otherwise."""
    rows = StudySafety.objects.select_related("study__product")
    return scope.one(actor, rows, id=safety_id)


def successors(actor: Actor, row: Study) -> list[Study]:
    """Studies that followed on one."""
    rows = Study.objects.filter(follows=row, withdrawn_at=None)
    return list(scope.visible(actor, rows).order_by("number"))


def standing(actor: Actor, product_id: UUID) -> list[Study]:
    """Studies of a product that are not withdrawn."""
    rows = scope.visible(actor, Study.objects.filter(product_id=product_id, withdrawn_at=None))
    return list(rows.order_by("kind", "number"))


def _counted(rows: Iterable[StudySafety]) -> list[SafetyLine]:
    lines = []
    for row in rows:
        percents = (100 * float(value) for value in proportion(row.affected, row.participants))
        lines.append(SafetyLine(row, *percents))
    return lines


def safety(actor: Actor, row: Study, *, withdrawn: bool = False) -> list[SafetyLine]:
    """What was seen in a study, the newest cut-off first; `withdrawn`: mistakes among it."""
    rows = StudySafety.objects.filter(study=row).select_related("recorded_by", "withdrawn_by")
    if not withdrawn:
        rows = rows.filter(withdrawn_at=None)
    return _counted(scope.visible(actor, rows).order_by("-cutoff_on", "term", "id"))


def seen_in_trials(actor: Actor, product_id: UUID | str, term: str = "") -> list[SafetyLine]:
    """Of each term the latest cut-off of each investigator-initiated trial of a product.

    Each stands by its own denominator; they are not added up and not put to the product's cases.
    """
    rows = StudySafety.objects.filter(
        product_id=product_id,
        withdrawn_at=None,
        study__withdrawn_at=None,
        study__kind=Study.Kind.IIT,
    )
    if term:
        rows = rows.filter(term__iexact=term) | rows.filter(term_code=term)
    rows = rows.select_related("study").order_by("study_id", "term", "-cutoff_on", "-recorded_at")
    latest = scope.visible(actor, rows).distinct("study_id", "term")
    return sorted(_counted(latest), key=lambda line: (line.row.term, line.row.study.number))


def heading() -> tuple[str, ...]:
    """Column heads of the register as a table."""
    return (
        pgettext("column", "Product"),
        pgettext("study", "Kind"),
        pgettext("study", "Number"),
        pgettext("study", "Title"),
        pgettext("study", "Institution"),
        pgettext("study", "Participants planned"),
        pgettext("study", "Status"),
        pgettext("study", "Since"),
        pgettext("study", "Reasons of non-approval"),
        pgettext("study", "It follows on"),
        pgettext("study", "Withdrawn because"),
    )


def cells(line: StudyLine) -> tuple[Cell, ...]:
    """One study as a row of `heading`."""
    row, words = line.row, reason_words()
    codes = line.status.reasons if line.status else []
    return (
        localized_name(row.product),
        str(row.get_kind_display()),
        row.number,
        row.title,
        row.institution,
        row.planned,
        line.words,
        line.status.happened_on.isoformat() if line.status else "",
        "; ".join(words.get(code, code) for code in codes),
        row.follows.number if row.follows else "",
        row.withdrawn_because,
    )


def safety_heading() -> tuple[str, ...]:
    """Column heads of what was seen in studies."""
    return (
        pgettext("study", "Number"),
        _("Cut-off"),
        pgettext("study", "Term"),
        pgettext("study", "Treated"),
        pgettext("study", "With the event"),
        pgettext("study", "Serious"),
        pgettext("study", "Fatal"),
        "%",
        _("95 % from"),
        _("95 % to"),
        pgettext("column", "Source"),
    )


def safety_cells(line: SafetyLine) -> tuple[Cell, ...]:
    """One count as a row of `safety_heading`."""
    row = line.row
    return (
        row.study.number,
        row.cutoff_on.isoformat(),
        row.term,
        row.participants,
        row.affected,
        row.serious,
        row.fatal,
        round(line.share, 2),
        round(line.low, 2),
        round(line.high, 2),
        row.source,
    )


def every_count(actor: Actor, *, product_id: UUID | None = None) -> list[SafetyLine]:
    """All that was seen in studies: for files and dossiers."""
    rows = StudySafety.objects.filter(withdrawn_at=None, study__withdrawn_at=None)
    rows = scope.visible(actor, rows.select_related("study"))
    if product_id:
        rows = rows.filter(product_id=product_id)
    return _counted(rows.order_by("study__number", "term", "cutoff_on", "id"))


def known_reasons(sent: Iterable[str]) -> list[str]:
    """The codes there are, in the order of the list."""
    asked = set(sent)
    return [code for code in study_rules().reasons if code in asked]


def words_of(row: StudyStatus, words: Mapping[str, str]) -> list[str]:
    """The reasons of a status in words."""
    return [words.get(code, code) for code in row.reasons]
