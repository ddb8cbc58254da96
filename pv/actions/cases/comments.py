"""The company's comment on a case: what the holder says of it in every file (H.4)."""

from django.utils.translation import gettext as _

from followup.core import versions
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.core.problems import Denied, Refused
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
    place = {"site": case.site_id, "product": case.product_id}
    if not any(actor.may(perm, **place) for perm in (Perm.CASE_WRITE, Perm.CASE_ASSESS)):
        raise Denied("case.comment")
    row = Case.objects.select_for_update().get(id=case.id)
    version = row.versions.select_for_update().get(number=row.current_version)
    versions.must_be(row, lock_version, column="lock_version")
    if row.stage in (Case.Stage.CLOSED, Case.Stage.NULLIFIED):
        raise Refused(_("This version was exported. Make a new version to change it."))
    guards.editable(actor, row, version)
    root = storage.from_data(version.message)
    editing.put(root, COMMENT, comment.strip() or None)
    version.message = storage.to_data(root)
    version.save(update_fields=["message"])
    row.lock_version += 1
    row.save(update_fields=["lock_version"])
    return row
