"""A report at its lock and at another: figures, and the cases behind each difference."""

from collections import Counter
from collections.abc import Mapping

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from followup.core.actor import Actor
from followup.core.models import DataLock
from followup.core.naming import reader_language
from followup.core.permissions import Perm
from followup.core.problems import Refused
from pv.adapters import periodic
from pv.domain.periodic import CaseRecord, Seriousness, events
from pv.domain.periodic.comparing import CaseFigures, FigureDifference, Why, compare
from pv.domain.periodic.sections import Topic
from pv.models import AggregateReport
from pv.queries import aggregates
from pv.queries.aggregate_reports import register

PERIOD, CUMULATIVE = "period", "cumulative"


def differences(
    actor: Actor, row: AggregateReport, first: DataLock, second: DataLock
) -> list[FigureDifference]:
    """The figures of the report's period at two locks, the earlier first."""
    actor.require(Perm.REPORT_WRITE, product=row.product_id)
    if not aggregates.covers(actor, row.product):
        raise Refused(aggregates.narrow())
    low, high = sorted((first, second), key=lambda lock: lock.seq)
    return compare(_counted(actor, row, low), _counted(actor, row, high))


def _counted(actor: Actor, row: AggregateReport, lock: DataLock) -> Mapping[str, CaseFigures]:
    topics = register.topics()
    cases = aggregates.records(
        actor, row.product, row.period_end, lock=lock, whole=lambda _case: False
    )
    return {
        case.number: CaseFigures(case.number, case.version, _adds(case, row, topics))
        for case in cases
    }


def _adds(case: CaseRecord, row: AggregateReport, topics: tuple[Topic, ...]) -> Counter[str]:
    """What a case adds to each figure, by "figure|when"."""
    whens = [CUMULATIVE, *([PERIOD] if case.received_on >= row.period_start else [])]
    reactions = list(events(case))
    words = [event.verbatim for event in reactions]
    held = [topic for topic in topics if topic.holds(words, case.scales, case.malignancy)]
    names = ["cases"]
    names += ["serious"] if case.serious else ["unjudged"] if case.serious is None else []
    names += ["fatal"] if case.fatal else []
    names += [f"topic:{topic.code}" for topic in held]
    names += [f"reactions:{event.seriousness.value}" for event in reactions]
    names += [f"term:{event.code or event.verbatim.casefold()}" for event in reactions]
    return Counter(f"{name}|{when}" for name in names for when in whens)


def figure_words() -> Mapping[str, str]:
    """The figures by their key, without the terms, in the reader's language."""
    known = {
        "cases": pgettext("figure of a report", "Cases"),
        "serious": pgettext("figure of a report", "Serious cases"),
        "unjudged": pgettext("figure of a report", "Cases without an assessed seriousness"),
        "fatal": pgettext("figure of a report", "Fatal cases"),
    }
    language, kinds = reader_language(), periodic.seriousness_labels()
    known |= {f"topic:{t.code}": t.names[language] for t in register.topics()}
    reactions = pgettext("figure of a report", "Reactions")
    return known | {
        f"reactions:{kind.value}": f"{reactions}: {kinds[kind]}" for kind in Seriousness
    }


def figure_name(key: str, words: Mapping[str, str]) -> tuple[str, str]:
    """A figure in words, and whether it counts the period or all."""
    name, _bar, when = key.rpartition("|")
    term = name.removeprefix("term:")
    text = words.get(name) or _("Reaction “%(term)s”") % {"term": term or "—"}
    period, cumulative = periodic.period_words()
    return text, period if when == PERIOD else cumulative


def why_words() -> Mapping[Why, str]:
    """Why a case counts otherwise."""
    return {
        Why.NEW: pgettext("difference of a case", "new, or learned of later"),
        Why.GONE: pgettext("difference of a case", "nullified, or no longer in the period"),
        Why.CHANGED: pgettext("difference of a case", "assessed or coded otherwise"),
    }
