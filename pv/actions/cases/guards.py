"""What may not be written into a case by hand, and what cannot hold together."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from followup.core import versions
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.core.problems import Denied, Refused
from pv.actions.cases.information import FIRST_RECEIVED, e2b_day
from pv.domain.cases.flags import Contradiction, contradictions
from pv.domain.e2b import storage
from pv.domain.e2b.message import Value
from pv.models import Case, CaseVersion
from pv.queries import default_seriousness, version_unlocks

KIND = "C.1.11.1"  # nullification or amendment
_NULLIFICATION, _AMENDMENT = "1", "2"
_CONTRADICTIONS: dict[Contradiction, tuple[str, str | Promise]] = {
    Contradiction.DEATH_RECOVERED: (
        "7",
        gettext_lazy("Death is stated, so the outcome cannot be recovered or recovering."),
    ),
    Contradiction.FATAL_NOT_DEATH: (
        "3.2a",
        gettext_lazy("The outcome is fatal, so it cannot be said not to result in death."),
    ),
}


def check(case: Case, version: CaseVersion, changes: Mapping[str, Value | None]) -> None:
    """Refuse what has a door of its own: the kind of version, the day of awareness."""
    problems: dict[str, Any] = {}
    before = version.message.get("values", {})
    kind = changes.get(KIND, before.get(KIND))
    if kind != before.get(KIND):
        if kind == _NULLIFICATION:
            problems[KIND] = _("A report is nullified by the button, which asks why.")
        elif kind == _AMENDMENT and version.kind != CaseVersion.Kind.AMENDMENT:
            problems[KIND] = _("Open an amendment of what was sent instead.")
        elif version.kind == CaseVersion.Kind.AMENDMENT:
            problems[KIND] = _("This version is an amendment.")
    for path in default_seriousness.held_paths(case) & set(changes):
        if changes[path] != "true":
            problems[path] = _(
                "A default rule added this criterion: say on the page of the medical review, with"
                " a reason, that it does not hold."
            )
    day = changes.get(FIRST_RECEIVED, "")
    if FIRST_RECEIVED in changes and case.day_zero and day != e2b_day(case.received_on):
        problems[FIRST_RECEIVED] = _(
            "The day of awareness sets the clock: correct it at its source, with a reason."
        )
    if problems:
        raise Refused(problems)


def editable(actor: Actor, case: Case, version: CaseVersion) -> None:
    """Refuse to change a version that was released, or signed and not unlocked."""
    if version.locked_at is not None:
        raise Refused(_("This version was exported. Make a new version to change it."))
    if version_unlocks.holds(actor, case, version):
        raise Refused(_("This version is signed. Unlock it with a reason to change it."))


def assessable(
    actor: Actor, case: Case, lock_version: int, action: str
) -> tuple[Case, CaseVersion]:
    """The case and its open version, locked for what the safety officer and the reviewer assess.

    Denied to anybody else. Conflict when the case was saved since `lock_version`; Refused once the
    version was exported or signed.
    """
    place = {"site": case.site_id, "product": case.product_id}
    if not any(actor.may(perm, **place) for perm in (Perm.CASE_WRITE, Perm.CASE_ASSESS)):
        raise Denied(action)
    row = Case.objects.select_for_update().get(id=case.id)
    version = row.versions.select_for_update().get(number=row.current_version)
    versions.must_be(row, lock_version, column="lock_version")
    if row.stage == Case.Stage.NULLIFIED:
        raise Refused(_("The case is nullified already."))
    if row.stage == Case.Stage.CLOSED:
        raise Refused(_("The case is closed. New information makes a new version."))
    editable(actor, row, version)
    return row, version


def agree(version: CaseVersion) -> None:
    """Refuse a reaction that contradicts itself, at the value that has to give way."""
    problems: dict[str, Any] = {}
    for number, how in contradictions(storage.from_data(version.message)):
        place, text = _CONTRADICTIONS[how]
        problems[f"E.i[{number}].{place}"] = text
    if problems:
        raise Refused(problems)
