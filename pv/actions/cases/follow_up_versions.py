"""New information on a released case: its next version, with what a source brought."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from followup.core.action import action
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.core.problems import Refused
from pv.actions.cases.editing import adopt
from pv.actions.cases.versions import new_version
from pv.models import Case, CaseSource, CaseVersion


@action("case.follow_up", needs=Perm.CASE_WRITE)
def follow_up(
    actor: Actor, case: Case, *, source: CaseSource, paths: Iterable[str], lock_version: int
) -> Case:
    """Open a follow-up version and take offered values of a source into it, both or neither.

    The new information came on the day the source was received: C.1.5 and the clock of the
    follow-up run from it (ICH E2B(R3) C.1.5).
    """
    if source.case_id != case.id:
        raise Refused(_("This source belongs to another case."))
    opened = new_version(
        actor,
        case,
        kind=CaseVersion.Kind.FOLLOW_UP,
        information_on=source.received_on,
        lock_version=lock_version,
    )
    return adopt(actor, opened, source=source, paths=paths, lock_version=opened.lock_version)
