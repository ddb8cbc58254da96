"""Expectedness of a case: it follows from the labels, and a person may decide otherwise."""

from django.utils.translation import gettext as _

from followup.core import clock
from followup.core.action import action, part
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.core.problems import Refused
from pv.actions.cases import guards, information
from pv.domain.cases import editing
from pv.domain.cases.flags import UNEXPECTED
from pv.domain.cases.label_events import Pair
from pv.domain.e2b import storage
from pv.domain.labels import Expectedness
from pv.models import Case, CaseVersion, ExpectednessDecision
from pv.queries import expectedness, labels

_CLOCKS = Actor.process("expectedness")
ANSWERS = {True: "1", False: "0"}


@part
def follow(case: Case, version: CaseVersion) -> None:
    """Write what the labels give into an open version, where nobody decided otherwise.

    An answer that a person or a partner wrote stays; so does one that a person decided.
    """
    if case.product is None:
        return
    texts = labels.texts_of(case.product.id)
    if not texts:
        return
    root = storage.from_data(version.message)
    known = {expectedness.WRITTEN: expectedness.bases()[expectedness.WRITTEN]}
    decided, changed = expectedness.latest(case), False
    for pair, answers in expectedness.derive(case.product, root, case.received_on, texts, known):
        answer = answers[expectedness.WRITTEN]
        before = decided.get((pair.key, expectedness.WRITTEN))
        if not _free(pair, before):
            continue
        if before is None and answer.unexpected is None:
            continue
        if before is not None and before.unexpected is answer.unexpected:
            continue
        if answer.unexpected is None:
            pair.link.values.pop(UNEXPECTED, None)
        else:
            pair.link.values[UNEXPECTED] = ANSWERS[answer.unexpected]
        _record(case, version, pair, expectedness.WRITTEN, answer, answer.unexpected)
        changed = True
    if changed:
        version.message = storage.to_data(root)


def _free(pair: Pair, before: ExpectednessDecision | None) -> bool:
    """Whether the answer is still the labels' own."""
    stands = pair.link.values.get(UNEXPECTED)
    if before is None:
        return stands is None
    own = ANSWERS[before.unexpected] if before.unexpected is not None else None
    return before.decided_by_id is None and stands == own


@part
def _record(
    case: Case,
    version: CaseVersion,
    pair: Pair,
    receiver: str,
    derived: Expectedness,
    unexpected: bool | None,
    *,
    actor: Actor | None = None,
    reason: str = "",
) -> ExpectednessDecision:
    return ExpectednessDecision.objects.create(
        case=case,
        product_id=case.product_id,
        site_id=case.site_id,
        case_version=version.number,
        pair=pair.key,
        receiver=receiver,
        derived=derived.unexpected,
        unexpected=unexpected,
        labels=expectedness.stored(derived.answers),
        reason=reason,
        decided_by_id=actor.id if actor else None,
        decided_at=clock.now(),
    )


@action("expectedness.decide", needs=Perm.CASE_READ)
def decide(
    actor: Actor,
    case: Case,
    *,
    pair: str,
    receiver: str,
    unexpected: bool | None,
    reason: str,
    lock_version: int,
) -> ExpectednessDecision:
    """Decide for a receiver otherwise than the labels, or take the labels' answer again (None).

    By the safety officer or the medical reviewer. Conflict when the case was saved since
    `lock_version`; Refused once the version was exported.
    """
    row, version = guards.assessable(actor, case, lock_version, "expectedness.decide")
    if not reason.strip():
        raise Refused({"reason": _("Give the reason.")})
    found = [
        line
        for line in expectedness.lines(actor, row, version)
        if line.pair.key == pair and line.receiver == receiver
    ]
    if not found:
        raise Refused(_("There is no such pair of product and event."))
    line = found[0]
    answer = line.derived.unexpected if unexpected is None else unexpected
    if receiver == expectedness.WRITTEN:
        _write(version, line.pair.path, answer)
    made = _record(
        row, version, line.pair, receiver, line.derived, answer, actor=actor, reason=reason
    )
    # Clocks follow from the answer, whoever gave it: a reviewer has no right to edit a case.
    row.lock_version += 1
    information.settle(_CLOCKS, row, reason=reason)
    return made


@part
def _write(version: CaseVersion, path: str, answer: bool | None) -> None:
    """Put the answer where the message has its element."""
    root = storage.from_data(version.message)
    editing.put(root, f"{path}.CN.1", None if answer is None else ANSWERS[answer])
    version.message = storage.to_data(root)
    version.save(update_fields=["message"])
