"""Acknowledgements: kept as they came, then read, then applied to the submissions they speak of."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from followup.core import clock as time
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.limits import within
from followup.core.permissions import Perm
from followup.core.problems import Conflict, Refused
from followup.core.stored_words import Words, columns, spoken
from pv.actions import transmissions
from pv.actions.receptions import in_words
from pv.domain.e2b import answers
from pv.domain.e2b.ack import Acknowledgement as Read
from pv.domain.e2b.ack import read_ack
from pv.domain.e2b.acknowledgements import InboundEvent, InboundState
from pv.domain.e2b.deliveries import Effect, Transmission, advance
from pv.domain.e2b.refusals import MessageRefused
from pv.domain.e2b.submissions import Delivery
from pv.domain.e2b.transmissions import EventKind
from pv.models import Acknowledgement, Case, InboundFile, Submission
from pv.models.states import INBOUND_FILE
from pv.queries import acknowledgements as queries
from pv.queries import matches
from pv.queries import transmissions as ledger
from pv.queries.matches import Match

MOST_BYTES = 20_000_000


@dataclass(frozen=True, slots=True)
class Received:
    """An acknowledgement after its file was received; `repeated` when the same file was here."""

    acknowledgement: Acknowledgement
    repeated: bool


def receive(
    actor: Actor, data: bytes, *, file_name: str, door: str = InboundFile.Door.PAGE
) -> Received:
    """Keep a file as it came, commit, then work it: what breaks afterwards loses nothing.

    The same bytes a second time change nothing and give the first answer again.
    """
    actor.require(Perm.ICSR_IMPORT)
    if len(data) > MOST_BYTES:
        raise Refused(_("The file is too large."))
    try:
        file = store(actor, data=data, file_name=file_name, door=door)
    except Conflict:
        file = store(actor, data=data, file_name=file_name, door=door)
    before = Acknowledgement.objects.filter(file=file).first()
    return Received(before or work(actor, file), before is not None)


@action("acknowledgement.store", needs=Perm.ICSR_IMPORT)
def store(actor: Actor, *, data: bytes, file_name: str, door: str) -> InboundFile:
    """Keep the bytes of a file of a receiver; the same bytes are kept once."""
    sha256 = hashlib.sha256(data).hexdigest()
    before = InboundFile.objects.filter(sha256=sha256).first()
    if before is not None:
        return before
    return InboundFile.objects.create(
        file_name=file_name[:200] or "acknowledgement",
        door=door,
        content=data,
        sha256=sha256,
        size=len(data),
        received_at=time.now(),
        received_by_id=actor.id,
    )


@action("acknowledgement.work", needs=Perm.ICSR_IMPORT)
def work(actor: Actor, file: InboundFile) -> Acknowledgement:
    """Read a kept file and apply it; what is not understood or not ours waits for a person."""
    row = Acknowledgement(file=file, worked_at=time.now())
    INBOUND_FILE.settle(row, _apply(actor, row, trusted=False))
    row.save()
    return row


@action("acknowledgement.work_left", needs=Perm.SYSTEM)
def work_left(actor: Actor, *, today: date) -> int:
    """Work the files a crash left between keeping and reading; returns how many."""
    files = queries.unworked()
    for file in files:
        work(actor, file)
    return len(files)


@action("acknowledgement.rework", needs=Perm.ICSR_IMPORT)
def rework(actor: Actor, acknowledgement: Acknowledgement, *, reason: str) -> Acknowledgement:
    """Apply a waiting acknowledgement again, trusting its sender and its number; says why.

    What it says of messages that are not ours still waits.
    """
    row = _locked(acknowledgement)
    INBOUND_FILE.require(row, InboundEvent.REWORK)
    if not reason.strip():
        raise Refused({"reason": _("Say why it may be applied.")})
    INBOUND_FILE.move(row, InboundEvent.REWORK, _apply(actor, row, trusted=True))
    row.decided_at, row.decided_by_id, row.reason = time.now(), actor.id, within(reason, 500)
    row.save()
    return row


@action("acknowledgement.set_aside", needs=Perm.ICSR_IMPORT)
def set_aside(actor: Actor, acknowledgement: Acknowledgement, *, reason: str) -> Acknowledgement:
    """Say that a waiting file changes nothing, and why; its bytes stay."""
    row = _locked(acknowledgement)
    INBOUND_FILE.require(row, InboundEvent.SET_ASIDE)
    if not reason.strip():
        raise Refused({"reason": _("Say why it is set aside.")})
    INBOUND_FILE.move(row, InboundEvent.SET_ASIDE)
    row.decided_at, row.decided_by_id = time.now(), actor.id
    row.reason = within(reason, 500)
    row.save()
    return row


def _locked(acknowledgement: Acknowledgement) -> Acknowledgement:
    rows = Acknowledgement.objects.select_for_update(of=("self",)).select_related("file")
    return rows.get(id=acknowledgement.id)


def _apply(actor: Actor, row: Acknowledgement, *, trusted: bool) -> InboundState:
    """Everything the file says, on the row that tells what became of it."""
    try:
        ack = read_ack(bytes(row.file.content))
    except MessageRefused as refused:
        _tell(row, spoken(partial(in_words, refused)))
        return InboundState.UNREADABLE
    row.number, row.sender = (ack.number or "")[:100], (ack.sender or "")[:100]
    row.sent, row.code = (ack.sent or "")[:40], ack.code.value if ack.code else ""
    row.batch_number = (ack.batch_number or "")[:100]
    twin = queries.twin(row)
    if twin is not None and not trusted:
        text = gettext_noop("The number %(number)s came before with other content.")
        _tell(row, Words(text, {"number": row.number}))
        return InboundState.CONFLICT
    found = matches.of(actor, ack, trusted=trusted)
    lines = [_line(actor, row.file, ack, match) for match in found]
    row.lines = lines
    _tell(row, _unclear(lines))
    products = {match.submission.product_id for match in found if match.submission}
    row.product_id = products.pop() if len(products) == 1 else None
    return _state(lines)


def _names_ours(line: dict[str, Any]) -> bool:
    """Whether what was not applied names something of ours all the same."""
    return line["effect"] == Effect.SILENT or (
        line["effect"] == Effect.NOT_OURS and bool(line["submission"] or line["ours"])
    )


def _tell(row: Acknowledgement, said: Words | str) -> None:
    row.problem, row.problem_words = columns(said)


def _unclear(lines: Sequence[dict[str, Any]]) -> Words | str:
    """What of a file that names ours is not understood; empty for nothing."""
    if not lines:
        return Words(gettext_noop("The file says nothing of any message."))
    if any(line["effect"] == Effect.SILENT for line in lines):
        return Words(gettext_noop("A file of ours is named without a result that can be read."))
    first = next((line for line in lines if _names_ours(line)), None)
    return "" if first is None else Words.of(first["words"]) or str(first["problem"])


def _state(lines: Sequence[dict[str, Any]]) -> InboundState:
    effects = {line["effect"] for line in lines}
    if Effect.CONFLICT in effects:
        return InboundState.CONFLICT
    applied = effects & {Effect.MOVED, Effect.REPEATED}
    if not applied:
        return InboundState.UNCLEAR if any(map(_names_ours, lines)) else InboundState.UNKNOWN
    if applied != effects:
        return InboundState.PARTLY
    return InboundState.APPLIED if Effect.MOVED in effects else InboundState.REPEATED


def _problem(said: Words | str) -> dict[str, Any]:
    """Why a message was not applied, as a line keeps it."""
    text, words = columns(said)
    return {"problem": text, "words": words}


def _line(actor: Actor, file: InboundFile, ack: Read, match: Match) -> dict[str, Any]:
    """Apply what the file says of one message; what became of it, as it is kept."""
    line: dict[str, Any] = {
        "message": match.number,
        "submission": str(match.submission.id) if match.submission else None,
        "file_name": match.submission.file_name if match.submission else "",
        "ours": match.ours,
        "effect": Effect.NOT_OURS.value,
        "decision": "",
        **_problem(match.problem),
    }
    if match.submission is None or match.problem:
        return line
    case, row = transmissions.locked(match.submission)
    stored = Delivery(row.state)
    before = Delivery.SENT if stored is Delivery.GENERATED else stored
    seen = ledger.seen_marks(row)
    step = advance(
        Transmission(row.report_number, row.report_number, row.batch_number, before, seen),
        replace(
            ack,
            messages=(match.entry,) if match.entry else (),
            batch_number=None if match.by_report else ack.batch_number,
        ),
    )
    decision = step.decision
    line |= {"effect": step.effect.value, "decision": decision.value if decision else ""}
    if step.effect is Effect.SILENT:
        line |= _problem(Words(gettext_noop("No result could be read for this message.")))
    if decision is not None and mark(ack, decision) not in seen:
        _record(actor, case, row, file, ack, match, decision)
    return line


def _record(
    actor: Actor,
    case: Case,
    row: Submission,
    file: InboundFile,
    ack: Read,
    match: Match,
    decision: Delivery,
) -> None:
    """The event of an acknowledgement, on the receiver's day where that day can be."""
    today, made = time.today(), row.generated_at.astimezone(time.SHANGHAI).date()
    on = answers.day_of(ack.sent, time.SHANGHAI)
    entry = matches.as_data(match.entry)
    if row.acknowledgement is None and match.entry is not None:
        row.acknowledgement = entry
    happening = transmissions.Happening(
        EventKind.ACKNOWLEDGED,
        on=on if on is not None and made <= on <= today else today,
        decision=decision,
        file=file,
        channel=file.door,
        text=match.entry.text if match.entry else ack.text,
        details={
            "number": ack.number,
            "sender": ack.sender,
            "sent": ack.sent,
            "mark": mark(ack, decision),
            "entry": entry,
        },
    )
    reason = _("Acknowledgement %(number)s") % {"number": ack.number or file.file_name}
    transmissions.record(actor, case, row, happening, reason=reason)


def mark(ack: Read, decision: Delivery) -> str:
    """What makes an acknowledgement of one message the same again."""
    return "|".join(str(part or "") for part in (ack.number, ack.sent, decision))
