"""A dictionary release is read whole or not at all; a term is found from the start of any word."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pv.domain.coding import (
    ReleaseProblem,
    folded_term,
    initials_of,
    lexemes,
    read_release,
    tsquery,
    version_key,
)
from tests.pv import meddra_files


def faults(files, **named):
    return [(f.file, f.line, f.problem.value) for f in read_release(files, **named).faults]


def test_a_release_says_its_version_language_terms_and_places() -> None:
    read = read_release(meddra_files.release("98.1", "zh"))
    assert (read.version, read.language, read.faults) == ("98.1", "zh", ())
    assert len(read.terms) == 4
    assert [t.code for t in read.terms if not t.current] == [10900002]
    assert {p.soc_name for p in read.placements if p.primary} == {"Garden disorders"}


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"llt_asc": "1090$x$10900001$$$$$$$Y$$\n"}, ("llt.asc", 1, "code")),
        ({"llt_asc": "10900001$x$10900001$Y$\n"}, ("llt.asc", 1, "fields")),
        ({"llt_asc": "10900001$$10900001$$$$$$$Y$$\n"}, ("llt.asc", 1, "name")),
        ({"llt_asc": "10900001$x$10999999$$$$$$$Y$$\n"}, ("llt.asc", 1, "no_pt")),
        ({"llt_asc": "10900001$x$10900001$$$$$$$y$$\n"}, ("llt.asc", 1, "flag")),
        ({"mdhier_asc": ""}, ("mdhier.asc", 0, "no_primary")),
        ({"meddra_release_asc": "98$English$$\n"}, ("meddra_release.asc", 1, "version")),
        ({"meddra_release_asc": "98.0$Klingon$$\n"}, ("meddra_release.asc", 1, "language")),
    ],
)
def test_a_release_that_does_not_hold_together_names_file_and_line(changed, fault) -> None:
    assert fault in faults(meddra_files.release(**changed))


def test_a_missing_file_and_a_version_that_contradicts_are_refused() -> None:
    files = meddra_files.release()
    assert ("meddra_release.asc", 1, "version") in faults(files, version="97.0")
    del files["mdhier.asc"]
    assert faults(files) == [("mdhier.asc", 0, ReleaseProblem.FILE_MISSING.value)]


def test_a_folder_without_a_release_is_missing_files_and_nothing_else() -> None:
    assert {problem for _file, _line, problem in faults({})} == {"file_missing"}


def test_an_older_chinese_release_is_read_in_its_charset() -> None:
    files = meddra_files.release(language="zh")
    files["llt.asc"] = files["llt.asc"].decode().encode("gb18030")
    assert read_release(files).terms[0].name == "苔藓疹"


def test_versions_are_ordered_as_numbers() -> None:
    assert sorted(["28.0", "9.1", "27.1"], key=version_key) == ["9.1", "27.1", "28.0"]


@given(st.binary(max_size=300))
def test_no_bytes_break_the_reading(content) -> None:
    read_release({**meddra_files.release(), "llt.asc": content})


def begins(keys, text) -> bool:
    query = tsquery(7, text)
    wanted = query.removesuffix(":*").strip("'").replace("''", "'").replace("\\\\", "\\")
    return bool(query) and any(key.startswith(wanted) for key in keys)


@pytest.mark.parametrize("text", ["moss", "MOSS er", "eruption", "er", "moss-eruption"])
def test_english_is_found_from_the_start_of_any_word(text) -> None:
    assert begins(lexemes(7, "Moss eruption"), text)


@pytest.mark.parametrize("text", ["苔藓", "藓疹", "Ｔ细", "t细胞", "tx", "txz"])
def test_chinese_is_found_from_any_character_and_by_initials(text) -> None:
    readings = dict(zip("苔藓疹细胞", ("tai", "xian", "zhen", "xi", "bao"), strict=True))
    initials = initials_of("苔藓疹", readings.get) if "x" in text else ""
    assert begins(lexemes(7, "苔藓疹T细胞", initials), text)


def test_letters_among_the_characters_are_typed_as_they_stand() -> None:
    readings = dict(zip("细胞淋巴瘤", ("xi", "bao", "lin", "ba", "liu"), strict=True))
    assert initials_of("Ｔ细胞淋巴瘤", readings.get) == "txblbl"
    assert initials_of("T-cell lymphoma", readings.get) == ""


def test_less_than_two_characters_look_nothing_up_and_releases_never_mix() -> None:
    assert tsquery(7, "苔") == tsquery(7, " ") == ""
    assert not any(key.startswith("1|") for key in lexemes(12, "Moss eruption"))


@given(st.text(max_size=40))
def test_whatever_is_typed_is_a_query_or_none(text) -> None:
    query = tsquery(3, text)
    assert query == "" or query.endswith("':*")
    assert folded_term(folded_term(text)) == folded_term(text)


def lines(*rows: str) -> str:
    return "".join(f"{row}\r\n" for row in rows)


MDHIER = "10900001$10900010$10900020$10900030$Moss$Mosses$Plants$Garden disorders$G$$10900030${}$"


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"pt_asc": lines("1090$Moss$$1$$$$$$$$")}, ("pt.asc", 1, "code")),
        (
            {"pt_asc": lines(*["10900001$Moss$$10900030$$$$$$$$"] * 2)},
            ("pt.asc", 2, "twice"),
        ),
        ({"pt_asc": lines("10900001$$$10900030$$$$$$$$")}, ("pt.asc", 1, "name")),
        (
            {"llt_asc": lines(*["10900001$Moss$10900001$$$$$$$Y$$"] * 2)},
            ("llt.asc", 2, "twice"),
        ),
        ({"mdhier_asc": lines(MDHIER.format("y"))}, ("mdhier.asc", 1, "flag")),
        (
            {"mdhier_asc": lines(MDHIER.format("Y").replace("10900001", "10999999", 1))},
            ("mdhier.asc", 1, "no_pt"),
        ),
        (
            {"mdhier_asc": lines(MDHIER.format("Y").replace("10900010", "1090", 1))},
            ("mdhier.asc", 1, "code"),
        ),
    ],
)
def test_every_file_of_a_release_is_held_together(changed, fault) -> None:
    assert fault in faults(meddra_files.release(**changed))


def test_a_release_in_another_language_than_stated_is_refused() -> None:
    assert ("meddra_release.asc", 1, "language") in faults(meddra_files.release(), language="zh")
