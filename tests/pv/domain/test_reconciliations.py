"""Two lists compared: nothing lost, nothing invented, order and spelling of no matter."""

import io

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pv.domain.reconciliations import (
    FIELDS,
    DifferenceKind,
    NoIdentifier,
    compare,
    identifier,
    read_list,
    repeats,
)

NAMES = st.sampled_from([f"CN-HOLDER-{n}" for n in range(6)])
VALUES = st.fixed_dictionaries(
    {
        "serious": st.sampled_from(["yes", "no", ""]),
        "fatal": st.sampled_from(["yes", "no", ""]),
        "nullified": st.sampled_from(["yes", "no"]),
        "reports": st.integers(1, 3).map(str),
    }
)
LISTS = st.dictionaries(NAMES, VALUES)
COLUMNS = st.lists(st.sampled_from(FIELDS), unique=True)


@given(LISTS, LISTS, COLUMNS)
def test_every_case_of_either_list_agrees_or_is_named_once(ours, theirs, columns):
    found = {d.worldwide_id: d for d in compare(ours, theirs, columns)}
    assert len(found) == len(compare(ours, theirs, columns))
    for name in {*ours, *theirs}:
        same = name in ours and name in theirs
        same = same and all(ours[name][c] == theirs[name][c] for c in columns)
        assert (name in found) is not same
        if name in found:
            kind = found[name].kind
            assert (kind is DifferenceKind.MISSING_HERE) is (name not in ours)
            assert (kind is DifferenceKind.MISSING_THERE) is (name not in theirs)
            assert all(c in columns and a != b for c, a, b in found[name].fields)
    other_way = {d.worldwide_id for d in compare(theirs, ours, columns)}
    assert other_way == set(found)


@given(LISTS, st.randoms())
def test_a_list_written_in_any_order_reads_as_itself(cases, order):
    lines = [
        ",".join([f" {name.lower()} ", *(values[c] for c in FIELDS)])
        for name, values in cases.items()
    ]
    order.shuffle(lines)
    text = "\n".join(["worldwide_id,serious,fatal,nullified,reports", *lines, "x,,,yes,1"])
    read = read_list(text.encode())
    assert dict(read.cases) == {identifier(n): v for n, v in cases.items()} | {
        "X": {"serious": "", "fatal": "", "nullified": "yes", "reports": "1"}
    }
    assert read.faults == ()


def test_chinese_headings_and_faults_are_read_line_by_line():
    text = "全球唯一编号,严重,备注\nA-1,是,x\n,是,y\nA-2,也许,z\nA-3,,\n"
    read = read_list(text.encode("gb18030"))
    assert dict(read.cases) == {"A-1": {"serious": "yes"}, "A-3": {"serious": ""}}
    assert [(f.line, f.column, f.value) for f in read.faults] == [
        (3, "worldwide_id", ""),
        (4, "serious", "也许"),
    ]
    assert read.columns == ("serious",)


def test_a_workbook_is_read_and_a_list_without_identifiers_is_refused():
    book = openpyxl.Workbook()
    book.active.append(["worldwide_id", "reports"])
    book.active.append(["A-1", 2])
    file = io.BytesIO()
    book.save(file)
    assert dict(read_list(file.getvalue()).cases) == {"A-1": {"reports": "2"}}
    with pytest.raises(NoIdentifier):
        read_list(b"case,serious\n1,yes\n")
    with pytest.raises(ValueError, match="empty"):
        read_list(b"")


def test_headings_alone_are_a_month_without_cases():
    head = "worldwide_id,serious,fatal\n"
    found = read_list(head.encode())
    assert (dict(found.cases), found.faults, found.columns) == ({}, (), ("serious", "fatal"))
    book = openpyxl.Workbook()
    book.active.append(["worldwide_id", "serious"])
    out = io.BytesIO()
    book.save(out)
    assert dict(read_list(out.getvalue()).cases) == {}
    with pytest.raises(ValueError, match="empty"):
        read_list(b"")


@given(st.lists(st.tuples(NAMES, st.sampled_from(["yes", "no"])), min_size=1, max_size=12))
def test_a_case_on_several_lines_is_named_with_each_of_them(rows):
    text = "\n".join(["worldwide_id,serious", *(f"{name},{answer}" for name, answer in rows)])
    read = read_list(text.encode())
    places: dict[str, list[int]] = {}
    for number, (name, _answer) in enumerate(rows, 2):
        places.setdefault(name, []).append(number)
    several = {name: ", ".join(map(str, n)) for name, n in places.items() if len(n) > 1}
    assert {row.worldwide_id: row.fields[0][2] for row in repeats(read)} == several
    assert {name: values["serious"] for name, values in read.cases.items()} == dict(rows)
