"""Kept messages read into lines of the tray and findings about numbers, many in one transaction.

Patients, codes and keys are asked for once per batch. A batch that fails is read message by
message: the one that fails alone is set aside with its reason, the others are read.
"""

import logging
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from uuid import UUID

from django.db import Error, InterfaceError, OperationalError
from django.utils.translation import gettext_noop

from followup.actions.laboratory.identifier_findings import raised
from followup.actions.laboratory.kept_messages import UNREAD, Kept, Parsed, in_words
from followup.actions.laboratory.line_rows import NewLine, write
from followup.actions.laboratory.line_validation import SpecimenDays, validate
from followup.actions.laboratory.value_parsing import Measures, measures
from followup.core import clock
from followup.core.action import action, part
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.core.problems import Conflict, Refused
from followup.core.stored_words import Words, columns, spoken
from followup.domain.laboratory import LineEvent, LineState
from followup.domain.laboratory.message_states import MessageEvent, MessageState
from followup.domain.laboratory.messages import MessageUnreadable, SentMessage, SentResult, Standing
from followup.models import (
    LaboratoryCode,
    LaboratoryFile,
    LaboratoryMessage,
    LaboratorySource,
    Patient,
)
from followup.models import laboratory_states as states
from followup.queries.laboratory import files
from followup.queries.laboratory import messages as queries
from followup.queries.laboratory.persons import one_of

LOG = logging.getLogger(__name__)
TOGETHER = 50  # messages of one transaction
FAULTS = (Error, Refused, Conflict, ValueError, ArithmeticError, LookupError, TypeError)


def read_left(actor: Actor, *, today: date | None = None) -> int:
    """Read the messages that were kept and not read yet; how many were read or set aside.

    OperationalError and InterfaceError when the database is away: what is left waits.
    """
    return _read_each(actor, queries.unread(), Parsed())


def read_kept(actor: Actor, kept: Sequence[Kept]) -> int:
    """As `read_left`, of messages just kept, without parsing them again."""
    left = [one.message for one in kept if one.message.state == MessageState.RECEIVED]
    return _read_each(actor, left, Parsed(kept))


def _read_each(actor: Actor, messages: Sequence[LaboratoryMessage], parsed: Parsed) -> int:
    for _key, group in groupby(messages, lambda message: message.source_id):
        left = list(group)
        for start in range(0, len(left), TOGETHER):
            _read_some(actor, left[start : start + TOGETHER], parsed)
    return len(messages)


def _read_some(actor: Actor, some: Sequence[LaboratoryMessage], parsed: Parsed) -> None:
    try:
        read_all(actor, some[0].source, messages=some, parsed=parsed)
    except (OperationalError, InterfaceError):
        raise
    except FAULTS as error:
        LOG.warning("messages are read one by one: %s", type(error).__name__)
        for message in some:
            _read_one(actor, message)


def _read_one(actor: Actor, message: LaboratoryMessage) -> None:
    try:
        read(actor, message)
    except (OperationalError, InterfaceError):
        raise
    except FAULTS as error:
        LOG.warning("a message is set aside: %s", type(error).__name__)
        refused = isinstance(error, Refused)
        why = spoken(lambda: _refusal(actor, message)) if refused else Words(UNREAD)
        fail(actor, message, problem=why)


def _refusal(actor: Actor, message: LaboratoryMessage) -> str:
    """What the action says no with, in the language that is active: asked again, in each."""
    try:
        read(actor, message)
    except FAULTS as error:
        if isinstance(error, Refused):
            return error.sentences
    return str(Words(UNREAD))


@action("laboratory.fail_message", needs=Perm.VISIT_WRITE)
def fail(actor: Actor, message: LaboratoryMessage, *, problem: Words | str) -> None:
    """Set a message aside that could not be read, so that a person sees it and the rest goes on."""
    row = LaboratoryMessage.objects.select_for_update().get(id=message.id)
    if not states.LABORATORY_MESSAGE.allows(row, MessageEvent.FAIL):
        return
    states.LABORATORY_MESSAGE.move(row, MessageEvent.FAIL)
    row.problem, row.problem_words = columns(problem)
    row.save()


@action("laboratory.read_message", needs=Perm.VISIT_WRITE)
def read(actor: Actor, message: LaboratoryMessage) -> LaboratoryMessage:
    """Read a kept message into lines of the tray and findings about numbers; each once."""
    return _read(actor, [message], Parsed())[0]


@action("laboratory.read_messages", needs=Perm.VISIT_WRITE)
def read_all(
    actor: Actor,
    source: LaboratorySource,
    *,
    messages: Sequence[LaboratoryMessage],
    parsed: Parsed,
) -> list[LaboratoryMessage]:
    """As `read`, of several messages of one laboratory: all of them, or none when one fails."""
    own = [message for message in messages if message.source_id == source.id]
    return _read(actor, own, parsed)


@dataclass
class _Batch:
    """What the messages of one batch share."""

    whose: Mapping[str, Patient]
    codes: Mapping[files.CodeKey, LaboratoryCode]
    known: Measures
    days: SpecimenDays = field(default_factory=SpecimenDays)
    made: list[NewLine] = field(default_factory=list)

    def write(self) -> None:
        """The lines made so far."""
        write(self.made)
        self.made.clear()


@part
def _read(
    actor: Actor, messages: Sequence[LaboratoryMessage], parsed: Parsed
) -> list[LaboratoryMessage]:
    found = LaboratoryMessage.objects.select_for_update(of=("self",)).order_by("id")
    found = found.select_related("source__site", "file")
    rows = list(found.filter(id__in=[message.id for message in messages]))
    left = [r for r in rows if r.file and states.LABORATORY_MESSAGE.allows(r, MessageEvent.READ)]
    said = _said(left, parsed)
    if said:
        source = left[0].source
        numbers = {number for message in said.values() for number in message.patients}
        whose = queries.ours(actor, source, numbers)
        batch = _Batch(whose, files.codes(source), measures(actor))
        counts = {row.id: _lines(actor, row, said[row.id], batch) for row in left if row.id in said}
        batch.write()
        for row in left:
            if row.id in said:
                _finish(row, said[row.id], counts[row.id], whose)
        _write_finished([row for row in left if row.id in said])
    return rows


def _said(rows: Iterable[LaboratoryMessage], parsed: Parsed) -> dict[UUID, SentMessage]:
    """What each message says; one that cannot be read is moved to where a person sees it."""
    said: dict[UUID, SentMessage] = {}
    waiting: list[tuple[LaboratoryMessage, LaboratoryFile]] = []
    for row in rows:
        if before := parsed.of(row):
            said[row.id] = before
        elif row.file is not None:
            waiting.append((row, row.file))
    contents = queries.contents([file for _row, file in waiting])
    for row, file in waiting:
        try:
            said[row.id] = queries.parsed(contents[file.id](), row.protocol, row.source.charset)
        except MessageUnreadable as problem:
            states.LABORATORY_MESSAGE.move(row, MessageEvent.FAIL)
            row.problem, row.problem_words = columns(in_words(problem))
            row.save()
    return said


def _lines(actor: Actor, row: LaboratoryMessage, said: SentMessage, batch: _Batch) -> Counter[str]:
    counts: Counter[str] = Counter(results=len(said.results), faults=len(said.faults))
    named = {sent.patients for sent in said.results}
    patients = {numbers: one_of(batch.whose, numbers) for numbers in named}
    for sent in said.results:
        patient = patients[sent.patients]
        if patient is None:
            counts["not_ours"] += 1
            continue
        if sent.standing is Standing.WITHDRAWN:  # it may be about a line of this very batch
            batch.write()
        batch.made.append(_line(actor, row, batch, patient, sent))
        counts[batch.made[-1].state.lower()] += 1
    return counts


@part
def _finish(
    row: LaboratoryMessage, said: SentMessage, counts: Counter[str], whose: Mapping[str, Patient]
) -> None:
    counts["findings"] = raised(row, said, whose)
    states.LABORATORY_MESSAGE.move(row, MessageEvent.READ)
    row.counts, row.read_at = dict(counts), clock.now()
    row.problem, row.problem_words = "; ".join(f"{p}: {code}" for p, code in said.faults)[:500], {}


@part
def _write_finished(rows: Iterable[LaboratoryMessage]) -> None:
    """One statement for the messages of which the same is said."""
    same: dict[str, list[LaboratoryMessage]] = {}
    for row in rows:
        same.setdefault(f"{sorted(row.counts.items())} {row.problem}", []).append(row)
    for alike in same.values():
        first, ids = alike[0], [row.id for row in alike]
        states.LABORATORY_MESSAGE.move_all(
            LaboratoryMessage.objects.filter(id__in=ids),
            MessageEvent.READ,
            counts=first.counts,
            read_at=first.read_at,
            problem=first.problem,
            problem_words={},
        )
        for row in alike:
            row.read_at = first.read_at


@part
def _line(
    actor: Actor, message: LaboratoryMessage, batch: _Batch, patient: Patient, sent: SentResult
) -> NewLine:
    """A result as a line, not yet saved."""
    sent_on, day = sent.moment.partial, sent.moment.day
    line = NewLine(
        file_id=message.file_id,
        source=message.source,
        source_id=message.source_id,
        site_id=message.site_id,
        patient=patient,
        patient_id=patient.id,
        row=sent.row,
        specimen_on=day,
        specimen_at=sent.moment.at,
        specimen_known="" if day or sent_on is None else str(sent_on),
        item=sent.item or "-",
        written=sent.written or "-",
        unit=sent.unit,
        specimen_kind=sent.specimen_kind,
        range_text=sent.range_text,
        flag=sent.flag,
        standing=sent.standing.value,
        observation=sent.key,
    )
    code = batch.codes.get((line.item, line.unit, line.specimen_kind))
    if sent.standing is Standing.WITHDRAWN:
        state = _withdrawn(line)
    else:
        state, said = validate(actor, line, code, batch.known, batch.days)
        line.problem, line.problem_words = columns(said)
    states.LABORATORY_LINE.begin(line, state)
    line.measure = code.measure if code else ""
    return line


def _withdrawn(line: NewLine) -> LineState:
    """What was not accepted yet is refused at once; what was accepted waits for a person."""
    if not line.observation:  # it names no result: only a person can find what it is about
        return LineState.REVIEW
    said = columns(Words(gettext_noop("The laboratory has withdrawn this result.")))
    for other in queries.answerable(line):
        event = LineEvent.REFUSE if states.LABORATORY_LINE.allows(other, LineEvent.REFUSE) else None
        states.LABORATORY_LINE.move(other, event or LineEvent.IGNORE)
        other.problem, other.problem_words = said
        other.save(update_fields=["state", "problem", "problem_words"])
    return LineState.REVIEW if queries.accepted_before(line) else LineState.IGNORED
