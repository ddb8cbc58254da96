"""A signed or released version is unlocked with a reason, as long as nothing of it was sent."""

from django.utils.translation import gettext as _

from followup.core import clock as time
from followup.core import versions
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.limits import within
from followup.core.permissions import Perm
from followup.core.problems import Refused
from pv.actions.cases import default_seriousness, reviews
from pv.domain.cases.stages import CaseEvent, CaseStage
from pv.domain.e2b import storage
from pv.domain.e2b.sendings import OPEN
from pv.domain.e2b.submissions import Delivery
from pv.models import Case, CaseVersion, Transmission, VersionUnlock
from pv.models.states import CASE_STAGE
from pv.queries import case_links, version_unlocks


def _unlockable(case: Case, version: CaseVersion) -> None:
    if case.stage in (Case.Stage.CLOSED, Case.Stage.NULLIFIED):
        raise Refused(_("The case is closed. New information makes a new version."))
    files = version.submissions.all()
    gone = files.exclude(state=Delivery.GENERATED) | files.filter(ambiguous=True)
    if gone.exists():
        raise Refused(_("A file of this version was sent: open a new version instead."))
    queued = Transmission.objects.filter(submission__version=version, state__in=OPEN)
    if queued.exists():
        raise Refused(_("A file of this version waits to be sent: withdraw it first."))


@action("case.unlock", needs=Perm.CASE_WRITE)
def unlock(actor: Actor, case: Case, *, reason: str, lock_version: int) -> Case:
    """Unlock the current version: its signatures and unsent files hold no more, entry goes on.

    Refused without a reason, once a file was sent, and for whoever signed it where the reference
    data ask for another person. The case passes quality check and medical review again.
    """
    row = Case.objects.select_for_update().get(id=case.id)
    versions.must_be(row, lock_version, column="lock_version")
    version = row.versions.select_for_update().get(number=row.current_version)
    if not reason.strip():
        raise Refused({"reason": _("Say why the version is unlocked.")})
    _unlockable(row, version)
    if not version_unlocks.holds(actor, row, version):
        raise Refused(_("The current version is still open: edit it."))
    if any(one.row.signer_id == actor.id for one in version_unlocks.signed(actor, row)):
        raise Refused(_("You signed this version: another person unlocks it."))
    VersionUnlock.objects.create(
        version=version,
        product_id=row.product_id,
        site_id=row.site_id,
        reason=within(reason, 1000),
        unlocked_by_id=actor.id,
        unlocked_at=time.now(),
    )
    root = storage.from_data(version.message)
    linked = case_links.write_into(row, version, root)
    if default_seriousness.write_into(row, version.number, root) or linked:
        version.message = storage.to_data(root)
    version.locked_at = None
    version.save(update_fields=["locked_at", "message"])
    before = row.stage
    if CaseStage(before) is not CaseStage.ENTRY:
        CASE_STAGE.move(row, CaseEvent.SEND_BACK, CaseStage.ENTRY)
    row.lock_version += 1
    row.save(update_fields=["stage", "lock_version"])
    reviews.record(actor, row, before, reason)
    return row
