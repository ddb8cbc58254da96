"""SMQs, moves to another release and drug dictionaries, as rules without a database."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pv.domain.coding import (
    DrugProblem,
    TermFacts,
    UpgradeOutcome,
    read_drug_release,
    read_queries,
    upgrade_outcome,
)
from tests.pv import meddra_files, whodrug_files


def test_an_smq_gathers_the_terms_below_it_once_and_narrow_ones_are_marked() -> None:
    read = read_queries(meddra_files.release())
    assert [query.code for query in read.queries] == [20900001, 20900002]
    assert {(t.query, t.term, t.narrow) for t in read.terms} == {
        (20900001, 10900001, True),
        (20900001, 10900004, False),
        (20900002, 10900001, True),
    }
    assert read.faults == ()


def test_a_release_without_smqs_has_none_and_one_file_of_two_is_a_fault() -> None:
    files = meddra_files.release()
    assert read_queries({k: v for k, v in files.items() if not k.startswith("smq")}) is None
    del files["smq_content.asc"]
    assert [fault.file for fault in read_queries(files).faults] == ["smq_content.asc"]
    broken = meddra_files.release(smq_content_asc="x$y\r\n20900001$abc$4$2$A$0$A$1$1$\r\n")
    assert [fault.line for fault in read_queries(broken).faults] == [1, 2]


def test_a_ring_of_queries_ends() -> None:
    row = "{}${}$0$0$A$0$A$1$1$\r\n"
    ring = row.format(20900001, 20900002) + row.format(20900002, 20900001)
    assert read_queries(meddra_files.release(smq_content_asc=ring)).terms == ()


NEW = TermFacts("a", 1, current=True)


@pytest.mark.parametrize(
    ("old", "new", "outcome"),
    [
        (NEW, NEW, UpgradeOutcome.SAME),
        (TermFacts("a", 2, current=True), NEW, UpgradeOutcome.MOVED),
        (NEW, TermFacts("a", 2, current=False), UpgradeOutcome.NOT_CURRENT),
        (NEW, None, UpgradeOutcome.GONE),
        (None, NEW, UpgradeOutcome.SAME),
    ],
)
def test_what_becomes_of_a_code(old, new, outcome) -> None:
    assert upgrade_outcome(old, new) is outcome


def test_both_layouts_of_a_drug_dictionary_give_names_codes_and_groups() -> None:
    b3 = read_drug_release(whodrug_files.b3(), version="2026-09")
    assert (b3.form, b3.faults) == ("B3", ())
    first = b3.names[0]
    assert (first.code, first.name, first.country, first.atc) == (
        "90000101001",
        "Mossamab",
        "CHN",
        ("L01XL",),
    )
    assert [name.preferred for name in b3.names] == [True, False, True]
    assert b3.names[2].name == "铃花片"
    c3 = read_drug_release(whodrug_files.c3(), version="2026-09-01")
    assert (c3.form, c3.faults) == ("C3", ())
    first = c3.names[0]
    assert (first.identifier, first.atc, first.substances, first.generic) == (
        "7001",
        ("L01XL",),
        ("mossamab ultimate",),
        True,
    )


@pytest.mark.parametrize(
    ("files", "version", "problem"),
    [
        ({}, "2026-09", DrugProblem.FILE_MISSING),
        (whodrug_files.b3(dd_txt=" " + "9" * 40), "2026-09", DrugProblem.CODE),
        (whodrug_files.b3(dd_txt="90000101001" + " " * 90), "2026-09", DrugProblem.NAME),
        (whodrug_files.b3(dda_txt="900001010011263shifted"), "2026-09", DrugProblem.ATC),
        (whodrug_files.b3(), "autumn", DrugProblem.VERSION),
        ({**whodrug_files.b3(), "dd.txt": b"\xff\xfe"}, "2026-09", DrugProblem.NOT_READABLE),
    ],
)
def test_what_does_not_hold_together_is_refused(files, version, problem) -> None:
    assert problem in {fault.problem for fault in read_drug_release(files, version=version).faults}


@given(st.binary(max_size=300))
@example(b'"a"\rb\rc')
@example(b'a,b\rc,"d')
@example(b"a" * 200_000)
def test_no_bytes_break_the_reading(content) -> None:
    for name in ("dd.txt", "mp.csv"):
        read_drug_release({name: content}, version="2026-09")
    read_queries({"smq_list.asc": content, "smq_content.asc": content})
