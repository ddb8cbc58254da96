"""The opinions of a message: whose they are, which one governs, how one is written."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pv.domain.cases.causality_opinions import (
    assessed_pairs,
    governing,
    in_language,
    opinions,
    related,
    shown,
    write,
)
from pv.domain.causality import (
    Assessor,
    Causality,
    Method,
    is_related,
    read_causality_rules,
    result_text,
)
from pv.domain.e2b.message import Node

PATH = Path(__file__).parents[3] / "pv" / "reference" / "causality.json"
RULES = read_causality_rules(json.loads(PATH.read_text(encoding="utf-8")))
SOURCE, METHOD, RESULT = (f"G.k.9.i.2.r.{n}" for n in (1, 2, 3))


def tree(*stated, kind="1"):
    """Two suspects and a concomitant beside two events; opinions on the first pair."""
    root = Node("")
    root.values["C.1.3"] = kind
    for name in ("r1", "r2"):
        root.add("E.i", name).values["E.i.1.1a"] = name
    for name, role in (("d1", "1"), ("d2", "3"), ("d3", "2")):
        root.add("G.k", name).values["G.k.1"] = role
    link = root.groups["G.k"][0].add("G.k.9.i")
    link.values["G.k.9.i.1"] = "r1"
    for texts in stated:
        node = link.add("G.k.9.i.2.r")
        pairs = zip((SOURCE, METHOD, RESULT), texts, strict=True)
        node.values |= {code: text for code, text in pairs if text}
    return root


def first(root):
    return assessed_pairs(root)[0]


def texts(root):
    return [one.texts for one in opinions(RULES, first(root).link)]


def test_every_suspect_stands_beside_every_event():
    pairs = assessed_pairs(tree())
    assert [(p.drug_number, p.reaction_number) for p in pairs] == [(1, 1), (1, 2), (2, 1), (2, 2)]
    assert [p.link is not None for p in pairs] == [True, False, False, False]


@pytest.mark.parametrize(
    ("source", "assessor"),
    [
        ("报告者", Assessor.REPORTER),
        ("Investigator", Assessor.REPORTER),
        ("MAH", Assessor.HOLDER),
        ("上市许可持有人", Assessor.HOLDER),
        ("Regulatory  Authority", Assessor.AUTHORITY),
        ("the neighbour", None),
    ],
)
def test_whose_opinion_it_is(source, assessor):
    (one,) = opinions(RULES, first(tree((source, "WHO-UMC", "Possible"))).link)
    assert (one.assessor, one.method, one.grade) == (
        assessor,
        Method.WHO_UMC,
        Causality.POSSIBLE,
    )


def test_a_category_of_naranjo_is_no_grade():
    root = tree(("持有人", "Naranjo 评分", "很可能"))
    assert governing(RULES, root, first(root).link).holder is None
    assert related(RULES, root) is None


def test_the_holder_alone_does_not_make_a_spontaneous_report_unrelated():
    lone = ("持有人", "WHO-UMC", "可能无关")
    assert related(RULES, tree(lone)) is True
    assert related(RULES, tree(lone, kind="2")) is False
    assert related(RULES, tree(("报告者", "", "可能无关"), lone)) is False
    assert related(RULES, tree(("someone", "", "可能"), lone)) is True


ASSESSMENTS = st.tuples(
    st.sampled_from(list(Assessor)),
    st.sampled_from([Method.CHINA, Method.WHO_UMC]),
    st.sampled_from([None, *Causality]),
)


@settings(max_examples=120, deadline=None, database=None)
@given(steps=st.lists(ASSESSMENTS, max_size=8), kind=st.sampled_from("12"))
def test_any_order_of_assessments_leaves_each_ones_last_word(steps, kind):
    root, last = tree(kind=kind), {}
    for assessor, method, grade in steps:
        text = result_text(RULES, method, grade, None, "zh") if grade else ""
        before = last.get((assessor, method), "")
        write(RULES, root, first(root), (assessor, method), before=before, after=text)
        last[assessor, method] = text
    stated = opinions(RULES, first(root).link)
    assert {((o.assessor, o.method), o.texts[2]) for o in stated} == {
        (by, text) for by, text in last.items() if text
    }
    assert len(stated) == len([text for text in last.values() if text])
    opinion = governing(RULES, root, first(root).link)
    grades = [one.grade for one in stated]
    if any(is_related(RULES, grade) for grade in grades):
        assert opinion.related is True
    of_reporter = [one.grade for one in stated if one.assessor is Assessor.REPORTER]
    if of_reporter and opinion.grade:
        strongest = max(RULES.strength[grade] for grade in of_reporter)
        assert RULES.strength[opinion.grade] >= strongest
    in_language(RULES, root, "en")
    assert [o.grade for o in opinions(RULES, first(root).link)] == grades


def test_what_another_holder_reported_is_kept_beside_ours():
    root = tree(("Company", "WHO-UMC", "Possible"), ("报告者", "直报系统方法", "可能"))
    by = (Assessor.HOLDER, Method.WHO_UMC)
    write(RULES, root, first(root), by, before="", after="可能无关")
    write(RULES, root, first(root), by, before="可能无关", after="很可能")
    write(RULES, root, first(root), (Assessor.REPORTER, Method.CHINA), before="", after="肯定")
    assert texts(root) == [
        ("Company", "WHO-UMC", "Possible"),
        ("报告者", "直报系统方法", "肯定"),
        ("持有人", "WHO-UMC", "很可能"),
    ]
    write(RULES, root, first(root), by, before="很可能", after="")
    assert len(texts(root)) == 2


def test_a_hand_that_edited_or_removed_ours_leaves_the_received_one_alone():
    received = ("Company", "WHO-UMC", "Possible")
    by = (Assessor.HOLDER, Method.WHO_UMC)
    edited = tree(received, ("持有人", "WHO-UMC", "肯定"))
    write(RULES, edited, first(edited), by, before="可能无关", after="很可能")
    assert texts(edited) == [received, ("持有人", "WHO-UMC", "很可能")]
    removed = tree(received)
    write(RULES, removed, first(removed), by, before="可能无关", after="")
    assert texts(removed) == [received]
    write(RULES, removed, first(removed), by, before="可能无关", after="很可能")
    assert texts(removed) == [received, ("持有人", "WHO-UMC", "很可能")]


def test_a_received_opinion_in_the_very_words_of_ours_is_not_the_one_replaced():
    alike = ("持有人", "WHO-UMC", "可能")
    root = tree((*alike[:2], "可能"), alike)
    by = (Assessor.HOLDER, Method.WHO_UMC)
    write(RULES, root, first(root), by, before="可能", after="可能无关")
    assert texts(root) == [alike, ("持有人", "WHO-UMC", "可能无关")]


def test_a_pair_without_a_place_gets_one():
    root = tree()
    pair = assessed_pairs(root)[3]
    write(RULES, root, pair, (Assessor.HOLDER, Method.CHINA), before="", after="可能")
    assert assessed_pairs(root)[3].link.values["G.k.9.i.1"] == "r2"


def test_words_of_ours_go_into_the_language_of_the_reader():
    root = tree(
        ("报告者", "直报系统方法", "可能"), ("持有人", "Naranjo 评分", "很可能（Naranjo 6 分）")
    )
    root.groups["G.k"][0].groups["G.k.9.i"][0].add("G.k.9.i.2.r").values[RESULT] = "说不清"
    told = [shown(RULES, one, "en") for one in opinions(RULES, first(root).link)]
    assert told == [
        ("Reporter", "China's six grades", "Possible"),
        ("Holder", "Naranjo scale", "Probable (Naranjo 6)"),
        ("", "", "说不清"),
    ]
    in_language(RULES, root, "en")
    assert texts(root)[1] == (
        "Marketing authorisation holder",
        "Naranjo",
        "Probable (Naranjo 6)",
    )
    in_language(RULES, root, "zh")
    assert texts(root)[1] == ("持有人", "Naranjo 评分", "很可能（Naranjo 6 分）")
