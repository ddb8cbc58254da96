"""Data locks: what is known now, under a name, for every report that will be made of it."""

import time

from django.utils.translation import gettext as _

from followup.actions import seal_anchors, seals
from followup.core import clock, extensions
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.limits import within
from followup.core.models import DataLock
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.queries import accounts
from followup.queries import seals as queries
from followup.queries.versions import code_version, reference_versions

LONGEST_NAME = 80
_PATIENCE, _PAUSE = 5, 0.1  # seconds for another sealer to end its portion


def make(actor: Actor, *, name: str, purpose: str = "") -> DataLock:
    """Seal what is committed, then keep the number under a name, and hand out the head.

    What a transaction still in flight writes comes after the lock. Refused names the field.
    """
    actor.require(Perm.REPORT_WRITE)
    limit = time.monotonic() + _PATIENCE
    while seals.extend(Actor.process("seal")).busy and time.monotonic() < limit:
        time.sleep(_PAUSE)
    seals.seal_all(Actor.process("seal"))
    row = _keep(actor, name=name, purpose=purpose)
    seal_anchors.queue(Actor.process("seal"), at_once=True)
    return row


def _dictionaries() -> list[str]:
    """The releases of dictionaries that the applications have loaded."""
    return [name for part in extensions.registered() for name in part.dictionaries()]


@action("lock.make", needs=Perm.REPORT_WRITE)
def _keep(actor: Actor, *, name: str, purpose: str) -> DataLock:
    """Keep the lock with the versions of the day."""
    name = name.strip()
    if not name:
        raise Refused({"name": _("Give the lock a name.")})
    if len(name) > LONGEST_NAME:
        raise Refused({"name": _("Give the lock a name of at most 80 characters.")})
    if DataLock.objects.filter(name=name).exists():
        raise Refused({"name": _("There is a lock of this name. Choose another name.")})
    head = queries.head()
    if not head.seq:
        raise Refused({"name": _("Nothing has been sealed yet, so there is nothing to lock.")})
    return DataLock.objects.create(
        name=name,
        purpose=within(purpose, 200, "purpose"),
        seq=head.seq,
        chain=head.chain,
        made_at=clock.now(),
        made_by=accounts.display_name(actor),
        versions={
            "reference": reference_versions(),
            # Without one, terms are codes with the reporter's words.
            "dictionary": ", ".join(_dictionaries()) or None,
            "code": code_version(),
        },
    )
