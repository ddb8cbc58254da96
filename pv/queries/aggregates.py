"""Cases of a product as they stood at a data lock."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Case as Choose
from django.db.models import Count, F, Max, QuerySet, Value, When
from django.utils.translation import gettext_noop

from followup.core import clock, scope
from followup.core.actor import Actor
from followup.core.models import DataLock
from followup.core.permissions import Perm
from followup.core.row_security import contexts
from followup.core.stored_words import Words
from followup.models import Infusion, Product
from followup.queries import data_locks, reference
from pv.domain.cases.flags import Flags
from pv.domain.causality import CausalityRules
from pv.domain.e2b import storage
from pv.domain.e2b.message import Message
from pv.domain.periodic import CaseRecord
from pv.models import Case, CaseSource, CaseVersion
from pv.queries import causality, obligations
from pv.queries.counted_content import CountedContent
from pv.queries.listedness import Listedness

CHUNK = 1000
LOCKED = 200  # at a lock, where a portion is held until it is whole
WHOLE = 50
Wanted = Callable[[CaseRecord], bool]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Exposure:
    """Infusions given: in the period and from the beginning to its end."""

    interval: int
    cumulative: int


def products(actor: Actor) -> list[Product]:
    """Products the actor may report on as a whole: a right at one site alone is not enough."""
    rows = reference.products_for(actor, Perm.REPORT_WRITE)
    return [product for product in rows if covers(actor, product)]


def covers(actor: Actor, product: Product) -> bool:
    """Whether the actor holds the right to report for all sites of a product."""
    grants = actor.granting(Perm.REPORT_WRITE)
    return actor.system or any(
        grant.all_sites and grant.covers(None, product.id) for grant in grants
    )


NARROW = Words(gettext_noop("Your role does not cover every site of this product."))


def narrow() -> str:
    """Why somebody who reports for some sites alone gets no figures of a product."""
    return str(NARROW)


def _cases(actor: Actor, product: Product, end: date) -> QuerySet[Case]:
    """Cases of a product learned of up to `end`, whenever they were entered."""
    rows = scope.visible(actor, Case.objects.all(), needs=Perm.REPORT_WRITE)
    return rows.filter(product=product, received_on__lte=end)


def _counted(
    actor: Actor, product: Product, end: date, since: date | None = None
) -> QuerySet[Case]:
    """Those that were no nullified ones at the lock; of a period alone where `since` is its day."""
    rows = _cases(actor, product, end).exclude(nullified_on__lte=end)
    return rows.filter(received_on__gte=since) if since else rows


def count(actor: Actor, product: Product, end: date, *, since: date | None = None) -> int:
    """How many cases `records` yields."""
    return _counted(actor, product, end, since).count()


def ids(actor: Actor, product: Product, end: date, *, since: date | None = None) -> list[UUID]:
    """The cases `records` yields, in its order."""
    return list(_counted(actor, product, end, since).order_by("id").values_list("id", flat=True))


def at_lock(
    lock: DataLock,
    known: Callable[[], Sequence[UUID]],
    read: Callable[[Sequence[UUID]], Iterable[T]],
) -> Iterator[T]:
    """What is read of the cases a lock knew, a portion in a transaction of its own: what was
    known then no longer changes, and whoever counts the progress must be able to write between.
    """
    with data_locks.known_at(lock):
        cases = known()
    for start in range(0, len(cases), LOCKED):
        with data_locks.known_at(lock):
            portion = list(read(cases[start : start + LOCKED]))
        yield from portion


def records(
    actor: Actor,
    product: Product,
    end: date,
    *,
    since: date | None = None,
    lock: DataLock | None = None,
    whole: Wanted | None = None,
) -> Iterator[CaseRecord]:
    """Each case once, as it stood at the end of the day `end`, streamed; with `since` those alone
    that were learned of from that day on.

    Of a message only what is counted is read, except of the cases `whole` names: those are read
    whole, with whether their reactions are listed. Without `whole` that is every case.

    At a lock the cases are read as it knew them (`at_lock`).
    """
    reading = _Reading(product, end, causality.causality_rules(), whole or _every)
    if lock is None:
        yield from reading.records(_counted(actor, product, end, since))
        return
    yield from at_lock(
        lock,
        lambda: ids(actor, product, end, since=since),
        lambda cases: reading.records(Case.objects.filter(id__in=cases)),
    )


def _every(_case: CaseRecord) -> bool:
    return True


@dataclass(slots=True)
class _Reading:
    """How cases become records: of a product, at a day, in words of today, which ones whole."""

    product: Product
    end: date
    words: CausalityRules
    whole: Wanted

    def records(self, cases: QuerySet[Case]) -> Iterator[CaseRecord]:
        """Records of some cases, in the order of their ids.

        Assessed from the version with information up to `end` and from what its sources had said
        by then, never from today's flags. Cases nullified by then are left out: `nullified` counts
        them.
        """
        rows = CaseVersion.objects.filter(case__in=cases)
        rows = rows.exclude(kind=CaseVersion.Kind.NULLIFICATION)
        # A case learned of by `end` is counted even if its only version was dated later since.
        later = Choose(When(information_on__lte=self.end, then=Value(0)), default=Value(1))
        rows = rows.annotate(later=later, content=CountedContent(F("message")))
        rows = rows.order_by("case_id", "later", "-number").distinct("case_id")
        versions = rows.values_list(*_VERSION, named=True).iterator(chunk_size=CHUNK)
        listed = Listedness.at(self.product.id, self.end)
        while chunk := list(islice(versions, CHUNK)):
            learned = _sources([row.case_id for row in chunk])
            made = [(row.id, self._record(row, learned.get(row.case_id, []))) for row in chunk]
            for start in range(0, len(made), WHOLE):
                yield from self._with_messages(made[start : start + WHOLE], listed)

    def _with_messages(
        self, made: Sequence[tuple[UUID, CaseRecord]], listed: Listedness
    ) -> Iterator[CaseRecord]:
        """The records, those wanted whole with their messages: few at a time, since a message
        takes a hundred times the room of what is counted of it."""
        wanted = [key for key, record in made if self.whole(record)]
        messages = CaseVersion.objects.filter(id__in=wanted).values_list("id", "message")
        trees = dict(messages) if wanted else {}
        for key, record in made:
            if key in trees:
                message = Message(storage.from_data(trees.pop(key)))
                yield replace(record, message=message, listed=listed.of(message))
            else:
                yield record

    def _record(self, row: Any, sources: Sequence[Any]) -> CaseRecord:
        by_the_lock = [source for source in sources if source.received_on <= self.end]
        statements = obligations.statements(by_the_lock)
        exported = row.locked_at is not None and row.information_on <= self.end
        return CaseRecord(
            number=row.case__number,
            version=row.number,
            received_on=row.case__received_on,
            entered_on=row.case__created_at.astimezone(clock.SHANGHAI).date(),
            stated=statements[-1] if statements else Flags(),
            message=Message(storage.from_data(row.content)),
            settled=exported or len(by_the_lock) == len(sources),
            malignancy=row.case__is_new_malignancy,
            scales=frozenset(source.scale for source in by_the_lock if source.scale),
            causality=self.words,
        )


_VERSION = (
    *("id", "case_id", "number", "locked_at", "information_on", "content"),
    *("case__number", "case__received_on", "case__created_at", "case__is_new_malignancy"),
)
_SOURCE = ("case_id", "kind", "received_on", "serious", "fatal", "life_threatening", "scale")


def _sources(case_ids: Sequence[UUID]) -> dict[UUID, list[Any]]:
    """The sources of some cases in the order they were taken, with what their flags need."""
    by_case: dict[UUID, list[Any]] = {}
    rows = CaseSource.objects.filter(case_id__in=case_ids)
    rows = rows.annotate(scale=F("event__grade_scale")).order_by("taken_at", "id")
    for row in rows.values_list(*_SOURCE, named=True):
        by_case.setdefault(row.case_id, []).append(row)
    return by_case


@dataclass(frozen=True, slots=True)
class Nullified:
    """Cases learned of up to a lock: nullified by then, and only since."""

    by_the_lock: int
    since: int


def nullified(actor: Actor, product: Product, end: date) -> Nullified:
    """How many cases of the lock are nullified: left out of it, or counted in it."""
    rows = _cases(actor, product, end)
    return Nullified(
        rows.filter(nullified_on__lte=end).count(), rows.filter(nullified_on__gt=end).count()
    )


@contexts.reads_whole
def exposure(product: Product, start: date, end: date) -> Exposure:
    """Infusions of a product known to the register, for a reader whose right was checked."""
    given = scope.counted(Infusion.objects.filter(product=product, infused_on__lte=end))
    return Exposure(given.filter(infused_on__gte=start).count(), given.count())


def state(actor: Actor, product: Product, end: date) -> str:
    """A text that changes when the cases a report would show change."""
    rows = scope.visible(actor, Case.objects.all(), needs=Perm.REPORT_WRITE)
    found = rows.filter(product=product, received_on__lte=end).aggregate(
        cases=Count("id"), last=Max("versions__created_at"), locks=Max("lock_version")
    )
    changes = rows.filter(product=product, received_on__lte=end).values_list("id", "lock_version")
    digest = hashlib.sha256(repr(sorted(changes)).encode()).hexdigest()[:16]
    return f"{found['cases']}:{found['last']}:{digest}"
