"""The two jobs of an erasure: the search before the decision, and the erasure after it.

Both go file by file and keep where they are, so that one that was killed goes on there. The
erasure searches again whatever came since the search, and everything where the identity changed.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, pgettext

from followup.actions import erasure_steps as steps
from followup.core import clock, jobs
from followup.core.action import part
from followup.core.actor import Actor
from followup.core.identifiers import uuid7
from followup.core.jobs import Progress, Result
from followup.core.models import Job
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.core.row_security import contexts
from followup.core.spreadsheets.workbooks import Book
from followup.core.stored_words import Words
from followup.domain.erasures import ErasureState
from followup.models import IdentityErasure
from followup.queries import erasure_files, erasure_handouts, seals
from followup.queries import erasure_searches as searches
from followup.queries import erasures as queries
from followup.queries.erasure_searches import Sought

SEARCH, ERASE = "identity-search", "identity-erasure"
KEPT_EVERY = 50  # files between two notes of how far a job has come
STEPS = 3  # beside the files: texts, files of jobs, drafts and the end


@part
def request_search(actor: Actor, row: IdentityErasure) -> Job:
    """Start a search for an erasure; the row is saved by the action around it."""
    words = gettext_noop("Search before the erasure of %(code)s")
    return _requested(actor, row, SEARCH, words)


@part
def request_erasure(actor: Actor, row: IdentityErasure) -> Job:
    """Start the erasure, or go on with it; the row is saved by the action around it."""
    return _requested(actor, row, ERASE, gettext_noop("Erasure of the identity of %(code)s"))


def _requested(actor: Actor, row: IdentityErasure, kind: str, words: str) -> Job:
    title = Words(words, {"code": row.study_code})
    parameters = {"erasure": str(row.id), "goes_on": str(row.job_id or "")}
    row.job = jobs.request(actor, kind, title=title, parameters=parameters)
    return row.job


def _begun(aim: Sought, **known: Any) -> dict[str, Any]:
    """The state of a search through files: who is sought, since when, and where it is."""
    fresh = {
        "versions": aim.versions,
        "mark": str(uuid7()),
        "began": clock.now().isoformat(),
        "since": "",
        "table": 0,
        "after": "",
        "passed": False,
        "searched": 0,
        "files": [],
        "unread": [],
    }
    return fresh | known


def _again(aim: Sought, state: Mapping[str, Any]) -> dict[str, Any]:
    """A search of what came since one for the same identities; of everything for others."""
    if state.get("versions") != aim.versions:
        return _begun(aim)
    same = {name: list(state[name]) for name in ("files", "unread")}
    since = erasure_files.earliest(UUID(state["mark"]))
    return _begun(aim, since=str(since), searched=state["searched"], **same)


def _pass(
    row: IdentityErasure,
    aim: Sought,
    state: dict[str, Any],
    progress: Progress,
    seen: set[UUID],
) -> None:
    """Search the files from where `state` is, and note in it what is found."""
    since = UUID(state["since"]) if state["since"] else None
    after = UUID(state["after"]) if state["after"] else None
    total = erasure_files.count(row.site_id) + STEPS
    found = erasure_files.files(
        row.site_id,
        aim.known,
        aim.people,
        table=state["table"],
        after=after,
        since=since,
        skip=seen,
    )
    for number, each in enumerate(found, 1):
        name = str(each.id)
        seen.add(each.id)
        state["table"], state["after"] = each.table, name
        state["searched"] += 1
        for kept, holds in (("files", each.found), ("unread", not each.read)):
            if holds and name not in state[kept]:
                state[kept].append(name)
        progress.report(state["searched"], max(total, state["searched"] + STEPS))
        if number % KEPT_EVERY == 0:
            progress.keep(state)
    state["passed"] = True
    progress.keep(state)


@jobs.handler(SEARCH, needs=Perm.PRIVACY_WRITE)
def search(actor: Actor, parameters: dict[str, Any], progress: Progress) -> Result:
    """Find what names the person and keep ids and counts with the erasure; nothing is changed."""
    row = queries.erasure(actor, parameters["erasure"])
    actor.require(Perm.PRIVACY_WRITE, site=row.site_id)
    if row.state != ErasureState.ASKED:
        raise Refused(Words(gettext_noop("The erasure was decided meanwhile.")))
    aim = searches.sought(row.patient_id)
    state = jobs.kept(progress.job_id, parameters["goes_on"])
    if state.get("versions") != aim.versions:
        state = _begun(aim)
    if not state["passed"]:
        _pass(row, aim, state, progress, set())
    found = _found(row, aim, state, progress)
    steps.note_search(actor, row, found=found)
    progress.keep({})
    end = state["searched"] + STEPS
    progress.report(end, end)
    return _sheet(progress, f"search-{row.study_code}.xlsx", found["counts"], found["files"])


def _found(
    row: IdentityErasure, aim: Sought, state: Mapping[str, Any], progress: Progress
) -> dict[str, Any]:
    """What is kept with the erasure: ids and counts, and the seal of the trail at this moment."""
    done = state["searched"]
    progress.report(done, done + STEPS)
    texts, kept = searches.texts(aim, row.site_id)
    progress.report(done + 1, done + STEPS)
    results = searches.results(row.site_id, aim)
    named = [job for job, names in results.items() if names]
    handed = erasure_handouts.of(row.site_id, named, since=aim.since)
    counted = {
        "files": len(state["files"]),
        "drafts": len(searches.drafts_of(aim)),
        "results": len(named),
        "texts": texts.count,
        "handed_out": len(handed),
    }
    with contexts.whole():
        seal = seals.head().text
    return {
        **{name: state[name] for name in ("versions", "mark", "began", "searched")},
        "seal": seal,
        "files": sorted(state["files"]),
        "unread": sorted(state["unread"]),
        "texts": texts.first,
        "texts_read": texts.read,
        "kept": kept,
        "copies": erasure_handouts.by_job(handed),
        "counts": searches.counts(aim) | counted,
    }


@jobs.handler(ERASE, needs=Perm.PRIVACY_REVIEW)
def erase(actor: Actor, parameters: dict[str, Any], progress: Progress) -> Result:
    """Erase what a second person decided on, file by file; done again it ends the same."""
    row = queries.erasure(actor, parameters["erasure"])
    actor.require(Perm.PRIVACY_REVIEW, site=row.site_id)
    if row.state not in (ErasureState.ERASING, ErasureState.DONE):
        raise Refused(Words(gettext_noop("Nobody decided on this erasure.")))
    state = jobs.kept(progress.job_id, parameters["goes_on"])
    seen: set[UUID] = set()
    while row.state != ErasureState.DONE:
        state = _turn(actor, row, state or row.found, progress, seen)
        row.refresh_from_db()
    progress.keep({})
    return _sheet(progress, f"erasure-{row.study_code}.xlsx", row.done, row.files)


def _turn(
    actor: Actor,
    row: IdentityErasure,
    before: Mapping[str, Any],
    progress: Progress,
    seen: set[UUID],
) -> dict[str, Any]:
    """Everything once: search, destroy, end; it did not end when more came meanwhile."""
    aim = searches.sought(row.patient_id)
    if before.get("passed") is False and before["versions"] == aim.versions:
        state = dict(before)
    else:
        state = _again(aim, before)
        if before.get("versions") != aim.versions:
            seen.clear()
    if not state["passed"]:
        _pass(row, aim, state, progress, seen)
    files = sorted({*state["files"], *map(str, erasure_files.with_lines(aim.people))})
    steps.list_files(actor, row, files=files)
    end = state["searched"] + len(files) + STEPS
    for number, file in enumerate(files):
        progress.report(state["searched"] + number, end)
        steps.erase_file(actor, row, file=file)
    progress.report(end - STEPS, end)
    texts, _kept = searches.texts(aim, row.site_id)
    results = searches.results(row.site_id, aim)
    named = [job for job, names in results.items() if names]
    steps.erase_results(actor, row, results=named, aim=aim)
    steps.finish(
        actor,
        row,
        versions=aim.versions,
        mark=UUID(state["mark"]),
        seen=seen,
        results=list(results),
        texts=texts.count,
    )
    return state


def counted(counts: Mapping[str, Any]) -> list[tuple[str, int]]:
    """The numbers of a search or of an erasure in words."""
    words = {
        "identities": _("Identities emptied (merged registrations included)"),
        "values": _("Encrypted values emptied"),
        "keys": _("Keys of people destroyed"),
        "images": _("Earlier values in the audit trail that become unreadable"),
        "files": _("Files of laboratories and cohorts whose content becomes unreadable"),
        "documents": _("Documents of the patient that become unreadable"),
        "drafts": _("Drafts deleted"),
        "results": _("Result files of jobs deleted"),
        "handed_out": _("Downloads before, out of our reach"),
    }
    return [(text, counts.get(name, 0)) for name, text in words.items()]


def _sheet(
    progress: Progress, name: str, counts: Mapping[str, Any], files: Sequence[str]
) -> Result:
    """The counts in words and the files by their numbers: nothing that names anybody."""
    path = progress.folder / "erasure.xlsx"
    numbers = {key: value for key, value in counts.items() if isinstance(value, int)}
    with Book(path, title=name, made_at=clock.now()) as book:
        rows = counted(counts)
        book.sheet(_("What the erasure does"), [_("What"), _("Number")], rows, widths=(70, 10))
        book.sheet(_("Files"), [pgettext("file", "Number")], ([file] for file in files))
    return Result(path, name, numbers)
