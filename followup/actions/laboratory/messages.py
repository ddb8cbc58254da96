"""Messages of other systems: kept as they came, answered, then read into lines and findings."""

import hashlib
import ipaddress
from collections.abc import Collection, Mapping, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from followup.actions import data_keys
from followup.actions.laboratory.kept_messages import Kept, in_words
from followup.actions.laboratory.message_reading import read, read_all, read_kept, read_left
from followup.actions.laboratory.sheet_words import DIFFERENCES
from followup.core import clock
from followup.core.action import action, part
from followup.core.actor import Actor
from followup.core.limits import within
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.core.security import secrets
from followup.core.stored_words import Words, columns, spoken
from followup.domain.laboratory.message_states import IdentifierEvent, MessageEvent, MessageState
from followup.domain.laboratory.messages import MessageUnreadable, SentMessage
from followup.models import (
    DataKey,
    IdentifierFinding,
    LaboratoryFile,
    LaboratoryMessage,
    LaboratorySource,
    Patient,
)
from followup.models import laboratory_states as states
from followup.queries.laboratory import files, persons
from followup.queries.laboratory import messages as queries

__all__ = [
    "Kept",
    "answer",
    "decide",
    "read",
    "read_all",
    "read_kept",
    "read_left",
    "receive",
    "receive_all",
]
_NUMBER_BEFORE = gettext_noop("Its number came before with other content.")

MOST_BYTES = 5_000_000


@action("laboratory.receive_message", needs=Perm.VISIT_WRITE)
def receive(actor: Actor, source: LaboratorySource, *, content: bytes, protocol: str) -> Kept:
    """Keep a message as it came, sealed, and say how it is answered; nothing is read into values.

    Of people who are not ours only the hash is kept. What cannot be read is kept and waits. The
    same message again gets the same answer, and is kept when it names somebody registered since.
    One that contradicts an earlier one of its number, or the sex, birth date or name of the
    patient its number leads to, waits for a person.
    """
    return _keep(actor, source, [content], protocol)[0]


@action("laboratory.receive_messages", needs=Perm.VISIT_WRITE)
def receive_all(
    actor: Actor, source: LaboratorySource, *, contents: Sequence[bytes], protocol: str
) -> list[Kept]:
    """As `receive`, of several messages in the order they came: all are kept, or none."""
    return _keep(actor, source, contents, protocol)


@part
def _keep(
    actor: Actor, source: LaboratorySource, contents: Sequence[bytes], protocol: str
) -> list[Kept]:
    hashes = [hashlib.sha256(content).hexdigest() for content in contents]
    known = queries.known(source, hashes)
    new: dict[str, tuple[LaboratoryMessage, SentMessage | None, bytes]] = {}
    repeated = []
    for sha256, content in zip(hashes, contents, strict=True):
        before = known.get(sha256)
        again = sha256 in new or (before is not None and before.state != MessageState.NOT_OURS)
        if not again:
            row, said = _new(source, sha256, content, protocol)
            new[sha256] = (before or row, said, content)
        repeated.append(again)
    _begin(actor, source, list(new.values()))
    rows = known | {sha256: row for sha256, (row, _said, _content) in new.items()}
    same = {sha256 for sha256, row in known.items() if row.state == MessageState.NOT_OURS}
    return [
        Kept(rows[sha256], again or sha256 in same, None if again else new[sha256][1])
        for sha256, again in zip(hashes, repeated, strict=True)
    ]


def _new(
    source: LaboratorySource, sha256: str, content: bytes, protocol: str
) -> tuple[LaboratoryMessage, SentMessage | None]:
    """A message and what it says, not yet saved; None when it cannot be read."""
    row = LaboratoryMessage(
        source=source,
        site_id=source.site_id,
        protocol=protocol,
        sha256=sha256,
        answer="AA",
        received_at=clock.now(),
    )
    try:
        said = queries.parsed(content, protocol, source.charset)
    except MessageUnreadable as problem:
        row.answer, (row.problem, row.problem_words) = "AE", columns(in_words(problem))
        return row, None
    row.kind = said.kind
    row.counts = {"results": len(said.results), "faults": len(said.faults)}
    return row, said


@part
def _begin(
    actor: Actor,
    source: LaboratorySource,
    new: Sequence[tuple[LaboratoryMessage, SentMessage | None, bytes]],
) -> None:
    """Give new messages their state and write them; of people who are not ours no content."""
    read = [said for _row, said, _content in new if said is not None]
    numbers = {number for said in read for number in said.patients}
    numbers |= {number for said in read for one in said.persons for number in one.numbers}
    ours = queries.ours(actor, source, numbers)
    marks = persons.marks([one for said in read for one in said.persons], ours)
    data_keys.arriving(source.site_id)
    before = queries.numbers_before(source, {said.number for said in read}) if read else set()
    kept, sent_again = [], [row for row, _said, _content in new if row.state]
    for row, said, content in new:
        state = MessageState.UNREADABLE if said is None else MessageState.RECEIVED
        if said is not None:
            state, problem = _state(said, ours, marks, before)
            row.problem, row.problem_words = columns(problem)
        if row not in sent_again:
            states.LABORATORY_MESSAGE.begin(row, state)
        elif state in (MessageState.RECEIVED, MessageState.CONFLICT):
            states.LABORATORY_MESSAGE.move(row, MessageEvent.KEEP, state)
            row.received_at = clock.now()
        if row.state != MessageState.NOT_OURS:
            row.number = said.number if said else ""
            before.add(row.number)
            kept.append(_file(actor, row, content, said))
            row.file = kept[-1][1]
    DataKey.objects.bulk_create([key for key, _file in kept])
    LaboratoryFile.objects.bulk_create([file for _key, file in kept])
    LaboratoryMessage.objects.bulk_create([r for r, _said, _content in new if r not in sent_again])
    for row in sent_again:
        if row.state != MessageState.NOT_OURS:
            row.save()


def _state(
    said: SentMessage, ours: Mapping[str, Patient], marks: persons.Marks, before: Collection[str]
) -> tuple[MessageState, Words | str]:
    """Where a message begins; what contradicts the record waits for a person, with its reason."""
    found = persons.differences(said.persons, ours, marks)
    if found:
        ordered = [one for one in persons.Difference if one in found]
        return MessageState.CONFLICT, spoken(lambda: " ".join(str(DIFFERENCES[n]) for n in ordered))
    if ours.keys().isdisjoint(said.patients):
        return MessageState.NOT_OURS, ""
    if said.number in before:
        return MessageState.CONFLICT, Words(_NUMBER_BEFORE)
    return MessageState.RECEIVED, ""


@part
def _file(
    actor: Actor, row: LaboratoryMessage, content: bytes, said: SentMessage | None
) -> tuple[DataKey, LaboratoryFile]:
    """The sealed content and its key, not yet saved."""
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
    # The file is new: it has no key, and nobody was erased.
    key_row, key = data_keys.fresh(file.id, DataKey.Kind.FILE, file.site_id)
    file.content_sealed = secrets.encrypt_bytes(content, place, key)
    return key_row, file


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
    row.problem, row.problem_words = within(reason, 500), {}
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
    row.answer, row.answered_by_id, row.answered_at = (
        within(text, 500, "text"),
        actor.id,
        clock.now(),
    )
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
    row.sender, row.charset = within(sender, 80, "sender"), charset
    row.addresses = _addresses(addresses)
    others = LaboratorySource.objects.filter(sender=row.sender).exclude(id=row.id)
    if row.sender and others.exists():
        raise Refused({"sender": _("Another laboratory sends under this name.")})
    row.save(update_fields=["sender", "charset", "addresses"])
    return row


def _addresses(text: str) -> str:
    """IP addresses or networks with commas; Refused for anything else."""
    named = [part.strip() for part in text.split(",") if part.strip()]
    for one in named:
        try:
            ipaddress.ip_network(one, strict=False)
        except ValueError as error:
            said = _("%(text)s is no address.") % {"text": one}
            raise Refused({"addresses": said}) from error
    return ", ".join(named)[:200]
