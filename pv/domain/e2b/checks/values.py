"""Rules about one value, made from the element table: length, nullFlavor, code, type, date."""

import re
from collections.abc import Callable, Iterator

from pv.domain.e2b.checks.countries import COUNTRIES
from pv.domain.e2b.checks.dates import DAY, SECOND, is_date, moment
from pv.domain.e2b.checks.profiles import Profile, Severity, errors, receivers, region, warnings
from pv.domain.e2b.checks.rule import GUIDE, Authority, Kind, Rule, Text, ValueTest, reason_for
from pv.domain.e2b.elements import (
    CODE_LISTS,
    ELEMENTS,
    Conformance,
    DataType,
    Element,
    Precision,
)
from pv.domain.e2b.elements import Profile as Region

AUTHORITIES = {
    Region.ICH: Authority.ICH,
    Region.NMPA: Authority.NMPA,
    Region.FDA: Authority.FDA,
    Region.EU: Authority.EMA,
}
_SOURCES = {
    Region.ICH: GUIDE,
    Region.NMPA: "NMPA regional guide of 2019-11-22 as three implementations read it",
    Region.FDA: "FDA regional data elements of E2B(R3)",
    Region.EU: "EU regional elements as far as known",
}
_CONFIRMED = (Region.ICH, Region.FDA)
_NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_MEASURED = re.compile(r"(?:<=|>=|[<>≤≥])?\s*" + _NUMBER.pattern)
_INTEGER = re.compile(r"[0-9]+")
_FORMS: dict[str, tuple[re.Pattern[str], str, str]] = {
    "MEDDRA_VERSION": (
        re.compile(r"[0-9]{1,2}\.[0-9]"),
        "a version such as 27.1",
        "版本号，如 27.1",
    ),
    "MEDDRA": (re.compile(r"[0-9]{1,8}"), "a MedDRA code of digits", "由数字组成的 MedDRA 编码"),
    "LANGUAGE": (re.compile(r"[A-Za-z]{3}"), "three letters of ISO 639-2", "ISO 639-2 三字母代码"),
    "COUNTRY": (re.compile(r"[A-Z]{2}"), "two capital letters", "两位大写字母"),
}
_UCUM = (re.compile(r"[!-~]+"), "a UCUM unit in plain characters", "由半角字符组成的 UCUM 单位")
_OPEN_UNITS = ("UNIT", "DOSE_UNIT")
_WHOLE = ("D.4", "D.10.5")
_RELATIVE = "F.r.3.2"
_NOT_FUTURE_FREE = ("G.k.4.r.CN.1",)  # an expiry date is meant to lie ahead
_DIGITS = {Precision.SECOND: SECOND, Precision.DAY: DAY}
_LEAST = {
    Precision.SECOND: ("to the second", "秒"),
    Precision.DAY: ("to the day", "日"),
}


def home(element: Element) -> Region:
    """The region an element comes from; ICH when all know it."""
    return next(iter(element.profiles)) if element.regional else Region.ICH


def _severity(element: Element, *, warn: bool = False) -> dict[Profile, Severity]:
    of = home(element)
    profiles = receivers(of)
    return warnings(*profiles) if warn or of not in _CONFIRMED else errors(*profiles)


def value_rule(
    element: Element,
    kind: Kind,
    name: str,
    en: str,
    zh: str,
    *,
    test: ValueTest | None = None,
    limit: int | None = None,
    allowed: tuple[str, ...] = (),
    severity: dict[Profile, Severity] | None = None,
    authority: Authority | None = None,
) -> Rule:
    """A rule about one value; ``en`` and ``zh`` follow the element's name and code."""
    of = home(element)
    authority = authority or AUTHORITIES[of]
    return Rule(
        id=f"{authority}.{element.code.removeprefix(f'{authority}.')}.{name}",
        authority=authority,
        element=element.code,
        kind=kind,
        severity=_severity(element) if severity is None else severity,
        text=Text(
            f"{element.name_en} ({element.code}) {en}.",
            f"{element.code}（{element.name_zh}）{zh}。",
        ),
        reason=reason_for(kind),
        source=_SOURCES[of],
        confirmed=of in _CONFIRMED,
        test=test,
        limit=limit,
        allowed=allowed,
    )


def _required(element: Element) -> Iterator[Rule]:
    if element.conformance is Conformance.MANDATORY:
        yield value_rule(element, Kind.REQUIRED, "REQ", "must be given", "必须填写")


def _length(element: Element) -> Iterator[Rule]:
    limit = element.max_length
    if limit is None or element.type is DataType.REFERENCE:
        return
    yield value_rule(
        element,
        Kind.LENGTH,
        "LEN",
        f"holds at most {limit} characters",
        f"最多 {limit} 个字符",
        limit=limit,
    )


def _nulls(element: Element) -> Iterator[Rule]:
    """FDA takes more nullFlavors for some ICH elements: then one rule for FDA, one for others."""
    if element.type is DataType.REFERENCE:
        return
    extra = element.fda_nulls
    profiles = receivers(home(element))
    for authority, flavors in ((None, element.nulls), (Authority.FDA, element.nulls + extra)):
        american = authority is Authority.FDA
        if american and not extra:
            continue
        where = [p for p in profiles if not extra or (region(p) is Region.FDA) == american]
        severity = _severity(element)
        en = f"allows only nullFlavor {', '.join(flavors)}" if flavors else "allows no nullFlavor"
        zh = f"只允许 nullFlavor {'、'.join(flavors)}" if flavors else "不允许使用 nullFlavor"
        yield value_rule(
            element,
            Kind.NULL_FLAVOR,
            "NULL",
            en,
            zh,
            allowed=flavors,
            severity={p: severity[p] for p in where},
            authority=authority,
        )


def _no_match(form: re.Pattern[str]) -> ValueTest:
    return lambda text: form.fullmatch(text) is None


def _outside(codes: tuple[str, ...]) -> ValueTest:
    known = frozenset(codes)
    return lambda text: text not in known


def _codes(element: Element) -> Iterator[Rule]:
    name = element.code_list
    if name is None or name == "TRUE":
        return
    if name == "COUNTRY":
        yield value_rule(
            element,
            Kind.CODE,
            "CODE",
            "must be an ISO 3166-1 country code or EU",
            "应为 ISO 3166-1 两位国家代码或 EU",
            test=lambda text: text.upper() not in COUNTRIES,
        )
    labels = CODE_LISTS.get(name)
    if labels is not None:
        codes = tuple(label.code for label in labels)
        yield value_rule(
            element,
            Kind.CODE,
            "CODE",
            f"must be one of {', '.join(codes)}",
            f"应为 {'、'.join(codes)} 之一",
            test=_outside(codes),
            allowed=codes,
            # The units are known, their spelling in ICH's constrained list was not at hand.
            severity=_severity(element, warn=True) if name.endswith("_UNIT") else None,
        )


def _form(element: Element) -> tuple[re.Pattern[str], str, str] | None:
    """The form of a value that is not a boolean, a date or a code of a closed list."""
    name = element.code_list
    if name in _OPEN_UNITS:
        return _UCUM
    if name is not None:
        return _FORMS.get(name)
    if element.type is not DataType.NUMBER:
        return None
    if element.code in _WHOLE:
        return _INTEGER, "a whole number", "整数"
    if element.code == _RELATIVE:
        return _MEASURED, "a number, with < or > before it if need be", "数值（可带 < 或 >）"
    return _NUMBER, "a number with a decimal point, no comma", "数值，小数点用“.”，不得用逗号"


def _types(element: Element) -> Iterator[Rule]:
    test: Callable[[str], bool]
    severity = None
    if element.type is DataType.BOOLEAN:
        test, en, zh = _outside(("true", "false")), "true or false", "true 或 false"
    elif element.type is DataType.DATE:
        test = _not_a_date
        en, zh = (
            "a real date as CCYYMMDD[hhmmss[+/-ZZzz]]",
            "真实日期，格式 CCYYMMDD[hhmmss[+/-ZZzz]]",
        )
    else:
        form = _form(element)
        if form is None:
            return
        test, en, zh = _no_match(form[0]), form[1], form[2]
        if element.code_list == "COUNTRY":  # FDA publishes lower case itself
            severity = _severity(element, warn=True)
    yield value_rule(
        element,
        Kind.TYPE,
        "TYPE",
        f"must be {en}",
        f"应为{zh}",
        test=test,
        severity=severity,
    )
    if element.code_list == "TRUE":
        yield value_rule(
            element,
            Kind.TRUE_ONLY,
            "TRUE",
            "is either true or not said; write NI or nothing instead of false",
            "只能为 true；“否”应填 NI 或不填，不得填 false",
            test=lambda text: text == "false",
            severity=_severity(element, warn=True),
        )


def _not_a_date(text: str) -> bool:
    return not is_date(text)


def _coarser(digits: int) -> ValueTest:
    def test(text: str) -> bool:
        value = moment(text)
        return value is not None and value.precision < digits

    return test


def _dates(element: Element) -> Iterator[Rule]:
    if element.type is not DataType.DATE:
        return
    if element.precision in _LEAST:
        en, zh = _LEAST[element.precision]
        yield value_rule(
            element,
            Kind.PRECISION,
            "PRECISION",
            f"must be precise {en}",
            f"须精确到{zh}",
            test=_coarser(_DIGITS[element.precision]),
        )
    if element.code not in _NOT_FUTURE_FREE:
        yield value_rule(
            element,
            Kind.FUTURE,
            "FUTURE",
            "must not lie in the future",
            "不得晚于当前时间",
        )


def value_rules() -> tuple[Rule, ...]:
    """Every rule that the element table implies, in table order."""
    makers = (_required, _length, _nulls, _codes, _types, _dates)
    return tuple(made for e in ELEMENTS.values() for maker in makers for made in maker(e))
