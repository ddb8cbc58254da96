"""Samples and their results as facts, of who agreed to storage and testing of samples."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from followup.core import scope
from followup.core.actor import Actor
from followup.domain.consents import Purpose
from followup.domain.samples import CustodyEventKind
from followup.models import CustodyEvent, MolecularResult, Patient, Sample
from followup.queries import exports
from pv.domain.datasets import Facts, SdtmMapping
from pv.domain.datasets import facts as of
from pv.domain.datasets import specimens as material
from pv.domain.datasets.relations import EVENTS
from pv.queries.datasets.choices import DatasetChoice

Row = Mapping[str, Any]
STEPS, FINDINGS = "BE", "BS"  # the data sets of the steps of custody, and of the material itself
_STEP = {
    "sample": "sample__number",
    "kind": "sample__code",
    "phase": "sample__phase",
    "number": "number",
    "step": "step",
    "happened_on": "happened_on",
    "place": "place",
    "reason": "reason",
    "condition": "condition",
    "patient": "sample__patient_id",
    "event": "sample__event_id",
}
_SAMPLE = {"sample": "number", "patient": "patient_id", "held": "held", "event": "event_id"}
_RESULT = {
    "sample": "sample__number",
    "patient": "patient_id",
    "event": "sample__event_id",
    **{
        name: name
        for name in (
            "id assay method finding measure reported comparator value below_quantification unit "
            "lower_limit detection_limit laboratory resulted_on tumour_content"
        ).split()
    },
}


def _rows(rows: Any, columns: Mapping[str, str]) -> list[Row]:
    return [
        dict(zip(columns, values, strict=True)) for values in rows.values_list(*columns.values())
    ]


def specimens(
    actor: Actor, choice: DatasetChoice, mapping: SdtmMapping, ids: Sequence[UUID]
) -> Mapping[UUID, Mapping[str, Sequence[Facts]]]:
    """By patient and data set: the steps of custody that happened, and the results that stand."""
    agreed = exports.agreed("pk", [Purpose.SAMPLES.value])
    keys = list(Patient.objects.filter(agreed, id__in=ids).values_list("id", flat=True))
    found: dict[UUID, dict[str, list[Facts]]] = defaultdict(lambda: defaultdict(list))
    steps = CustodyEvent.objects.filter(
        sample__patient_id__in=keys,
        product_id=choice.product,
        replaced_by__isnull=True,
        taken_back=False,
    )
    collected = {}
    for row in _rows(scope.counting(actor, steps), _STEP):
        if row["step"] == CustodyEventKind.COLLECT:
            collected[row["sample"]] = row["happened_on"]
        if row["step"] != CustodyEventKind.PLAN:
            found[row["patient"]][STEPS].append(_of_event(of.specimen_step(row), row))
    samples = Sample.objects.filter(patient_id__in=keys, product_id=choice.product).exclude(held="")
    for row in _rows(scope.counting(actor, samples), _SAMPLE):
        found[row["patient"]][FINDINGS].append(_of_event(material.held(row), row))
    results = MolecularResult.objects.filter(
        patient_id__in=keys, product_id=choice.product, replaced_by__isnull=True
    )
    for row in _rows(scope.counting(actor, results), _RESULT):
        dataset, taken = mapping.assays.get(row["assay"]), collected.get(row["sample"])
        if dataset:
            found[row["patient"]][dataset].append(_of_event(of.molecular(row, taken), row))
        if row["tumour_content"] is not None:
            found[row["patient"]][FINDINGS].append(
                _of_event(material.tumour_content(row, taken), row)
            )
    return found


def _of_event(facts: Facts, row: Row) -> Facts:
    """The facts with the event the sample was taken for."""
    return {**facts, EVENTS: str(row["event"] or "")}
