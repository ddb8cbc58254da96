"""Why a report is nullified, as its receivers read it (C.1.11.2).

The words go into a file, so they are the same whoever decides and in whichever language: Chinese
and English stand beside each other.

Source: ICH E2B(R3) implementation guide, C.1.11.2.
"""


def of_duplicate(number: str, words: str) -> str:
    """A report that is the same as another one; `number` is the worldwide identifier of that."""
    return _told(f"与 {number} 重复 / Duplicate of {number}", words)


def of_reason(chinese: str, english: str, words: str) -> str:
    """A reason of the reference list with what was said of it in words."""
    return _told(f"{chinese} / {english}", words)


def _told(reason: str, words: str) -> str:
    text = words.strip()
    return f"{reason}: {text}" if text else reason
