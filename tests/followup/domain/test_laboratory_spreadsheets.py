"""Files of laboratories: decoded without guessing; what a spreadsheet destroyed is refused."""

import io
import random
import zipfile
from datetime import date, datetime, time

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from followup.domain.laboratory import (
    Role,
    SheetProblem,
    heading_row,
    propose,
    read_range,
    read_rows,
    read_sheet,
)
from followup.domain.laboratory.spreadsheets import decode

HEAD = ["病案号", "采样时间", "检验项目", "结果", "单位", "参考范围", "提示"]
MARCH = datetime.fromisoformat("2026-03-05")  # what became of a range or value 3-5
COLUMNS = {role: place for place, role in enumerate(Role)}
GOOD = ["00123", "2026-11-05 08:30", "血红蛋白", "98", "g/L", "115-150", "↓"]


def csv(*rows: list[str], charset: str = "utf-8", mark: str = ",") -> bytes:
    return "\r\n".join(mark.join(row) for row in (HEAD, *rows)).encode(charset)


def xlsx(*rows: list, formats: dict[str, str] | None = None) -> bytes:
    book = openpyxl.Workbook()
    for row in (HEAD, *rows):
        book.active.append(row)
    for place, form in (formats or {}).items():
        book.active[place].number_format = form
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def problems(content: bytes) -> list[tuple[int, str, str]]:
    rows, faults = read_rows(read_sheet(content), COLUMNS)
    return [(f.number, f.heading, f.problem.value) for f in faults] or [
        (r.number, r.item, r.value) for r in rows
    ]


@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_every_charset_and_separator_gives_the_same_line(charset, mark) -> None:
    content = csv(GOOD[:2] + ["区億珺喆 10µg³"] + GOOD[3:], charset=charset, mark=mark)
    rows, faults = read_rows(read_sheet(content), COLUMNS)
    assert faults == []
    row = rows[0]
    assert (row.patient, row.item, row.value, row.flag) == ("00123", "区億珺喆 10µg³", "98", "↓")
    assert (row.on, row.at) == (date(2026, 11, 5), time(8, 30))


def test_gb18030_characters_whose_second_byte_is_a_separator_stay_whole() -> None:
    content = csv([*GOOD[:2], "億区", *GOOD[3:]], charset="gb18030", mark="|")
    assert b"|" in "億".encode("gb18030")
    assert read_sheet(content).rows[1][2].text == "億区"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", SheetProblem.EMPTY),
        (b"a,b", SheetProblem.EMPTY),
        (b"\xff\xff\xff,1\n2,3", SheetProblem.NOT_READABLE),
        (b"PK\x03\x04nonsense", SheetProblem.NOT_READABLE),
        (b"a\x00b,c\n1,2", SheetProblem.NOT_READABLE),
        (b"a,b\n" + b"1,2\n" * 20_001, SheetProblem.TOO_LARGE),
    ],
)
@pytest.mark.requirement("ASVS-5.2.2")
def test_a_file_that_is_none_is_refused(content, problem) -> None:
    with pytest.raises(ValueError, match=problem.value):
        read_sheet(content)


@given(st.binary(max_size=300))
def test_no_bytes_break_the_reading(content) -> None:
    try:
        sheet = read_sheet(content)
    except ValueError:
        return
    read_rows(sheet, COLUMNS)


def changed(place: int, value: object) -> list:
    return [*GOOD[:place], value, *GOOD[place + 1 :]]


@pytest.mark.parametrize(
    ("place", "value", "problem"),
    [
        (0, 310101198001011234, "number_rounded"),
        (0, 3.101011980010113e17, "number_rounded"),
        (0, "3.1E+17", "number_rounded"),
        (0, None, "no_patient"),
        (1, "2026-13-01", "no_day"),
        (1, "昨天", "no_day"),
        (1, 46331, "no_day"),
        (2, "", "no_item"),
        (3, MARCH, "value_turned_date"),
        (3, "=1+1", "formula"),
        (3, 98.1234567890123, "digits_invented"),
        (3, None, "no_value"),
        (5, MARCH, "range_turned_date"),
        (5, 46086, "range_turned_date"),
    ],
)
def test_what_a_spreadsheet_destroyed_is_refused_with_row_and_cell(place, value, problem) -> None:
    assert problems(xlsx(changed(place, value), GOOD))[0] == (2, HEAD[place], problem)


def test_a_good_row_beside_a_broken_one_is_read() -> None:
    rows, faults = read_rows(read_sheet(xlsx(changed(3, "=1"), GOOD)), COLUMNS)
    assert ([r.number for r in rows], [f.number for f in faults]) == ([3], [2])


@pytest.mark.parametrize("build", [csv, xlsx])
def test_a_row_has_the_number_the_spreadsheet_shows_after_an_empty_one(build) -> None:
    rows, _ = read_rows(read_sheet(build([], GOOD, [], GOOD)), COLUMNS)
    assert [r.number for r in rows] == [3, 5]


@pytest.mark.parametrize(
    ("value", "form", "written"),
    [
        (3.5, "0.00", "3.50"),
        (3.5, "General", "3.5"),
        (98, "General", "98"),
        (3.456, "0.0", "3.456"),
    ],
)
def test_a_number_is_written_as_the_sheet_shows_it_and_never_rounded(value, form, written) -> None:
    content = xlsx(changed(3, value), formats={"D2": form})
    assert problems(content) == [(2, "血红蛋白", written)]


def test_a_workbook_ends_at_its_last_column_and_a_wider_one_is_refused() -> None:
    assert read_sheet(xlsx(["1", ""])).headings == HEAD
    empty = [""] * len(HEAD)
    longer = read_sheet(xlsx([*empty, "", "note"]))
    assert longer.headings == [*HEAD, "", ""]
    assert longer.rows[1][-1].text == "note"
    assert len(read_sheet(xlsx(["1"] * 100)).rows[1]) == 100
    with pytest.raises(ValueError, match=SheetProblem.TOO_LARGE):
        read_sheet(xlsx(["1"] * 101))


def test_midnight_of_a_date_cell_is_no_time() -> None:
    rows, _faults = read_rows(
        read_sheet(xlsx(changed(1, datetime.fromisoformat("2026-11-05")))), COLUMNS
    )
    assert (rows[0].on, rows[0].at) == (date(2026, 11, 5), None)
    rows, _faults = read_rows(
        read_sheet(xlsx(changed(1, datetime.fromisoformat("2026-11-05T08:30")))), COLUMNS
    )
    assert rows[0].at == time(8, 30)


def test_columns_are_proposed_by_their_headings_each_once() -> None:
    assert propose(HEAD) == dict(list(COLUMNS.items())[: len(HEAD)])
    assert propose(["结果", "x", "住院号"]) == {Role.VALUE: 0, Role.PATIENT: 2}


def test_big_endian_text_full_width_commas_and_whole_days_are_read() -> None:
    assert decode(b"\xfe\xff" + "区,1".encode("utf-16-be")) == ("区,1", "utf-16")
    rows, faults = read_rows(read_sheet(csv(GOOD, mark="，")), COLUMNS)
    assert faults == []
    assert (rows[0].patient, rows[0].value) == ("00123", "98")
    rows, faults = read_rows(read_sheet(xlsx(changed(1, date(2026, 11, 5)))), COLUMNS)
    assert faults == []
    assert (rows[0].on, rows[0].at) == (date(2026, 11, 5), None)


def test_a_line_no_csv_can_hold_is_refused() -> None:
    long = "a" * 131_073  # one more than a field of Python's csv may have
    with pytest.raises(ValueError, match=SheetProblem.NOT_READABLE.value):
        read_sheet(csv([*GOOD[:2], long]))


def damaged(rng: random.Random, content: bytes) -> bytes:
    broken = bytearray(content)
    for _ in range(rng.randint(1, 12)):
        broken[rng.randrange(len(broken))] = rng.randrange(256)
    return bytes(broken[: rng.randint(1, len(broken))] if rng.random() < 0.3 else broken)


def repacked(rng: random.Random, content: bytes) -> bytes:
    """The workbook with one of its parts damaged inside: the archive itself stays whole."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as book, zipfile.ZipFile(out, "w") as made:
        names = book.namelist()
        chosen = rng.choice(names)
        for name in names:
            part = book.read(name)
            made.writestr(name, damaged(rng, part) if name == chosen else part)
    return out.getvalue()


def test_a_thousand_damaged_files_are_read_or_refused() -> None:
    rng, text, book = random.Random(11), csv(GOOD, GOOD), xlsx(GOOD, GOOD)
    refused: list[object] = []
    for place in range(1000):
        way = place % 5
        if way < 3:
            content = damaged(rng, text if way else csv(GOOD, charset="gb18030"))
        else:
            content = damaged(rng, book) if way == 3 else repacked(rng, book)
        try:
            read_rows(read_sheet(content), COLUMNS)
        except ValueError as error:
            refused.append(error.args[0])
    assert all(isinstance(problem, SheetProblem) for problem in refused)
    assert 100 < len(refused) < 950


def test_limits_in_two_columns_are_one_range_and_the_kind_of_specimen_is_kept() -> None:
    more = ["脑脊液", "3.50", "9.5"]
    heads = [*HEAD, "标本类型", "参考下限", "参考上限"]
    for row, expected in (
        ([*GOOD[:5], "", "", *more], "3.50-9.5"),
        ([*GOOD[:5], "1-2", "", *more], "1-2"),
        ([*GOOD[:5], "", "", "脑脊液", "-", "9.5"], "<=9.5"),
        ([*GOOD[:5], "", "", "脑脊液", "3.5", ""], ">=3.5"),
    ):
        sheet = read_sheet("\n".join(",".join(part) for part in (heads, row)).encode())
        assert propose(sheet.headings) == COLUMNS
        rows, faults = read_rows(sheet, COLUMNS)
        assert (faults, rows[0].range_text, rows[0].specimen_kind) == ([], expected, "脑脊液")
    rows, faults = read_rows(read_sheet(xlsx([*GOOD[:5], "", "", "", MARCH, 5])), COLUMNS)
    assert (rows, [f.problem for f in faults]) == ([], [SheetProblem.RANGE_TURNED_DATE])


def test_titles_over_the_headings_are_passed_over() -> None:
    titles = [["瑞金医院检验结果"], ["打印时间", "2026-11-05"]]
    assert heading_row([*titles, HEAD, GOOD]) == 2
    assert heading_row([HEAD, GOOD]) == heading_row([["甲", "乙"], ["1", "2"]]) == 0


def test_a_number_of_full_width_digits_is_the_same_number() -> None:
    rows, _faults = read_rows(read_sheet(csv(["００１２３", *GOOD[1:]])), COLUMNS)
    assert rows[0].patient == "00123"
    number, _faults = read_rows(read_sheet(xlsx([123, *GOOD[1:]])), COLUMNS)
    assert (number[0].patient, number[0].numeric, rows[0].numeric) == ("123", True, False)


def test_half_of_a_titre_is_no_limit() -> None:
    for text in ("<1:20", "1:80", "1-1:80", "≥1 : 20"):
        assert read_range(text).low is read_range(text).high is None
