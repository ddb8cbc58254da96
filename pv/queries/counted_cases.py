"""Cases of a product as header, tables and data file count them, out of one statement a portion.

The database cuts of each case what the rules ask for: once what decides its assessment, once the
terms of its reactions. Both are read once for all the cases that say the same; the rules
themselves are those of `pv.domain.periodic`. A case that is listed is read whole.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import accumulate, chain
from string import Template
from typing import Any, Protocol
from uuid import UUID

from django.db import connection

from followup.core.actor import Actor
from followup.core.models import DataLock
from followup.models import AdverseEvent, Product
from pv.domain.cases.flags import Flags
from pv.domain.causality import CausalityRules
from pv.domain.e2b import storage
from pv.domain.e2b.message import Message
from pv.domain.periodic import CaseRecord, CountedCase, ReportedEvent, Seriousness, TabulatedSource
from pv.domain.periodic.counted import Assessed
from pv.domain.periodic.events import event_of
from pv.models import Case, CaseSource, CaseVersion
from pv.queries import aggregates, causality, obligations
from pv.queries.counted_content import ASSESSED, GROUPS, ROOT, TERM
from pv.queries.listedness import Listedness

PORTION = 5000
STREAMED = 200
_SAID = ("kind", "serious", "fatal", "life_threatening")
_NO_REACTION = ((None,) * len(TERM),)


def _values(names: Sequence[str], source: str) -> str:
    return ", ".join(f"{source}->'{name}'" for name in names)


# The version a case is counted by: see `pv.queries.aggregates`.
_STATEMENT = Template("""
WITH chosen AS (
    SELECT DISTINCT ON (v.case_id) v.case_id, v.id, v.number, v.message,
        v.locked_at IS NOT NULL AND v.information_on <= %(end)s AS released
    FROM $versions v
    WHERE v.case_id = ANY(%(ids)s::uuid[]) AND v.kind <> '$nullification'
    ORDER BY v.case_id, v.information_on > %(end)s, v.number DESC),
said AS (
    SELECT s.case_id, bool_and(s.received_on <= %(end)s) AS complete,
        json_agg(json_build_array($said, e.grade_scale)
            ORDER BY s.taken_at, s.id) FILTER (WHERE s.received_on <= %(end)s) AS sources
    FROM $sources s
    LEFT JOIN $events e ON e.id = s.event_id
    WHERE s.case_id = ANY(%(ids)s::uuid[]) GROUP BY s.case_id)
SELECT chosen.id::text, c.number, chosen.number, c.received_on,
    (c.created_at AT TIME ZONE 'Asia/Shanghai')::date,
    json_build_array(chosen.released OR coalesce(said.complete, true), c.is_new_malignancy,
        said.sources, json_build_array($root),
        json_build_array($groups), reactions.assessed)::text,
    reactions.terms::text
FROM chosen JOIN $cases c ON c.id = chosen.case_id
LEFT JOIN said ON said.case_id = chosen.case_id
CROSS JOIN LATERAL jsonb_to_record(chosen.message) AS part("values" jsonb, groups jsonb)
CROSS JOIN LATERAL (
    SELECT json_agg(json_build_array($assessed) ORDER BY place) AS assessed,
        json_agg(json_build_array($term) ORDER BY place) AS terms
    FROM (SELECT each.one->'values' AS one, place
        FROM jsonb_array_elements(part.groups->'E.i') WITH ORDINALITY AS each(one, place)
        OFFSET 0) AS each) AS reactions
WHERE c.id = ANY(%(ids)s::uuid[])
ORDER BY chosen.case_id""").substitute(
    versions=CaseVersion._meta.db_table,
    nullification=CaseVersion.Kind.NULLIFICATION.value,
    said=", ".join(f"s.{name}" for name in _SAID),
    sources=CaseSource._meta.db_table,
    events=AdverseEvent._meta.db_table,
    root=_values(ROOT, 'part."values"'),
    groups=_values(GROUPS, "part.groups"),
    cases=Case._meta.db_table,
    assessed=_values(ASSESSED, "one"),
    term=_values(TERM, "one"),
)


class CaseCounts(Protocol):
    """What cases are counted into."""

    def count(self, case: CountedCase) -> None:
        """Count a case."""

    def lists(self, case: CountedCase) -> bool:
        """Whether a line is made of a case, for which its whole message is needed."""

    def add_line(self, case: CountedCase, record: CaseRecord) -> None:
        """List a case that `lists` names."""


def count_cases(
    actor: Actor,
    product: Product,
    end: date,
    counts: CaseCounts,
    *,
    lock: DataLock | None = None,
) -> Iterator[int]:
    """Count each case once, as `aggregates.records` has it; yields how many are done so far.

    Read in portions, each in a transaction of its own at a lock.
    """
    reading = _CountedReading(product, end, causality.causality_rules(), counts)
    if lock is not None:
        cases = aggregates.at_lock(
            lock, lambda: aggregates.ids(actor, product, end), reading.portion
        )
        yield from accumulate(cases)
        return
    ids = aggregates.ids(actor, product, end)
    portions = (ids[start : start + PORTION] for start in range(0, len(ids), PORTION))
    yield from accumulate(chain.from_iterable(map(reading.portion, portions)))


@dataclass(slots=True)
class _CountedReading:
    """How cases become counted ones: of a product, at a day, in words of today, into which."""

    product: Product
    end: date
    words: CausalityRules
    counts: CaseCounts

    def portion(self, ids: Sequence[UUID]) -> Iterator[int]:
        """Some cases in the order of their ids; yields how many were done since it last did."""
        given = {"ids": f"{{{','.join(map(str, ids))}}}", "end": self.end}
        count, lists = self.counts.count, self.counts.lists
        wanted: list[tuple[str, CountedCase]] = []
        with connection.cursor() as cursor, connection.wrap_database_errors:
            # Streamed, the server cuts out the next cases while these are counted.
            for key, *columns in cursor.stream(_STATEMENT, given, size=STREAMED):
                case = _case(*columns)
                count(case)
                if lists(case):
                    wanted.append((key, case))
        yield len(ids) - len(wanted)
        for start in range(0, len(wanted), aggregates.WHOLE):
            yield self._list(wanted[start : start + aggregates.WHOLE])

    def _list(self, wanted: Sequence[tuple[str, CountedCase]]) -> int:
        keys = [key for key, _case in wanted]
        rows = CaseVersion.objects.filter(id__in=keys).values_list("id", "message")
        messages, listedness = dict(rows), Listedness.at(self.product.id, self.end)
        for key, case in wanted:
            message = Message(storage.from_data(messages.pop(UUID(key))))
            record = self._record(case, message, listedness.of(message))
            self.counts.add_line(case, record)
        return len(wanted)

    def _record(
        self, case: CountedCase, message: Message, listed: tuple[bool | None, ...]
    ) -> CaseRecord:
        return CaseRecord(
            number=case.number,
            version=case.version,
            received_on=case.received_on,
            entered_on=case.entered_on,
            stated=case.assessed.stated,
            message=message,
            settled=case.assessed.settled,
            listed=listed,
            malignancy=case.assessed.malignancy,
            scales=case.assessed.scales,
            causality=self.words,
        )


def _case(
    number: str, version: int, received_on: date, entered_on: date, said: str, terms: str | None
) -> CountedCase:
    assessed = _assessed(said)
    found = _events(terms, assessed)
    return CountedCase(number, version, received_on, entered_on, assessed, found)


@lru_cache(maxsize=8192)
def _events(terms: str | None, assessed: Assessed) -> tuple[ReportedEvent, ...]:
    reactions, source = json.loads(terms) if terms else _NO_REACTION, assessed.source
    return tuple(
        _event(*map(_text, reaction), seriousness, source)
        for reaction, seriousness in zip(reactions, assessed.seriousness, strict=True)
    )


def _text(value: Any) -> str | None:
    """A value without its nullFlavor, which is no term."""
    return value if isinstance(value, str) else None


@lru_cache(maxsize=8192)
def _event(
    code: str | None,
    code_version: str | None,
    words: str | None,
    translated: str | None,
    seriousness: Seriousness,
    source: TabulatedSource,
) -> ReportedEvent:
    values = (code, code_version, words, translated)
    return event_of(storage.from_data(_node("E.i", TERM, values)), seriousness, source)


@lru_cache(maxsize=8192)
def _assessed(text: str) -> Assessed:
    """Of what decides the assessment; the rules see a message that says no more than that."""
    settled, malignancy, sources, root, causes, reactions = json.loads(text)
    stated = (dict(zip(_SAID, said, strict=False)) for said in sources or ())
    known = obligations.statements(CaseSource(**said) for said in stated)
    tree = _node("", ROOT, root)
    tree["groups"] = {group: nodes for group, nodes in zip(GROUPS, causes, strict=True) if nodes}
    tree["groups"]["E.i"] = [_node("E.i", ASSESSED, values) for values in reactions or ()]
    record = CaseRecord(
        number="",
        version=0,
        received_on=date.max,
        entered_on=date.max,
        stated=known[-1] if known else Flags(),
        message=Message(storage.from_data(tree)),
        settled=settled,
        malignancy=malignancy,
        scales=frozenset(said[-1] for said in sources or () if said[-1]),
    )
    return Assessed.of(record)


def _node(code: str, names: Sequence[str], values: Sequence[Any]) -> dict[str, Any]:
    pairs = zip(names, values, strict=True)
    return {"code": code, "values": {name: value for name, value in pairs if value is not None}}
