"""What a received report says of itself, read from the elements it brings and no others."""

import copy
from datetime import date

import pytest

from pv.domain import clocks
from pv.domain.cases import receptions
from pv.domain.e2b.message import Message, Node, Null, Unplaced
from pv.domain.e2b.versions import VersionKind


def report(*events: dict, **values: object) -> Message:
    """A message with its reactions; `C_1_1="x"` names an element."""
    root = Node("", None, {"C.1.1": "S-1", "C.1.8.1": "W-1", "C.1.3": "1"})
    root.values |= {code.replace("_", "."): value for code, value in values.items() if value}
    for number, event in enumerate(events):
        root.add("E.i", f"e{number}").values.update(event)
    return Message(root)


def with_group(message: Message, group: str, *rows: dict) -> Message:
    for row in rows:
        message.root.add(group).values.update(row)
    return message


def test_a_case_has_every_name_once_and_a_linked_report_is_another() -> None:
    message = with_group(
        report(C_1_1=" W-1 "), "C.1.9.1.r", {"C.1.9.1.r.2": "P-9"}, {"C.1.9.1.r.2": "  "}
    )
    with_group(message, "C.1.10.r", {"C.1.10.r": "MOTHER-1"}, {"C.1.10.r": Null("NI")})
    assert receptions.identifiers(message) == ("W-1", "P-9")
    assert receptions.linked(message) == ("MOTHER-1",)


def test_a_fingerprint_is_of_what_is_said() -> None:
    message = report({"E.i.7": "3"}, C_1_2="20260102", N_2_r_1="A")
    print_of = receptions.fingerprint(message.root)
    other = copy.deepcopy(message.root)
    other.values["N.2.r.1"] = "B"
    other.groups["E.i"][0].id = "another"
    assert receptions.fingerprint(other) == print_of
    other.values["C.1.2"] = "20260103"
    assert receptions.fingerprint(other) != print_of
    undated = receptions.fingerprint(other, dated=False)
    assert undated == receptions.fingerprint(message.root, dated=False)
    other.groups["E.i"][0].values["E.i.7"] = "5"
    assert receptions.fingerprint(other, dated=False) != undated


def test_a_fingerprint_ties_drugs_to_their_reaction_and_sees_units_and_leftovers() -> None:
    def tied(name: str, about: str, unit: str = "") -> Node:
        root = report({"E.i.7": "3"}, {"E.i.7": "3"}).root
        for node, id in zip(root.groups["E.i"], ("one", "two"), strict=True):
            node.id = f"{name}-{id}"
        drug = root.add("G.k", f"{name}-drug")
        drug.add("G.k.9.i").values["G.k.9.i.1"] = f"{name}-{about}"
        if unit:
            drug.qualifiers["G.k.4.r.1b"] = unit
        return root

    same = receptions.fingerprint(tied("a", "one"))
    assert receptions.fingerprint(tied("b", "one")) == same
    assert receptions.fingerprint(tied("a", "two")) != same
    assert receptions.fingerprint(tied("a", "one", "mg")) != same
    left = Unplaced("/a", "x")
    assert receptions.fingerprint(tied("a", "one"), [left]) != same


@pytest.mark.parametrize(
    ("before", "after", "kind", "older"),
    [
        ({"C_1_5": "20260101"}, {"C_1_5": "20260201", "D_5": "1"}, VersionKind.FOLLOW_UP, False),
        ({"C_1_5": "20260201"}, {"C_1_5": "20260101", "D_5": "1"}, VersionKind.AMENDMENT, True),
        (
            {"C_1_5": "20260101", "C_1_2": "20260105120000+0000"},
            {"C_1_5": "20260101", "C_1_2": "20260105120000+0800", "D_5": "1"},
            VersionKind.AMENDMENT,
            True,
        ),
        (
            {"C_1_5": "20260201", "C_1_2": "20260205"},
            {"C_1_5": "20260101", "C_1_2": "20260206", "C_1_11_1": "1"},
            VersionKind.NULLIFICATION,
            False,
        ),
        (
            {"C_1_5": "20260201", "C_1_2": "20260205"},
            {"C_1_5": "20260201", "C_1_2": "20260204", "C_1_11_1": "1"},
            VersionKind.NULLIFICATION,
            True,
        ),
    ],
)
def test_which_version_a_message_is_and_whether_it_is_older(before, after, kind, older) -> None:
    compared = receptions.compare(report(**before), report(**after))
    assert (compared.kind, compared.older) == (kind, older)


def test_the_first_message_of_a_case_is_never_older() -> None:
    assert receptions.compare(None, report()) == receptions.Comparison(
        VersionKind.INITIAL, older=False
    )


DENIED = {f"E.i.3.2{letter}": Null("NI") for letter in "abcdef"}


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([{"E.i.3.2c": "true"}, {}], True),
        ([DENIED, DENIED], False),
        ([DENIED, {}], None),
        ([], None),
    ],
)
def test_seriousness_is_denied_only_by_an_answer_to_each_criterion(events, expected) -> None:
    assert receptions.serious(report(*events)) is expected


def test_death_and_danger_to_life_are_known_denied_or_not_said() -> None:
    assert receptions.fatal(report({"E.i.3.2a": "true"})) is True
    assert receptions.fatal(report({"E.i.7": "5"})) is True
    assert receptions.fatal(report({"E.i.3.2a": Null("NI")})) is False
    assert receptions.fatal(report({})) is None
    assert receptions.life_threatening(report({"E.i.3.2b": "true"}, {})) is True
    assert receptions.life_threatening(report({"E.i.3.2b": Null("NI")}, {})) is None
    assert receptions.life_threatening(report()) is None


def test_the_country_is_that_of_the_reaction_then_of_the_primary_source() -> None:
    sources = ({"C.2.r.3": "de"}, {"C.2.r.3": "FR", "C.2.r.5": "1"})
    abroad = with_group(report({"E.i.9": "us"}, {"E.i.9": "CN"}), "C.2.r", *sources)
    assert receptions.country(abroad) == "US"
    assert receptions.country(abroad, domestic={"CN"}) == "CN"
    assert receptions.country(with_group(report({}), "C.2.r", *sources)) == "FR"
    assert receptions.country(with_group(report(), "C.2.r", sources[0])) == "DE"
    assert receptions.country(report({})) is None


@pytest.mark.parametrize(
    ("values", "groups", "setting", "source"),
    [
        ({"C_1_3": "1"}, (), clocks.Setting.POST_MARKET, clocks.ReportSource.SPONTANEOUS),
        ({"C_1_3": "2", "C_5_4": "1"}, (), clocks.Setting.TRIAL, None),
        (
            {"C_1_3": "2", "C_5_4": "2"},
            (),
            clocks.Setting.POST_MARKET,
            clocks.ReportSource.SOLICITED,
        ),
        ({"C_1_3": "2"}, (), clocks.Setting.POST_MARKET, clocks.ReportSource.SOLICITED),
        (
            {"C_1_3": "2", "C_5_4": "3"},
            (),
            clocks.Setting.POST_MARKET,
            clocks.ReportSource.STUDY,
        ),
        (
            {"C_1_3": "1", "C_3_1": "2"},
            (),
            clocks.Setting.POST_MARKET,
            clocks.ReportSource.AUTHORITY,
        ),
        ({"C_1_3": "1"}, ("C.4.r",), clocks.Setting.POST_MARKET, clocks.ReportSource.LITERATURE),
        ({"C_1_3": "3"}, (), clocks.Setting.POST_MARKET, None),
    ],
)
def test_where_a_report_comes_from(values, groups, setting, source) -> None:
    message = report(**values)
    for group in groups:
        message.root.add(group)
    assert (receptions.setting(message), receptions.source(message)) == (setting, source)


def test_the_four_elements_of_a_valid_report_are_those_it_brings() -> None:
    assert receptions.elements(report({})) == frozenset()
    message = report({"E.i.1.1a": "Fieber"}, D_5="1")
    with_group(message, "C.2.r", {"C.2.r.3": "CN"})
    assert receptions.elements(message) == {
        clocks.Element.PATIENT,
        clocks.Element.REPORTER,
        clocks.Element.REACTION,
    }
    with_group(message, "G.k", {"G.k.2.2": "cells"})
    assert receptions.elements(message) == frozenset(clocks.Element)


def test_the_facts_of_the_clocks_leave_open_what_is_not_said() -> None:
    message = report({"E.i.3.2a": "true", "E.i.9": "CN"})
    facts = receptions.facts(message, markets=frozenset({"CN"}), domestic={"CN"})
    assert (facts.serious, facts.fatal, facts.country) == (True, True, "CN")
    assert (facts.unexpected, facts.related, facts.life_threatening) == (None, None, None)


def test_days_and_titles() -> None:
    assert receptions.day("20260131120000+0800") == date(2026, 1, 31)
    assert [receptions.day(text) for text in (None, "", "202601", "20261301")] == [None] * 4
    assert receptions.title(report({}, {"E.i.1.2": "Fever"})) == "Fever"
    assert receptions.title(report({"E.i.1.1a": "发热" * 150})) == ("发热" * 150)[:200]
    assert receptions.title(report({})) == "W-1"
    assert receptions.title(Message(Node(""))) == ""
