"""The company's comment on a case: what the holder says of it in every file (H.4)."""

from followup.core.action import action
from followup.core.actor import Actor
from followup.core.permissions import Perm
from pv.actions.cases import guards
from pv.domain.cases import editing
from pv.domain.e2b import storage
from pv.models import Case

COMMENT = "H.4"


@action("case.comment", needs=Perm.CASE_READ)
def comment(actor: Actor, case: Case, *, comment: str, lock_version: int) -> Case:
    """Keep the comment of the open version; an empty one is taken away.

    By the safety officer or the medical reviewer, who edits nothing else of a case. Conflict when
    the case was saved since `lock_version`; Refused once the version was exported or signed.
    """
    row, version = guards.assessable(actor, case, lock_version, "case.comment")
    root = storage.from_data(version.message)
    editing.put(root, COMMENT, comment.strip() or None)
    version.message = storage.to_data(root)
    version.save(update_fields=["message"])
    row.lock_version += 1
    row.save(update_fields=["lock_version"])
    return row
