"""The narrative of a version: written again from the coded values, or kept as a person wrote it."""

from datetime import date
from uuid import uuid4

from followup.core.actor import Actor
from followup.models import AdverseEvent
from pv.domain import cases as icsr_builder
from pv.domain.cases import ReportedCase
from pv.domain.e2b import storage
from pv.models import Case, CaseVersion
from pv.queries import reported as gathered

FIELDS = ("narrative_zh", "narrative_en", "narrative_generated", "narrative_basis")


def content_now(actor: Actor, case: Case, event: AdverseEvent, on: date) -> ReportedCase:
    """What the hospital knows of a case today, under the ids its current version already has."""
    root = storage.from_data(case.versions.get(number=case.current_version).message)
    reactions, drugs = root.each("E.i"), root.each("G.k")
    return gathered.reported(
        actor,
        event,
        worldwide_id=case.worldwide_id,
        created_at=case.created_at,
        latest_on=on,
        expedited=True,
        reaction_id=(reactions[0].id if reactions else None) or str(uuid4()),
        drug_id=(drugs[0].id if drugs else None) or str(uuid4()),
    )


def follow(actor: Actor, case: Case, version: CaseVersion) -> None:
    """Write a generated narrative again after coded values changed; never one of a person.

    An imported case has no event of a hospital: what it brought stays as it came.
    """
    source = case.sources.filter(event__isnull=False).order_by("-taken_at").first()
    if not version.narrative_generated or source is None or source.event_id is None:
        return
    event = gathered.event(actor, source.event_id)
    root = storage.from_data(version.message)
    content = icsr_builder.with_coded_values(
        content_now(actor, case, event, version.information_on), root
    )
    version.narrative_zh = icsr_builder.narrative(content, "zh")
    version.narrative_en = icsr_builder.narrative(content, "en")
    version.narrative_basis = icsr_builder.basis(root)


def save(version: CaseVersion, chinese: str, english: str) -> None:
    """What a person wrote, or read and left as it is: the one text of its language from now on."""
    root = storage.from_data(version.message)
    root.values.pop("H.1", None)
    version.message = storage.to_data(root)
    if (chinese, english) != (version.narrative_zh, version.narrative_en):
        version.narrative_generated = False
    version.narrative_zh, version.narrative_en = chinese, english
    version.narrative_basis = icsr_builder.basis(root)
