"""The CIOMS I form: every value of a case is printed, ticks only for what the case says."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pv.domain.cioms import Answer, CiomsSheet, form
from pv.domain.cioms.display_values import WITHHELD, shown_date
from pv.domain.cioms.fitting import Space, fit
from pv.domain.e2b.elements import ELEMENTS, GROUPS, DataType
from pv.domain.e2b.message import Attachment, Message, Node, Null
from tests.examples import at_most

SHEET = CiomsSheet("C26-0041", 3, follow_up=True, narrative="叙述开始。结束。")


def full_message() -> tuple[Message, dict[str, str]]:
    """A message with one instance of every group and a marked text in every free-text element."""
    nodes, tokens = {"": Node("")}, {}
    for code, group in GROUPS.items():
        if code and code != "N.1":
            nodes[code] = nodes[group.parent or ""].add(code, f"id-{code}")
    for code, element in ELEMENTS.items():
        if element.group not in nodes or element.type is not DataType.TEXT or element.code_list:
            continue
        tokens[code] = f"⟦{code}⟧".replace("⟦", "值〔").replace("⟧", "〕")
        nodes[element.group].values[code] = tokens[code]
    return Message(nodes[""]), tokens


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_free_text_is_printed_or_named_as_withheld(language):
    message, tokens = full_message()
    assert len(tokens) > 120
    printed = form(message, SHEET, language).text
    unprinted = {code for code, token in tokens.items() if token not in printed}
    assert unprinted == set(tokens) & WITHHELD


def test_chinese_print_has_chinese_punctuation_and_english_its_own():
    message, _tokens = full_message()
    for drug in message.each("G.k"):
        drug.values.update({"G.k.2.2": "瑞基奥仑赛", "G.k.8": "9"})
    for reaction in message.each("E.i"):
        reaction.values.update({"E.i.3.2a": "true", "E.i.3.2b": "false", "E.i.7": "1"})
    chinese, english = (form(message, SHEET, tag).text for tag in ("zh-hans", "en"))
    assert "批号：值〔" in chinese
    assert "转归：" in chinese
    assert re.findall(r"[\u4e00-\u9fff〕] ?[:;,]|[:;,] ?[\u4e00-\u9fff]", chinese) == []
    assert "Batch: 值〔" in english
    assert re.findall(r"[：；，（）]", english.replace("叙述开始。结束。", "")) == []


def test_a_second_drug_and_reaction_are_printed_too():
    root = Node("")
    for number in range(12):
        root.add("E.i", f"r{number}").values["E.i.1.1a"] = f"反应{number}号"
        root.add("G.k", f"d{number}").values.update({"G.k.1": "1", "G.k.2.2": f"药品{number}号"})
    filled = form(Message(root), SHEET, "zh-hans")
    for number in range(12):
        assert f"反应{number}号" in filled.text
        assert f"药品{number}号" in filled.text
    assert {"14"} <= {part.number for part in filled.continuations}
    assert "药品11号" in next(p.text for p in filled.continuations if p.number == "14")


def test_a_long_narrative_continues_whole():
    text = "一二三四五六七八九十" * 1000 + "叙述的最后几个字。"
    root = Node("")
    root.add("E.i", "r").values["E.i.1.1a"] = "T细胞淋巴瘤"
    filled = form(Message(root), CiomsSheet("C1", 1, False, text, True), "zh-hans")
    box = filled.boxes["7+13"]
    assert box.continued
    assert "叙述的最后几个字。" not in box.shown
    (part,) = filled.continuations
    assert text in part.text
    assert "自动生成" in part.text


def test_the_narrative_of_the_message_is_printed_when_it_is_another_one():
    root = Node("", values={"H.1": "Another story"})
    assert "Another story" in form(Message(root), SHEET, "en").text
    assert "叙述开始。结束。" in form(Message(root), SHEET, "en").text


def test_squares_are_ticked_only_for_what_is_said():
    root = Node("", values={"C.1.3": "2"})
    reaction = root.add("E.i", "r")
    reaction.values.update({"E.i.3.2a": Null("NI"), "E.i.3.2c": "true", "E.i.3.2b": "false"})
    filled = form(Message(root), SHEET, "en")
    assert filled.ticks == {"hospitalised", "study", "follow_up"}
    assert (filled.abated, filled.reappeared) == (Answer.NOT_STATED, Answer.NOT_STATED)
    bare = form(Message(Node("")), CiomsSheet("C1", 1, False), "en")
    assert bare.ticks == {"initial"}


@pytest.mark.parametrize(
    ("action", "outcome", "again", "abated", "reappeared"),
    [
        ("9", "3", None, Answer.NA, Answer.NOT_STATED),
        ("1", "1", "4", Answer.YES, Answer.NA),
        ("1", "3", "1", Answer.NO, Answer.YES),
        ("2", "2", "2", Answer.YES, Answer.NO),
        ("1", "0", "3", Answer.NOT_STATED, Answer.NOT_STATED),
        ("0", "1", None, Answer.NOT_STATED, Answer.NOT_STATED),
        (None, "1", None, Answer.NOT_STATED, Answer.NOT_STATED),
    ],
)
def test_dechallenge_and_rechallenge(action, outcome, again, abated, reappeared):
    root = Node("")
    root.add("E.i", "r").values["E.i.7"] = outcome
    drug = root.add("G.k", "d")
    drug.values["G.k.1"] = "1"
    if action:
        drug.values["G.k.8"] = action
    if again:
        drug.add("G.k.9.i").values.update({"G.k.9.i.1": "r", "G.k.9.i.4": again})
    filled = form(Message(root), SHEET, "en")
    assert (filled.abated, filled.reappeared) == (abated, reappeared)


def test_names_of_reporters_are_withheld_and_said_to_be():
    root = Node("")
    root.add("C.2.r").values.update({"C.2.r.1.4": "李护士", "C.2.r.2.1": "第一医院"})
    filled = form(Message(root), SHEET, "zh-hans")
    assert "李护士" not in filled.text
    assert "第一医院" in filled.text
    assert any(line.startswith("C.2.r[1].1.4") and "不印出" in line for line in filled.rest)


def test_a_null_is_a_word_and_a_document_is_its_size():
    root = Node("", values={"D.1": Null("MSK")})
    root.add("C.4.r").values["C.4.r.2"] = Attachment("application/pdf", None, "QUJD")
    filled = form(Message(root), SHEET, "zh-hans")
    assert "隐去" in filled.boxes["1"].whole
    assert "QUJD" not in filled.text
    assert "application/pdf" in filled.text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("2026", "2026-??-??"),
        ("202611", "2026-11-??"),
        ("20261105", "2026-11-05"),
        ("20261105143000+0800", "2026-11-05 14:30 +08:00"),
        ("20261130170107+0000", "2026-12-01 01:01:07 +08:00"),
        ("20261105990000+0000", "20261105990000+0000"),
        ("202611051430+0000", "2026-11-05 22:30 +08:00"),
        ("20261105223000+0000", "2026-11-06 06:30 +08:00"),
        ("20261399", "20261399"),
        ("soon", "soon"),
    ],
)
def test_dates_keep_their_precision(text, shown):
    assert shown_date(text) == shown


@settings(max_examples=at_most(100), deadline=None)
@given(st.text(alphabet="汉a \n，", max_size=300), st.integers(1, 6), st.integers(12, 40))
def test_what_a_box_shows_is_a_beginning_and_never_too_long(text, lines, ems):
    box = fit("1", text, Space(lines, ems), "…more")
    if box.continued:
        assert text.startswith(box.shown.removesuffix("…more").rstrip())
    else:
        assert box.shown == text
    wide = sum(1.0 if c == "汉" or c == "，" else 0.62 for c in box.shown)
    assert wide <= lines * ems + 4
