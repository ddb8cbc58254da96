"""The open cases of a product go to another release of the dictionary, and back."""

from django.utils.translation import gettext as _

from followup.core import clock
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.models import Product
from pv.actions.cases.editing import edit
from pv.domain.cases import editing as paths
from pv.domain.coding import version_path
from pv.domain.e2b import storage
from pv.domain.e2b.message import Node
from pv.models import Case, CaseVersion, VersionUpgrade, VersionUpgradeLine
from pv.queries import dictionaries, version_upgrades


@action("dictionary.upgrade", needs=Perm.CASE_WRITE)
def upgrade(actor: Actor, product: Product, *, before: str, after: str) -> VersionUpgrade:
    """Take every code over that the new release has; the others are listed, not touched.

    Refused for a version nobody loaded, and where no open case is coded in the earlier one.
    """
    actor.require(Perm.CASE_WRITE, product=product.id)
    loaded = dictionaries.versions()
    problems = {}
    if after not in loaded:
        problems["after"] = _("This version of MedDRA is not loaded.")
    if before == after:
        problems["after"] = _("Choose another version than the one before.")
    if problems:
        raise Refused(problems)
    planned = version_upgrades.plan(actor, product, before, after)
    if not planned:
        raise Refused({"before": _("No open case is coded in this version.")})
    row = VersionUpgrade.objects.create(
        product=product,
        version_before=before,
        version_after=after,
        made_by_id=actor.id,
        made_at=clock.now(),
    )
    by_case: dict[Case, list[version_upgrades.Planned]] = {}
    for one in planned:
        by_case.setdefault(one.case, []).append(one)
    for case, codes in by_case.items():
        changes = {version_path(one.path): after for one in codes if one.taken_over}
        if changes:
            reason = f"MedDRA {before} → {after}"
            edit(actor, case, changes=changes, lock_version=case.lock_version, reason=reason)
        VersionUpgradeLine.objects.bulk_create(
            VersionUpgradeLine(
                upgrade=row,
                case=case,
                product_id=case.product_id,
                site_id=case.site_id,
                case_version=case.current_version,
                path=one.path,
                code=one.code,
                outcome=one.outcome.value,
                taken_over=one.taken_over,
            )
            for one in codes
        )
    return row


@action("dictionary.undo_upgrade", needs=Perm.CASE_WRITE)
def undo(actor: Actor, upgrade: VersionUpgrade) -> int:
    """Give every code that nobody changed since its earlier version back; how many codes.

    A case that was exported, coded again or closed meanwhile stays as it is.
    """
    row = VersionUpgrade.objects.select_for_update().get(id=upgrade.id)
    if row.undone_at is not None:
        raise Refused(_("This was undone already."))
    lines = row.lines.filter(taken_over=True, undone=False).select_related("case")
    by_case: dict[Case, list[VersionUpgradeLine]] = {}
    for line in lines:
        by_case.setdefault(line.case, []).append(line)
    count = 0
    for case, several in by_case.items():
        version = CaseVersion.objects.get(case=case, number=case.current_version)
        if version.locked_at is not None or case.stage in version_upgrades.ENDED:
            continue
        root = storage.from_data(version.message)
        back = [line for line in several if _stands(root, line, row.version_after)]
        if not back or version.number != back[0].case_version:
            continue
        changes = {version_path(line.path): row.version_before for line in back}
        reason = f"MedDRA {row.version_after} → {row.version_before}"
        edit(actor, case, changes=changes, lock_version=case.lock_version, reason=reason)
        for line in back:
            line.undone = True
            line.save(update_fields=["undone"])
        count += len(back)
    row.undone_at, row.undone_by_id = clock.now(), actor.id
    row.save(update_fields=["undone_at", "undone_by"])
    return count


def _stands(root: Node, line: VersionUpgradeLine, version: str) -> bool:
    """Whether a place still holds the code and the version the move gave it."""
    code = paths.value_at(root, line.path)
    return code == str(line.code) and paths.value_at(root, version_path(line.path)) == version
