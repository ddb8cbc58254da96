"""The writes of the two jobs of an erasure, each small and the same when it is done again.

A job may be killed between any two of them: what one has written is found by the next attempt.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_noop

from followup.actions import data_keys, erasure_lists
from followup.actions.identity.removal import take_away
from followup.core import clock, jobs
from followup.core.action import action, part
from followup.core.actor import Actor
from followup.core.models import Draft
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.core.security import access
from followup.core.stored_words import Words
from followup.domain.erasures import ErasureEvent, ErasureState
from followup.models import Identity, IdentityErasure
from followup.models.erasure_states import ERASURE
from followup.queries import erasure_files, erasure_handouts, erasure_searches, registrations
from followup.queries.erasure_searches import Sought

FEW = 20  # files that are searched while nothing arrives


def _locked(erasure: IdentityErasure) -> IdentityErasure:
    return IdentityErasure.objects.select_for_update(of=("self",)).get(id=erasure.id)


@action("identity.note_erasure_search", needs=Perm.PRIVACY_WRITE)
def note_search(
    actor: Actor, erasure: IdentityErasure, *, found: Mapping[str, Any]
) -> IdentityErasure:
    """Keep what a search found; Refused once the erasure is decided."""
    row = _locked(erasure)
    if row.state != ErasureState.ASKED:
        raise Refused(Words(gettext_noop("The erasure was decided meanwhile.")))
    row.found = dict(found)
    row.searched_at = datetime.fromisoformat(found["began"])
    row.save()
    return row


@action("identity.list_erased_files", needs=Perm.PRIVACY_REVIEW)
def list_files(actor: Actor, erasure: IdentityErasure, *, files: Collection[str]) -> None:
    """Say which files go before the first goes: a key that is destroyed tells nothing."""
    row = _locked(erasure)
    ERASURE.require(row, ErasureEvent.FINISH)
    _listed(row, files)


@part
def _listed(row: IdentityErasure, files: Collection[str]) -> None:
    together = sorted({*row.files, *files})
    if together != row.files:
        row.files = together
        row.save()


@action("identity.erase_file", needs=Perm.PRIVACY_REVIEW)
def erase_file(actor: Actor, erasure: IdentityErasure, *, file: str) -> int:
    """Destroy the key of one listed file; 0 where an earlier attempt did."""
    row = _locked(erasure)
    ERASURE.require(row, ErasureEvent.FINISH)
    if file not in row.files:
        raise Refused(Words(gettext_noop("This file is not listed for the erasure.")))
    return data_keys.destroy([UUID(file)])


@action("identity.erase_result_files", needs=Perm.PRIVACY_REVIEW)
def erase_results(
    actor: Actor, erasure: IdentityErasure, *, results: Collection[UUID], aim: Sought
) -> None:
    """Remove files of jobs that name the person, and note who downloaded one."""
    row = _locked(erasure)
    ERASURE.require(row, ErasureEvent.FINISH)
    before = dict(row.done)
    _results(row, results, aim)
    if row.done != before:
        row.save()


@part
def _results(row: IdentityErasure, results: Collection[UUID], aim: Sought) -> None:
    """Counted once: a file that an earlier attempt removed is here no longer."""
    copies = row.done.get("copies", {})
    handed = erasure_handouts.of(row.site_id, results, since=aim.since)
    fresh = [each for each in handed if str(each.job) not in copies]
    row.done = row.done | {
        "copies": copies | erasure_handouts.by_job(fresh),
        "handed_out": row.done.get("handed_out", 0) + len(fresh),
        "results": row.done.get("results", 0) + jobs.drop_files(results),
    }


@action("identity.finish_erasure", needs=Perm.PRIVACY_REVIEW)
def finish(
    actor: Actor,
    erasure: IdentityErasure,
    *,
    versions: Mapping[str, int],
    mark: UUID,
    seen: Collection[UUID],
    results: Collection[UUID],
    texts: int,
) -> bool:
    """Empty the identity and destroy its keys; False while there is something left to search.

    `seen` are the files that were searched for the identities of these `versions` since `mark`,
    and `results` the files of jobs. No file arrives at the hospital meanwhile.
    """
    row = _locked(erasure)
    if row.state == ErasureState.DONE:
        return True
    ERASURE.require(row, ErasureEvent.FINISH)
    data_keys.hold_arrivals(row.site_id)
    people = registrations.merged_into(row.patient_id)
    identities = Identity.objects.select_for_update(of=("self",)).filter(patient_id__in=people)
    list(identities.order_by("patient_id"))
    aim = erasure_searches.sought(row.patient_id)
    since = erasure_files.earliest(mark)
    left = erasure_files.files(row.site_id, aim.known, aim.people, since=since, skip=seen)
    late = [next(left, None) for _number in range(FEW + 1)]
    if aim.versions != versions or late[-1] is not None:
        return False
    files = {*row.files, *map(str, erasure_files.with_lines(people))}
    files |= {*(str(each.id) for each in late if each is not None and each.found)}
    jobs.stop_running(row.site_id, jobs.naming_kinds())
    named = erasure_searches.results(row.site_id, aim, skip=results)
    _results(row, [job for job, names in named.items() if names], aim)
    _emptied(actor, row, aim, sorted(files), texts)
    transaction.on_commit(erasure_lists.write)
    return True


@part
def _emptied(
    actor: Actor, row: IdentityErasure, aim: Sought, files: Sequence[str], texts: int
) -> None:
    """The last step: after it nobody can be searched for any more."""
    typed = erasure_searches.drafts_of(aim)
    counted = {"files": len(files), "drafts": len(typed), "texts": texts}
    row.done = row.done | erasure_searches.counts(aim) | counted
    row.people, row.files = [str(key) for key in aim.people], list(files)
    row.erased_on = clock.today()
    take_away(aim.people, [UUID(file) for file in files], on=row.erased_on)
    Draft.objects.filter(id__in=typed).delete()
    access.record(actor, "identity.erase", row.patient_id, reason=row.reason, site=row.site_id)
    ERASURE.move(row, ErasureEvent.FINISH)
    row.save()
