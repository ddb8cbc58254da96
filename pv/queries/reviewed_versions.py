"""Whether what goes out is what the medical review passed."""

from followup.core.models import Change
from followup.core.row_security import contexts
from pv.domain.cases.stages import CaseStage
from pv.models import CaseStep, CaseVersion
from pv.queries import rules

_CONTENT = ("message", "narrative_zh", "narrative_en")
_LATEST = 100


@contexts.reads_whole
def changed_since(version: CaseVersion) -> Change | None:
    """The last change of the content of a version after its medical review passed it.

    By the order of the trail, whatever the clock said. None where nothing changed, or no review
    passed it. For whoever may read the case.
    """
    steps = CaseStep.objects.filter(case_id=version.case_id, version=version.number)
    passed = steps.filter(stage_before=CaseStage.MEDICAL, stage_after=CaseStage.SUBMISSION)
    step = passed.order_by("-recorded_at", "-id").first()
    if step is None:
        return None
    noted = Change.objects.filter(table_name=CaseStep._meta.db_table, row_id=str(step.id))
    since = noted.order_by("id").values_list("id", flat=True).first()
    rows = Change.objects.filter(table_name=CaseVersion._meta.db_table, row_id=str(version.id))
    rows = rows.filter(id__gt=since or 0, operation="UPDATE").order_by("-id")
    return next((row for row in rows[:_LATEST] if _differs(row)), None)


def file_of(version: CaseVersion) -> str:
    """What the file of a version does, as signatures and rules name it."""
    nullifies = version.message.get("values", {}).get("C.1.11.1") == "1"
    return "nullification" if nullifies else "release"


def refused_for(version: CaseVersion) -> Change | None:
    """The change for which the reference data refuse the file of a version, if there is one."""
    asked = file_of(version) in rules.data("reviews").get("reviewed_content", ())
    return changed_since(version) if asked else None


def _differs(row: Change) -> bool:
    before, after = row.before or {}, row.after or {}
    return any(before.get(name) != after.get(name) for name in _CONTENT)
