"""Files of cohorts: kept as they came, prepared by a person, and what came of them."""

import hashlib
from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from followup.actions import data_keys
from followup.actions.laboratory.sheet_words import PROBLEMS
from followup.core import clock
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.core.problems import Conflict, Refused
from followup.core.security import secrets
from followup.domain.cohort_columns import BY_CODE, NEEDED
from followup.domain.laboratory import SheetProblem, read_sheet
from followup.models import CohortFile, DataKey, Site
from followup.queries import cohorts

MOST_BYTES = 5_000_000


@action("cohort.receive", needs=Perm.PATIENT_WRITE)
def receive(actor: Actor, site: Site, *, name: str, content: bytes) -> CohortFile:
    """Keep a file as it came, sealed; the same file again is the one on record."""
    if len(content) > MOST_BYTES:
        raise Refused({"file": str(PROBLEMS[SheetProblem.TOO_LARGE])})
    sha256 = hashlib.sha256(content).hexdigest()
    if known := CohortFile.objects.filter(site=site, sha256=sha256).first():
        return known
    try:
        read_sheet(content)
    except ValueError as error:
        raise Refused({"file": str(PROBLEMS[SheetProblem(error.args[0])])}) from error
    data_keys.arriving(site.id)
    row = CohortFile(
        site=site,
        name=name.strip()[-120:] or "-",
        sha256=sha256,
        size=len(content),
        received_by_id=actor.id,
        received_at=clock.now(),
    )
    place = cohorts.content_place(row.id, site.id)
    key = data_keys.ensure(row.id, DataKey.Kind.FILE, site.id)
    row.content_sealed = secrets.encrypt_bytes(content, place, key)
    row.save(force_insert=True)
    return row


@action("cohort.prepare", needs=Perm.PATIENT_WRITE)
def prepare(
    actor: Actor,
    given: CohortFile,
    *,
    columns: Mapping[str, str],
    adopted_on: date,
    version: int,
) -> CohortFile:
    """Say which heading holds what, and since when the hospital answers for follow-up here."""
    row = CohortFile.objects.select_for_update(of=("self",)).get(id=given.id)
    if row.version != version:
        raise Conflict({"columns": (version, row.version)})
    if row.applied_at:
        raise Refused(_("This file was taken over already."))
    named = {code: heading for code, heading in columns.items() if heading}
    problems: dict[str, Any] = {
        code: _("Choose the column.") for code in NEEDED if code not in named
    }
    if unknown := sorted(set(named) - set(BY_CODE)):
        raise Refused({"columns": _("Unknown field.") + " " + ", ".join(unknown)})
    headings = cohorts.sheet(row).headings
    problems |= {
        code: _("This heading is not in the file, or twice: %(heading)s") % {"heading": text}
        for code, text in named.items()
        if headings.count(text) != 1
    }
    doubled = [text for text, n in Counter(named.values()).items() if n > 1]
    problems |= {
        code: _("One column cannot hold two things.")
        for code, text in named.items()
        if text in doubled
    }
    if adopted_on > clock.today():
        problems["adopted_on"] = _("The date cannot be later than today.")
    if problems:
        raise Refused(problems)
    row.columns, row.adopted_on = named, adopted_on
    row.tried, row.tried_at = {}, None
    row.version += 1
    row.save(update_fields=["columns", "adopted_on", "tried", "tried_at", "version"])
    return row


@action("cohort.note", needs=Perm.PATIENT_WRITE)
def note(actor: Actor, given: CohortFile, *, counts: Mapping[str, int], dry: bool) -> None:
    """Keep what a dry run or the import counted."""
    row = CohortFile.objects.select_for_update(of=("self",)).get(id=given.id)
    if dry:
        row.tried, row.tried_at = dict(counts), clock.now()
    else:
        row.counts, row.applied_at = dict(counts), clock.now()
    row.save(update_fields=["tried", "tried_at", "counts", "applied_at"])
