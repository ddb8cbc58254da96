"""A person completes a case: accepts it, edits values, adopts what the hospital offers."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from followup.core import clock as time
from followup.core import versions
from followup.core.action import action, part
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.core.problems import Refused
from pv.actions.cases import expectedness, guards, information, narratives, reviews
from pv.domain.cases import editing, pairing
from pv.domain.cases.stages import CASE, STAGES, CaseEvent, CaseStage
from pv.domain.e2b import storage
from pv.domain.e2b.message import Attachment, Null, Value
from pv.models import Case, CaseSource, CaseVersion
from pv.models.states import CASE_STAGE
from pv.queries import obligations, rules

NARRATIVE = "H.1"
_TEXTS = ("narrative_zh", "narrative_en")
_NARRATIVE_APART = gettext_lazy(
    "The narrative is written once for each language, on the page “Narrative in both languages”."
)


def locked(
    case: Case, lock_version: int, mine: Mapping[str, Value | None] | None = None
) -> tuple[Case, CaseVersion]:
    """The case and its current version, locked for change; Conflict when somebody saved since.

    The conflict carries the version as it was at `lock_version` and as it is, and what of `mine`,
    by instance path or name of a text, differs from it.
    """
    row = Case.objects.select_for_update().get(id=case.id)
    version = row.versions.select_for_update().get(number=row.current_version)
    repaired = version.kind == CaseVersion.Kind.NULLIFICATION and version.locked_at is None
    if row.stage == Case.Stage.CLOSED or (row.stage == Case.Stage.NULLIFIED and not repaired):
        raise Refused(_("The case is closed. New information makes a new version."))
    versions.must_be(
        version,
        lock_version,
        column="lock_version",
        keeper=row,
        differing=lambda: _different(version, mine or {}),
    )
    return row, version


def _different(version: CaseVersion, mine: Mapping[str, Value | None]) -> dict[str, Any]:
    """What differs, mine beside the present one; a document is too long to be said."""
    root = storage.from_data(version.message)
    said: dict[str, Any] = {}
    for path, value in mine.items():
        stands = getattr(version, path) if path in _TEXTS else editing.value_at(root, path)
        if value != stands and not isinstance(value, Attachment):
            sides = (value, None if isinstance(stands, Attachment) else stands)
            said[path] = tuple(None if s is None else storage.value_to_data(s) for s in sides)
    return said


def _touch(case: Case) -> None:
    case.lock_version += 1
    case.save()


@action("case.accept", needs=Perm.CASE_WRITE)
def accept(actor: Actor, case: Case, *, lock_version: int) -> Case:
    """Take a drafted case into work; it is assigned to who takes it."""
    row, _version = locked(case, lock_version)
    if row.stage != Case.Stage.DRAFTED:
        raise Refused(_("This case has already been accepted."))
    if row.received.filter(state="to_review").exists():
        raise Refused(_("Accept the received report: it asks for product and day of awareness."))
    before = row.stage
    CASE_STAGE.move(row, CaseEvent.ADVANCE)
    row.assigned_to_id = actor.id
    _touch(row)
    reviews.record(actor, row, before)
    return row


def _closable(case: Case) -> None:
    """A case ends when its report went out and nothing it owes is open: closed, it is silent."""
    if obligations.not_reportable(case) is not None:
        return
    if not case.submissions.exists():
        raise Refused(_("Nothing has been exported yet: export the report before closing."))
    if not case.submissions.filter(sent_on__isnull=False).exists():
        raise Refused(_("The report was exported but not sent: note the sending before closing."))
    still = case.clocks.filter(met_on__isnull=True, stopped_at__isnull=True).order_by("due")
    if duties := [f"{rules.words(row.rule)} {row.due}" for row in still]:
        raise Refused(
            _("Still open: %(duties)s. Meet each duty before closing.")
            % {"duties": "; ".join(duties)}
        )


@action("case.advance", needs=Perm.CASE_WRITE)
def advance(actor: Actor, case: Case, *, to: str, lock_version: int, reason: str = "") -> Case:
    """Move the case to its next stage, or back with a reason.

    Refused where the reference data want another person or a permission for the stage it is in.
    """
    row, _version = locked(case, lock_version)
    if to not in set(STAGES):
        raise Refused({"to": _("There is no such stage.")})
    target, before = CaseStage(to), CASE_STAGE.of(row)
    event = (
        CaseEvent.SEND_BACK
        if target in CASE.targets(before, CaseEvent.SEND_BACK)
        else CaseEvent.ADVANCE
    )
    if target not in CASE.targets(before, event):
        raise Refused({"to": _("A case moves forward one stage at a time.")})
    if event is CaseEvent.SEND_BACK and not reason.strip():
        raise Refused({"reason": _("Say why the case goes back.")})
    if event is CaseEvent.ADVANCE:
        reviews.check(actor, row)
    if target is CaseStage.CLOSED:
        _closable(row)
    CASE_STAGE.move(row, event, target)
    _touch(row)
    reviews.record(actor, row, before, reason)
    return row


def _dated(case: Case, learned_on: date | None) -> date:
    """The day one learned of what is written into a case; today if nobody says."""
    if learned_on is not None and not case.received_on <= learned_on <= time.today():
        raise Refused({"learned_on": _("Between the first receipt and today.")})
    return learned_on or time.today()


def _store(version: CaseVersion, changes: Mapping[str, Value | None]) -> dict[str, list[Any]]:
    root = storage.from_data(version.message)
    problems: dict[str, list[Any]] = {}
    for path, value in changes.items():
        if path == NARRATIVE:
            problems[path] = [_NARRATIVE_APART]
            continue
        try:
            if isinstance(value, Null):
                allowed = editing.nulls(root, path)
                if value.flavor not in allowed:
                    problems[path] = [_not_allowed(value.flavor, allowed)]
                    continue
            editing.put(root, path, value)
        except editing.PathError:
            problems[path] = [_("There is no such element.")]
    if problems:
        raise Refused(problems)
    version.message = storage.to_data(root)
    return problems


def _not_allowed(flavor: str, allowed: tuple[str, ...]) -> str:
    """The null reason that an element does not take, and those it does."""
    values = {"flavor": flavor[:20], "allowed": ", ".join(allowed)}
    if not allowed:
        return _(
            "%(flavor)s is not possible here: this element has no reasons for being empty."
        ) % (values)
    return _("%(flavor)s is not possible here; the reasons for being empty are %(allowed)s.") % (
        values
    )


@action("case.edit", needs=Perm.CASE_WRITE)
def edit(
    actor: Actor,
    case: Case,
    *,
    changes: Mapping[str, Value | None],
    lock_version: int,
    reason: str = "",
    learned_on: date | None = None,
) -> Case:
    """Set or clear values of the current version by instance path.

    A seriousness or a death nobody had stated starts its clock on `learned_on`, today if nobody
    says. Conflict when the case was saved since `lock_version`; Refused once the version was
    exported, and where the values contradict each other.
    """
    row, version = locked(case, lock_version, changes)
    guards.editable(actor, row, version)
    if changes:
        known_on = _dated(row, learned_on)
        guards.check(row, version, changes)
        _store(version, changes)
        guards.agree(version)
        keep(actor, row, version, known_on, reason)
    return row


@part
def keep(actor: Actor, case: Case, version: CaseVersion, known_on: date, reason: str = "") -> None:
    """Store the edited message; flags and clocks follow from what it says now."""
    version.author_id = actor.id
    expectedness.follow(case, version)
    narratives.follow(actor, case, version)
    version.save(update_fields=["message", "author", *narratives.FIELDS])
    information.learned(case, version, known_on)
    information.settle(actor, case, reason=reason)
    _touch(case)


@action("case.narrate", needs=Perm.CASE_WRITE)
def save_narrative(
    actor: Actor, case: Case, *, chinese: str, english: str, lock_version: int
) -> Case:
    """Keep the narrative a person wrote; it is then no longer marked as generated."""
    typed = {"narrative_zh": chinese, "narrative_en": english}
    row, version = locked(case, lock_version, typed)
    guards.editable(actor, row, version)
    narratives.save(version, chinese, english)
    version.author_id = actor.id
    version.save(update_fields=["message", "author", *narratives.FIELDS])
    _touch(row)
    return row


@action("case.adopt", needs=Perm.CASE_WRITE)
def adopt(
    actor: Actor,
    case: Case,
    *,
    source: CaseSource,
    paths: Iterable[str],
    lock_version: int,
) -> Case:
    """Take offered values of a source into the current version; the rest stays as it is."""
    row, version = locked(case, lock_version)
    guards.editable(actor, row, version)
    if source.case_id != row.id:
        raise Refused(_("This source belongs to another case."))
    said = pairing.offered(source.values)
    wanted = {path: said[path] for path in paths if path in said and path != NARRATIVE}
    places = pairing.places(storage.from_data(version.message), said, wanted)
    chosen = {places[path]: value for path, value in wanted.items()}
    if not chosen:
        raise Refused(_("Tick at least one value."))
    guards.check(row, version, chosen)
    _store(version, chosen)
    kept = CaseSource.objects.select_for_update().get(id=source.id)
    kept.adopted_at, kept.adopted_version = time.now(), version.number
    kept.save(update_fields=["adopted_at", "adopted_version"])
    keep(actor, row, version, kept.received_on)
    return row
