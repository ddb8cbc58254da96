"""Exports of the centre's own data: masked unless a person proves who asks and says why."""

from collections.abc import Iterator
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from followup.actions import second_factors
from followup.actions.export_files import WRITERS, Contents, Table
from followup.actions.second_factors import Proof
from followup.core import clock, jobs
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.jobs import FILES_KEPT, Progress, Result
from followup.core.models import Job, User
from followup.core.naming import localized_name
from followup.core.permissions import Perm
from followup.core.problems import NotFound, Refused
from followup.core.security import access, named_files
from followup.core.stored_words import Words, named
from followup.domain.consents import Purpose
from followup.domain.fields import BY_KEY
from followup.models import Site
from followup.queries import accounts, exports, reference, seals
from followup.queries.exports import ExportChoice
from followup.queries.field_words import PURPOSES

KIND = "centre-export"
FORMATS = tuple(WRITERS)


def request(actor: Actor, site: Site, choice: ExportChoice, form: str) -> Job:
    """Ask for the file of an export with masked identities; Refused names the field."""
    if choice.opened:
        raise Refused(_("Identities in the clear need your password and a reason."))
    return _request(actor, site, choice, form)


def _request(actor: Actor, site: Site, choice: ExportChoice, form: str, **more: str) -> Job:
    if not actor.may(Perm.PATIENT_WRITE, site=site.id):
        actor.require(Perm.PATIENT_WRITE)
        raise NotFound()  # may do it elsewhere
    problems = {}
    if form not in FORMATS:
        problems["format"] = _("Choose the kind of file.")
    if choice.purpose not in list(Purpose):
        problems["purpose"] = _("Say what the data are for.")
    if not choice.columns:
        problems["columns"] = _("Choose at least one column.")
    if choice.since and choice.until and choice.until < choice.since:
        problems["until"] = _("The period ends before it begins.")
    if choice.names_people:
        actor.require(Perm.IDENTITY_READ, site=site.id)
    if problems:
        raise Refused(problems)
    title = Words(gettext_noop("Data of %(site)s"), {"site": named(localized_name, site)})
    # The minute: a second request is the same job while it runs, and a new one later.
    moment = clock.now().replace(second=0, microsecond=0).isoformat()
    parameters = {**choice.stored(), "format": form, "asked_at": moment, **more}
    return jobs.request(actor, KIND, title=title, parameters=parameters)


@action("export.open_identity", needs=Perm.IDENTITY_READ)
def open_identity(
    actor: Actor,
    site: Site,
    *,
    user: User,
    choice: ExportChoice,
    form: str,
    password: str,
    proof: Proof,
    reason: str,
) -> Job:
    """Ask for an export that says who the patients are.

    The password and the second factor are asked each time, the reason is kept in the trail, in the
    log of reads and in the file. Refused without either.
    """
    wanted = _("Say in a sentence what the names are needed for.")
    text = named_files.reason(reason, wanted=wanted)
    if not choice.opened or not choice.names_people:
        raise Refused({"columns": _("No column of this export says who a patient is.")})
    second_factors.check_person(actor, user, password=password, proof=proof)
    access.record(actor, "identity.export", site.id, reason=text, site=site.id)
    return _request(actor, site, choice, form, reason=text)


@jobs.handler(KIND, needs=Perm.PATIENT_WRITE, names_people=True)
def make(actor: Actor, parameters: dict[str, Any], progress: Progress) -> Result:
    """Stream the tables into the file; the export is logged as a read."""
    choice, form = ExportChoice.read(parameters), parameters["format"]
    site = reference.site(actor, id=str(choice.site))
    actor.require(Perm.PATIENT_WRITE, site=site.id)
    if choice.opened:
        named_files.require_fresh(parameters["asked_at"])
    total = sum(exports.count(actor, choice, dataset) for dataset in choice.datasets)
    head = seals.head()
    with translation.override(choice.language):
        contents = Contents(
            title=_("Data of %(site)s") % {"site": localized_name(site)},
            about=_about(actor, site, choice, parameters.get("reason", ""), head.text),
            made_at=clock.now(),
            tables=_tables(actor, choice, progress, total),
            fields=tuple(BY_KEY[key] for key in choice.columns),
            left_out=exports.left_out(actor, choice),
            words=choice.words,
        )
        path = WRITERS[form](progress.folder, contents)
    access.record(actor, "data.export", site.id, reason=path.name, site=site.id)
    progress.report(total, total)
    day = clock.today().isoformat()
    counts = {"rows": dict(contents.counts), "sha256": contents.hashes}
    manifest = {**parameters, **counts, "seal": head.text}
    return Result(path, f"{site.code}-{choice.purpose}-{day}{path.suffix}", manifest)


def _tables(actor: Actor, choice: ExportChoice, progress: Progress, total: int) -> Iterator[Table]:
    done = 0

    def counted(rows: Iterator[Any]) -> Iterator[Any]:
        nonlocal done
        for row in rows:
            done += 1
            if done % 200 == 0:
                progress.report(min(done, total), total)
            yield row

    for dataset in choice.datasets:
        rows = counted(exports.rows(actor, choice, dataset))
        yield Table(dataset, choice.fields(dataset), rows)


def _about(
    actor: Actor, site: Site, choice: ExportChoice, reason: str, seal: str
) -> list[tuple[str, str]]:
    purpose = str(PURPOSES[Purpose(choice.purpose)])
    product = (
        localized_name(reference.product(actor, id=choice.product)) if choice.product else _("All")
    )
    shown = _("in the clear: %(reason)s") % {"reason": reason} if choice.opened else _("masked")
    none = _("Not chosen")
    return [
        (_("Hospital"), f"{localized_name(site)} ({site.code})"),
        (_("Purpose the patients agreed to"), purpose),
        (_("Product"), product),
        (_("Period"), f"{choice.since or '…'} – {choice.until or '…'}"),
        (_("Who the patients are"), shown if choice.names_people else none),
        (_("Made by"), accounts.display_name(actor)),
        (_("Data as of"), clock.printed(clock.now())),
        (_("Seal of the audit trail"), seal),
        (_("File kept for"), _("%(days)s days") % {"days": FILES_KEPT.days}),
        (_("Empty cells"), _("A missing value is missing: never a zero, never a “no”.")),
    ]
