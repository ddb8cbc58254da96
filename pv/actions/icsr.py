"""ICSR files: checked, written, read back and only then released."""

import hashlib
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from followup.core import clock as time
from followup.core import versions
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.core.security import access
from pv.actions import portal_receipts, transmissions
from pv.actions.cases import reviews
from pv.adapters import schemas
from pv.domain.cases import Sent, sent
from pv.domain.cases.causality_opinions import in_language
from pv.domain.cases.english_names import name_in_english
from pv.domain.cases.icsr_builder import moment
from pv.domain.e2b import checks, storage
from pv.domain.e2b.checks import Finding, Profile, Severity
from pv.domain.e2b.checks.profiles import CHINA, region
from pv.domain.e2b.message import Batch, Message
from pv.domain.e2b.roundtrip import restricted_batch, roundtrip
from pv.domain.e2b.submissions import DeliveryEvent
from pv.domain.e2b.transmissions import EventKind
from pv.models import Case, CaseVersion, Submission
from pv.models.states import SUBMITTED_FILE
from pv.queries import agreements, causality, dictionaries, rules, version_unlocks
from pv.queries import transmissions as queries


class Findings(Refused):
    """The file is not released: the findings say why, each with its element and place."""

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__(_("The report has errors; correct them and export again."), code="icsr")
        self.findings = findings


def narrative_sent(version: CaseVersion, profile: Profile) -> Sent:
    """The text a receiver gets as H.1, and its language: the same that is printed in it."""
    language = "zh" if profile in CHINA else "en"
    return sent(version.narrative_zh, version.narrative_en, language)


def _sender(case: Case) -> str:
    """Who sends: the holder of the case's product; nobody stands in for a missing one."""
    if case.product is None:
        raise Refused(
            _("The case has no product, so nobody is its sender: accept the received report first.")
        )
    if case.received.filter(state="to_review").exists() and case.stage == Case.Stage.DRAFTED:
        raise Refused(_("Accept the received report before the case goes out in your name."))
    return case.product.holder.code


def assemble(
    case: Case, version: CaseVersion, profile: Profile, now: datetime, *, partner: str = ""
) -> Batch:
    """The batch of one message as this receiver gets it: headers, narrative, creation time.

    `partner` is whose file it is where several have the receiver: its number says so.
    """
    root = storage.from_data(version.message)
    receiver = rules.data("receivers")["receivers"].get(profile.value)
    if receiver is None:
        raise Refused(_("The reference data has no identifiers of this receiver: load them again."))
    sender = _sender(case)
    created = moment(now)
    if narrative := narrative_sent(version, profile).text:
        root.values["H.1"] = narrative
    else:
        root.values.pop("H.1", None)
    in_language(causality.causality_rules(), root, "zh" if profile in CHINA else "en")
    if profile not in CHINA and case.product is not None:
        name_in_english(root, case.product.english_names)
    report_id = root.text("C.1.1") or case.worldwide_id
    root.values |= {
        "C.1.2": created,
        "N.2.r.1": report_id,
        "N.2.r.2": sender,
        "N.2.r.3": receiver["message"],
        "N.2.r.4": created,
    }
    number = f"{case.number}-v{version.number}-{profile.value}{partner and f'-{partner}'}"
    # A file released again after an unlocking is another file: its answer must find it.
    files = version.submissions.filter(profile=profile.value, partner=partner)
    void = files.filter(version_unlocks.void()).count()
    wrapper: dict[str, Any] = {
        "N.1.1": "1",
        "N.1.2": f"{number}-{void + 1}" if void else number,
        "N.1.3": sender,
        "N.1.4": receiver["batch"],
        "N.1.5": created,
    }
    return Batch(wrapper, (Message(root),))


def check(case: Case, version: CaseVersion, profile: Profile) -> list[Finding]:
    """What this receiver would say of the version as it stands, without writing anything."""
    batch = assemble(case, version, profile, time.now().astimezone(time.SHANGHAI))
    return _validated(batch, profile, time.today())


def _validated(batch: Batch, profile: Profile, today: date) -> list[Finding]:
    """The rules of the receiver and what a loaded dictionary says of the codes, errors first."""
    found = checks.validate(batch, profile, now=today)
    found += dictionaries.findings(batch.messages[0].root, frozenset({region(profile)}))
    return sorted(found, key=lambda finding: finding.severity is not Severity.ERROR)


def round_trip(batch: Batch, profile: Profile) -> bytes:
    """Write, read again, compare, write again; RuntimeError when anything was lost."""
    trip = roundtrip(restricted_batch(batch, region(profile)), region(profile))
    if not trip.lossless:
        raise RuntimeError("the written report does not read back as the case")
    return trip.written


@action("icsr.export", needs=Perm.ICSR_EXPORT)
def export(
    actor: Actor,
    case: Case,
    *,
    profile: Profile,
    signed: bool = False,
    lock_version: int | None = None,
    partner: str = "",
) -> Submission:
    """Release the current version for a receiver; the same content gives the same file.

    `partner` is whose file it is: Refused without one where several have the receiver today.
    Conflict when the case was saved since `lock_version`. Findings (a Refused) when the receiver
    would reject it or the schema does not hold. Where the rules ask for a signature of the version
    it must be there; `signed` is for invented cases.
    """
    row, version = _locked(case)
    partner = _for_whom(row, profile, partner)
    files = version.submissions.filter(profile=profile.value, partner=partner)
    before = version_unlocks.valid_files(files).first()
    if before is not None:
        return before
    if lock_version is not None:
        versions.must_be(row, lock_version, column="lock_version")
    _nullifies_what_was_sent(row, version)
    batch, found = _without_errors(row, version, profile, partner)
    reviews.releasable(row)
    reviews.require_reviewed(version)
    if not signed:
        reviews.require_signature(actor, row, version)
    content, schema = _written(batch, profile)
    version.locked_at = version.locked_at or time.now()
    version.save(update_fields=["locked_at"])
    name = f"{batch.values['N.1.2']}.xml"
    access.record(
        actor, "icsr.export", row.id, reason=name, site=row.site_id, product=row.product_id
    )
    return Submission.objects.create(
        case=row,
        version=version,
        product_id=row.product_id,
        site_id=row.site_id,
        profile=profile.value,
        partner=partner,
        authority=rules.authority(profile.value),
        file_name=name,
        batch_number=str(batch.values["N.1.2"]),
        report_number=batch.messages[0].root.text("N.2.r.1") or "",
        content=content,
        sha256=hashlib.sha256(content).hexdigest(),
        size=len(content),
        schema_check=schema,
        findings=[_plain(f) for f in found],
        generated_at=time.now(),
        generated_by_id=actor.id,
    )


def _without_errors(
    case: Case, version: CaseVersion, profile: Profile, partner: str
) -> tuple[Batch, list[Finding]]:
    """The batch of a file and its warnings; Findings where the receiver would reject it."""
    now = time.now().astimezone(time.SHANGHAI)
    batch = assemble(case, version, profile, now, partner=partner)
    found = _validated(batch, profile, now.date())
    if any(f.severity is Severity.ERROR for f in found):
        raise Findings(found)
    return batch, found


def _written(batch: Batch, profile: Profile) -> tuple[bytes, str]:
    """The bytes of a file and what the schema says of them; Refused where they break it."""
    content = round_trip(batch, profile)
    schema = schemas.Schemas(Path(settings.E2B_SCHEMA_ROOT)).check(content)
    if schema.outcome is schemas.SchemaResult.INVALID:
        text = _("The file does not follow the schema: %(error)s")
        raise Refused(text % {"error": schema.errors[0].message})
    return content, schema.outcome.value


def _locked(case: Case) -> tuple[Case, CaseVersion]:
    rows = Case.objects.select_for_update(of=("self",)).select_related("product__holder")
    row = rows.get(id=case.id)
    return row, row.versions.select_for_update().get(number=row.current_version)


def _for_whom(case: Case, profile: Profile, partner: str) -> str:
    """The partner a file names: only where several have its receiver is it part of the file."""
    known = [row.partner for row in agreements.sharing(case.product_id, profile.value)]
    if partner and partner not in known:
        raise Refused({"partner": _("This partner does not have this receiver today.")})
    if len(known) > 1 and not partner:
        raise Refused({"partner": _("Several partners have this receiver: choose one.")})
    return partner if len(known) > 1 else ""


def _nullifies_what_was_sent(case: Case, version: CaseVersion) -> None:
    """A nullification retracts a report, so there must have been one."""
    kind = version.message.get("values", {}).get("C.1.11.1")
    if kind == "1" and not case.submissions.filter(sent_on__isnull=False).exists():
        raise Refused(_("Nothing of this case was sent, so there is nothing to nullify."))


def _plain(finding: Finding) -> dict[str, Any]:
    return {**asdict(finding), "severity": finding.severity.value}


@action("icsr.mark_sent", needs=Perm.ICSR_EXPORT)
def mark_sent(
    actor: Actor,
    submission: Submission,
    *,
    on: date,
    proof: str = "",
    receipt: portal_receipts.PortalReceipt | None = None,
    reason: str = "",
) -> Submission:
    """Note the day a released file went to its receiver; only that authority's clocks are met.

    A day before the file was made needs a proof: words, or what the portal showed (`receipt`).
    A report the submission plan does not ask for needs a reason.
    """
    case, row = transmissions.locked(submission)
    proved = proof.strip() or receipt
    if queries.noted_sendings(row):
        SUBMITTED_FILE.require(row, DeliveryEvent.SEND, _("This file was already sent."))
    if not case.received_on <= on <= time.today():
        raise Refused({"on": _("Between the first receipt and today.")})
    if version_unlocks.is_void(row) and not proved:
        text = _("Its version was unlocked: say how it went out all the same.")
        raise Refused({"proof": text})
    if row.answered_on and on > row.answered_on:
        text = _("The receiver answered on %(day)s: it was sent by then.")
        raise Refused({"on": text % {"day": row.answered_on}})
    if on < row.generated_at.astimezone(time.SHANGHAI).date() and not proved:
        text = _("Before the file was made: say how it was filed, with the receipt or its number.")
        raise Refused({"proof": text})
    if queries.handed_over(row) and not proved:
        text = _("A channel handed the file over: wait for its answer, or say how it went by hand.")
        raise Refused({"proof": text})
    transmissions.planned(case, row, reason)
    if row.authority is None:
        row.authority = rules.authority(row.profile)
    row.proof = proof.strip()
    file = portal_receipts.keep(actor, row, receipt)
    happening = transmissions.Happening(EventKind.SENT, on=on, text=row.proof, file=file)
    transmissions.record(actor, case, row, happening)
    return row


@action("icsr.take_back", needs=Perm.ICSR_EXPORT)
def take_back(actor: Actor, submission: Submission, *, reason: str) -> Submission:
    """Retract that a file was sent: the clocks it met are open again, a closed case with them.

    Refused without a reason, which stays in the trail, and once the receiver has answered.
    """
    case, row = transmissions.locked(submission)
    noted = queries.noted_sendings(row)
    text = _("Only a file marked as sent and not yet answered can be undone.")
    SUBMITTED_FILE.require(row, DeliveryEvent.RETRACT_SENDING, text)
    if not noted:
        raise Refused(text)
    if not reason.strip():
        raise Refused({"reason": _("State why it is undone.")})
    row.proof, row.unplanned_because = "", ""
    transmissions.retract(actor, case, row, noted, reason=reason.strip())
    return row
