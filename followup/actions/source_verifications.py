"""Source data verification: draw a sample, record what each field came to, end it, undo that."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.utils.translation import gettext as _

from followup.actions import data_queries
from followup.core import clock, versions
from followup.core.action import action, part
from followup.core.actor import Actor
from followup.core.limits import excess
from followup.core.permissions import Perm
from followup.core.problems import Denied, NotFound, Refused
from followup.domain.data_queries import QueryEvent
from followup.domain.fields import BY_KEY, Dataset
from followup.domain.source_verifications import (
    CheckResult,
    VerificationEvent,
    VerificationState,
    draw,
    frame_digest,
    sample_size,
)
from followup.models import DataQuery, Product, Site, SourceCheck, SourceVerification
from followup.models.states import DATA_QUERY, SOURCE_VERIFICATION
from followup.queries import fields
from followup.queries import source_verifications as queries
from followup.queries.source_verifications import VerifiedPeriod

MOST_PATIENTS = 500
BLOCK = 500

LONGEST_SOURCE = 300


@dataclass(frozen=True, slots=True)
class SampleInput:
    """What is to be verified and how much of it; without a seed one is made."""

    since: date
    until: date
    product: Product | None = None
    number: int | None = None
    percent: Decimal | None = None
    seed: str = ""


@dataclass(frozen=True, slots=True)
class CheckInput:
    """What one field came to, and the version of the check it was seen at."""

    check: UUID
    result: str
    source_value: str = ""
    version: int = 1


@dataclass(frozen=True, slots=True)
class CheckOutcome:
    """How many fields were saved, and by check why one was not."""

    changed: int
    faults: Mapping[UUID, str]


def _validate(actor: Actor, site: Site, given: SampleInput) -> None:
    product = given.product.id if given.product else None
    if product is None and not queries.of_every_product(actor, site):
        raise Refused({"product": _("Choose a product: you do not read all of this site.")})
    if not actor.may(Perm.VERIFICATION_WRITE, site=site.id, product=product):
        raise Denied(Perm.VERIFICATION_WRITE)
    problems: dict[str, str] = {}
    if given.until > clock.today():
        problems["until"] = _("The period cannot end after today.")
    if given.since > given.until:
        problems["until"] = _("The period ends before it begins.")
    if (given.number is None) == (given.percent is None):
        problems["number"] = _("Enter either a number of patients or a share.")
    elif given.number is not None and given.number < 1:
        problems["number"] = _("At least one patient is drawn.")
    elif given.percent is not None and not 0 < given.percent <= 100:
        problems["percent"] = _("A share lies above 0 and up to 100 %.")
    if problems:
        raise Refused(problems)


@action("source_verification.draw", needs=Perm.VERIFICATION_WRITE)
def plan(actor: Actor, site: Site, *, given: SampleInput) -> SourceVerification:
    """Draw a sample and keep the recorded value of every field that is to be compared.

    Patients whom the planner may not read are counted and left out.
    """
    _validate(actor, site, given)
    period = VerifiedPeriod(site, given.product, given.since, given.until)
    frame = queries.frame(actor, period)
    if not frame:
        raise Refused({"since": _("No patient has an infusion, contact or event in this period.")})
    percent = float(given.percent) if given.percent is not None else None
    size = sample_size(len(frame), number=given.number, percent=percent)
    if size > MOST_PATIENTS:
        text = _("At most %(most)s patients are drawn at once: shorten the period.")
        raise Refused({"number": text % {"most": MOST_PATIENTS}})
    known, seed = queries.rules(), given.seed.strip() or secrets.token_hex(8)
    row = SourceVerification.objects.create(
        site=site,
        product=given.product,
        since=given.since,
        until=given.until,
        seed=seed,
        percent=given.percent,
        size=size,
        frame_size=len(frame),
        frame_sha256=frame_digest(frame),
        left_out=queries.frame_size_of_all(period) - len(frame),
        rules_version=known.version,
        state=SOURCE_VERIFICATION.start(VerificationState.OPEN),
        drawn_by_id=actor.id,
        drawn_at=clock.now(),
    )
    drawn = [frame[code] for code in draw(frame, size, seed)]
    critical = {field.key: flag for field, flag in known.fields}
    checks = [
        SourceCheck(
            verification=row,
            patient_id=record.patient,
            site=site,
            product_id=record.product,
            record=record.key,
            record_on=record.on,
            visit_id=record.key if record.dataset is Dataset.VISITS else None,
            event_id=record.key if record.dataset is Dataset.EVENTS else None,
            field=key,
            critical=critical[key],
            recorded=text,
        )
        for record in queries.records(actor, period, drawn, known)
        for key, text in record.values.items()
    ]
    for place, check in enumerate(checks):
        check.place = place
    SourceCheck.objects.bulk_create(checks, batch_size=BLOCK)
    return row


def _locked(row: SourceVerification, version: int | None = None) -> SourceVerification:
    locked = SourceVerification.objects.select_for_update(of=("self",)).get(id=row.id)
    if version is not None:
        versions.must_be(locked, version)
    return locked


@action("source_verification.check", needs=Perm.VERIFICATION_WRITE)
def check(actor: Actor, plan: SourceVerification, *, checks: Sequence[CheckInput]) -> CheckOutcome:
    """Record what some fields came to; a field that cannot be saved says why, the others are.

    A difference asks on its field; saying something else later closes that question.
    """
    row = _locked(plan)
    if SOURCE_VERIFICATION.of(row) is not VerificationState.OPEN:
        raise Refused(_("This verification is ended: reopen it first."))
    found = queries.checks(actor, row).filter(id__in=[each.check for each in checks])
    found = found.select_related("patient", "visit", "event", "query")
    known = {each.id: each for each in found.select_for_update(of=("self",))}
    changed, faults = 0, {}
    for each in checks:
        if each.check not in known:
            raise NotFound()
        now = known[each.check]
        # Beside another answer it says nothing; typed without an answer it is refused, not lost.
        says = each.result in ("", CheckResult.DIFFERS)
        source = each.source_value.strip() if says else ""
        if (each.result, source) == (now.result, now.source_value):
            continue
        if fault := _fault(now, each, source):
            faults[each.check] = fault
            continue
        _save(actor, now, CheckResult(each.result), source)
        changed += 1
    return CheckOutcome(changed, faults)


def _fault(row: SourceCheck, given: CheckInput, source: str) -> str:
    """Why an answer cannot be saved; empty if it can."""
    if row.version != given.version:
        text = _("Somebody else compared this field meanwhile: %(result)s %(source)s")
        return (text % {"result": row.get_result_display(), "source": row.source_value}).strip()
    if given.result == CheckResult.DIFFERS and not source:
        return _("Enter what the source says.")
    if too_long := excess(source, LONGEST_SOURCE):
        return too_long
    if given.result not in set(CheckResult):
        return _("Choose whether it agrees, differs or the source is missing.")
    if given.result == CheckResult.DIFFERS and source == row.recorded:
        return _("The source says the same as is recorded: choose that it agrees.")
    return ""


@part
def _save(actor: Actor, row: SourceCheck, result: CheckResult, source: str) -> None:
    _settle(actor, row)
    row.result, row.source_value = result.value, source
    row.query = _ask(actor, row) if result is CheckResult.DIFFERS else None
    row.checked_by_id, row.checked_at = actor.id, clock.now()
    row.version += 1
    row.save()


@part
def _settle(actor: Actor, row: SourceCheck) -> None:
    """Close the question about a difference that is no longer stated so."""
    if row.query is None:
        return
    asked = DataQuery.objects.get(id=row.query.id)
    if DATA_QUERY.allows(asked, QueryEvent.CLOSE):
        text = _("The comparison with the source was corrected.")
        data_queries.close(actor, asked, text=text, version=asked.version)


@part
def _ask(actor: Actor, row: SourceCheck) -> DataQuery:
    field = BY_KEY[row.field]
    recorded = queries.value_words(field, row.recorded) or _("nothing")
    text = _(
        "Source data verification, %(field)s: recorded is %(recorded)s, the source says %(source)s."
    )
    words = {"field": fields.words(field), "recorded": recorded, "source": row.source_value}
    visit, event = row.visit, row.event
    while visit is not None and (newer := getattr(visit, "replaced_by", None)) is not None:
        visit = newer  # asked about the contact as it stands
    return data_queries.ask(
        actor,
        event.patient if event is not None else row.patient,  # an event may have been moved since
        text=text % words,
        visit=visit,
        event=event,
        field=field.name,
        product=row.product_id,
    )


@action("source_verification.close", needs=Perm.VERIFICATION_WRITE)
def close(actor: Actor, plan: SourceVerification, *, version: int) -> SourceVerification:
    """Say that it is complete; refused while a field was not compared."""
    row = _locked(plan, version)
    if left := queries.unchecked(actor, row):
        text = _("%(left)s fields are not compared yet.") % {"left": left}
        raise Refused(text)
    return _ended(actor, row, VerificationEvent.CLOSE)


@action("source_verification.cancel", needs=Perm.VERIFICATION_WRITE)
def cancel(
    actor: Actor, plan: SourceVerification, *, version: int, reason: str
) -> SourceVerification:
    """Set it aside with a reason: it counts in no rate."""
    row = _locked(plan, version)
    if not reason.strip():
        raise Refused({"reason": _("Say why it is cancelled.")})
    row.cancel_reason = reason.strip()
    return _ended(actor, row, VerificationEvent.CANCEL)


@action("source_verification.reopen", needs=Perm.VERIFICATION_WRITE)
def reopen(actor: Actor, plan: SourceVerification, *, version: int) -> SourceVerification:
    """Go on with one that was completed or cancelled."""
    row = _locked(plan, version)
    row.cancel_reason = ""
    return _ended(actor, row, VerificationEvent.REOPEN)


@part
def _ended(actor: Actor, row: SourceVerification, event: VerificationEvent) -> SourceVerification:
    SOURCE_VERIFICATION.move(row, event)
    over = event is not VerificationEvent.REOPEN
    row.ended_by_id, row.ended_at = (actor.id, clock.now()) if over else (None, None)
    row.version += 1
    row.save()
    return row
