"""What of a name, phone and identity number may be shown."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from followup.domain.dates import PartialDate
from followup.domain.identity import mask_birth_date, mask_name, mask_national_id, mask_phone


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("张三", "张*"),
        ("王小明", "王*明"),
        ("欧阳小明", "欧阳**"),
        ("欧阳修", "欧阳*"),
        ("欧阳", "欧*"),
        ("歐陽小明", "歐陽**"),
        ("王李小明", "王**明"),
        ("阿卜杜热合曼·艾力", "阿*****·艾*"),
        ("阿卜杜热合曼•艾力", "阿*****·艾*"),
        ("阿·艾力", "阿·艾*"),
        ("张 三", "张*"),
        ("John Smith", "J*** S****"),
        ("J Smith", "J S****"),
        ("张", "*"),
        ("J", "*"),
        ("", ""),
    ],
)
def test_names(name, shown):
    assert mask_name(name) == shown


def test_compound_surnames_are_an_argument():
    assert mask_name("范姜小明") == "范**明"
    assert mask_name("范姜小明", frozenset({"范姜"})) == "范姜**"


@pytest.mark.parametrize(
    ("phone", "shown"),
    [
        ("13912344410", "139****4410"),
        ("01062345678", "010****5678"),
        ("01062345678x801", "010****5678x***"),
        ("62345678", "******78"),
        ("120", "***"),
        ("", ""),
    ],
)
def test_phones(phone, shown):
    assert mask_phone(phone) == shown


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("11010519491231002X", "110***********002X"),
        ("11010519491231002x", "110***********002X"),
        ("1234567", "*******"),
    ],
)
def test_national_ids(number, shown):
    assert mask_national_id(number) == shown


def test_birth_dates_show_the_year_only():
    assert mask_birth_date(date(1949, 12, 31)) == "1949"
    assert mask_birth_date(PartialDate(1949, 12)) == "1949"


@given(st.text(alphabet="张王李小明欧阳阿卜杜·", min_size=2, max_size=12))
def test_a_mask_never_shows_the_whole_name(name):
    shown = mask_name(name)
    assert "*" in shown or not shown.strip("·")


def test_a_latin_name_shows_its_first_letter_only():
    assert mask_name("Smith") == "S****"
    assert mask_name("S") == "*"
