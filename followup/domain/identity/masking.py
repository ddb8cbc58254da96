"""What of a name, phone or identity number may be shown on a list.

The product's own rule.
"""

import re
from datetime import date

from followup.domain.dates import PartialDate
from followup.domain.identity.names import normalise_name
from followup.domain.identity.national_ids import normalise_national_id

STAR = "*"
# Surnames of two characters still in use; a longer list can be given to `mask_name`.
_PAIRS = (
    "欧阳太史端木上官司马东方独孤南宫万俟闻人夏侯诸葛尉迟公羊赫连澹台皇甫宗政濮阳公冶"
    "太叔申屠公孙慕容仲孙钟离长孙宇文司徒鲜于司空闾丘子车亓官司寇巫马公西颛孙壤驷公良"
    "漆雕乐正宰父谷梁拓跋夹谷轩辕令狐段干百里呼延东郭南门羊舌微生公户公玉公仪梁丘公仲"
    "公上公门公山公坚左丘公伯西门公祖第五公乘贯丘公皙南荣东里东宫仲长子书子桑即墨达奚"
    "褚师纳兰歐陽司馬東方諸葛長孫鮮于尉遲鍾離"
)
COMPOUND_SURNAMES = frozenset(_PAIRS[i : i + 2] for i in range(0, len(_PAIRS), 2))


def mask_name(name: str, compound_surnames: frozenset[str] = COMPOUND_SURNAMES) -> str:
    """张* · 王*明 · 欧阳** · 阿*****·艾*; Latin names show the first letter of a word.

    A single character is masked whole, since it would be the whole name.
    """
    normal = normalise_name(name)
    parts = re.split(r"([· ])", normal)
    if len(parts) > 1:
        return "".join(_mask_part(part, index == 0) for index, part in enumerate(parts))
    if len(normal) <= 1:
        return STAR * len(normal)
    if normal.isascii():
        return _mask_part(normal, True)
    if len(normal) > 2 and normal[:2] in compound_surnames:
        return normal[:2] + STAR * (len(normal) - 2)
    if len(normal) == 2:
        return normal[0] + STAR
    return normal[0] + STAR * (len(normal) - 2) + normal[-1]


def _mask_part(part: str, first: bool) -> str:
    """One part of a name in parts: its first character; a lone character only when it leads."""
    if part in {"·", " ", ""}:
        return part
    if len(part) == 1:
        return part if first else STAR
    return part[0] + STAR * (len(part) - 1)


def mask_phone(phone: str) -> str:
    """139****4410: first 3 and last 4 of a number of 11 digits or more, else the last 2 only.

    Takes the stored form; an extension is hidden whole.
    """
    number, _, extension = phone.partition("x")
    tail = f"x{STAR * len(extension)}" if extension else ""
    if len(number) >= 11:
        return f"{number[:3]}{STAR * (len(number) - 7)}{number[-4:]}{tail}"
    shown = number[-2:] if len(number) >= 7 else ""
    return f"{STAR * (len(number) - len(shown))}{shown}{tail}"


def mask_national_id(number: str) -> str:
    """First 3 and last 4 of an identity number; a text too short for that is hidden whole."""
    normal = normalise_national_id(number)
    if len(normal) < 12:
        return STAR * len(normal)
    return f"{normal[:3]}{STAR * (len(normal) - 7)}{normal[-4:]}"


def mask_birth_date(born: PartialDate | date) -> str:
    """The year only, for people who do not treat the patient."""
    return f"{born.year:04d}"
