"""Stored values of a report as people read them: units and languages without their notation."""

import pytest
from django.utils import translation

from pv.domain.e2b.elements import COUNTRIES, ELEMENTS
from pv.queries import e2b_values


@pytest.mark.parametrize(
    ("ucum", "shown"),
    [
        ("10*6.{cells}", "10^6 cells"),
        ("10*6.{cells}/kg", "10^6 cells/kg"),
        ("{copies}/{cell}", "copies/cell"),
        ("10*9/L", "10^9/L"),
        ("mg/kg", "mg/kg"),
        ("10*-3", "10^-3"),
    ],
)
def test_a_unit_is_shown_as_pages_write_it(ucum: str, shown: str) -> None:
    for code in ("F.r.3.3", "G.k.4.r.1b"):
        assert e2b_values.worded(ELEMENTS[code], ucum, "en") == shown


@pytest.mark.parametrize(
    ("language", "code", "shown"),
    [
        ("zh-hans", "chi", "中文 (chi)"),
        ("en", "chi", "Chinese (chi)"),
        ("en", "deu", "German (deu)"),
        ("en", "xho", "xho"),
    ],
)
def test_a_language_is_named(language: str, code: str, shown: str) -> None:
    with translation.override(language):
        assert e2b_values.worded(ELEMENTS["E.i.1.1b"], code, language) == shown


def test_a_signature_page_says_them_too() -> None:
    place = "message.groups.G.k[0].groups.G.k.4.r[0].values.G.k.4.r.1b"
    assert e2b_values.place_value(place, "10*6.{cells}", "en") == "10^6 cells"
    place = "message.groups.E.i[0].values.E.i.1.1b"
    with translation.override("en"):
        assert e2b_values.place_value(place, "chi", "en") == "Chinese (chi)"


@pytest.mark.parametrize(
    ("stored", "english", "chinese"),
    [
        ("CN", "China (CN)", "中国 (CN)"),
        ("us", "United States (us)", "美国 (us)"),
        ("TW", "Taiwan (Province of China) (TW)", "中国台湾 (TW)"),
        ("ZZ", "ZZ", "ZZ"),
    ],
)
def test_a_country_is_named_in_the_readers_language(stored, english, chinese) -> None:
    for language, words in (("en", english), ("zh-hans", chinese)):
        assert e2b_values.worded(ELEMENTS["E.i.9"], stored, language) == words
    assert all(one.en and one.zh for one in COUNTRIES.values())
