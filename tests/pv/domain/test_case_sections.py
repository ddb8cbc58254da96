"""The form of a case reaches every element of every receiver and every group at any depth."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pv.domain.cases import editing, sections
from pv.domain.e2b.elements import ELEMENTS, GROUPS, Profile
from pv.domain.e2b.message import Node, Null

REPEATED = [code for code in GROUPS if code and code != "N.1"]
TYPED = [  # in one order for every worker: a set has none
    (p, e)
    for e in ELEMENTS.values()
    for p in Profile
    if p in e.profiles and not e.code.startswith("N.")
]


def first_of(group: str, index: int = 1) -> str:
    """The path of the index-th instance of a group in the first of each group around it."""
    element = next(code for code, e in ELEMENTS.items() if e.group == group)
    path = sections.place_of(Node(""), element)
    return f"{path[: path.rindex('[')]}[{index}]"


@pytest.mark.parametrize(("profile", "element"), TYPED, ids=lambda v: getattr(v, "code", v))
def test_every_element_of_every_receiver_can_be_typed_where_a_finding_leads(profile, element):
    path = sections.place_of(Node(""), element.code)
    section = sections.section_of(element.code)
    shown = sections.Shown(frozenset({profile}), opened=(path,))
    rows = [row for item in sections.instances(Node(""), section, shown) for row in item.rows]
    assert path in [row.path for row in rows]
    root = Node("")
    editing.put(root, path, "x")
    assert [where for where, *_rest in root.walk()] == [path]


@pytest.mark.parametrize("profile", Profile)
def test_with_every_element_a_page_shows_all_its_receiver_knows(profile):
    root, rows = Node(""), set()
    for group in REPEATED:
        if profile in GROUPS[group].profiles:
            editing.instance_at(root, first_of(group), create=True)
    for section in sections.SECTIONS:
        shown = sections.Shown(frozenset({profile}), everything=True)
        for item in sections.instances(root, section, shown):
            rows |= {row.element.code for row in item.rows}
    assert rows == {e.code for p, e in TYPED if p is profile}


@pytest.mark.parametrize("group", REPEATED)
def test_every_group_can_be_added_twice_and_removed(group):
    profiles = GROUPS[group].profiles
    shown = sections.Shown(frozenset(profiles))
    root = Node("")
    for index in (1, 2):
        offered = [n.path for n in sections.addable(root, sections.section_of(group), shown)]
        for item in sections.instances(root, sections.section_of(group), shown):
            offered += [n.path for n in item.more]
        if GROUPS[group].parent and index == 1:
            around = first_of(GROUPS[group].parent)
            editing.instance_at(root, around, create=True)
            for item in sections.instances(root, sections.section_of(group), shown):
                offered += [n.path for n in item.more]
        path = first_of(group, index)
        assert path in offered, "a button of the page leads there"
        opened = sections.Shown(frozenset(profiles), opened=(path,))
        items = sections.instances(root, sections.section_of(group), opened)
        fresh = next(item for item in items if item.path == path)
        assert fresh.rows
        assert not fresh.stored
        editing.put(root, fresh.rows[0].path, f"value {index}")
    assert editing.remove(root, first_of(group, 1)) >= 1
    left = editing.instance_at(root, first_of(group, 1))
    assert "value 2" in left.values.values()
    assert "value 1" not in [value for *_rest, value in root.walk()]


def test_a_new_drug_opens_with_substance_dose_indication_and_assessment():
    shown = sections.Shown(frozenset({Profile.NMPA}), opened=("G.k[1]",))
    paths = [item.path for item in sections.instances(Node(""), "product", shown)]
    inside = {
        "G.k[1]",
        "G.k[1].2.3.r[1]",
        "G.k[1].4.r[1]",
        "G.k[1].7.r[1]",
        "G.k[1].9.i[1]",
        "G.k[1].9.i[1].2.r[1]",
    }
    assert inside <= set(paths)


def test_a_drug_and_a_reaction_made_by_hand_can_be_tied_together():
    root = Node("")
    editing.put(root, "E.i[1].1.1a", "fever")
    editing.put(root, "G.k[1].1", "1")
    (reaction,) = sections.reactions(root)
    assert reaction.en == "1 fever"
    editing.put(root, "G.k[1].9.i[1].1", reaction.code)
    shown = sections.Shown(frozenset({Profile.ICH}))
    rows = {r.path: r for i in sections.instances(root, "product", shown) for r in i.rows}
    assert rows["G.k[1].9.i[1].1"].options == (reaction,)
    with pytest.raises(editing.PathError) as refused:
        editing.remove(root, "E.i[1]")
    assert refused.value.code is editing.PathProblem.REFERRED_TO
    editing.remove(root, "G.k[1].9.i[1]")
    editing.remove(root, "E.i[1]")
    assert not root.each("E.i")


@pytest.mark.parametrize(
    "path", ["", "G.k", "G.k[2]", "G.k[1].4.r[9]", "X[1]", "4.r[1]", "G.k[0]", "G.k[1].1"]
)
def test_what_is_no_instance_is_not_removed(path):
    root = Node("")
    editing.put(root, "G.k[1].1", "1")
    with pytest.raises(editing.PathError):
        editing.remove(root, path)
    assert editing.value_at(root, "G.k[1].1") == "1"


@given(st.lists(st.sampled_from(["F.r", "C.4.r", "D.7.1.r"]), max_size=12), st.data())
def test_removing_moves_the_following_up_and_touches_no_other(groups, data):
    root, values = Node(""), {}
    for number, group in enumerate(groups):
        index = len(root.each(group)) + 1
        element = next(code for code, e in ELEMENTS.items() if e.group == group)
        path = f"{group}[{index}]{element.removeprefix(group)}"
        editing.put(root, path, str(number))
        values.setdefault(group, []).append(str(number))
    for group, kept in values.items():
        gone = data.draw(st.integers(1, len(kept)))
        editing.remove(root, f"{group}[{gone}]")
        del kept[gone - 1]
    for group, kept in values.items():
        assert [next(iter(node.values.values())) for node in root.each(group)] == kept


@pytest.mark.parametrize("code", ["N.1.1", "N.2.r.3"])
def test_the_headers_have_no_field(code):
    assert sections.place_of(Node(""), code) == ""


@pytest.mark.parametrize("path", ["", "E.i", "E.i[1]", "NO.1", "E.i[1].NO", "G.k[1].9.i"])
def test_a_path_that_names_no_element_holds_nothing_and_can_hold_nothing(path):
    root = Node("")
    assert editing.value_at(root, path) is None
    with pytest.raises(editing.PathError):
        editing.put(root, path, "x")
    assert root.is_empty()


def test_a_value_taken_out_is_gone_with_its_own_unit():
    root = Node("")
    editing.put(root, "D.5", "1")
    root.qualifiers["D.5"] = "2.16.840"
    copy = editing.copied(root)
    assert editing.put(root, "D.5", None) == "1"
    assert (root.values, root.qualifiers) == ({}, {})
    assert copy.values == {"D.5": "1"}, "a copy is its own"


def test_a_form_shows_a_text_a_reason_or_a_document_as_what_it_is():
    root = Node("")
    editing.put(root, "D.5", "1")
    editing.put(root, "D.7.2", Null("UNK"))
    (item,) = [
        one
        for one in sections.instances(
            root, sections.section_of("D.5"), sections.Shown(frozenset(Profile))
        )
        if any(row.path == "D.5" for row in one.rows)
    ]
    rows = {row.path: row for row in item.rows}
    assert (rows["D.5"].text, rows["D.5"].null, rows["D.5"].attached) == ("1", "", False)
    assert (rows["D.7.2"].text, rows["D.7.2"].null) == ("", "UNK")
    assert rows["D.7.2"].long
    assert not rows["D.5"].long
    assert not rows["D.5"].document
    assert "UNK" in editing.nulls(root, "D.7.2")


def test_a_section_that_is_none_and_a_place_nobody_shows():
    with pytest.raises(KeyError):
        sections.instances(Node(""), "Z", sections.Shown(frozenset(Profile)))
    assert sections.place_of(Node(""), "Z.1") == ""
    assert sections.place_of(Node(""), "E.i.7", "E.i[1].7") == "E.i[1].7"
    assert sections.place_of(Node(""), "E.i.7", "E.i[9].7") == "E.i[1].7", "no such instance"
    shown = sections.Shown(frozenset(Profile), opened=("E.i[1].7", "E.i[9].7"))
    instances = sections.instances(Node(""), sections.section_of("E.i.7"), shown)
    paths = [row.path for one in instances for row in one.rows]
    assert "E.i[1].7" in paths
    assert not [path for path in paths if "[9]" in path]
