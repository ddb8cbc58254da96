"""The Chinese report form: every value of a case is printed, squares say what the case says."""

import pytest

from pv.domain.adverse_reaction_reports import report, ticks
from pv.domain.causality import Assessor
from pv.domain.cioms.display_values import WITHHELD
from pv.domain.e2b.message import MATRIX_REACTION, Message, Node
from tests.pv.domain.test_causality_opinions import RULES
from tests.pv.domain.test_cioms_form import SHEET, full_message


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_free_text_is_printed_or_named_as_withheld(language: str) -> None:
    message, tokens = full_message()
    printed = report(message, SHEET, language, RULES).text
    unprinted = {code for code, token in tokens.items() if token not in printed}
    assert unprinted == set(tokens) & WITHHELD
    assert SHEET.narrative in printed


def test_a_box_says_what_stands_in_it() -> None:
    root = Node("", values={"C.1.2": "20261130170107+0000"})
    root.add("C.2.r").values["C.2.r.3"] = "CN"
    drug = {"G.k.1": "1", "G.k.2.2": "阿基仑赛注射液", "G.k.CN.1": "阿基仑赛注射液"}
    root.add("G.k").values.update(drug)
    root.add("E.i").values["E.i.7"] = "1"
    form = report(Message(root), SHEET, "zh-hans", RULES)
    cells = {c.label: c.text for part in form.sections for row in part.rows for c in row}
    assert cells["报告日期"] == "2026-12-01", "the day here, not the one of Greenwich"
    assert cells["单位"] == "国家：中国", "a country is no organisation"
    assert (cells["商品名称"], cells["通用名称（含剂型）"]) == ("", "阿基仑赛注射液")
    assert "\n" not in cells["不良反应/事件的结果"], "ticked, and not said again"


def test_an_empty_case_ticks_nothing_of_what_it_does_not_say() -> None:
    form = report(Message(Node("")), SHEET, "zh-hans", RULES)
    assert form.text.count("☑") == 1, "a follow-up, which the register knows"
    assert "☑ 跟踪报告" in form.text


def case_of(drugs: int = 1, **values: str) -> Message:
    root = Node("")
    reaction = root.add("E.i", "r1")
    for number in range(drugs):
        drug = root.add("G.k", f"d{number}")
        drug.values["G.k.1"] = "1"
        drug.add("G.k.9.i").values[MATRIX_REACTION] = "r1"
    for name, value in values.items():
        code = name.replace("_", ".")
        node = reaction if code.startswith("E") else root
        if code.startswith("G.k.9"):
            node = root.each("G.k")[0].each("G.k.9.i")[0]
        elif code.startswith("G"):
            node = root.each("G.k")[0]
        node.values[code] = value
    return Message(root)


DENIED = {f"E_i_3_2{letter}": "false" for letter in "abcdef"}


@pytest.mark.parametrize(
    ("values", "classes"),
    [
        ({}, set()),
        (DENIED, {"ordinary"}),
        ({**DENIED, "E_i_3_2c": "true"}, {"serious"}),
        ({"E_i_3_2c": "false"}, set()),
        ({"G_k_9_i_CN_1": "1", **DENIED}, {"new", "ordinary"}),
        ({"G_k_9_i_CN_1": "0"}, set()),
    ],
)
def test_the_type_of_the_report(values: dict[str, str], classes: set[str]) -> None:
    assert ticks.classes(case_of(**values)) == classes
    assert ticks.classes(case_of(), serious=False) == {"ordinary"}
    assert ticks.classes(case_of(**DENIED), serious=True) == {"serious"}


@pytest.mark.parametrize(
    ("action", "outcome", "stopped"),
    [
        ("1", "1", {"yes"}),
        ("2", "3", {"no"}),
        ("1", "0", {"unclear"}),
        ("0", "1", {"unclear"}),
        ("4", "1", {"not_stopped"}),
        ("9", "1", set()),  # one infusion: there is nothing to stop
        ("1", "5", set()),
        ("", "1", set()),
    ],
)
def test_dechallenge(action: str, outcome: str, stopped: set[str]) -> None:
    assert ticks.stopped(case_of(G_k_8=action, E_i_7=outcome)) == stopped


def test_rechallenge_outcome_sender_and_source() -> None:
    for code, answer in (("1", "yes"), ("2", "no"), ("3", "unclear"), ("4", "not_again")):
        assert ticks.again(case_of(G_k_9_i_4=code)) == {answer}
    assert ticks.again(case_of()) == set()
    assert ticks.outcome(case_of(E_i_7="2").each("E.i")) == {"improved"}
    several = case_of(E_i_7="1")
    several.root.add("E.i", "r2").values["E.i.7"] = "3"
    assert ticks.outcome(several.each("E.i")) == set()
    several.root.add("E.i", "r3").values["E.i.7"] = "5"
    assert ticks.outcome(several.each("E.i")) == {"died"}
    for code, answer in (("1", {"physician"}), ("3", set()), ("5", {"other"}), ("", set())):
        reporter = Node("C.2.r", None, {"C.2.r.4": code} if code else {})
        assert ticks.profession(reporter) == answer
    assert ticks.unit(case_of(C_3_1="1")) == {"manufacturer"}
    assert ticks.unit(case_of(C_3_1="4")) == {"other"}
    assert ticks.source(case_of(C_1_CN_1="4")) == {"distributor"}
    assert ticks.source(case_of(C_1_3="2")) == {"study"}
    two = case_of(drugs=2, G_k_8="1", E_i_7="1")
    assert ticks.stopped(two) == set(), "one of the two drugs does not say"


def test_each_assessor_has_squares_of_his_own_and_no_square_when_grades_differ() -> None:
    message = case_of(drugs=2)
    first, second = (drug.each("G.k.9.i")[0] for drug in message.each("G.k"))

    def said(link: Node, who: str, grade: str) -> None:
        link.add("G.k.9.i.2.r").values.update(
            {
                "G.k.9.i.2.r.1": who,
                "G.k.9.i.2.r.2": "直报系统方法",
                "G.k.9.i.2.r.3": grade,
            }
        )

    said(first, "报告者", "很可能")
    said(first, "持有人", "可能")
    assert ticks.grades(RULES, message, Assessor.REPORTER) == {"PROBABLE"}
    assert ticks.grades(RULES, message, Assessor.HOLDER) == {"POSSIBLE"}
    assert "☑ 很可能" in report(message, SHEET, "zh-hans", RULES).text
    said(second, "报告者", "可能无关")
    text = report(message, SHEET, "zh-hans", RULES).text
    assert "☑ 很可能" not in text
    assert "很可能，可能无关" in text
    assert "☑ 可能\u3000" not in text
    assert text.count("☑ 可能  ") == 1, "the holder's"
