"""One-time codes against the published vectors; each opens once; codes as they are typed."""

import base64
import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw
from zxingcpp import read_barcodes

from followup.core.security import one_time_codes as codes
from followup.domain.sign_in import read_sign_in_rules
from followup.queries import shipped

KEY = base64.b32encode(b"12345678901234567890").decode()  # the key of RFC 6238, appendix B


@pytest.mark.parametrize(
    ("seconds", "code"),
    [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")],
)
def test_the_vectors_of_the_standard(seconds: int, code: str) -> None:
    """RFC 6238, appendix B, SHA-1, the last six of its eight digits."""
    assert codes.code_at(KEY, seconds) == code


@given(st.integers(100, 10**9), st.integers(-3, 3))
def test_a_clock_may_be_one_step_off_and_no_more(step: int, off: int) -> None:
    code = codes.code_at(KEY, (step + off) * 30)
    found = codes.matching_step(KEY, code, step * 30 + 7, after=0, drift=1)
    if abs(off) <= 1:
        assert found is not None
    elif found is not None:  # two steps may share a code by chance
        assert codes.code_at(KEY, found * 30) == code


@given(st.integers(100, 10**9))
def test_no_code_opens_twice(step: int) -> None:
    code = codes.code_at(KEY, step * 30)
    first = codes.matching_step(KEY, code, step * 30, after=0, drift=1)
    assert first is not None
    again = codes.matching_step(KEY, code, step * 30, after=first, drift=1)
    assert again is None or again > first


@pytest.mark.parametrize("text", ["287082", "287 082", "２８７０８２", "287-082", " 287082\n"])
def test_a_code_is_taken_as_people_type_it(text: str) -> None:
    assert codes.matching_step(KEY, text, 59, after=0, drift=1) == 1


@pytest.mark.parametrize("text", ["", "28708", "2870822", "28708a", "²87082x", "\x00287082x"])
def test_anything_else_is_no_code(text: str) -> None:
    assert codes.matching_step(KEY, text, 59, after=0, drift=1) is None


def test_a_camera_reads_the_address_from_the_picture() -> None:
    key = codes.new_key()
    address = codes.address(key, "li.lei")
    symbol = codes.qr(address)
    image = Image.new("L", (symbol.modules * 6, symbol.modules * 6), 255)
    draw = ImageDraw.Draw(image)
    for run in symbol.path.split("z")[:-1]:
        x, y = map(int, run[1:].split("h")[0].split())
        draw.rectangle((x * 6, y * 6, x * 6 + 5, y * 6 + 5), fill=0)
    (found,) = read_barcodes(image)
    assert found.text == address
    assert address.startswith("otpauth://totp/Everwatch:li.lei?")
    assert key in address


@pytest.mark.requirement("ASVS-6.5.4")
def test_recovery_codes_differ_and_their_index_tells_nothing() -> None:
    made = {codes.new_recovery_code(12) for _number in range(500)}
    assert len(made) == 500
    code = made.pop()
    assert len(code) == 14
    digest = codes.recovery_digest(code.lower().replace("-", " "), "u1")
    assert digest == codes.recovery_digest(code, "u1")
    assert digest != codes.recovery_digest(code, "u2")
    assert codes.typed(code).encode() not in digest


@pytest.mark.requirement("ASVS-6.5.3")
def test_keys_and_recovery_codes_come_from_the_generator_of_the_system(monkeypatch) -> None:
    monkeypatch.setattr(secrets, "token_bytes", bytes)
    monkeypatch.setattr(secrets, "choice", lambda letters: letters[0])
    assert set(base64.b32decode(codes.new_key())) == {0}
    assert len(set(codes.typed(codes.new_recovery_code(12)))) == 1


def test_rules_out_of_bounds_are_refused() -> None:
    document = dict(shipped.documents()["sign_in"])
    assert read_sign_in_rules(document).requires({"safety_officer"})
    assert not read_sign_in_rules(document).requires({"nurse"})
    for name, value in (("drift_steps", 9), ("recovery_codes", 0), ("answer_seconds", "300")):
        with pytest.raises(ValueError, match="whole number"):
            read_sign_in_rules(document | {name: value})
    with pytest.raises(ValueError, match="unknown roles"):
        read_sign_in_rules(document | {"required_roles": ["king"]}, ["nurse"])
