"""Groups of a case that a person takes away, and the receivers whose elements it shows."""

from collections.abc import Iterable, Mapping
from datetime import date

from django.utils.translation import gettext as _

from followup.core import clock as time
from followup.core import versions
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.core.problems import Refused
from pv.actions.cases import guards, information
from pv.actions.cases.editing import edit
from pv.domain.cases import editing as paths
from pv.domain.e2b import storage
from pv.domain.e2b.checks import Profile
from pv.domain.e2b.message import Value
from pv.models import Case

# The hospital's own event and product: what it reports later is offered at these places.
_OF_THE_HOSPITAL = frozenset({"E.i[1]", "G.k[1]"})


@action("case.remove_group", needs=Perm.CASE_WRITE)
def remove_group(
    actor: Actor,
    case: Case,
    *,
    path: str,
    lock_version: int,
    changes: Mapping[str, Value | None] | None = None,
    reason: str = "",
    learned_on: date | None = None,
) -> Case:
    """Take an instance of a group away from the current version; other changes are kept first.

    Refused for the event and the product the case was made of, and for a reaction to which an
    assessment of a drug refers. Conflict when the case was saved since `lock_version`.
    """
    row = edit(actor, case, changes=changes or {}, lock_version=lock_version, learned_on=learned_on)
    if row.origin == Case.Origin.HOSPITAL and path in _OF_THE_HOSPITAL:
        raise Refused(_("The hospital's own event and product cannot be removed from its case."))
    version = row.versions.select_for_update().get(number=row.current_version)
    guards.editable(actor, row, version)
    root = storage.from_data(version.message)
    try:
        paths.remove(root, path)
    except paths.PathError as error:
        if error.code is paths.PathProblem.REFERRED_TO:
            text = _("A drug's assessment refers to this reaction: remove the assessment first.")
            raise Refused(text) from error
        raise Refused(_("There is nothing to remove. Reload the page.")) from error
    version.message = storage.to_data(root)
    version.author_id = actor.id
    version.save(update_fields=["message", "author"])
    information.learned(row, version, time.today())
    information.settle(actor, row, reason=reason)
    row.lock_version += 1
    row.save(update_fields=["lock_version"])
    return row


@action("case.choose_receivers", needs=Perm.CASE_WRITE)
def choose_receivers(
    actor: Actor, case: Case, *, receivers: Iterable[str], lock_version: int
) -> Case:
    """Say to whom the case is to be reported: their elements are shown and their rules checked.

    Conflict when the case was saved since `lock_version`.
    """
    chosen = [profile.value for profile in Profile if profile.value in set(receivers)]
    if not chosen:
        raise Refused({"receivers": _("Choose at least one receiver.")})
    row = Case.objects.select_for_update().get(id=case.id)
    versions.must_be(row, lock_version, column="lock_version")
    row.receivers, row.lock_version = chosen, row.lock_version + 1
    row.save(update_fields=["receivers", "lock_version"])
    return row
