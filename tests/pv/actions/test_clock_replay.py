"""Real actions in any order leave the clocks that the final facts demand, no more and no less."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import permutations
from random import Random

import pytest

from followup.actions import events
from followup.actions.events import EventInput
from followup.core import clock
from followup.core.permissions import Role
from followup.core.problems import Refused
from followup.domain.dates import PartialDate
from pv.actions import cases, icsr
from pv.domain.cases.flags import of_tree
from pv.domain.e2b import storage
from pv.domain.e2b.checks import Profile
from pv.models import Case
from pv.queries import aggregates, obligations
from pv.queries import cases as queries
from tests import factories

pytestmark = pytest.mark.django_db
TODAY = clock.today()
CODED = {"E.i[1].2.1a": "27.1", "E.i[1].2.1b": "10035664"}
GIVEN = EventInput(
    verbatim="肺炎",
    aware_on=TODAY - timedelta(days=30),
    reporter_name="李医生",
    reporter_qualification="PHYSICIAN",
    onset=PartialDate.of(TODAY - timedelta(days=60)),
    serious=False,
    outcome="UNKNOWN",
    causality="POSSIBLE",
)


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


class Story:
    """One case and everything that may happen to it, each step by its own action."""

    def __init__(self) -> None:
        site = factories.make_site()
        self.nurse = factories.make_actor(Role.NURSE, site=site)
        self.officer = factories.make_actor(Role.SAFETY_OFFICER)
        infusion = factories.infusion_of(factories.register(self.nurse, site))
        self.given = GIVEN
        self.event = events.report(self.nurse, infusion, given=GIVEN)
        case = self.case
        case = cases.accept(self.officer, case, lock_version=case.lock_version)
        cases.edit(self.officer, case, changes=CODED, lock_version=case.lock_version)

    @property
    def case(self) -> Case:
        return Case.objects.get(sources__event=self.event, sources__reference__endswith=":1")

    def correct(self, learned_on: date | None = None, **more) -> None:
        self.given = replace(self.given, **more)
        self.event.refresh_from_db()
        events.correct(
            self.nurse,
            self.event,
            given=self.given,
            version=self.event.version,
            reason="更正",
            learned_on=learned_on,
        )

    def aware(self, days: int) -> None:
        self.correct(aware_on=ago(days))

    def serious(self, days: int) -> None:
        self.correct(ago(days), serious=True, seriousness=("HOSPITALISATION",))

    def fatal(self, days: int) -> None:
        self.correct(ago(days), serious=True, seriousness=("DEATH",), outcome="FATAL")

    def judge(self, days: int) -> None:
        case = self.case
        changes = {"E.i[1].3.2b": "true"}
        cases.edit(
            self.officer,
            case,
            changes=changes,
            learned_on=ago(days),
            lock_version=case.lock_version,
        )

    def judge_fatal(self, days: int) -> None:
        case = self.case
        cases.edit(
            self.officer,
            case,
            changes={"E.i[1].3.2a": "true", "E.i[1].7": "5"},
            learned_on=ago(days),
            lock_version=case.lock_version,
        )

    def mild(self, days: int) -> None:
        self.correct(ago(days), serious=False, seriousness=(), outcome="UNKNOWN")

    def answer(self, place: str, value: str) -> None:
        case = self.case
        cases.edit(self.officer, case, changes={place: value}, lock_version=case.lock_version)

    def send(self, days: int, profile: Profile = Profile.NMPA) -> None:
        file = factories.release(self.officer, self.case, profile=profile)
        icsr.mark_sent(self.officer, file, on=ago(days), proof="回执")

    def take_back(self) -> None:
        file = self.case.submissions.filter(sent_on__isnull=False).first()
        if file:
            icsr.take_back(self.officer, file, reason="没有发出")

    def follow_up(self, days: int) -> None:
        case = self.case
        cases.new_version(
            self.officer,
            case,
            kind="follow_up",
            information_on=ago(days),
            lock_version=case.lock_version,
        )

    def redate(self, which: int, days: int) -> None:
        case = self.case
        rows = [row for row in obligations.sources(case) if row.starts_clock]
        source = rows[which % len(rows)]
        cases.correct_awareness(
            self.officer,
            case,
            source=source,
            on=ago(days),
            reason="核对",
            lock_version=case.lock_version,
        )

    def nullify(self) -> None:
        case = self.case
        cases.nullify(self.officer, case, reason="重复", lock_version=case.lock_version)

    def running(self) -> set[tuple[str, int, int, int | None]]:
        rows = self.case.clocks.filter(stopped_at__isnull=True)
        return {
            (
                row.rule,
                (TODAY - row.day_zero).days,
                (TODAY - row.due).days,
                (TODAY - row.met_on).days if row.met_on else None,
            )
            for row in rows
        }


def plain(case: Case) -> dict[tuple[str, date, int], tuple[date, date | None]]:
    """What the rows of a case owe China by hand: domain 4.1 in days, without the engine.

    A serious reaction is reported in 15 days, another in 30, a death at once and investigated in
    15; what came after the first report has the same limits from its own day (GVP art. 49).
    """
    rows = [row for row in obligations.sources(case) if row.starts_clock]
    sent = [
        (row.version.number, row.sent_on)
        for row in case.submissions.filter(authority="NMPA", sent_on__isnull=False)
    ]
    first = min((number for number, _on in sent), default=None)
    hospital, holder = (False, False), (False, False)
    before, started, owed = (False, False), set(), {}

    def owe(rule: str, row, days: int, *, beside: bool = False) -> None:
        day = min(later.received_on for later in rows[rows.index(row) :])
        on = [on for number, on in sent if number >= row.case_version and not beside]
        key, due = (rule, day, row.case_version), day + timedelta(days=days)
        if key not in owed or due < owed[key][0]:
            owed[key] = due, min(on, default=None)

    for row in rows:
        said = (bool(row.serious or row.fatal or row.life_threatening), bool(row.fatal))
        if row.kind == "event":
            hospital = said
        elif row.kind == "judgement":
            holder = (holder[0] or said[0], holder[1] or said[1])
        serious, fatal = (a or b for a, b in zip(hospital, holder, strict=True))
        later = row is not rows[0] and first is not None and row.case_version > first
        rule = "CN-D" if fatal else "CN-S" if serious else "CN-N"
        rose = row is rows[0] or (serious and not before[0]) or (fatal and not before[1])
        if rose and rule not in started:
            started.add(rule)
            if not later:
                owe(rule, row, {"CN-D": 0, "CN-S": 15, "CN-N": 30}[rule])
            if fatal:
                owe("CN-D:investigation", row, 15, beside=True)
        if later:
            owe("CN-FU", row, 0 if fatal else 15 if serious else 30)
        before = serious, fatal
    return owed


def agree(story: Story, still_open: list[date]) -> None:
    """Clock, flags, list, report and file of the case say the same."""
    case, officer = story.case, story.officer
    known = obligations.statements(obligations.sources(case))[-1]
    version = case.versions.get(number=case.current_version)
    written = of_tree(storage.from_data(version.message))
    together = known | written
    assert (case.serious, case.fatal) == (together.serious, together.fatal)
    page = queries.page(officer, today=TODAY, filters=queries.Filters(box="all"))
    (line,) = (item for item in page.items if item.case.id == case.id)
    assert (line.case.serious, line.case.fatal) == (case.serious, case.fatal)
    first = min(still_open, default=None)
    assert (line.clock.due if line.clock else None) == line.case.next_due == first
    assert line.days_left == ((first - TODAY).days if first else None)
    records = aggregates.records(officer, case.product, TODAY)
    (record,) = (one for one in records if one.number == case.number)
    assert (record.serious, record.received_on) == (case.serious, case.day_zero)
    file = icsr.assemble(case, version, Profile.NMPA, clock.now()).messages[0]
    assert of_tree(file.root) == written
    if version.locked_at is None:
        assert (version.serious, version.fatal) == (case.serious, case.fatal)
        assert file.text("C.1.4") == f"{case.day_zero:%Y%m%d}"
        assert (file.text("C.1.5") or "") >= (file.text("C.1.4") or "")


@pytest.mark.parametrize("seed", range(6))
def test_after_every_step_the_rows_are_what_the_facts_demand(seed: int) -> None:
    random, story = Random(seed), Story()

    def day() -> int:
        return random.randint(0, 25)

    steps = [
        lambda: story.aware(random.randint(26, 40)),
        lambda: story.serious(day()),
        lambda: story.fatal(day()),
        lambda: story.judge(day()),
        lambda: story.judge_fatal(day()),
        lambda: story.mild(day()),
        lambda: story.send(day(), random.choice([Profile.NMPA, Profile.NMPA, Profile.ICH])),
        lambda: story.take_back(),
        lambda: story.follow_up(day()),
        lambda: story.redate(random.randint(0, 5), day()),
    ]
    done = 0
    for _ in range(14):
        step = random.choice(steps)
        try:
            with factories.transaction.atomic():
                step()
        except Refused:
            continue
        done += 1
        case = story.case
        rows = case.clocks.filter(stopped_at__isnull=True)
        stored = {(r.rule, r.day_zero, r.case_version): (r.due, r.met_on) for r in rows}
        demanded = {d.key: (d.due, d.met_on) for d in obligations.of_case(case)}
        assert stored == demanded
        assert stored == plain(case)
        still_open = [due for due, met in demanded.values() if met is None]
        assert case.next_due == min(still_open, default=None)
        assert case.day_zero == case.received_on
        assert case.day_zero == min(d.clock.day_zero for d in obligations.of_case(case))
        assert not case.clocks.filter(stopped_at__isnull=False, stop_code="").exists()
        agree(story, still_open)
    assert done >= 5
    story.nullify()
    assert not story.case.clocks.filter(stopped_at__isnull=True, met_on__isnull=True).exists()
    case = story.case
    assert case.next_due is None
    everything = queries.page(story.officer, today=TODAY, filters=queries.Filters(box="all"))
    assert all(item.clock is None for item in everything.items if item.case.id == case.id)
    records = aggregates.records(story.officer, case.product, TODAY)
    assert case.number not in {one.number for one in records}
    assert aggregates.nullified(story.officer, case.product, TODAY).by_the_lock == 1


ORDERS = {
    "before the report": (lambda s: s.aware(35), lambda s: s.serious(20), lambda s: s.judge(12)),
    "around the report": (lambda s: s.aware(28), lambda s: s.send(2), lambda s: s.aware(33)),
    "to nobody and to the authority": (
        lambda s: s.send(3, Profile.ICH),
        lambda s: s.send(2),
        lambda s: s.redate(0, 33),
    ),
}


@pytest.mark.parametrize("name", ORDERS)
def test_the_order_of_entry_is_nothing_to_the_clocks(name: str) -> None:
    # The last word on the first awareness stands, so it is said once more at the end.
    ends = set()
    for order in permutations(ORDERS[name]):
        story = Story()
        for step in order:
            step(story)
        story.redate(0, 31)
        ends.add(frozenset(story.running()))
    (end,) = ends
    assert end
