"""Walks over the chain, and the record of what they found."""

from collections.abc import Mapping
from datetime import datetime

from followup.actions.identity import search_checks
from followup.core import clock
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.models import Verification
from followup.core.permissions import Perm
from followup.domain import seals as rules
from followup.queries import row_checks, seals
from followup.queries.seals import Walk


def verify(
    actor: Actor, *, anchors: Mapping[int, str], everything: bool = True, rows: bool = True
) -> Verification:
    """Walk the chain and compare it with the anchors; then every row with its last change.

    Search values of identities are in no trail: they are compared with the sealed identity.

    `everything=False` goes on from the last walk that found nothing wrong: the daily one. The walk
    holds a few thousand changes at a time, whatever the size of the trail.
    """
    started, after, chain = clock.now(), 0, rules.START
    last = None if everything else _last_sound()
    if last is not None:
        after, chain = last.last_seq, bytes.fromhex(last.chain)
    walk = seals.walk(after=after, chain=chain, anchors=anchors)
    if walk.finding is None and rows:
        walk.finding = row_checks.first_wrong() or search_checks.first_wrong()
    return _keep(actor, walk, started=started)


def _last_sound() -> Verification | None:
    return Verification.objects.filter(fault="").order_by("-last_seq").first()


@action("seal.verify", needs=Perm.SYSTEM)
def _keep(actor: Actor, walk: Walk, *, started: datetime) -> Verification:
    """Keep the result; it is sealed in its turn."""
    finding = walk.finding
    return Verification.objects.create(
        started_at=started,
        finished_at=clock.now(),
        first_seq=walk.after + 1,
        last_seq=walk.seq,
        chain=walk.chain.hex(),
        checked=walk.checked,
        fault=finding.fault if finding else "",
        fault_seq=finding.seq if finding else None,
        fault_row=finding.row[:200] if finding else "",
    )


def daily(actor: Actor, **_today: object) -> int:
    """What was sealed since the last walk, once a day; the whole is the operator's command."""
    heads = seals.known_heads(actor)
    return verify(actor, anchors=heads, everything=False, rows=False).checked
