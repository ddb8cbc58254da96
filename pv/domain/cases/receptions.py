"""What a received ICSR says of itself: which case it is of, how it stands to what is there.

The product's own reading of the elements it names (domain 6).
"""

import hashlib
import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from followup.domain.dates import PartialDate
from pv.domain import clocks
from pv.domain.cases import case_links
from pv.domain.cases.flags import CRITERIA, of_tree
from pv.domain.e2b import storage
from pv.domain.e2b.checks.dates import is_after, moment
from pv.domain.e2b.message import MATRIX_REACTION, Message, Node, Unplaced
from pv.domain.e2b.versions import VersionKind, kind

_TRANSPORT = ("N.2.r.1", "N.2.r.2", "N.2.r.3", "N.2.r.4")
_CREATED, _LATEST = "C.1.2", "C.1.5"
_REGULATOR, _SPONTANEOUS, _STUDY, _OTHER_STUDIES = "2", "1", "2", "3"


def identifiers(message: Message) -> tuple[str, ...]:
    """The names of the case in the message: worldwide, the sender's, those of earlier senders.

    A linked report (C.1.10.r) is another case that is to be read together with this one, a
    sibling or the mother, say (ICH IG); see `linked`.
    """
    found = [message.text("C.1.8.1"), message.text("C.1.1")]
    found += [node.text("C.1.9.1.r.2") for node in message.each("C.1.9.1.r")]
    return tuple(dict.fromkeys(name.strip() for name in found if name and name.strip()))


def linked(message: Message) -> tuple[str, ...]:
    """Reports this one is to be read together with (C.1.10.r)."""
    return case_links.numbers(message.root)


def fingerprint(root: Node, unplaced: Collection[Unplaced] = (), *, dated: bool = True) -> str:
    """SHA-256 of what a message says, whatever its envelope and however its parts are named.

    Routing (N.2.r) is left out, and without ``dated`` the day of creation (C.1.2) too. The ids of
    drugs and reactions only tie parts together, so they are numbered in order.
    """
    names: dict[str, str] = {}
    data = _plain(root, names)
    left_out = _TRANSPORT if dated else (*_TRANSPORT, _CREATED)
    for element in left_out:
        data.get("values", {}).pop(element, None)
    data["unplaced"] = sorted([item.path, item.value] for item in unplaced)
    text = json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _plain(node: Node, names: dict[str, str]) -> dict[str, Any]:
    data: dict[str, Any] = {"code": node.code}
    if node.id is not None:
        data["id"] = names.setdefault(node.id, str(len(names) + 1))
    values = {element: storage.value_to_data(value) for element, value in node.values.items()}
    reaction = values.get(MATRIX_REACTION)
    if isinstance(reaction, str):
        values[MATRIX_REACTION] = names.setdefault(reaction, str(len(names) + 1))
    if values:
        data["values"] = values
    if node.qualifiers:
        data["qualifiers"] = dict(node.qualifiers)
    if node.verbatims:  # words instead of a code, which E2B(R2) lets a sender write
        data["verbatims"] = dict(node.verbatims)
    groups = {g: [_plain(n, names) for n in many] for g, many in node.groups.items() if many}
    if groups:
        data["groups"] = groups
    return data


@dataclass(frozen=True, slots=True)
class Comparison:
    """How a received message stands to the version that is there: its kind, and if it is older."""

    kind: VersionKind
    older: bool


def compare(current: Message | None, received: Message) -> Comparison:
    """Follow-up, amendment, nullification or nothing new; older when its information is (C.1.5).

    Of two messages with the same C.1.5, and for a nullification, the day of creation decides.
    """
    found = kind(current, received)
    if current is None:
        return Comparison(found, older=False)
    before, after = current.text(_LATEST) or "", received.text(_LATEST) or ""
    created = _created_before(received, current)
    if found is VersionKind.NULLIFICATION:
        return Comparison(found, older=created)
    older = is_after(before, after) or (created and not is_after(after, before))
    return Comparison(found, older=older)


def _created_before(one: Message, other: Message) -> bool:
    """Whether the first was certainly created before the second; zones are reckoned with."""
    first, second = one.text(_CREATED) or "", other.text(_CREATED) or ""
    a, b = moment(first), moment(second)
    if a is None or b is None:
        return False
    instants = a.instant(), b.instant()
    if instants[0] is not None and instants[1] is not None:
        return instants[0] < instants[1]
    return is_after(second, first)


def serious(message: Message) -> bool | None:
    """True when a criterion is, False when each of each reaction is denied, None: not known."""
    events = message.each("E.i")
    if of_tree(message.root).serious:
        return True
    answered = all(event.get(code) is not None for event in events for code in CRITERIA)
    return False if events and answered else None


def fatal(message: Message) -> bool | None:
    """Whether a reaction led to death (stated, its outcome, or the patient's); None: not known."""
    return of_tree(message.root).fatal or _any(message, "E.i.3.2a")


def life_threatening(message: Message) -> bool | None:
    """Whether a reaction was life-threatening (E.i.3.2b); None: not known."""
    return _any(message, "E.i.3.2b")


def _any(message: Message, element: str) -> bool | None:
    events = message.each("E.i")
    if any(event.text(element) == "true" for event in events):
        return True
    return False if events and all(event.get(element) is not None for event in events) else None


def country(message: Message, domestic: Collection[str] = ()) -> str | None:
    """Where the reaction occurred (E.i.9), else where the primary source is (C.2.r.3).

    Of several countries a domestic one counts: its clocks are the shorter ones. None when neither
    is told.
    """
    found = [event.text("E.i.9") for event in message.each("E.i")]
    sources = message.each("C.2.r")
    primary = [one for one in sources if one.text("C.2.r.5") == "1"] or sources
    for names in (found, [one.text("C.2.r.3") for one in primary]):
        known = [name.upper() for name in names if name]
        if known:
            return next((name for name in known if name in domestic), known[0])
    return None


def setting(message: Message) -> clocks.Setting:
    """A clinical trial (C.1.3 is 2 and C.5.4 is 1), else the market."""
    trial = message.text("C.1.3") == _STUDY and message.text("C.5.4") == "1"
    return clocks.Setting.TRIAL if trial else clocks.Setting.POST_MARKET


def source(message: Message) -> clocks.ReportSource | None:
    """Where the report comes from; None in a trial and when the message does not say.

    Only what names itself another study (C.5.4) is one, where causality is assessed first; patient
    programmes and what does not say are solicited and reported whatever the causality.
    """
    if setting(message) is clocks.Setting.TRIAL:
        return None
    if message.text("C.1.3") == _STUDY:
        other = message.text("C.5.4") == _OTHER_STUDIES
        return clocks.ReportSource.STUDY if other else clocks.ReportSource.SOLICITED
    if message.text("C.3.1") == _REGULATOR:
        return clocks.ReportSource.AUTHORITY
    if message.each("C.4.r"):
        return clocks.ReportSource.LITERATURE
    return clocks.ReportSource.SPONTANEOUS if message.text("C.1.3") == _SPONTANEOUS else None


def elements(message: Message) -> frozenset[clocks.Element]:
    """Which of the four minimum elements of a valid report the message brings (GVP art. 46)."""
    patient = ("D.1", "D.2.1", "D.2.2a", "D.2.3", "D.5", "D.1.1.1", "D.1.1.2", "D.1.1.3", "D.1.1.4")
    found = {
        clocks.Element.PATIENT: any(message.text(code) for code in patient),
        clocks.Element.REPORTER: any(node.values for node in message.each("C.2.r")),
        clocks.Element.DRUG: any(node.text("G.k.2.2") for node in message.each("G.k")),
        clocks.Element.REACTION: any(
            node.text("E.i.2.1b") or node.text("E.i.1.1a") or node.text("E.i.1.2")
            for node in message.each("E.i")
        ),
    }
    return frozenset(element for element, given in found.items() if given)


def facts(
    message: Message, *, markets: frozenset[str], domestic: Collection[str] = ()
) -> clocks.CaseFacts:
    """What the reporting rules may ask, as far as the message says it."""
    return clocks.CaseFacts(
        markets=markets,
        reporter=clocks.Reporter.MAH,
        setting=setting(message),
        source=source(message),
        country=country(message, domestic),
        serious=serious(message),
        fatal=fatal(message),
        life_threatening=life_threatening(message),
        unexpected=None,
        related=None,
    )


def day(text: str | None) -> date | None:
    """The day of a moment of the message; None when it says none."""
    try:
        return PartialDate.from_e2b((text or "")[:8]).exact
    except ValueError:
        return None


def title(message: Message) -> str:
    """What the case is called in lists: the first reaction as reported, else its identifier."""
    for event in message.each("E.i"):
        text = event.text("E.i.1.2") or event.text("E.i.1.1a")
        if text:
            return text[:200]
    return next(iter(identifiers(message)), "")[:200]
