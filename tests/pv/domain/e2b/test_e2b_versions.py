"""Differences between versions of a report, and what kind of version the later one is."""

import copy

from hypothesis import HealthCheck, given, settings

from pv.domain.e2b.elements import Profile
from pv.domain.e2b.message import Batch, Message, Node, Null
from pv.domain.e2b.versions import ValueChange, VersionKind, difference, kind, words
from tests.pv.domain.e2b.messages import batches

A, B = "aaaaaaaa-0000-0000-0000-000000000001", "bbbbbbbb-0000-0000-0000-000000000002"


def report() -> Message:
    root = Node("", None, {"C.1.5": "20260130", "C.1.1": "CN-1", "D.5": "1"})
    root.add("E.i", A).values["E.i.7"] = "3"
    root.add("E.i", B).values["E.i.7"] = "0"
    return Message(root)


def changed(**values: object) -> Message:
    message = copy.deepcopy(report())
    message.root.values |= {code.replace("_", "."): value for code, value in values.items()}
    return message


def test_a_message_does_not_differ_from_itself() -> None:
    assert difference(report(), report()) == []
    assert kind(report(), report()) is VersionKind.UNCHANGED


def test_reactions_are_compared_by_identity_not_place() -> None:
    later = copy.deepcopy(report())
    later.root.groups["E.i"].reverse()
    assert difference(report(), later) == []
    later.each("E.i")[0].values["E.i.7"] = "5"
    (found,) = difference(report(), later)
    assert (found.change, found.path, found.before, found.after) == (
        ValueChange.CHANGED,
        "E.i[1].7",
        "0",
        "5",
    )


def test_a_removed_reaction_is_told_by_its_old_place() -> None:
    later = copy.deepcopy(report())
    del later.root.groups["E.i"][0]
    (found,) = difference(report(), later)
    assert (found.change, found.path) == (ValueChange.REMOVED, "E.i[1].7")


def test_words_in_both_languages() -> None:
    (found,) = difference(report(), changed(D_5=Null("UNK")))
    assert words(found, "en") == "Sex (D.5) changed from 1 (Male) to nullFlavor UNK"
    assert words(found, "zh-hans") == "性别（D.5）由 1（男） 改为 nullFlavor UNK"


def test_kinds_of_version() -> None:
    assert kind(None, report()) is VersionKind.INITIAL
    assert kind(report(), changed(C_1_5="20260201", D_5="2")) is VersionKind.FOLLOW_UP
    assert kind(report(), changed(D_5="2")) is VersionKind.AMENDMENT
    assert kind(report(), changed(C_1_5="20260201", C_1_11_1="2")) is VersionKind.AMENDMENT
    assert kind(report(), changed(C_1_11_1="1")) is VersionKind.NULLIFICATION


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(batches(Profile.NMPA), batches(Profile.NMPA))
def test_difference_is_complete_and_mirrored(one: Batch, other: Batch) -> None:
    a, b = one.messages[0], other.messages[0]
    forth, back = difference(a, b), difference(b, a)
    assert (forth == []) == (a.root == b.root)
    assert sorted(d.element for d in forth) == sorted(d.element for d in back)
    assert difference(a, a) == []
