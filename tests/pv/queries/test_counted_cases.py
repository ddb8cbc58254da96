"""What one statement counts of random registers is what reading every case whole counts."""

import json
import os
from datetime import date, datetime, timedelta
from random import Random

import pytest
from django.db import transaction

from followup.actions import data_locks as lock_actions
from followup.core import audit, clock
from followup.core.permissions import Role
from followup.models import AdverseEvent
from pv.domain.e2b import storage
from pv.domain.e2b.message import Node, Null
from pv.domain.periodic import CountedCase, Gathered, Tabulation, events
from pv.models import Case, CaseSource, CaseVersion
from pv.queries import aggregates
from pv.queries.aggregate_reports import register
from pv.queries.aggregate_reports.basis import CaseCount
from pv.queries.counted_cases import count_cases
from pv.queries.counted_content import GROUPS, REACTION, ROOT
from tests import factories

pytestmark = pytest.mark.django_db
# A release compares a thousand: `./run oracle registers`.
REGISTERS = int(os.environ.get("EVERWATCH_EXAMPLES", "6"))
START, END = date(2026, 1, 1), date(2026, 6, 30)
KINDS = ("event", "import", "judgement", "default_rule", "cluster")
VALUES = ("true", "false", "1", "2", "5", "", Null("NI"))
WORDS = ("CRS", "Ｆever ", "fever", "淋巴瘤", 'a "b" \\ c', "10042971", "", Null("MSK"))
CODES = ("10042971", "10037660", "", Null("NI"))


@pytest.fixture
def event():
    site = factories.make_site()
    nurse = factories.make_actor(Role.NURSE, site=site)
    row = factories.malignancy(nurse, factories.register(nurse, site), verbatim="x")
    with audit.acting(factories.SYSTEM, "test.edit"):
        AdverseEvent.objects.filter(id=row.id).update(grade=3, grade_scale="ASTCT_ICANS")
        # The case of the event itself is no part of the registers.
        Case.objects.update(received_on=END + timedelta(days=30))
    return row


def said(dice: Random, names, values) -> dict:
    return {name: dice.choice(values) for name in names if dice.random() < 0.25}


def message(dice: Random) -> dict:
    root = Node("", values=said(dice, ROOT, VALUES) | {"D.1": "AB"})
    for group in ("E.i", "E.i", *GROUPS):
        for _one in range(dice.choice((0, 0, 1, 3)) if group in GROUPS else dice.choice((0, 1))):
            values = said(dice, REACTION if group == "E.i" else ("D.9.2.r.2",), VALUES)
            if group == "E.i":
                values |= said(dice, ("E.i.1.1a", "E.i.1.2"), WORDS)
                values |= said(dice, ("E.i.2.1b",), CODES)
            root.add(group, "one").values.update(values)
    return storage.to_data(root)


def day(dice: Random) -> date:
    return START + timedelta(days=dice.randint(-100, 200))


def moment(on: date) -> datetime:
    return datetime.combine(on, datetime.min.time(), clock.SHANGHAI)


def fill(dice: Random, product, event) -> None:
    """A register of a dozen cases, each with versions and sources before and after the lock."""
    for number in range(12):
        gone = dice.random() < 0.2
        case = Case.objects.create(
            number=f"R{number}-{dice.random()}"[:20],
            product=product,
            origin="hospital",
            title="x",
            received_on=day(dice),
            created_at=moment(day(dice)) + timedelta(hours=dice.randint(0, 23)),
            is_new_malignancy=dice.random() < 0.2,
            stage="nullified" if gone else "drafted",
            nullified_on=day(dice) if gone else None,
        )
        for place in range(1, dice.randint(1, 3) + 1):
            on = day(dice)
            CaseVersion.objects.create(
                case=case,
                product=product,
                number=place,
                kind="initial" if place == 1 else dice.choice(("follow_up", "nullification")),
                message=message(dice),
                information_on=on,
                created_at=moment(on),
                locked_at=dice.choice((None, moment(on))),
            )
        for place in range(dice.randint(0, 3)):
            flags = ("serious", "fatal", "life_threatening")
            CaseSource.objects.create(
                case=case,
                product=product,
                kind=dice.choice(KINDS),
                event=dice.choice((None, event)),
                reference=str(place),
                received_on=day(dice),
                taken_at=moment(day(dice)),
                **{name: dice.choice((True, False, None)) for name in flags},
            )


def empty() -> CaseCount:
    return CaseCount(Gathered(Tabulation(START, END), "en"), list(register.topics()))


def figures(found: CaseCount) -> tuple:
    gathered = found.gathered
    table = gathered.tabulation
    lists = (gathered.lines, found.fatal)
    return gathered.text, gathered.counts, table.rows(), table.total(), lists, found.by_topic


def whole(product):
    """The per-case reference: every case read whole, counted one by one."""
    records = list(aggregates.records(factories.SYSTEM, product, END))
    lines = [
        [r.number, r.version, str(r.received_on), r.serious, r.fatal, str(r.entered_on)]
        + [
            [str(r.received_on), e.code, e.code_version, e.verbatim, e.seriousness, e.source]
            for e in events(r)
        ]
        for r in records
    ]
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines).encode()
    found = empty()
    for record in records:
        case = CountedCase.of(record)
        found.count(case)
        if found.lists(case):
            found.add_line(case, record)
    found.finish()
    return found, text


def by_statement(product, lock=None) -> CaseCount:
    found = empty()
    done = list(count_cases(factories.SYSTEM, product, END, found, lock=lock))
    assert done == sorted(done)
    assert (done or [0])[-1] == found.gathered.counts.get("cases", [0, 0])[1]
    found.finish()
    return found


def test_random_registers_count_as_their_cases_do_one_by_one(event) -> None:
    product, total = event.product, 0
    for seed in range(REGISTERS):
        with transaction.atomic():
            with audit.acting(factories.SYSTEM, "test.register"):
                fill(Random(seed), product, event)
            reference, text = whole(product)
            assert figures(by_statement(product)) == figures(reference), seed
            assert reference.gathered.text == text, seed
            shown = [sum(t.holds(w, s, m) for w, s, m in marks(product)) for t in register.topics()]
            held = [reference.by_topic.get(t.code, [0, 0])[1] for t in register.topics()]
            assert held == shown, seed
            total += len(reference.gathered.lines) + len(reference.fatal) + sum(held)
            transaction.set_rollback(True)
    assert total > REGISTERS


def marks(product):
    for record in aggregates.records(factories.SYSTEM, product, END):
        yield [e.verbatim for e in events(record)], record.scales, record.malignancy


def test_a_lock_counts_what_it_knew(event) -> None:
    product = event.product
    with transaction.atomic(), audit.acting(factories.SYSTEM, "test.register"):
        fill(Random(99), product, event)
    before = figures(by_statement(product))
    lock = lock_actions.make(factories.SYSTEM, name="one")
    with transaction.atomic(), audit.acting(factories.SYSTEM, "test.register"):
        Case.objects.filter(nullified_on=None).update(received_on=START)
        CaseVersion.objects.update(message=message(Random(7)))
        CaseSource.objects.update(serious=True)
    assert figures(by_statement(product, lock)) == before
    assert figures(by_statement(product)) != before
