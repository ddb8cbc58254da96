"""Differences between versions of a report, and what kind of version the later one is."""

import copy

import pytest
from hypothesis import HealthCheck, given, settings

from pv.domain.e2b import storage
from pv.domain.e2b.elements import Profile
from pv.domain.e2b.message import Attachment, Batch, Fragment, Kept, Message, Node, Null
from pv.domain.e2b.refusals import MessageRefused
from pv.domain.e2b.trail import place_name
from pv.domain.e2b.versions import ValueChange, VersionKind, difference, kind, said, words
from tests.examples import at_most
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


@settings(max_examples=at_most(25), deadline=None, suppress_health_check=list(HealthCheck))
@given(batches(Profile.NMPA), batches(Profile.NMPA))
def test_difference_is_complete_and_mirrored(one: Batch, other: Batch) -> None:
    a, b = one.messages[0], other.messages[0]
    forth, back = difference(a, b), difference(b, a)
    assert (forth == []) == (a.root == b.root)
    assert sorted(d.element for d in forth) == sorted(d.element for d in back)
    assert difference(a, a) == []


def test_a_value_is_said_with_its_words_or_as_what_it_is() -> None:
    assert said("D.5", None, "en") == "–"
    assert said("C.1.1", "CN-1", "en") == "CN-1"
    assert said("D.5", "2", "zh") == "2（女）"
    document = Attachment("application/pdf", None, "QUJD", "B64", None)
    assert said("C.1.6.1.r.2", document, "en") == "application/pdf (4)"


def test_words_beside_a_code_and_parts_without_a_place_are_differences() -> None:
    earlier, later = report(), report()
    earlier.root.verbatims["D.5"] = "man"
    later.root.verbatims["D.5"] = "male"
    kept, new = (Fragment(Kept.ATTRIBUTES, "x", xml) for xml in ("<a/>", "<b/>"))
    earlier.root.fragments[:] = [kept, kept]
    later.root.fragments[:] = [kept, new]
    found = [(one.change, one.before, one.after) for one in difference(earlier, later)]
    assert found == [
        (ValueChange.CHANGED, "man", "male"),
        (ValueChange.REMOVED, "<a/>", None),
        (ValueChange.ADDED, None, "<b/>"),
    ]


def test_an_empty_reaction_that_came_or_went_is_a_difference() -> None:
    later = copy.deepcopy(report())
    later.root.add("E.i", "cccccccc-0000-0000-0000-000000000003")
    (came,) = difference(report(), later)
    (went,) = difference(later, report())
    assert (came.change, came.path) == (ValueChange.ADDED, "E.i[3]")
    assert (went.change, went.path) == (ValueChange.REMOVED, "E.i[3]")


@pytest.mark.parametrize("data", [None, [], {"values": {}}, {"root": {"code": "", "values": 7}}])
def test_what_is_no_stored_message_is_refused(data) -> None:
    with pytest.raises(MessageRefused):
        storage.message_from_data(data)


def test_a_document_is_its_bytes_or_refused() -> None:
    assert Attachment("text/plain", None, "é", "TXT", None).decoded() == "é".encode()
    assert Attachment("x", None, "QU\nJD", "B64", None).decoded() == b"ABC"
    with pytest.raises(MessageRefused):
        Attachment("x", None, "Q", "B64", None).decoded()


@pytest.mark.parametrize(
    ("place", "ends"),
    [
        (".groups.E.i[2].values.E.i.7", "E.i.7 [2]"),
        (".values.D.2.1", "D.2.1"),
        (".groups.G.k[1].groups.G.k.4.r[3].values.G.k.4.r.4.flavor", "G.k.4.r.4 [1.3]"),
        (".unplaced", ""),
        (".values.Z.9", ""),
    ],
)
def test_a_place_in_a_stored_message_is_said_in_words(place, ends) -> None:
    english, chinese = place_name(place, "en"), place_name(place, "zh")
    assert english.endswith(ends)
    assert chinese.endswith(ends)
    assert bool(english) is bool(ends)
    assert english != chinese or not ends
