"""The records of follow-up that are signed: the data of a visit, a version of a protocol."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Count, Model, Q
from django.urls import reverse
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext as _

from followup.core import clock, naming, scope
from followup.core.actor import Actor
from followup.core.models import AccessReview, DataLock, TrailReview, User
from followup.core.permissions import Perm
from followup.core.trail.signables import Meaning, Signable
from followup.domain.signatures import leaves
from followup.domain.visits import INVESTIGATOR
from followup.models import Product, ReferenceItem, Site, Visit, VisitCut, VisitLock
from followup.queries import access_reviews, data_locks, patients, reference, visit_locks
from followup.queries.reference import CodeList

Row = tuple[str, str, str, str]
_LOCKS = pgettext_lazy("signature", "As the investigator I answer for these data, and lock them.")


def rows_of(row: Model, *columns: str, lists: dict[str, CodeList] | None = None) -> Iterable[Row]:
    """Columns of a row as lines: name, words, value in words, value as it is stored.

    Rows that are read together share `lists`, the code lists asked for so far.
    """
    table, lists = row._meta.db_table, {} if lists is None else lists
    for column in columns:
        for place, raw in leaves(column, getattr(row, column)):
            text = "" if raw is None else str(raw)
            shown = (
                _referred(row, column) or _chosen(row, column) or _shown(raw, place, table, lists)
            )
            yield place, naming.column(place, table), shown, text


def _referred(row: Model, column: str) -> str:
    """The name of the row an id stands for: a person, a site; empty for what is no reference."""
    related = next(
        (
            getattr(row, field.name)
            for field in row._meta.concrete_fields
            if field.is_relation and column in (field.attname, field.name)
        ),
        None,
    )
    if column == "site_id" and related is None and (site := getattr(row, column)):
        related = Site.objects.filter(id=site).first()
    if isinstance(related, Site | Product):
        return naming.localized_name(related)
    return str(related) if isinstance(related, User) else ""


def _chosen(row: Model, column: str) -> str:
    """The words of a column with choices; those of `names.json` and the code lists come first."""
    field = next((f for f in row._meta.concrete_fields if f.name == column), None)
    code = getattr(row, column) if field is not None and field.choices else ""
    if not isinstance(code, str) or naming.value(code, column, row._meta.db_table) != ("", ""):
        return ""
    return str(dict(field.flatchoices).get(code, "")) if field is not None and code else ""


def _shown(raw: Any, column: str, table: str, lists: dict[str, CodeList]) -> str:
    """A value in words; a missing one stays empty and is never "no"."""
    if raw is None or raw in ({}, [], ""):
        return ""
    if isinstance(raw, bool):
        return _("Yes") if raw else _("No")
    if isinstance(raw, datetime):  # as every page shows it, with the offset
        return raw.astimezone(clock.SHANGHAI).isoformat(sep=" ", timespec="seconds")
    words, listed = naming.value(str(raw), column, table)
    if words or not listed:
        return words or str(raw)
    if listed not in lists:
        lists[listed] = reference.code_list(Actor.process("signatures"), listed)
    return lists[listed].label(str(raw), get_language() or "zh-hans")


def _answers(row: Visit, assessments: dict[str, str], lists: dict[str, CodeList]) -> Iterable[Row]:
    """The columns of a contact, each assessment of the protocol under its name, not its code.

    Both are filled as they are needed: the contacts of a cut share them.
    """
    skipped = {"id", "planned_id", "patient_id", "site_id", "product_id", "replaces_id"}
    names = [f.attname for f in row._meta.concrete_fields if f.attname not in skipped]
    for place, name, shown, raw in rows_of(row, *names, lists=lists):
        head, _dot, code = place.partition(".")
        if head == "assessments" and code:
            if not assessments:
                assessments.update(_assessment_names())
            name = f"{naming.column(head)} · {assessments.get(code, code)}"
        yield place, name, shown, raw


def _assessment_names() -> dict[str, str]:
    rows = reference.document(Actor.process("signatures"), "protocols")["assessments"]
    language = naming.reader_language()
    return {str(row["code"]): str(row[language]) for row in rows}


def _visit(actor: Actor, row: Visit) -> Iterable[Row]:
    code = row.patient.study_code
    yield "patient", naming.table("followup_patient"), code, code
    yield from _answers(row, {}, {})
    yield from _unlocked(VisitLock.objects.filter(visit=row, unlocked_at__isnull=False).count())
    later = Visit.objects.filter(replaces=row).first()
    corrected = str(later.pk) if later else ""
    shown = _("Corrected since") if corrected else _("Not corrected")
    yield "replaced_by", _("Correction"), shown, corrected


def _unlocked(times: int) -> Iterable[Row]:
    """How often the record was unlocked: what was signed before stands no longer."""
    if times:
        yield "unlocked", _("Unlocked since, times"), str(times), str(times)


def _cut(actor: Actor, row: VisitCut) -> Iterable[Row]:
    """Every answer of every contact up to the day, the first first."""
    code = row.patient.study_code
    yield "patient", naming.table("followup_patient"), code, code
    yield from rows_of(row, "until")
    yield from _unlocked(int(row.unlocked_at is not None))
    contacts = visit_locks.standing(row.patient_id, row.until).select_related("recorded_by")
    unlocked = Count("locks", filter=Q(locks__unlocked_at__isnull=False))
    assessments: dict[str, str] = {}
    lists: dict[str, CodeList] = {}
    for number, visit in enumerate(contacts.annotate(unlocked=unlocked), 1):
        lines = (*_answers(visit, assessments, lists), *_unlocked(visit.unlocked))
        for name, label, shown, raw in lines:
            yield f"{visit.id}.{name}", f"{number} · {label}", shown, raw


def _protocol(actor: Actor, row: ReferenceItem) -> Iterable[Row]:
    yield from rows_of(row, "kind", "code", "version", "sha256", "valid_from", "citation")
    for place, raw in leaves("data", row.data):
        yield place, place.removeprefix("data."), str(raw), str(raw)


def _find_protocol(actor: Actor, record: str) -> ReferenceItem:
    return scope.one(actor, ReferenceItem.objects.filter(kind="protocol"), id=record)


def _find_review(actor: Actor, record: str) -> TrailReview:
    return scope.one(actor, TrailReview.objects.all(), id=record)


def _review(actor: Actor, row: TrailReview) -> Iterable[Row]:
    columns = ("since", "until", "site_id", "changes", "seq", "chain", "remarks")
    for name, label, shown, raw in rows_of(row, *columns, "reviewer_name", "reviewed_at"):
        everywhere = name == "site_id" and not raw
        yield name, label, _("Every site") if everywhere else shown, raw


def _access_review(actor: Actor, row: AccessReview) -> Iterable[Row]:
    yield from rows_of(row, "period_from", "opened_on", "due_on")
    for line in access_reviews.lines(actor, row):
        held, shown = line.held, []
        for column in ("user_id", "role", "site_id", "product_id", "ends_on"):
            shown += [text for _n, _w, text, raw in rows_of(held, column) if raw]
        used = line.last_used_at
        decision = next(iter(rows_of(line, "decision")))[2] or line.decision
        parts = (*shown, _shown(used, "last_used_at", "", {}), decision, line.reason)
        raw = "|".join((str(held.id), str(used or ""), line.decision, line.reason))
        yield f"line.{held.id}", str(held.user), " · ".join(part for part in parts if part), raw


def _lock(actor: Actor, row: DataLock) -> Iterable[Row]:
    yield from rows_of(row, "name", "purpose", "seq", "chain", "made_at", "made_by", "versions")


SIGNABLES = (
    Signable(
        "visit",
        pgettext_lazy("signature", "Data of a visit"),
        patients.visit,
        lambda row: f"{row.patient.study_code} {row.contact_on}",
        _visit,
        lambda row: reverse("contact", args=[row.pk]),
        {
            "data_review": Meaning(
                pgettext_lazy("signature", "I reviewed these data: they are as in the source."),
                Perm.VISIT_WRITE,
            ),
            INVESTIGATOR: Meaning(_LOCKS, Perm.VISIT_SIGN),
        },
    ),
    Signable(
        "visit_cut",
        pgettext_lazy("signature", "Contacts of a patient up to a day"),
        visit_locks.cut,
        lambda row: f"{row.patient.study_code} – {row.until}",
        _cut,
        lambda row: reverse("visit-cuts", args=[row.patient_id]),
        {INVESTIGATOR: Meaning(_LOCKS, Perm.VISIT_SIGN)},
    ),
    Signable(
        "protocol",
        pgettext_lazy("signature", "Follow-up protocol"),
        _find_protocol,
        lambda row: f"{row.code} {row.version}",
        _protocol,
        lambda row: reverse("products"),
        {
            "release": Meaning(
                pgettext_lazy("signature", "I release this protocol for use."),
                Perm.REFERENCE_WRITE,
            )
        },
    ),
    Signable(
        "trail_review",
        pgettext_lazy("signature", "Review of the audit trail"),
        _find_review,
        lambda row: f"{row.since} – {row.until}",
        _review,
        lambda row: reverse("seal"),
        {
            "audit_review": Meaning(
                pgettext_lazy("signature", "I reviewed the audit trail of this period."),
                Perm.AUDIT_REVIEW,
            )
        },
    ),
    Signable(
        "access_review",
        pgettext_lazy("signature", "Review of access"),
        access_reviews.review,
        lambda row: str(row.period_from),
        _access_review,
        lambda row: reverse("access-review", args=[row.pk]),
        {
            "access_review": Meaning(
                pgettext_lazy("signature", "I reviewed these rights."),
                Perm.USER_WRITE,
            )
        },
    ),
    Signable(
        "data_lock",
        pgettext_lazy("signature", "Data lock"),
        data_locks.lock,
        lambda row: row.name,
        _lock,
        lambda row: reverse("lock", args=[row.pk]),
        {
            "lock": Meaning(
                pgettext_lazy("signature", "I release these data for reports."),
                Perm.REPORT_WRITE,
            )
        },
    ),
)
