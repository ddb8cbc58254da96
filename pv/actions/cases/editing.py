"""A person completes a case: accepts it, edits values, adopts what the hospital offers."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from followup.core import clock as time
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.core.problems import Conflict, Refused
from pv.actions import clocks as case_clocks
from pv.actions.cases import narrating
from pv.domain.cases import editing
from pv.domain.e2b import storage
from pv.domain.e2b.message import Null, Value
from pv.models import Case, CaseSource, CaseVersion

# Which stage may follow which; a case moves forward step by step and may be sent back.
STAGES = ("drafted", "entry", "quality", "medical", "submission", "closed")

NARRATIVE = "H.1"
_NARRATIVE_APART = gettext_lazy(
    "The narrative is written once for each language, on the page “Narrative in both languages”."
)
_NOT_WRITABLE = gettext_lazy("Contains control characters, which no report can hold. Remove them.")


def _locked(case: Case, lock_version: int) -> tuple[Case, CaseVersion]:
    """The case and its current version, locked for change; Conflict when somebody saved since."""
    row = Case.objects.select_for_update().get(id=case.id)
    if row.stage in (Case.Stage.CLOSED, Case.Stage.NULLIFIED):
        raise Refused(_("The case is closed. New information makes a new version."))
    if row.lock_version != lock_version:
        raise Conflict({"lock_version": (lock_version, row.lock_version)})
    return row, row.versions.select_for_update().get(number=row.current_version)


def _touch(case: Case, **fields: Any) -> None:
    for name, value in fields.items():
        setattr(case, name, value)
    case.lock_version += 1
    case.save()


@action("case.accept", needs=Perm.CASE_WRITE)
def accept(actor: Actor, case: Case, *, lock_version: int) -> Case:
    """Take a drafted case into work; it is assigned to who takes it."""
    row, _version = _locked(case, lock_version)
    if row.stage != Case.Stage.DRAFTED:
        raise Refused(_("This case has already been accepted."))
    if row.received.filter(state="to_review").exists():
        raise Refused(_("Accept the received report: it asks for product and day of awareness."))
    _touch(row, stage=Case.Stage.ENTRY, assigned_to_id=actor.id)
    return row


def _closable(case: Case) -> None:
    """A case ends when its report went out and nothing it owes is open: closed, it is silent."""
    if not case.submissions.exists():
        raise Refused(_("Nothing has been exported yet: export the report before closing."))
    if not case.submissions.filter(sent_on__isnull=False).exists():
        raise Refused(_("The report was exported but not sent: note the sending before closing."))
    still = case.clocks.filter(met_on__isnull=True, stopped_at__isnull=True).order_by("due")
    if duties := [f"{row.rule} {row.due}" for row in still]:
        raise Refused(
            _("Still open: %(duties)s. Meet each duty before closing.")
            % {"duties": "; ".join(duties)}
        )


@action("case.advance", needs=Perm.CASE_WRITE)
def advance(actor: Actor, case: Case, *, to: str, lock_version: int, reason: str = "") -> Case:
    """Move the case to its next stage, or back with a reason."""
    row, _version = _locked(case, lock_version)
    if to not in STAGES:
        raise Refused({"to": _("There is no such stage.")})
    step = STAGES.index(to) - STAGES.index(row.stage)
    if step == 0 or step > 1:
        raise Refused({"to": _("A case moves forward one stage at a time.")})
    if step < 0 and not reason.strip():
        raise Refused({"reason": _("Say why the case goes back.")})
    if to == Case.Stage.CLOSED:
        _closable(row)
    _touch(row, stage=to)
    return row


def _editable(version: CaseVersion) -> None:
    if version.locked_at is not None:
        raise Refused(_("This version was exported. Make a new version to change it."))


def _store(version: CaseVersion, changes: Mapping[str, Value | None]) -> dict[str, list[Any]]:
    root = storage.from_data(version.message)
    problems: dict[str, list[Any]] = {}
    for path, value in changes.items():
        if path == NARRATIVE:
            problems[path] = [_NARRATIVE_APART]
            continue
        if isinstance(value, str) and not editing.writable(value):
            problems[path] = [_NOT_WRITABLE]
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
) -> Case:
    """Set or clear values of the current version by instance path.

    Conflict when the case was saved since `lock_version`; Refused once the version was exported.
    """
    row, version = _locked(case, lock_version)
    _editable(version)
    if changes:
        _store(version, changes)
        version.author_id = actor.id
        narrating.follow(actor, row, version)
        version.save(update_fields=["message", "author", *narrating.FIELDS])
        _touch(row)
    return row


@action("case.narrate", needs=Perm.CASE_WRITE)
def keep_narrative(
    actor: Actor, case: Case, *, chinese: str, english: str, lock_version: int
) -> Case:
    """Keep the narrative a person wrote; it is then no longer marked as generated."""
    row, version = _locked(case, lock_version)
    _editable(version)
    typed = {"narrative_zh": chinese, "narrative_en": english}
    if wrong := {n: _NOT_WRITABLE for n, text in typed.items() if not editing.writable(text)}:
        raise Refused(wrong)
    narrating.keep(version, chinese, english)
    version.author_id = actor.id
    version.save(update_fields=["message", "author", *narrating.FIELDS])
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
    row, version = _locked(case, lock_version)
    _editable(version)
    if source.case_id != row.id:
        raise Refused(_("This source belongs to another case."))
    chosen = {
        path: storage.value_from_data(source.values[path])
        for path in paths
        if path in source.values and path != NARRATIVE
    }
    if not chosen:
        raise Refused(_("Tick at least one value."))
    _store(version, chosen)
    version.author_id = actor.id
    narrating.follow(actor, row, version)
    version.save(update_fields=["message", "author", *narrating.FIELDS])
    kept = CaseSource.objects.select_for_update().get(id=source.id)
    kept.adopted_at, kept.adopted_version = time.now(), version.number
    kept.save(update_fields=["adopted_at", "adopted_version"])
    _touch(row)
    return row


def _copy(actor: Actor, case: Case, kind: str, information_on: date) -> CaseVersion:
    last = case.versions.get(number=case.current_version)
    return CaseVersion.objects.create(
        case=case,
        product_id=case.product_id,
        site_id=case.site_id,
        number=last.number + 1,
        kind=kind,
        message=last.message,
        narrative_zh=last.narrative_zh,
        narrative_en=last.narrative_en,
        narrative_generated=last.narrative_generated,
        narrative_basis=last.narrative_basis,
        information_on=information_on,
        author_id=actor.id,
        created_at=time.now(),
    )


@action("case.new_version", needs=Perm.CASE_WRITE)
def new_version(
    actor: Actor, case: Case, *, kind: str, information_on: date, lock_version: int
) -> Case:
    """Open a follow-up or amendment version on an exported one; C.1.5 takes the day it came."""
    row = Case.objects.select_for_update().get(id=case.id)
    if row.lock_version != lock_version:
        raise Conflict({"lock_version": (lock_version, row.lock_version)})
    current = row.versions.get(number=row.current_version)
    if current.locked_at is None:
        raise Refused(_("The current version is still open: edit it."))
    if kind not in (CaseVersion.Kind.FOLLOW_UP, CaseVersion.Kind.AMENDMENT):
        raise Refused({"kind": _("Choose follow-up or amendment.")})
    if information_on > time.today() or information_on < row.received_on:
        raise Refused({"information_on": _("Between the first receipt and today.")})
    version = _copy(actor, row, kind, information_on)
    changes: dict[str, Value | None] = {"C.1.5": information_on.strftime("%Y%m%d")}
    changes["C.1.11.1"] = "2" if kind == CaseVersion.Kind.AMENDMENT else None
    _store(version, changes)
    version.save(update_fields=["message"])
    _touch(row, current_version=version.number, stage=Case.Stage.ENTRY)
    return row


@action("case.nullify", needs=Perm.CASE_WRITE)
def nullify(actor: Actor, case: Case, *, reason: str, lock_version: int) -> Case:
    """Nullify a case that turned out not to be one; it keeps its number and its history."""
    row = Case.objects.select_for_update().get(id=case.id)
    if row.lock_version != lock_version:
        raise Conflict({"lock_version": (lock_version, row.lock_version)})
    if not reason.strip():
        raise Refused({"reason": _("Say why the case is nullified.")})
    if row.stage == Case.Stage.NULLIFIED:
        raise Refused(_("The case is nullified already."))
    version = _copy(actor, row, CaseVersion.Kind.NULLIFICATION, time.today())
    _store(version, {"C.1.11.1": "1", "C.1.11.2": reason.strip()[:2000]})
    version.save(update_fields=["message"])
    case_clocks.stop_all(actor, row, reason=reason.strip())
    row.refresh_from_db()
    _touch(row, current_version=version.number, stage=Case.Stage.NULLIFIED)
    return row
