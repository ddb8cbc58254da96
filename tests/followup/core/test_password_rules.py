"""Passwords that are tried first are refused; no kind of character is asked for."""

import hashlib
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.password_validation import CommonPasswordValidator, validate_password
from django.core.exceptions import ValidationError

from followup.core.models import User
from followup.core.security import password_rules

NURSE = User(username="li.wenhua", display_name="Li Wenhua", email="wenhua@clinic.example")


def refused(password: str, user: User = NURSE) -> set[str | None]:
    try:
        validate_password(password, user)
    except ValidationError as error:
        return {one.code for one in error.error_list}
    return set()


@pytest.mark.requirement("ASVS-6.2.5")
@pytest.mark.parametrize(
    "password",
    [
        "731904628850317",  # digits alone
        "ventana linda azul once",  # small letters
        "correct horse battery staple",
        "VENTANA LINDA AZUL",
        "灯塔下的三只灰色海鸥在看着远方的船",
        "kq#7$Lw9!xZ2@vB",
    ],
)
def test_no_kind_of_character_is_asked_for(password: str) -> None:
    assert refused(password) == set()


@pytest.mark.requirement("ASVS-6.2.4")
@pytest.mark.parametrize(
    "password",
    [
        "passwordpassword",
        "Password123456789",
        "qwertyuiopasdfghjkl",
        "123456789012345",
        "111111111111111",
        "abcabcabcabcabc",
        "sunshine-princess",
        "iloveyou-football-2024",
        "987654321098765",
    ],
)
def test_what_is_put_together_of_common_passwords_is_refused(password: str) -> None:
    assert "password_common_parts" in refused(password)


@pytest.mark.requirement("ASVS-6.2.4")
def test_more_than_three_thousand_long_enough_ones_are_known() -> None:
    words = sorted(word for word in CommonPasswordValidator().passwords if len(word) >= 8)
    long = [f"{word}{word}" for word in words] + [word for word in words if len(word) >= 15]
    long = [word for word in long if len(word) >= 15][:4_000]
    assert len(long) > 3_000
    known = password_rules._common()
    assert all(password_rules.is_common(word, known) for word in long)


@pytest.mark.requirement("ASVS-6.1.2", "ASVS-6.2.11")
def test_words_of_the_product_the_hospital_and_the_person_are_no_password(settings: Any) -> None:
    assert "password_common_parts" in refused("everwatch-everwatch-2026")
    assert "password_common_parts" in refused("EverwatchHospital1")
    assert "password_common_parts" in refused("Wenhua-wenhua-wenhua")
    assert refused("shanghairenji2026") == set()
    settings.PASSWORD_WORDS = ["Shanghai", "Renji"]
    assert "password_common_parts" in refused("shanghairenji2026")
    document = Path("docs/security.md").read_text()
    assert [word for word in password_rules.WORDS if word not in document] == []


@pytest.mark.requirement("ASVS-6.2.12")
def test_a_stolen_password_is_found_in_a_file_without_asking_anybody(
    settings: Any, tmp_path: Path
) -> None:
    stolen = [f"a stolen sentence number {number}" for number in range(300)]
    sums = sorted(hashlib.sha1(word.encode()).hexdigest().upper() for word in stolen)
    file = tmp_path / "pwned-passwords.txt"
    file.write_text("\r\n".join(f"{found}:{place % 9 + 1}" for place, found in enumerate(sums)))
    assert refused(stolen[7]) == set()
    settings.BREACHED_PASSWORDS_FILE = str(file)
    assert all(refused(word) == {"password_stolen"} for word in stolen)
    assert refused("a sentence nobody has stolen") == set()
