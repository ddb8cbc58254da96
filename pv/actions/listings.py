"""The file of a line listing: a job with count, progress and a manifest."""

from itertools import chain
from pathlib import Path
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from followup.core import clock, jobs
from followup.core.actor import Actor
from followup.core.jobs import Progress, Result
from followup.core.models import Job
from followup.core.naming import localized_name
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.core.security import access
from followup.core.stored_words import StoredValue, Words, named
from followup.domain.seals import Head
from followup.queries import data_locks, reference, seals
from pv.adapters import listings as files
from pv.queries import aggregates, listings, standardised_queries
from pv.queries.listings import ListingChoice

KIND = "line-listing"
FORMATS = ("xlsx", "csv", "pdf")


def request(actor: Actor, choice: ListingChoice, form: str) -> Job:
    """Ask for the file of a listing; Refused names the field that cannot be right."""
    product = reference.product(actor, id=choice.product)
    actor.require(Perm.REPORT_WRITE, product=product.id)
    problems = {}
    if not aggregates.covers(actor, product):
        problems["product"] = aggregates.narrow()
    if form not in FORMATS:
        problems["format"] = _("Choose the kind of file.")
    if choice.end < choice.start:
        problems["end"] = _("The period ends before it begins.")
    elif choice.end > clock.today():
        problems["end"] = _("The period cannot end later than today.")
    if problems:
        raise Refused(problems)
    standardised_queries.codes_of(choice.smq)
    lock = data_locks.chosen(actor, choice.lock)
    state = f"lock:{lock.seq}" if lock else aggregates.state(actor, product, choice.end)
    values: dict[str, StoredValue] = {
        "product": named(localized_name, product),
        "start": str(choice.start),
        "end": str(choice.end),
    }
    title = Words(gettext_noop("Line listing %(product)s, %(start)s to %(end)s"), values)
    parameters = {**choice.stored(), "format": form, "state": state}
    return jobs.request(actor, KIND, title=title, parameters=parameters)


@jobs.handler(KIND, needs=Perm.REPORT_WRITE)
def make(actor: Actor, parameters: dict[str, Any], progress: Progress) -> Result:
    """Gather, group and write; the export is logged as a read."""
    choice, form = ListingChoice.read(parameters), parameters["format"]
    product = reference.product(actor, id=choice.product)
    lock = data_locks.chosen(actor, choice.lock)
    total = aggregates.count(actor, product, choice.end, since=choice.start)
    progress.report(0, total)  # the reader sees at once how much it is
    found = []
    for done, each in enumerate(listings.lines(actor, choice), 1):
        found.append(each)
        if done % 200 == 0:
            progress.report(min(done, total), total)
    head = Head(lock.seq, lock.chain) if lock else seals.head()
    target = Path(progress.folder) / f"listing.{form}"
    with translation.override(choice.language):
        groups = [
            (value, [listings.cells(each, choice) for each in rows])
            for value, rows in listings.grouped(found, choice)
        ]
        about = files.About(
            product=localized_name(product),
            start=choice.start,
            end=choice.end,
            at=lock.made_at if lock else clock.now(),
            lock=lock.name if lock else "",
            seal=head.text,
            language=choice.language,
        )
        files.WRITERS[form](target, about, choice.columns, groups)
    access.record(actor, "listing.export", KIND, reason=target.name, product=product.id)
    progress.report(total, total)
    name = f"{product.code}-listing-{choice.start}-{choice.end}.{form}"
    count = len(list(chain.from_iterable(rows for _value, rows in groups)))
    manifest = {**parameters, "rows": count, "seal": head.text}
    return Result(target, name, manifest)
