"""UCUM units as receivers read them, and the languages of ISO 639-2."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pv.domain.e2b.checks import Profile, Severity
from pv.domain.e2b.checks.languages import LANGUAGES, unknown
from pv.domain.e2b.checks.units import is_ucum
from pv.domain.e2b.message import Null

UNITS = (
    *("10*6/kg", "10*6.{cells}", "10*6{cells}/kg", "[iU]", "m[iU]/mL", "{cells}", "{copies}/mL"),
    *("mg", "mg/dL", "mg/dl", "ug/g{DNA}", "10.a", "{DF}", "%", "/uL", "10*9/L", "mmol/(24.h)"),
    *("g.m/s2", "Cel", "[degF]", "mm[Hg]", "[drp]", "k[IU]/L", "ug.h/mL", "10*-6", "dB", "a", "mo"),
)
WRONG = (
    *("10^6/kg", "IU", "cells", "cells/uL", "copies/mL", "×10^9/L", "mcg", "Kg", "hr", "gm", ""),
    *("mg/", "/", "mg//dL", "(mg", "mg)", "10*6 kg", "毫克", "mg{", "{cells", "mg/kg bw", "µg"),
)
PIECES = st.sampled_from(["mg", "kg", "L", "10*6", "{cells}", "[iU]", "mL", "d", "2.{dose}"])


@pytest.mark.parametrize("unit", UNITS)
def test_units_of_ucum(unit: str) -> None:
    assert is_ucum(unit)


@pytest.mark.parametrize("unit", WRONG)
def test_what_is_no_unit_of_ucum(unit: str) -> None:
    assert not is_ucum(unit)


@given(st.lists(PIECES, min_size=1, max_size=5), st.sampled_from([".", "/"]))
def test_units_may_be_joined_and_bracketed(pieces: list[str], by: str) -> None:
    joined = by.join(pieces)
    assert is_ucum(joined)
    assert is_ucum(f"1/({joined})") or len(joined) > 46
    assert not is_ucum(joined + by)


@given(st.text(max_size=60))
def test_any_text_gets_an_answer(text: str) -> None:
    assert is_ucum(text) in (True, False)


def test_a_dose_in_no_unit_is_an_error_and_at_fda_a_warning(draft) -> None:
    for profile in Profile:
        message = draft(profile).put("G.k.4.r.1a", "2").put("G.k.4.r.1b", "10^6/kg")
        found = {f.rule: f.severity for f in message.check(profile)}
        wanted = Severity.WARNING if profile.value.startswith("fda") else Severity.ERROR
        assert found["ICH.G.k.4.r.1b.UCUM"] is wanted


def test_languages() -> None:
    assert len(LANGUAGES) == 506
    assert [code for code in ("zho", "chi", "qaa", "zzz", "cmn", "en") if unknown(code)] == [
        "zzz",
        "cmn",
        "en",
    ]


def test_an_unknown_batch_is_an_answer_in_europe_only(draft) -> None:
    for profile in Profile:
        for flavor in ("UNK", "ASKU", "NASK"):
            message = draft(profile).put("G.k.4.r.7", Null(flavor))
            errors = {f.rule for f in message.check(profile) if f.severity is Severity.ERROR}
            european = profile.value.startswith(("ema", "mhra", "ich", "partner"))
            assert (errors == set()) is european, profile
