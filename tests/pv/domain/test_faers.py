"""Quarterly files: every line is counted once, what is mended is right, the rest is refused."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pv.domain.faers import Kind, Quarter, Reader, UnknownLayout, columns_of, deleted_cases, kind_of
from pv.domain.faers.lines import UNIT

REAC = ["primaryid", "caseid", "pt", "drug_rec_act"]
DRUG = ["primaryid", "caseid", "drug_seq", "role_cod", "drugname", "lot_num", "nda_num"]


def read(lines: bytes, columns: list[str], size: int = 10**6) -> tuple[list[list[str]], Reader]:
    reader = Reader(columns)
    blocks, rest = [], lines
    while rest:
        end = rest.find(b"\n", size) + 1 or len(rest)
        blocks.append(rest[:end])
        rest = rest[end:]
    made = b"".join(reader.rows(blocks))
    assert reader.counts.balanced
    rows = [line.split(UNIT) for line in made.splitlines()] if made else []
    assert len(rows) == reader.counts.rows
    return [[value.decode() for value in row] for row in rows], reader


WORD = st.text(st.sampled_from("abcdé'\"# 9"), min_size=1, max_size=8).map(str.strip)
ROW = st.tuples(
    st.integers(10**6, 10**8).map(str), st.integers(1, 10**6).map(str), WORD, st.just("")
).map(list)


@given(
    st.lists(ROW, max_size=8),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from(["", "$"]),
    st.sampled_from(["utf-8", "cp1252"]),
    st.integers(1, 60),
)
def test_files_of_every_habit_give_their_rows(
    rows: Any, end: str, close: str, coding: str, size: int
) -> None:
    text = "".join("$".join(row) + close + end for row in rows)
    found, reader = read(text.encode(coding), REAC, size)
    assert found == rows
    assert reader.counts.lines == len(rows)
    assert not reader.counts.refused


@pytest.mark.parametrize(
    ("line", "what", "rows"),
    [
        (b"1234567$11$a and\nb$\n", "joined", [["1234567", "11", "a and b", ""]]),
        (b"1234567$11$Pyre\x08xia$\n", "control", [["1234567", "11", "Pyrexia", ""]]),
        (b"1234567$11$Gu\xe9rin$\n", "encoding", [["1234567", "11", "Guérin", ""]]),
        (
            b"1234567$11$a$2345678$12$b$\n",
            "parted",
            [["1234567", "11", "a", ""], ["2345678", "12", "b", ""]],
        ),
        (b"1234567$11\n", "refused short", []),
        (b"1234567$11$a$b$c$d$e$f\n", "refused long", []),
        (b"\n", "refused blank", []),
    ],
)
def test_a_damaged_line_among_clean_ones(line: bytes, what: str, rows: Any) -> None:
    before, after = b"7654321$9$Nausea$\n", b"8654321$9$Rash$\n"
    found, reader = read(before + line + after, REAC)
    assert found == [["7654321", "9", "Nausea", ""], *rows, ["8654321", "9", "Rash", ""]]
    assert reader.counts.what == {what: 1}
    assert reader.notes[0].line == 3


def test_a_separator_inside_a_value_is_put_back_where_one_place_alone_fits() -> None:
    (row,), reader = read(b"1234567$11$1$PS$A$Bbbbbb$L7$N\n", [*DRUG[:5], "dechal", "rechal"])
    assert row == ["1234567", "11", "1", "PS", "A$Bbbbbb", "L7", "N"]
    assert reader.counts.what == {"separator": 1}
    found, reader = read(b"1234567$11$1$PS$A$B$L7$x\n", DRUG)  # the lot or the name: nobody knows
    assert (found, reader.counts.what) == ([], {"refused long": 1})


def test_the_columns_of_every_layout_have_the_names_of_today() -> None:
    old = columns_of(Kind.DEMO, b"ISR$CASE$I_F_COD$FOLL_SEQ$IMAGE$EVENT_DT$GNDR_COD$DEATH_DT$\r\n")
    assert old[:3] == ["primaryid", "caseid", "i_f_code"]
    assert "sex" in old
    assert columns_of(Kind.THER, b"ISR$DRUG_SEQ$START_DT")[1] == "dsg_drug_seq"
    assert columns_of(Kind.DRUG, b"primaryid$caseid$lot_nbr")[2] == "lot_num"
    assert columns_of(Kind.OUTC, b"primaryid$caseid$ outc_code")[2] == "outc_cod"
    with pytest.raises(UnknownLayout):
        columns_of(Kind.REAC, b"primaryid$caseid$surprise")
    assert kind_of("ascii/DEMO14Q3.txt") is Kind.DEMO
    assert kind_of("ASCII/demo12q4.TXT") is Kind.DEMO
    assert kind_of("DELETED/ADR19Q1DeletedCases.txt") is Kind.DELETED
    assert kind_of("ascii/README.pdf") is None
    assert Quarter.read("aers_ascii_2012q3.zip").legacy
    assert not Quarter.read("faers_ascii_2012Q4.zip").legacy
    assert list(deleted_cases(b"caseid\r\n00123\r\n456$\r\n\r\n")) == ["123", "456"]
