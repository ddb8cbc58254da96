"""A protocol version as pages show it: its points in words, and a sample patient's dates."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext as _

from followup.actions.protocols import TAIL
from followup.domain import schedules
from followup.domain.protocols import Protocol, rank
from followup.web.schedule_tags import distance, window

SAMPLE_YEARS = 17  # the tail of the default protocol begins in year 16


def preview(data: Mapping[str, Any], base: Protocol, day_zero: date) -> list[dict[str, Any]]:
    """The visits of the sample patient, each beside what the base plans for it."""
    horizon = day_zero + timedelta(days=366 * SAMPLE_YEARS)
    before = {v.code: v for v in schedules.plan(day_zero, base, horizon)}
    after = {v.code: v for v in schedules.plan(day_zero, Protocol.from_dict(data), horizon)}
    rows: list[dict[str, Any]] = []
    for code in {**after, **before}:
        now, then = after.get(code), before.get(code)
        shown = now or then
        same = now is not None and then is not None and now[1:4] == then[1:4]
        rows.append({"code": code, "now": now, "before": None if same else then, "row": shown})
        rows[-1]["changed"] = not same
    return sorted(rows, key=lambda row: (row["row"].target, row["code"]))


def points(data: Mapping[str, Any], known: Mapping[str, str]) -> list[dict[str, Any]]:
    """The entries of a version in the order of a life, each with its place."""
    found = [(rank(entry), place, entry) for place, entry in enumerate(data["points"])]
    rows = [
        _point(place, entry, known) for _rank, place, entry in sorted(found, key=lambda x: x[:2])
    ]
    if data.get("tail"):
        rows.append(_point(TAIL, data["tail"], known))
    return rows


def _point(place: int, entry: Mapping[str, Any], known: Mapping[str, str]) -> dict[str, Any]:
    codes = [a if isinstance(a, str) else a["code"] for a in entry["assessments"]]
    return {
        "place": place,
        "code": entry["code"],
        "when": _when(entry),
        "window": _window(entry),
        "assessments": [known.get(code, code) for code in codes],
        "contacts": [known.get(code, code) for code in entry["contact_types"]],
    }


def _when(entry: Mapping[str, Any]) -> str:
    if "series" in entry:
        span = entry["series"]
        values = {"first": span["first"], "step": span["step"], "last": span.get("last")}
        if span.get("last") is None:
            return _("from month %(first)s every %(step)s months, for life") % values
        return _("months %(first)s to %(last)s, every %(step)s months") % values
    return distance(_plain(entry))


def _window(entry: Mapping[str, Any]) -> str:
    return window(_plain(entry))


def _plain(entry: Mapping[str, Any]) -> Any:
    """One point of an entry, as the planner reads it."""
    data = {"unit": "months", **entry, "offset": entry.get("offset", 0)}
    whole = {"code": "", "version": "", "name": {}, "citation": "", "confidence": ""}
    loss = {"attempts": 1, "methods": 1, "span_days": 1, "needs_registry_check": False}
    single = {key: value for key, value in data.items() if key != "series"}
    return Protocol.from_dict({**whole, "points": [single], "loss_rule": loss}).points[0]
