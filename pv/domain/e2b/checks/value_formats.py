"""The form a value must have by its type and code list, as a test and in both languages.

Source: domain 6, through the element table.
"""

import re
from dataclasses import dataclass

from pv.domain.e2b.checks.dates import is_date
from pv.domain.e2b.checks.rule import ValueTest
from pv.domain.e2b.elements import DataType, Element

_NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_MEASURED = re.compile(r"(?:<=|>=|[<>≤≥])?\s*" + _NUMBER.pattern)
_WHOLE = ("D.4", "D.10.5")
_RELATIVE = "F.r.3.2"
_OPEN_UNITS = ("UNIT", "DOSE_UNIT")


@dataclass(frozen=True, slots=True)
class Form:
    """``broken`` is true of a text of another form; ``en`` and ``zh`` name the form."""

    broken: ValueTest
    en: str
    zh: str


def no_match(form: re.Pattern[str]) -> ValueTest:
    """True of a text that does not match as a whole."""
    return lambda text: form.fullmatch(text) is None


def outside(codes: tuple[str, ...]) -> ValueTest:
    """True of a text that is none of the codes."""
    known = frozenset(codes)
    return lambda text: text not in known


_BY_LIST = {
    "MEDDRA_VERSION": Form(
        no_match(re.compile(r"[0-9]{1,2}\.[0-9]")), "a version such as 27.1", "版本号，如 27.1"
    ),
    "MEDDRA": Form(
        no_match(re.compile(r"[0-9]{1,8}")), "a MedDRA code of digits", "由数字组成的 MedDRA 编码"
    ),
    "LANGUAGE": Form(
        no_match(re.compile(r"[A-Za-z]{3}")), "three letters of ISO 639-2", "ISO 639-2 三字母代码"
    ),
    "COUNTRY": Form(no_match(re.compile(r"[A-Z]{2}")), "two capital letters", "两位大写字母"),
}
_UCUM = Form(
    no_match(re.compile(r"[!-~]+")),
    "a UCUM unit in plain characters",
    "由半角字符组成的 UCUM 单位",
)
_BOOLEAN = Form(outside(("true", "false")), "true or false", "true 或 false")
_DATE = Form(
    lambda text: not is_date(text),
    "a real date as CCYYMMDD[hhmmss[+/-ZZzz]]",
    "真实日期，格式 CCYYMMDD[hhmmss[+/-ZZzz]]",
)
_INTEGER = Form(no_match(re.compile(r"[0-9]+")), "a whole number", "整数")
_RESULT = Form(
    no_match(_MEASURED),
    "a number, with < or > before it if need be",
    "数值（可带 < 或 >）",
)
_DECIMAL = Form(
    no_match(_NUMBER),
    "a number with a decimal point and no comma",
    "数值，小数点用“.”，不得用逗号",
)


def form_of(element: Element) -> Form | None:
    """The form of an element's values; None for free text and for codes of a closed list."""
    name = element.code_list
    if element.type is DataType.BOOLEAN:
        return _BOOLEAN
    if element.type is DataType.DATE:
        return _DATE
    if name in _OPEN_UNITS:
        return _UCUM
    if name is not None:
        return _BY_LIST.get(name)
    if element.type is not DataType.NUMBER:
        return None
    if element.code in _WHOLE:
        return _INTEGER
    return _RESULT if element.code == _RELATIVE else _DECIMAL
