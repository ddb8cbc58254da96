"""Stored values of a report as people read them: units and languages without their notation."""

import pytest
from django.utils import translation

from pv.domain.e2b.elements import COUNTRIES, ELEMENTS
from pv.domain.e2b.message import Node
from pv.domain.e2b.quantities import amount, moment
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


def test_an_age_has_its_unit_in_words_and_a_moment_is_chinas() -> None:
    node = Node("", None, {"D.2.2a": "61", "D.2.2b": "a"})
    assert amount(node, "D.2.2a", "D.2.2b", "en") == "61 years"
    assert amount(node, "D.2.2a", "D.2.2b", "zh-hans") == "61 岁"
    node.values["D.2.2a"] = "1"
    assert amount(node, "D.2.2a", "D.2.2b", "en") == "1 year"
    dose = Node("", None, {"G.k.4.r.1a": "95.6", "G.k.4.r.1b": "10*6.{cells}"})
    assert amount(dose, "G.k.4.r.1a", "G.k.4.r.1b", "en") == "95.6 ×10^6 cells"
    assert e2b_values.worded(ELEMENTS["D.2.2b"], "a", "en") == "Year"
    for stored, shown in (
        ("20261119224700+0000", "2026-11-20 06:47 +08:00"),
        ("202611192247+0100", "2026-11-20 05:47 +08:00"),
        ("20261119224709+0800", "2026-11-19 22:47:09 +08:00"),
        ("20261119224700", "2026-11-19 22:47:00"),
        ("2026111922+0100", "2026-11-19 22 +0100"),
        ("20261199224700+0000", "20261199224700+0000"),
        ("00010101000000+1400", "00010101000000+1400"),
        ("202611", "2026-11"),
    ):
        assert e2b_values.worded(ELEMENTS["C.1.2"], stored, "en") == shown
        if "+08:00" in shown:  # what the page shows is read again
            assert moment(e2b_values.stored_moment(shown)) == shown


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
