"""The reference documents that ship with the applications, as files; no database is asked."""

import hashlib
import json
from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache
from importlib.metadata import version as version_of
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.apps import apps

from followup.domain.calendars import HolidayTable
from followup.domain.documents import WrongDocument, accept
from followup.domain.protocols import Protocol, load
from followup.lazy_modules import lazy

if TYPE_CHECKING:
    import holidays as calendars
else:
    calendars = lazy("holidays")

FOLDER = "reference"
# What `expand_holidays` made of the shipped seed with the locked package; see `expansion`.
EXPANDED = Path(__file__).resolve().parents[1] / FOLDER / "expanded" / "holidays.json"


@cache
def _files() -> tuple[Mapping[str, Mapping[str, Any]], Mapping[str, str]]:
    """What could be read by name, and why the rest could not."""
    found: dict[str, Mapping[str, Any]] = {}
    broken: dict[str, str] = {}
    for config in apps.get_app_configs():
        for path in sorted((Path(config.path) / FOLDER).glob("*.json")):
            if path.stem in found:
                raise ValueError(f"two applications ship a reference document {path.stem}")
            try:
                found[path.stem] = read(path.stem, path.read_text(encoding="utf-8"))
            except (WrongDocument, ValueError) as error:
                broken[path.stem] = str(error)
    return found, broken


def read(name: str, content: str) -> Mapping[str, Any]:
    """One document out of the text of its file; ValueError with the place for a broken one."""
    document = json.loads(content)
    if not isinstance(document, dict):
        raise ValueError("an object is needed, not a list or a single value")
    if name == "holidays":
        accept(expand_holidays, document)
        return expand_holidays(document)
    return document


def documents() -> Mapping[str, Mapping[str, Any]]:
    """Every `reference/*.json` of every installed application by file name without ending.

    The holiday seed comes expanded into tables; a file that cannot be read is left out and named
    by `broken`. ValueError when two applications ship documents of one name.
    """
    return _files()[0]


def broken() -> Mapping[str, str]:
    """The files that cannot be read at all, with the place and the reason."""
    return _files()[1]


def protocols() -> dict[tuple[str, str], Protocol]:
    """The protocols as shipped, by code and version."""
    return load(documents()["protocols"])


def holiday_table(country: str) -> HolidayTable:
    """The holiday table of a country as shipped; LookupError when there is none."""
    for table in documents()["holidays"]["tables"]:
        if table["country"] == country:
            return HolidayTable.from_dict(table)
    raise LookupError(f"no holiday table ships for {country}")


def expand_holidays(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """The seed document with one table per country, made by the `holidays` package.

    Its version names the package's too, so that an update of the package is a new version.
    """
    version = f"{document['version']}+{version_of('holidays')}"
    tables = _kept(document, version) or expansion(document, version)["tables"]
    return {**document, "version": version, "tables": tables}


def expansion(document: Mapping[str, Any], version: str) -> dict[str, Any]:
    """The tables with what they were made of; the content of EXPANDED."""
    tables = [_table(seed, version) for seed in document["seeds"]]
    return {"version": version, "seeds": _digest(document), "tables": tables}


def _kept(document: Mapping[str, Any], version: str) -> list[dict[str, Any]] | None:
    """The shipped tables, if this package made them of this seed: reading takes no time."""
    if not EXPANDED.is_file():
        return None
    kept = json.loads(EXPANDED.read_text(encoding="utf-8"))
    if (kept["version"], kept["seeds"]) != (version, _digest(document)):
        return None
    tables: list[dict[str, Any]] = kept["tables"]
    return tables


def _digest(document: Mapping[str, Any]) -> str:
    text = json.dumps(document["seeds"], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _table(seed: Mapping[str, Any], version: str) -> dict[str, Any]:
    years = range(seed["first_year"], seed["last_year"] + 1)
    source = calendars.country_holidays(seed["country"], years=years)
    off = {day: name for day, name in source.items() if day.year in years}
    off |= {date.fromisoformat(row["date"]): row["name"] for row in seed["add"]}
    for text in seed["remove"]:
        off.pop(date.fromisoformat(text), None)
    # A worked weekend is a Saturday or Sunday the package itself calls a working day.
    worked = {day for day in _weekends(years) if source.is_working_day(day)}
    worked |= {date.fromisoformat(text) for text in seed["work"]}
    return {
        "code": seed["code"],
        "country": seed["country"],
        "version": version,
        "citation": seed["citation"],
        "confidence": seed["confidence"],
        "years": {
            str(year): "official" if year in seed["official_years"] else "predicted"
            for year in years
        },
        "days_off": [{"date": d.isoformat(), "name": n} for d, n in sorted(off.items())],
        "working_weekends": [d.isoformat() for d in sorted(worked)],
    }


def _weekends(years: range) -> list[date]:
    start = date(years.start, 1, 1)
    span = (date(years.stop, 1, 1) - start).days
    days = (start + timedelta(days=n) for n in range(span))
    return [day for day in days if day.weekday() >= 5]
