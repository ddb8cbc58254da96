"""Which passwords are refused beside short ones: what others guess first.

No rule asks for kinds of characters (OWASP ASVS 5.0, 6.2.5; NIST SP 800-63B-4, 3.1.1.2): a long
row of digits is as good as its digits are many and unforeseen.
"""

import hashlib
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

# Shorter ones occur in every sentence: a password is not made of them alone.
_SHORTEST = 4
_SIGNS = re.compile(r"[\W_]+")
_ROWS = ("01234567890123456789", "qwertyuiopasdfghjklzxcvbnm", "abcdefghijklmnopqrstuvwxyz")
# Words of this product and of the place it is used in.
WORDS = (
    *("everwatch", "followup", "hospital", "patient", "nurse", "doctor", "physician", "welcome"),
    *("cart", "cartcell", "carcell", "tcell", "genetherapy", "celltherapy", "longterm", "safety"),
    *("pharmacovigilance", "password", "admin", "administrator", "lymphoma", "leukemia"),
    *("yiyuan", "huanzhe", "hushi", "yisheng", "suifang", "mima", "guanliyuan"),
    *("医院", "患者", "护士", "医生", "随访", "密码", "管理员", "细胞治疗", "基因治疗"),
)


@cache
def _common() -> frozenset[str]:
    """Django's twenty thousand, those that are long enough to be a part of another."""
    return frozenset(w for w in CommonPasswordValidator().passwords if len(w) >= _SHORTEST)


def _context(user: Any) -> frozenset[str]:
    """Words of the product, of the installation, and of the person, in small letters."""
    named = [*WORDS, *settings.PASSWORD_WORDS]
    for name in ("username", "display_name", "email"):
        named += re.split(r"[\W_]+", str(getattr(user, name, "") or ""))
    return frozenset(word.lower() for word in named if len(word) >= 2)


def _parts(text: str) -> Iterator[str]:
    """The text itself, and what it repeats: "abcabc" is no better than "abc"."""
    yield text
    for size in range(1, len(text) // 2 + 1):
        if text == (text[:size] * (len(text) // size + 1))[: len(text)]:
            yield text[:size]
            return


def _is_run(text: str) -> bool:
    """Whether the text is a piece of a row of the keyboard or alphabet, either way round."""
    return any(text in row or text in row[::-1] for row in _ROWS)


def is_common(password: str, known: frozenset[str]) -> bool:
    """Whether a password is one or two known words, or repeats them, besides digits at its ends.

    `known` is in small letters. Three words and more are a sentence, which nobody lists.
    """
    typed = password.lower()
    text = _SIGNS.sub("", typed)
    for part in {typed, text, text.strip("0123456789")} - {""}:
        for core in _parts(part):
            if len(core) <= 3 or core in known or _is_run(core):
                return True
            cuts = range(2, len(core) - 1)
            if any(core[:cut] in known and core[cut:] in known for cut in cuts):
                return True
    return False


class NotCommon:
    """Refuses what is put together of passwords and words everybody tries."""

    def validate(self, password: str, user: Any = None) -> None:
        """ValidationError for such a password."""
        if is_common(password, _common() | _context(user)):
            raise ValidationError(
                _(
                    "This password is put together of words or numbers that are tried first: "
                    "common passwords, names, words of this product. Take several words that "
                    "do not belong together."
                ),
                code="password_common_parts",
            )

    def get_help_text(self) -> str:
        """What is refused, for the page of a form."""
        return _("Not made of common passwords, names or words of this product alone.")


def is_listed(password: str, path: Path) -> bool:
    """Whether a file of SHA-1 sums holds the one of the password.

    The file is that of Have I Been Pwned, ordered by hash: lines of 40 hexadecimal digits, then
    ":" and a count. Found by halving, so that its 40 GB are never read; nothing leaves this host.
    """
    wanted = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper().encode()
    low, high = 0, path.stat().st_size
    with path.open("rb") as file:
        while low < high:
            middle = (low + high) // 2
            file.seek(middle)
            if middle:
                file.readline()  # the rest of the line before
            found = file.readline().split(b":")[0].strip().upper()
            if found == wanted:
                return True
            if not found or found > wanted:
                high = middle
            else:
                low = middle + 1
        file.seek(0)
        return file.readline().split(b":")[0].strip().upper() == wanted


class NotStolen:
    """Refuses a password that was stolen elsewhere, by the file of BREACHED_PASSWORDS_FILE."""

    def validate(self, password: str, user: Any = None) -> None:
        """ValidationError for one that is in the file; without a file there is none."""
        name = settings.BREACHED_PASSWORDS_FILE
        if name and is_listed(password, Path(name)):
            raise ValidationError(
                _(
                    "This password was stolen from another service and is tried first. "
                    "Take another."
                ),
                code="password_stolen",
            )

    def get_help_text(self) -> str:
        """What is refused, for the page of a form."""
        return _("Not one that was stolen elsewhere.")
