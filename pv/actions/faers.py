"""FDA's quarterly data as a background set: archives loaded, counted, and the counts kept.

The reports stay in one DuckDB file beside the archives; PostgreSQL gets counts of drugs and
reactions alone, as a table the screening page can be held against.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, pgettext

from followup.core import jobs
from followup.core.actor import Actor
from followup.core.jobs import Progress, Result
from followup.core.models import Job
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.core.stored_words import Words, named
from pv.actions import signals
from pv.adapters import faers
from pv.adapters.faers import Loaded, Store, StoreBusy, Totals, WrongArchive, WrongCount
from pv.domain.faers import Quarter, UnknownLayout, quarter_of
from pv.queries import rules

KIND = "faers-background"
NAME = "FDA FAERS"
STORE = "faers.duckdb"
REASONS: dict[type[Exception], str] = {
    WrongArchive: gettext_noop("it is damaged, or no ZIP archive (%(detail)s)"),
    UnknownLayout: gettext_noop("a file of it has another layout than those known (%(detail)s)"),
    WrongCount: gettext_noop("its lines and the rows loaded are not as many (%(detail)s)"),
}
CITATION = gettext_noop(
    "FDA Adverse Event Reporting System, quarterly data files %(span)s: %(counted)s cases of "
    "%(reports)s reports. Deleted cases are left out, the latest version of a case counts."
)
WITHOUT_ALIKE = gettext_noop(
    "FDA Adverse Event Reporting System, quarterly data files %(span)s: %(counted)s cases of "
    "%(reports)s reports. Deleted cases are left out, the latest version of a case counts. "
    "%(alike)s cases alike another one are left out too."
)


@dataclass(frozen=True, slots=True)
class Background:
    """What a run loaded and counted, and the table it kept."""

    loaded: Sequence[Loaded]
    quarters: Sequence[Quarter]
    totals: Totals
    pairs: int
    version: str
    problems: Sequence[tuple[str, Words | str]]

    def report(self) -> dict[str, Any]:
        """Everything as plain data: counts and mended lines of each file."""
        return {
            "quarters": [str(quarter) for quarter in self.quarters],
            "totals": asdict(self.totals),
            "pairs": self.pairs,
            "version": self.version,
            "problems": [[name, str(reason)] for name, reason in self.problems],
            "loaded": [
                {
                    "quarter": str(each.quarter),
                    "sha256": each.sha256,
                    "deleted_cases": each.deleted,
                    "files": [asdict(one) | {"turned_away": one.turned_away} for one in each.files],
                }
                for each in self.loaded
            ],
        }


def folder() -> Path:
    """Where an administrator puts the archives, and where the file of all reports is."""
    place = Path(settings.FAERS_ROOT)
    place.mkdir(parents=True, exist_ok=True)
    return place


def archives() -> list[Path]:
    """The archives in the folder whose name tells a quarter, the oldest first."""
    known = []
    for path in folder().glob("*.zip"):
        try:
            known.append((quarter_of(path.name), path))
        except UnknownLayout:
            continue
    return [path for _quarter, path in sorted(known, key=lambda each: (each[0], each[1].name))]


def request(actor: Actor, *, without_alike: bool) -> Job:
    """Ask for the background set of what lies in the folder. Refused when there is nothing."""
    actor.require(Perm.REPORT_WRITE)
    found = archives()
    if not found:
        raise Refused(_("There is no quarterly archive in the folder of the server."))
    looks = [(path.name, path.stat()) for path in found]
    parameters = {
        "archives": [[name, look.st_size, look.st_mtime_ns] for name, look in looks],
        "drugs": rules.data("faers")["version"],
        "without_alike": without_alike,
    }
    title = Words(
        gettext_noop("FDA quarterly data up to %(quarter)s"),
        {"quarter": str(quarter_of(found[-1].name))},
    )
    return jobs.request(actor, KIND, title=title, parameters=parameters)


@jobs.handler(KIND, needs=Perm.REPORT_WRITE)
def make(actor: Actor, parameters: dict[str, Any], progress: Progress) -> Result:
    """Load what is new, count, keep the counts; the file of the job says what was mended."""
    place = Path(progress.folder)
    without_alike = parameters["without_alike"]
    made = build(actor, archives(), place, without_alike=without_alike, report=progress.report)
    target = place / "faers.json"
    told = made.report()
    target.write_text(json.dumps(told, ensure_ascii=False, indent=1), encoding="utf-8")
    kept = ("quarters", "totals", "pairs", "version", "problems")
    manifest = {name: told[name] for name in kept}
    left_out = named(_in_words, made.problems)
    problem = Words(gettext_noop("Not loaded: %(archives)s."), {"archives": left_out})
    return Result(
        target, f"faers-{made.version}.json", manifest, problem=problem if made.problems else ""
    )


def _in_words(problems: Sequence[tuple[str, Words | str]]) -> str:
    """The archives that were left out, each with its reason."""
    if not problems:
        return _("see the archives in the folder")
    colon, semicolon = pgettext("punctuation", ": "), pgettext("punctuation", "; ")
    return semicolon.join(f"{name}{colon}{reason}" for name, reason in problems)


def build(
    actor: Actor,
    paths: Sequence[Path],
    work: Path,
    *,
    without_alike: bool,
    report: Callable[[int, int, str], None] = lambda _done, _total, _step: None,
) -> Background:
    """Load the archives the file does not hold yet, count, and keep the counts.

    An archive that cannot be read is named and left out, the others are loaded. Refused while
    another process has the file, or when it holds nothing in the end.
    """
    wanted, problems = _one_of_each_quarter(paths)
    total = len(wanted) + 1
    loaded: list[Loaded] = []
    try:
        with Store.open(folder() / STORE) as store:
            for done, path in enumerate(wanted):
                report(done, total, path.name)
                try:
                    if fresh := faers.load(store, path, work):
                        loaded.append(fresh)
                except tuple(REASONS) as error:
                    reason = Words(REASONS[type(error)], {"detail": str(error)})
                    problems.append((path.name, reason))
            if not store.quarters:
                text = gettext_noop("No quarter could be loaded: %(archives)s.")
                raise Refused(Words(text, {"archives": named(_in_words, problems)}))
            report(len(wanted), total, "")
            found = _keep(actor, store, without_alike=without_alike)
    except StoreBusy as error:
        text = gettext_noop("The quarterly data are being loaded already. Try again later.")
        raise Refused(Words(text)) from error
    report(total, total, "")
    return replace(found, loaded=loaded, problems=problems)


def _one_of_each_quarter(
    paths: Sequence[Path],
) -> tuple[list[Path], list[tuple[str, Words | str]]]:
    """Of archives of one quarter the last, the others named with those of no quarter."""
    wanted: dict[Quarter, Path] = {}
    problems: list[tuple[str, Words | str]] = []
    for path in paths:
        try:
            quarter = quarter_of(path.name)
        except UnknownLayout:
            problems.append((path.name, Words(gettext_noop("its name tells no quarter"))))
            continue
        if quarter in wanted:
            reason = Words(
                gettext_noop("%(archive)s is of the same quarter"), {"archive": path.name}
            )
            problems.append((wanted[quarter].name, reason))
        wanted[quarter] = path
    return list(wanted.values()), problems


def _keep(actor: Actor, store: Store, *, without_alike: bool) -> Background:
    quarters = list(store.quarters)
    totals = store.deduplicate()
    drugs = rules.data("faers")["drugs"]
    names = [(row["code"], name) for row in drugs for name in row["names"]]
    pairs = store.pairs(names, with_alike=not without_alike)
    span = f"{quarters[0]}-{quarters[-1]}"
    counted = {name: str(value) for name, value in asdict(totals).items()}
    citation = Words(WITHOUT_ALIKE if without_alike else CITATION, {"span": span, **counted})
    version = f"{span}-U" if without_alike else span
    item = signals.keep_counts(actor, name=NAME, version=version, citation=citation, rows=pairs)
    return Background([], quarters, totals, len(pairs), item.version, [])
