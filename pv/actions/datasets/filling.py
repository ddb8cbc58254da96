"""The records of a package, written subject by subject into spools: tabulation and analysis."""

from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID

from followup.core import clock
from followup.core.actor import Actor
from followup.core.jobs import Progress
from followup.models import Product
from pv.actions.datasets.contents import Part
from pv.adapters.datasets import Spool
from pv.domain.datasets import DatasetMapping, SdtmMapping, Subject, Tabulation, supplemental
from pv.queries import datasets as queries
from pv.queries.datasets import Conduct, DatasetChoice

ANALYSIS_FOLDER = "adam/"


def fill(
    actor: Actor,
    choice: DatasetChoice,
    product: Product,
    made_at: datetime,
    description: str,
    progress: Progress,
) -> tuple[Sequence[Part], int]:
    """Write every record; the parts of the package, and how many subjects are in them.

    `description` says what the data cut-off `made_at` is.
    """
    mapping, folder = queries.mapping(choice), Path(progress.folder)
    study = {
        "id": choice.study,
        "arm_code": product.code[:20],
        "arm": product.inn,
        "treatment": product.inn,
        "country": mapping.country,
    }
    tabulation = Tabulation(mapping, study, choice.language)
    analysis = Tabulation(queries.analysis_mapping(choice), study, choice.language)
    with choice.reading():
        portions = queries.pages(actor, choice)
    subjects = sum(map(len, portions))
    with ExitStack() as stack:
        parts = [
            Part("", tabulation, _spools(folder, mapping, stack)),
            Part(ANALYSIS_FOLDER, analysis, _spools(folder, analysis.mapping, stack)),
        ]
        last_day = made_at.astimezone(clock.SHANGHAI).date()
        consents = _subjects(actor, choice, mapping, parts, progress, portions, last_day)
        conduct = Conduct(
            cutoff=made_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            cutoff_description=description,
            country=mapping.country,
            subjects=subjects,
            first_consent=min(consents, default=""),
        )
        with choice.reading():
            facts = queries.trial(actor, choice, mapping, conduct)
        designs = [dataset for dataset in mapping.datasets if dataset.of_the_trial]
        for dataset in designs:
            rows = facts[dataset.code]
            parts[0].add(dataset, tabulation.records(dataset, Subject("", "", {}), rows))
    return parts, subjects


def _spools(folder: Path, mapping: DatasetMapping, stack: ExitStack) -> dict[str, Spool]:
    made = {}
    for dataset in mapping.datasets:
        made[dataset.code] = stack.enter_context(Spool(folder, dataset))
        if isinstance(mapping, SdtmMapping):
            extra = supplemental(dataset)
            made[extra.code] = stack.enter_context(Spool(folder, extra))
    return made


def _subjects(
    actor: Actor,
    choice: DatasetChoice,
    mapping: SdtmMapping,
    parts: Iterable[Part],
    progress: Progress,
    portions: Sequence[Sequence[UUID]],
    last_day: date,
) -> list[str]:
    """Write the records of every subject; a portion is read in a transaction of its own.

    Returns the days of consent, as far as they are known.
    """
    done, total = 0, sum(map(len, portions))
    consents = []
    for ids in portions:
        with choice.reading():
            found = list(queries.gathered(actor, choice, mapping, ids, last_day))
        for each in found:
            for part in parts:
                for dataset in part.tabulation.mapping.datasets:
                    rows = each.facts.get(dataset.code, ())
                    part.add(dataset, part.tabulation.records(dataset, each.subject, rows))
            consents.append(str(each.subject.facts.get("consented") or ""))
        done += len(found)
        progress.report(done, total)
    return [day for day in consents if day]
