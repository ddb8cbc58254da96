"""Export of the audit trail: a job with count, progress and a hashed file."""

import json
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_noop

from followup.core import clock, jobs
from followup.core.actor import Actor
from followup.core.jobs import Progress, Result
from followup.core.models import Job
from followup.core.permissions import Perm
from followup.core.security import access
from followup.core.spreadsheets import csv_export
from followup.core.stored_words import Words
from followup.queries import trail

KIND = "trail-export"
WORDS = ("actor_name", "action", "table", "row", "reason", "subject")
# The clock of the pages: a spreadsheet reads the moment, the head names its zone.
AT = f"at ({clock.SHANGHAI.key})"
HEADER = (
    "number",
    AT,
    *"actor action reason request table operation row before after site product".split(),
)


def request(actor: Actor, filters: trail.Filters) -> Job:
    """Ask for the export; it ends at the newest change there is now."""
    parameters = {
        "filters": {
            name: str(getattr(filters, name) or "")
            for name in (*WORDS, "automatic", "since", "until")
        },
        "last": trail.newest(actor),
    }
    return jobs.request(
        actor, KIND, title=Words(gettext_noop("Audit trail")), parameters=parameters
    )


def _filters(given: dict[str, str]) -> trail.Filters:
    def day(name: str) -> date | None:
        return date.fromisoformat(given[name]) if given[name] else None

    return trail.Filters(
        **{name: given.get(name, "") for name in WORDS},
        automatic=bool(given.get("automatic")),
        since=day("since"),
        until=day("until"),
    )


def _lines(actor: Actor, filters: trail.Filters, last: int, progress: Progress) -> Iterator[Any]:
    total = trail.count(actor, filters)
    for done, change in enumerate(trail.stream(actor, filters, last=last), 1):
        if done % 500 == 0:
            progress.report(done, total)
        before = {d.column: d.before for d in trail.differences(change)}
        after = {d.column: d.after for d in trail.differences(change)}
        yield (
            change.id,
            change.at.astimezone(clock.SHANGHAI).strftime("%Y-%m-%d %H:%M:%S"),
            change.actor_name,
            change.action,
            change.reason,
            change.request_id,
            change.table_name,
            change.operation,
            change.row_id,
            json.dumps(before, ensure_ascii=False),
            json.dumps(after, ensure_ascii=False),
            change.site_id,
            change.product_id,
        )


@jobs.handler(KIND, needs=Perm.AUDIT_READ)
def make(actor: Actor, parameters: dict[str, Any], progress: Progress) -> Result:
    """Write the file; the export itself is logged as a read."""
    filters, last = _filters(parameters["filters"]), parameters["last"] or 0
    path = Path(tempfile.mkstemp(suffix=".csv")[1])
    count = csv_export.write(path, HEADER, _lines(actor, filters, last, progress))
    access.record(actor, "trail.export", KIND)
    progress.report(count, count)
    return Result(path, "trail.csv", {"rows": count, "last": last, **parameters["filters"]})
