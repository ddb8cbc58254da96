"""Messages of other systems: kept as they came, answered, then read into lines and findings."""

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from followup.actions import data_keys
from followup.actions.laboratory.files import validate
from followup.actions.laboratory.sheet_words import MESSAGE_PROBLEMS
from followup.actions.laboratory.value_parsing import Measures, measures
from followup.core import clock
from followup.core.action import action, part
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.core.security import secrets
from followup.domain.laboratory import LineEvent, LineState
from followup.domain.laboratory.message_states import (
    IdentifierEvent,
    IdentifierState,
    MessageEvent,
    MessageState,
)
from followup.domain.laboratory.messages import MessageUnreadable, SentMessage, SentResult, Standing
from followup.models import (
    DataKey,
    IdentifierFinding,
    LaboratoryCode,
    LaboratoryFile,
    LaboratoryLine,
    LaboratoryMessage,
    LaboratorySource,
    Patient,
)
from followup.models import laboratory_states as states
from followup.queries.laboratory import files
from followup.queries.laboratory import messages as queries

MOST_BYTES = 5_000_000


@dataclass(frozen=True, slots=True)
class Kept:
    """A message after it was kept; `repeated` when the same one was here."""

    message: LaboratoryMessage
    repeated: bool


@action("laboratory.receive_message", needs=Perm.VISIT_WRITE)
def receive(actor: Actor, source: LaboratorySource, *, content: bytes, protocol: str) -> Kept:
    """Keep a message as it came, sealed, and say how it is answered; nothing is read into values.

    Of people who are not ours only the hash is kept. What cannot be read is kept and waits. The
    same message again gets the same answer; another one of the same number waits for a person.
    """
    sha256 = hashlib.sha256(content).hexdigest()
    if before := queries.known(source, sha256):
        return Kept(before, True)
    row = LaboratoryMessage(
        source=source,
        site_id=source.site_id,
        protocol=protocol,
        sha256=sha256,
        answer="AA",
        received_at=clock.now(),
    )
    said, state = None, MessageState.RECEIVED
    try:
        said = queries.parsed(content, protocol, source.charset)
    except MessageUnreadable as problem:
        row.answer, row.problem = "AE", _in_words(problem)
        state = MessageState.UNREADABLE
    if said is not None:
        row.kind = said.kind
        row.counts = {"results": len(said.results), "faults": len(said.faults)}
        if not queries.ours(actor, source, said.patients):
            state = MessageState.NOT_OURS
        elif queries.twin(source, said.number):
            state = MessageState.CONFLICT
    states.LABORATORY_MESSAGE.begin(row, state)
    if state is not MessageState.NOT_OURS:
        row.number = said.number if said else ""
        row.file = _file(actor, row, content, said)
    row.save(force_insert=True)
    return Kept(row, False)


def _in_words(problem: MessageUnreadable) -> str:
    return f"{MESSAGE_PROBLEMS[problem.problem]} {problem.args[0]}".strip()[:500]


@part
def _file(
    actor: Actor, row: LaboratoryMessage, content: bytes, said: SentMessage | None
) -> LaboratoryFile:
    file = LaboratoryFile(
        source_id=row.source_id,
        site_id=row.site_id,
        name=f"{row.protocol} {said.number if said else row.sha256[:12]}"[:120],
        sha256=row.sha256,
        size=len(content),
        charset=said.charset if said else "",
        received_by_id=actor.id,
        received_at=row.received_at,
    )
    place = files.content_place(file.id, file.site_id)
    key_row, key = data_keys.fresh(file.id, DataKey.Kind.FILE, file.site_id)
    key_row.save(force_insert=True)  # the file is new: it has no key, and nobody was erased
    file.content_sealed = secrets.encrypt_bytes(content, place, key)
    file.save(force_insert=True)
    return file


def read_left(actor: Actor, *, today: date | None = None) -> int:
    """Read the messages that were kept and not read yet; how many."""
    count = 0
    for message in queries.unread():
        read(actor, message)
        count += 1
    return count


@action("laboratory.read_message", needs=Perm.VISIT_WRITE)
def read(actor: Actor, message: LaboratoryMessage) -> LaboratoryMessage:
    """Read a kept message into lines of the tray and findings about numbers; each once."""
    rows = LaboratoryMessage.objects.select_for_update(of=("self",))
    row = rows.select_related("source__site", "file").get(id=message.id)
    if row.file is None or not states.LABORATORY_MESSAGE.allows(row, MessageEvent.READ):
        return row
    try:
        said = queries.parsed(queries.content(row.file), row.protocol, row.source.charset)
    except MessageUnreadable as problem:
        states.LABORATORY_MESSAGE.move(row, MessageEvent.FAIL)
        row.problem = _in_words(problem)
        row.save()
        return row
    whose = queries.ours(actor, row.source, said.patients)
    counts: Counter[str] = Counter(results=len(said.results), faults=len(said.faults))
    codes, known = files.codes(row.source), measures(actor)
    made: list[LaboratoryLine] = []
    for sent in said.results:
        patient = _one(whose, sent.patients)
        if patient is None:
            counts["not_ours"] += 1
            continue
        if sent.standing is Standing.WITHDRAWN:  # it may be about a line of this very message
            LaboratoryLine.objects.bulk_create(made)
            made.clear()
        made.append(_line(actor, row, codes, known, patient, sent))
        counts[made[-1].state.lower()] += 1
    LaboratoryLine.objects.bulk_create(made)
    counts["findings"] = _findings(row, said, whose)
    states.LABORATORY_MESSAGE.move(row, MessageEvent.READ)
    row.counts, row.read_at = dict(counts), clock.now()
    row.problem = "; ".join(f"{place}: {code}" for place, code in said.faults)[:500]
    row.save()
    return row


def _one(whose: Mapping[str, Patient], numbers: tuple[str, ...]) -> Patient | None:
    """The one patient the numbers of a result lead to; two are nobody."""
    found = {whose[number].id: whose[number] for number in numbers if number in whose}
    return next(iter(found.values())) if len(found) == 1 else None


@part
def _line(
    actor: Actor,
    message: LaboratoryMessage,
    codes: Mapping[tuple[str, str], LaboratoryCode],
    known: Measures,
    patient: Patient,
    sent: SentResult,
) -> LaboratoryLine:
    """A result as a line, not yet saved."""
    sent_on = sent.moment.partial
    line = LaboratoryLine(
        file=message.file,
        source=message.source,
        site_id=message.site_id,
        patient=patient,
        row=sent.row,
        specimen_on=sent.moment.day,
        specimen_at=sent.moment.at,
        specimen_known="" if sent.moment.day or sent_on is None else str(sent_on),
        item=sent.item or "-",
        written=sent.written or "-",
        unit=sent.unit,
        range_text=sent.range_text,
        flag=sent.flag,
        standing=sent.standing.value,
        observation=sent.key,
    )
    code = codes.get((line.item, line.unit))
    if sent.standing is Standing.WITHDRAWN:
        state, line.problem = _withdrawn(line), ""
    else:
        state, line.problem = validate(actor, line, code, known)
    states.LABORATORY_LINE.begin(line, state)
    line.measure = code.measure if code else ""
    return line


def _withdrawn(line: LaboratoryLine) -> LineState:
    """What was not accepted yet is refused at once; what was accepted waits for a person."""
    said = _("The laboratory has withdrawn this result.")
    for other in queries.answerable(line):
        event = LineEvent.REFUSE if states.LABORATORY_LINE.allows(other, LineEvent.REFUSE) else None
        states.LABORATORY_LINE.move(other, event or LineEvent.IGNORE)
        other.problem = said
        other.save(update_fields=["state", "problem"])
    return LineState.REVIEW if queries.accepted_before(line) else LineState.IGNORED


@part
def _findings(message: LaboratoryMessage, said: SentMessage, whose: Mapping[str, Patient]) -> int:
    """What is said of patient numbers waits for a person; nothing is merged automatically."""
    made = 0
    for place, change in enumerate(said.changes, start=1):
        survivor = _one(whose, change.patients)
        other = _one(whose, change.former)
        patient = survivor or other
        if patient is None:
            continue
        finding = IdentifierFinding(
            message=message,
            site_id=message.site_id,
            patient=patient,
            other=other if survivor and other and other.id != survivor.id else None,
            row=place,
            kind=change.kind.value,
            raised_at=clock.now(),
        )
        states.IDENTIFIER_FINDING.begin(finding, IdentifierState.OPEN)
        finding.save(force_insert=True)
        made += 1
    return made


@action("laboratory.decide_message", needs=Perm.VISIT_WRITE)
def decide(
    actor: Actor, message: LaboratoryMessage, *, verdict: str, reason: str
) -> LaboratoryMessage:
    """Read a message that contradicts an earlier one all the same, or set one aside; why."""
    row = LaboratoryMessage.objects.select_for_update().get(id=message.id)
    event = MessageEvent.READ if verdict == "read" else MessageEvent.SET_ASIDE
    states.LABORATORY_MESSAGE.require(row, event)
    if not reason.strip():
        raise Refused({"reason": _("Say why.")})
    if event is MessageEvent.READ:
        row = read(actor, row)
    else:
        states.LABORATORY_MESSAGE.move(row, event)
    row.problem = reason.strip()[:500]
    row.decided_by_id, row.decided_at = actor.id, clock.now()
    row.save()
    return row


@action("laboratory.answer_identifier", needs=Perm.IDENTITY_WRITE)
def answer(actor: Actor, finding: IdentifierFinding, *, text: str) -> IdentifierFinding:
    """Say what was done about a finding, or why nothing had to be."""
    row = IdentifierFinding.objects.select_for_update().get(id=finding.id)
    if not text.strip():
        raise Refused({"text": _("Say what was done, or why nothing had to be.")})
    states.IDENTIFIER_FINDING.move(row, IdentifierEvent.ANSWER)
    row.answer, row.answered_by_id, row.answered_at = text.strip()[:500], actor.id, clock.now()
    row.save()
    return row


@action("laboratory.reopen_identifier", needs=Perm.IDENTITY_WRITE)
def reopen(actor: Actor, finding: IdentifierFinding) -> IdentifierFinding:
    """Retract an answer: the finding waits again."""
    row = IdentifierFinding.objects.select_for_update().get(id=finding.id)
    states.IDENTIFIER_FINDING.move(row, IdentifierEvent.REOPEN)
    row.answer, row.answered_by_id, row.answered_at = "", None, None
    row.save()
    return row


@action("laboratory.set_messages", needs=Perm.VISIT_WRITE)
def set_up(
    actor: Actor, source: LaboratorySource, *, sender: str, charset: str, addresses: str
) -> LaboratorySource:
    """Say under which name a laboratory sends messages, in which charset, and from where."""
    row = LaboratorySource.objects.select_for_update(of=("self",)).get(id=source.id)
    row.sender, row.charset = sender.strip()[:80], charset
    row.addresses = ", ".join(text.strip() for text in addresses.split(",") if text.strip())[:200]
    others = LaboratorySource.objects.filter(sender=row.sender).exclude(id=row.id)
    if row.sender and others.exists():
        raise Refused({"sender": _("Another laboratory sends under this name.")})
    row.save(update_fields=["sender", "charset", "addresses"])
    return row
