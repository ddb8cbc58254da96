"""Unlocked versions: who unlocked them and why, and which released files are void since."""

from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from followup.core import scope
from followup.core.actor import Actor
from followup.core.trail import signables
from followup.queries import signatures
from followup.queries.signatures import SignatureStanding
from pv.models import Case, CaseVersion, Submission, VersionUnlock
from pv.queries import rules


def void() -> Exists:
    """The condition of files whose version was unlocked after they were made."""
    later = VersionUnlock.objects.filter(
        version=OuterRef("version"), unlocked_at__gt=OuterRef("generated_at")
    )
    return Exists(later)


def valid_files(rows: QuerySet[Submission]) -> QuerySet[Submission]:
    """The files that may still be sent, or were."""
    return rows.exclude(void())


def is_void(row: Submission) -> bool:
    """Whether the version of a file was unlocked after it was made."""
    rows = VersionUnlock.objects.filter(version_id=row.version_id)
    return rows.filter(unlocked_at__gt=row.generated_at).exists()


def of_version(actor: Actor, version: CaseVersion) -> list[VersionUnlock]:
    """The unlockings of a version, the newest first."""
    rows = scope.visible(actor, VersionUnlock.objects.filter(version=version))
    return list(rows.select_related("unlocked_by").order_by("-unlocked_at", "-id"))


def signed(actor: Actor, case: Case) -> list[SignatureStanding]:
    """The signatures of the present content that lock it: of the review, of the release."""
    asked = rules.data("reviews")["unlocked_by_another"]
    given = signatures.of(actor, signables.of("case"), case)
    return [one for one in given if one.current and one.row.meaning in asked]


def holds(actor: Actor, case: Case, version: Any) -> bool:
    """Whether a version is locked: released, or signed where the case waits for its release."""
    if version.locked_at is not None:
        return True
    return case.stage == Case.Stage.SUBMISSION and bool(signed(actor, case))
