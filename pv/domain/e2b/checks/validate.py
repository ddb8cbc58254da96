"""Check a batch or a message against the rules of one receiver.

The product's own machinery; each rule names its authority (domain 6).
"""

from collections import Counter
from collections.abc import Mapping
from datetime import date

from pv.domain.e2b.checks.dates import Latest
from pv.domain.e2b.checks.fda.gateway import route
from pv.domain.e2b.checks.findings import Collector, Finding, check_message, check_place
from pv.domain.e2b.checks.instances import GroupInstance, MessageFacts
from pv.domain.e2b.checks.plan import plan_for
from pv.domain.e2b.checks.profiles import Profile, Severity
from pv.domain.e2b.elements import ELEMENTS
from pv.domain.e2b.message import Batch, Message, Node, Value

_WRAPPER = "N.1"
_ORDER = {code: position for position, code in enumerate(ELEMENTS)}


def validate(
    subject: Batch | Message,
    profile: Profile | str,
    *,
    now: date,
    initial: bool | None = None,
) -> list[Finding]:
    """Every broken rule, errors first, then in message and element order; empty when none.

    ``now`` (a date or, better, an aware datetime) decides what lies in the future. ``initial``
    says that the receiver never saw this case; None when unknown, and then the few rules that
    depend on it are not applied. A message without its batch is checked without the wrapper's
    rules. A message addressed to FDA's premarket route meets the IND rules under ``fda`` too
    (`route`). Raises ValueError for an unknown profile.
    """
    receiver = route(subject, Profile(profile))
    latest = Latest.of(now)
    if isinstance(subject, Message):
        return _sorted(_message(subject, receiver, latest, initial, None, frozenset(), 1))
    found = _wrapper(subject, receiver, latest)
    seen = Counter(message.text("N.2.r.1") for message in subject.messages)
    repeated = frozenset(name for name, count in seen.items() if name is not None and count > 1)
    for number, message in enumerate(subject.messages, 1):
        found += _message(message, receiver, latest, initial, subject.values, repeated, number)
    return _sorted(found)


def _message(
    message: Message,
    profile: Profile,
    latest: Latest,
    initial: bool | None,
    batch: Mapping[str, Value] | None,
    repeated: frozenset[str],
    number: int,
) -> list[Finding]:
    facts = MessageFacts(message, batch, latest, initial, repeated)
    return check_message(facts, plan_for(profile), number)


def _wrapper(batch: Batch, profile: Profile, latest: Latest) -> list[Finding]:
    plan = plan_for(profile)
    collector = Collector(plan, 0)
    place = GroupInstance(Node(_WRAPPER, values=dict(batch.values)), None, 1)
    check_place(place, plan, latest, collector)
    return collector.found


def _sorted(found: list[Finding]) -> list[Finding]:
    """Stable: errors before warnings, then by message and by the order of the element table."""
    if len(found) < 2:
        return found
    last = len(_ORDER)
    return sorted(
        found,
        key=lambda f: (f.severity is not Severity.ERROR, f.message, _ORDER.get(f.element, last)),
    )
