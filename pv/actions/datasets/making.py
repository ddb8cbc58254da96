"""The job that makes a package of data sets.

At one moment of the data and with one version of the program the package is the same byte by byte:
nothing in it tells when or by which job it was made.
"""

import re
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC
from pathlib import Path
from typing import Any
from uuid import UUID

from django.utils import translation
from django.utils.translation import gettext as _

from followup.core import jobs
from followup.core.actor import Actor
from followup.core.jobs import Progress, Result
from followup.core.models import Job
from followup.core.naming import localized_name
from followup.core.permissions import Perm
from followup.core.problems import Denied, Refused
from followup.core.security import access
from followup.queries import data_locks, reference, seals
from followup.queries.versions import code_version
from pv.actions import reports
from pv.actions.datasets import packing
from pv.actions.datasets.contents import Contents
from pv.actions.datasets.packing import FORMATS
from pv.adapters.datasets import Spool
from pv.domain.datasets import SdtmMapping, Subject, Tabulation, supplemental
from pv.queries import datasets as queries
from pv.queries.datasets import Conduct, DatasetChoice

KIND = "study-datasets"
_STUDY = re.compile(r"[A-Z0-9][A-Z0-9_.-]{0,19}", re.ASCII)


def sealed_now() -> int:
    """The last number of the seal: the moment of the data for who makes no locks."""
    return seals.head().seq


def request(
    actor: Actor,
    *,
    product_id: UUID | str,
    study: str,
    form: str,
    lock_id: UUID | str | None,
    language: str,
) -> Job:
    """Ask for a package. Refused names the field that cannot be right."""
    product = reference.product(actor, id=product_id)
    if not queries.may_make(actor, product.id):
        raise Denied(Perm.REPORT_WRITE)
    problems = {}
    if form not in FORMATS:
        problems["format"] = _("Choose the format.")
    if language not in ("zh-hans", "en"):
        problems["language"] = _("Choose Chinese or English.")
    if not _STUDY.fullmatch(study.strip()):
        problems["study"] = _("At most 20 capital letters, digits, dots, hyphens, underscores.")
    if lock_id is None and actor.may(Perm.REPORT_WRITE, product=product.id):
        problems["lock"] = _("Choose a data lock.")
    if problems:
        raise Refused(problems)
    lock = data_locks.lock(actor, lock_id) if lock_id else None
    seq = lock.seq if lock else sealed_now()
    if not seq:
        raise Refused(_("Nothing has been sealed yet, so there is nothing to lock."))
    choice = DatasetChoice(
        product=product.id,
        study=study.strip(),
        format=form,
        seq=seq,
        lock=lock.id if lock else None,
        language=language,
    )
    title = _("Data sets of %(study)s, %(product)s") % {
        "study": choice.study,
        "product": localized_name(product),
    }
    return jobs.request(actor, KIND, title=title, parameters=choice.stored())


@jobs.handler(KIND, needs=Perm.PATIENT_READ)
def make(actor: Actor, parameters: dict[str, Any], progress: Progress) -> Result:
    """Gather, write, read back and pack; the export is logged as a read."""
    choice = DatasetChoice.read(parameters)
    product = reference.product(actor, id=choice.product)
    if not queries.may_make(actor, product.id):
        raise Denied(Perm.REPORT_WRITE)
    mapping = queries.mapping(choice)
    study = {
        "id": choice.study,
        "arm_code": product.code[:20],
        "arm": product.inn,
        "treatment": product.inn,
        "country": mapping.country,
    }
    tabulation = Tabulation(mapping, study, choice.language)
    with choice.reading():
        portions = queries.pages(actor, choice)
        left_out = queries.left_out(actor, choice)
    folder, made_at = Path(progress.folder), choice.moment(actor)
    lock = data_locks.lock(actor, choice.lock) if choice.lock else None
    with ExitStack() as stack, translation.override(choice.language):
        spools = _spools(folder, mapping, stack)
        consents = _fill(actor, choice, tabulation, spools, progress, portions)
        done = sum(map(len, portions))
        conduct = Conduct(
            cutoff=made_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            cutoff_description=lock.name if lock else _("Data as sealed"),
            country=mapping.country,
            subjects=done,
            first_consent=min(consents, default=""),
        )
        _describe(actor, choice, tabulation, spools, conduct)
    with translation.override(choice.language):
        contents = Contents(
            choice=choice,
            product=localized_name(product),
            made_at=made_at,
            lock=lock,
            purpose=queries.purpose(actor, choice.product),
            tabulation=tabulation,
            spools=[spools[name] for name in spools],
            subjects=done,
            left_out=left_out,
            program=code_version()[:12],
        )
        written = packing.write(folder, contents)
    manifest = packing.manifest(contents, written)
    archive = reports.pack(folder / "datasets.zip", written.files, manifest)
    access.record(actor, "datasets.export", KIND, reason=archive.name, product=product.id)
    progress.report(done, done)
    return Result(archive, f"{choice.study}-{choice.format}-{choice.seq}.zip", manifest)


def _spools(folder: Path, mapping: SdtmMapping, stack: ExitStack) -> dict[str, Spool]:
    made = {}
    for dataset in mapping.datasets:
        made[dataset.code] = stack.enter_context(Spool(folder, dataset))
        extra = supplemental(dataset)
        made[extra.code] = stack.enter_context(Spool(folder, extra))
    return made


def _fill(
    actor: Actor,
    choice: DatasetChoice,
    tabulation: Tabulation,
    spools: dict[str, Spool],
    progress: Progress,
    portions: Sequence[Sequence[UUID]],
) -> list[str]:
    """Write every record of every subject; a portion is read in a transaction of its own.

    Returns the days of consent, as far as they are known.
    """
    done, total = 0, sum(map(len, portions))
    consents = []
    for ids in portions:
        with choice.reading():
            found = list(queries.gathered(actor, choice, tabulation.mapping, ids))
        for each in found:
            for dataset in tabulation.mapping.datasets:
                rows = each.facts.get(dataset.code, ())
                for record, extra in tabulation.records(dataset, each.subject, rows):
                    spools[dataset.code].add(record)
                    for qualifier in extra:
                        spools[f"SUPP{dataset.code}"].add(qualifier)
            consents.append(str(each.subject.facts.get("consented") or ""))
        done += len(found)
        progress.report(done, total)
    return [day for day in consents if day]


def _describe(
    actor: Actor,
    choice: DatasetChoice,
    tabulation: Tabulation,
    spools: dict[str, Spool],
    conduct: Conduct,
) -> None:
    """Write the records of the trial design."""
    with choice.reading():
        facts = queries.trial(actor, choice, tabulation.mapping, conduct)
    nobody = Subject("", "", {})
    for dataset in tabulation.mapping.datasets:
        if dataset.of_the_trial:
            rows = facts[dataset.code]
            for record, _extra in tabulation.records(dataset, nobody, rows):
                spools[dataset.code].add(record)
