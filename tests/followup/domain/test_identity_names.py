"""Names: one normal form, and the tokens a search may be typed as."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from followup.domain.identity import (
    marks,
    name_tokens,
    name_units,
    normalise_name,
    pinyin_spellings,
    search_token,
    sounds,
)


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        (" 张　三 ", "张三"),
        ("阿卜杜 • 艾力", "阿卜杜·艾力"),
        ("阿卜杜・艾力", "阿卜杜·艾力"),
        ("阿卜杜．艾力", "阿卜杜·艾力"),
        ("Ｊｏｈｎ   Smith", "John Smith"),
        ("张\u200b三", "张三"),
        ("葛\U000e0100城", "葛城"),
        ("·张三·", "张三"),
        ("", ""),
    ],
)
def test_normal_form(text, normal):
    assert normalise_name(text) == normal
    assert normalise_name(normal) == normal


@given(st.text(max_size=30))
def test_the_normal_form_is_stable(text):
    assert normalise_name(normalise_name(text)) == normalise_name(text)


@pytest.mark.parametrize(
    ("syllable", "spellings"),
    [
        ("zhāng", {"zhang"}),
        ("zhang1", {"zhang"}),
        ("lǚ", {"lv", "lu", "lyu"}),
        ("lü3", {"lv", "lu", "lyu"}),
        ("lv", {"lv", "lu", "lyu"}),
        ("nu:3", {"nv", "nu", "nyu"}),
        ("lüè", {"lve", "lue", "lyue"}),
        ("", set()),
    ],
)
def test_spellings(syllable, spellings):
    assert pinyin_spellings(syllable) == spellings


def test_units():
    assert name_units("阿·Smith 三") == ("阿", "Smith", "三")


def test_characters_pinyin_and_initials_of_every_reading():
    tokens = name_tokens("单雄信", [["shàn", "dān"], ["xióng"], ["xìn"]])
    assert {"单", "雄信", "单雄信"} <= tokens
    assert {"shanxiongxin", "danxiongxin", "shanx", "s", "sxx", "dx"} <= tokens
    assert "单信" not in tokens
    assert "xiong" not in tokens  # prefixes start at the surname


def test_the_surname_lu_is_found_however_typed():
    tokens = name_tokens("吕布", [["lǚ"], ["bù"]])
    assert {"lvbu", "lubu", "lyubu", "lb", "lyu"} <= tokens


def test_latin_and_dotted_names():
    tokens = name_tokens("阿·Smith", [["ā"], []])
    assert {"asmith", "as", "smith", "mit", "阿"} <= tokens


def test_readings_must_fit():
    with pytest.raises(ValueError, match="readings"):
        name_tokens("张三", [["zhang"]])


def test_a_character_without_reading_keeps_the_others():
    tokens = name_tokens("张㐀", [["zhāng"], []])
    assert {"㐀", "张㐀", "zhang"} <= tokens


def test_combinations_are_bounded_from_the_end():
    name = "单" * 12
    tokens = name_tokens(name, [["shan", "dan", "chan"]] * 12, most_combinations=30)
    assert {"chan", "dan", "shan"} <= tokens
    assert len(tokens) < 12 + 30 * 12 * 5


@given(st.text(alphabet="张王李单吕曾阿艾", min_size=1, max_size=6), st.data())
def test_every_typed_part_is_found(name, data):
    start = data.draw(st.integers(0, len(name) - 1))
    end = data.draw(st.integers(start + 1, len(name)))
    readings = [["zhang", "shan"]] * len(name)
    tokens = name_tokens(name, readings)
    assert search_token(name[start:end]) in tokens
    assert all(token == search_token(token) for token in tokens)


def test_search_tokens_fold_what_is_typed():
    assert search_token(" ZhangSan ") == "zhangsan"
    assert search_token("Ｚhang　san") == "zhangsan"
    assert search_token("阿卜杜•艾") == "阿卜杜艾"
    assert search_token("lü") == "lv"
    assert search_token("··") == ""


def test_how_a_name_may_sound_is_what_two_alike_names_share():
    assert sounds("乐毅", [["lè", "yuè"], ["yì"]]) == {"leyi", "yueyi"}
    assert sounds("John 李", [[], ["lǐ"]]) == {"johnli"}
    assert sounds("岳毅", [["yuè"], ["yì"]]) & sounds("乐毅", [["lè", "yuè"], ["yì"]])
    assert sounds("乐毅", [["lè", "yuè"], []]) == set(), "what cannot be spoken sounds like none"
    assert sounds("", []) == set()
    many = [["yī", "èr", "sān", "sì"]] * 4
    assert len(sounds("一二三四", many, most=16)) == 16


def test_what_is_taken_as_it_is_would_be_left_so() -> None:
    """The short way for names never differs from the whole one: each of its characters stays."""
    short = [each for each in map(chr, range(0x30000)) if marks._AS_THEY_ARE.fullmatch(each)]
    assert len(short) > 20_000
    for each in short:
        assert marks._shows(each)
        assert unicodedata.normalize("NFKC", each) == each
        assert not unicodedata.combining(each)
        assert normalise_name(f"张{each}三") == normalise_name(f"张{each}三\u200b")
