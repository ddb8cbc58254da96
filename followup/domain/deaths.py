"""The underlying cause of a death as a code of ICD-10, beside its words.

Source: domain 2.3; shape of a code: ICD-10 volume 2, section 2; the six-character codes with an
extension are those of the Chinese national clinical edition. No list of codes is shipped: a code is
read by its shape alone.
"""

import re
import unicodedata

# Injuries by their nature and factors without an illness are no underlying cause of a death
# (ICD-10 volume 2, section 4): the cause is coded from V01 to Y98, or by the illness.
NO_UNDERLYING_CAUSE = frozenset("STZ")
_SHAPE = re.compile(r"([A-Z][0-9]{2})(?:\.?([0-9]{1,3}(?:X[0-9]{3})?))?")


def icd10(text: str) -> str | None:
    """A code as it is stored, "" for none; None when the text has not the shape of a code.

    Small letters, full-width signs and a missing dot are taken: i619 is I61.9.
    """
    folded = "".join(unicodedata.normalize("NFKC", text).split()).upper()
    if not folded:
        return ""
    found = _SHAPE.fullmatch(folded)
    if found is None:
        return None
    category, subdivision = found.groups()
    return f"{category}.{subdivision.lower()}" if subdivision else category


def cause(words: str, code: str) -> str:
    """The cause as it is told outside the register: its words, then the code named as one."""
    named = f"ICD-10 {code}" if code else ""
    return f"{words} ({named})" if words and named else words or named
