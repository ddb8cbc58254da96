"""Scans as scanners and input methods write them: told apart, checked, never repaired by guess."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from followup.domain import scans
from followup.domain.scans import ScanKind, ScanProblem

GTIN = "06901234567892"
DIN = "A999926123456"


def told(text):
    return {part.kind.value: part.value for part in scans.read(text).parts}


def test_the_check_character_is_that_of_the_standard():
    assert scans.check_character("G123498654321") == "H"  # the example of ST-001


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (f"]C0={DIN}00", {"donation": DIN}),
        (f"={DIN}00\r", {"donation": DIN}),
        ("A9999 26 123456 T", {"donation": DIN}),
        ("&/CHA999926ABC123", {"chain_of_identity": "CHA999926ABC123"}),
        ("CHA999926ABC123", {"chain_of_identity": "CHA999926ABC123"}),
        (f"]d201{GTIN}17281231{'10'}L-1\x1d21S9", None),
        (f"(01){GTIN}(17)281231(10)L-1(21)S9", None),
        (f"\x1d01{GTIN}17281231{'10'}L-1\x1d21S9", None),  # FNC1 as a telephone hands it on
        ("\x1d10L-1\x1d21S9", {"lot": "L-1", "serial": "S9"}),
        ("\x1d21S9\x1d", {"serial": "S9"}),
        ("]C0=<S1234V00", {"product_code": "S1234V00"}),
        ("&>0283662359", {"expiry": "281231"}),
        (
            f"]C4={DIN}00=<S1234VA0=>028366=%5100",
            {"donation": DIN, "product_code": "S1234VA0", "expiry": "281231"},
        ),
        (
            f"]d1=+02000={DIN}00&/CHA999926ABC123",
            {"donation": DIN, "chain_of_identity": "CHA999926ABC123"},
        ),
        (f"={DIN}00=?what", {"donation": DIN}),
        (f"={DIN}00=a", {"other": f"={DIN}00=a"}),
        (
            f"=+05000={DIN}00=%5100=*026300&+W0000ABC123=<S1234V00&,1000000000000LOT123=,AB12CD",
            {"donation": DIN, "product_code": "S1234V00", "lot": "LOT123"},
        ),
        (f"={DIN}00&*0263001230=(+0800-E202611011230=/W0000ABC123abcde", {"donation": DIN}),
        ("=*026300", {"other": "=*026300"}),
        (DIN, {"donation": DIN}),
        (f"\x02={DIN}00\x03\r\n", {"donation": DIN}),
        ("81234567890123456789", {"drug_code": "81234567890123456789"}),
        ("ＳＨ０１－０００１\t", {"other": "SH01-0001"}),
    ],
)
def test_each_code_is_read(text, parts):
    whole = {"trade_item": GTIN, "expiry": "281231", "lot": "L-1", "serial": "S9"}
    assert (told(text), scans.read(text).problem) == (parts or whole, None)


def test_what_cannot_be_is_a_problem():
    assert scans.read("A9999 26 123456 Q").problem is ScanProblem.CHECK
    assert scans.read(f"={DIN}60").problem is ScanProblem.CHECK
    assert scans.read(f"={DIN}89").problem is None
    assert scans.read(f"={DIN}60=<S1234V00").problem is ScanProblem.CHECK
    assert scans.read("=>027366").problem is ScanProblem.INCOMPLETE  # 2027 has 365 days
    assert scans.read("=>027000").problem is ScanProblem.INCOMPLETE
    assert scans.read(f"]d201{GTIN[:-1]}3").problem is ScanProblem.CHECK
    assert scans.read(f"]d201{GTIN[:9]}").problem is ScanProblem.INCOMPLETE
    assert scans.read("]d29912").problem is ScanProblem.INCOMPLETE
    assert scans.labels("A9999 26 123456 Q") == ()


def test_a_separator_is_printed_in_brackets_and_says_the_same():
    bare = f"]d201{GTIN}10L-1\x1d21S9"
    assert scans.printed(bare) == f"(01){GTIN}(10)L-1(21)S9"
    assert told(scans.printed(bare)) == told(bare)
    assert scans.printed("阿依古丽·买买提") == "阿依古丽·买买提"


@given(st.sampled_from(string.digits + "ABCDEFGHJKLMNP"), st.integers(0, 12))
def test_one_wrong_character_is_always_noticed(sign, place):
    wrong = DIN[:place] + sign + DIN[place + 1 :]
    same = scans.check_character(wrong) == scans.check_character(DIN)
    assert same == (wrong == DIN)


@given(st.text(max_size=60))
def test_any_text_is_read(text):
    scans.read(text)
    scans.printed(text)
    scans.labels(text)


def test_a_label_is_compared_with_what_was_typed():
    label = f"(01){GTIN}(10)l-1"
    assert scans.differs(label, lot="L-1", chain_of_identity="x") == ()
    assert scans.differs(label, lot="L-2", chain_of_identity="x") == (ScanKind.LOT,)
    coi = "&/CHA999926ABC123"
    assert scans.differs(coi, lot="", chain_of_identity="CHA999926ABC123") == ()
    other = "CHA999926ABC124"
    assert scans.differs(coi, lot="", chain_of_identity=other) == (ScanKind.CHAIN_OF_IDENTITY,)


@pytest.mark.parametrize(
    "text",
    [
        f"(01){GTIN}(10){'L' * 21}",  # a lot has at most 20 signs (GS1 General Specifications)
        f"(01){GTIN}(10)",
        f"(01){GTIN}(17)2812",
    ],
)
def test_a_part_that_is_empty_short_or_too_long_makes_the_scan_incomplete(text):
    assert scans.read(text).problem is ScanProblem.INCOMPLETE


def test_a_part_nobody_asks_for_is_passed_over():
    assert told(f"(01){GTIN}(11)260101(10)L-1") == {"trade_item": GTIN, "lot": "L-1"}


def test_a_record_shows_where_each_part_begins_or_the_text_as_it_was():
    assert scans.printed("plain") == "plain"
    assert scans.printed(f"01{GTIN}10L-1\x1d21S9") == f"(01){GTIN}(10)L-1(21)S9"
    assert scans.printed("10L-1\x1d??") == "10L-1\x1d??"
    assert scans.printed("\x1d10L-1\x1d21S9") == "(10)L-1(21)S9"
