"""Every rule the element table implies: mandatory, length, nullFlavor, code, type, date.

Source: domain 6, through the element table.
"""

from collections.abc import Iterator

from pv.domain.e2b.checks import languages
from pv.domain.e2b.checks.countries import COUNTRIES
from pv.domain.e2b.checks.dates import DAY, SECOND, moment
from pv.domain.e2b.checks.instances import GroupInstance, MessageFacts
from pv.domain.e2b.checks.profiles import (
    AMERICA,
    Profile,
    Severity,
    errors,
    receivers,
    warnings,
)
from pv.domain.e2b.checks.rule import Authority, CheckKind, Rule, ValueTest, rule
from pv.domain.e2b.checks.units import is_ucum
from pv.domain.e2b.checks.value_formats import form_of, outside
from pv.domain.e2b.checks.values import AUTHORITIES, length_rule, severity_of, value_rule
from pv.domain.e2b.elements import (
    CODE_LISTS,
    ELEMENTS,
    Conformance,
    DataType,
    Element,
    Precision,
)
from pv.domain.e2b.elements import Profile as Region
from pv.domain.e2b.systems import oid

_PLACEHOLDERS = (oid("MPID"), oid("PHPID"), oid("SUBSTANCE"))
_PLACEHOLDER_VERSIONS = frozenset(
    code[:-1] + "a" for code, element in ELEMENTS.items() if element.system in _PLACEHOLDERS
)
_MAY_LIE_AHEAD = ("G.k.4.r.CN.1",)  # an expiry date is meant to lie ahead
_LENIENT = (Profile.ICH, Profile.PARTNER)  # nobody's region: what any region takes
_DIGITS = {Precision.SECOND: SECOND, Precision.DAY: DAY}
_LEAST = {
    Precision.SECOND: ("to the second", "秒"),
    Precision.DAY: ("to the day", "日"),
}


def _required(element: Element) -> Iterator[Rule]:
    if element.conformance is Conformance.MANDATORY:
        yield value_rule(element, CheckKind.REQUIRED, "REQ", "must be given", "必须填写")


def _length(element: Element) -> Iterator[Rule]:
    if element.max_length is None or element.type is DataType.REFERENCE:
        return
    # Identifiers of ISO IDMP are placeholders in ICH's guide, so their lengths only warn.
    provisional = element.system in _PLACEHOLDERS or element.code in _PLACEHOLDER_VERSIONS
    yield length_rule(
        element, element.max_length, severity_of(element, warn=True) if provisional else None
    )


def _flavors(flavors: tuple[str, ...]) -> tuple[str, str]:
    if not flavors:
        return "allows no nullFlavor", "不允许使用 nullFlavor"
    return (
        f"allows only nullFlavor {', '.join(flavors)}",
        f"只允许 nullFlavor {'、'.join(flavors)}",
    )


def _nulls(element: Element) -> Iterator[Rule]:
    """Some regions take more nullFlavors for ICH's elements; ICH's own profile then only warns."""
    if element.type is DataType.REFERENCE:
        return
    severity = None
    if element.more_nulls or element.less_nulls:
        own = {r: element.nulls_for(r) for r in (*element.more_nulls, *element.less_nulls)}
        inside = tuple(p for region in own for p in receivers(region))
        severity = errors(*(p for p in Profile if p not in (*inside, *_LENIENT)))
        for region, flavors in own.items():
            yield value_rule(
                element,
                CheckKind.NULL_FLAVOR,
                "NULL",
                *_flavors(flavors),
                allowed=flavors,
                severity=errors(*receivers(region)),
                authority=AUTHORITIES[region],
            )
            if region in element.more_nulls:
                yield _only(element, region)
        yield value_rule(
            element,
            CheckKind.NULL_FLAVOR,
            "ANYNULL",
            *_flavors(element.any_nulls()),
            allowed=element.any_nulls(),
            severity=errors(*_LENIENT),
        )
    yield value_rule(
        element,
        CheckKind.NULL_FLAVOR,
        "NULL",
        *_flavors(element.nulls),
        allowed=element.nulls,
        severity=severity,
    )


def _only(element: Element, region: Region) -> Rule:
    flavors, authority = element.more_nulls[region], AUTHORITIES[region]
    names = ", ".join(flavors)

    def broken(_: MessageFacts, place: GroupInstance) -> bool:
        return place.flavor(element.code) in flavors

    return rule(
        Authority.ICH,
        element.code,
        f"{authority}NULL",
        broken,
        f"{element.name_en} ({element.code}): only {authority} accepts nullFlavor {names}.",
        f"{element.code}（{element.name_zh}）：nullFlavor {names} 仅 {authority} 接受。",
        kind=CheckKind.NULL_FLAVOR,
        scope=element.group,
        severity=warnings(Profile.ICH),
    )


def _codes(element: Element) -> Iterator[Rule]:
    name = element.code_list
    if name is None or name == "TRUE":
        return
    if name == "COUNTRY":
        yield value_rule(
            element,
            CheckKind.CODE,
            "CODE",
            "must be an ISO 3166-1 country code or EU",
            "应为 ISO 3166-1 两位国家代码或 EU",
            test=lambda text: text.upper() not in COUNTRIES,
        )
    if name == "LANGUAGE":
        yield value_rule(
            element,
            CheckKind.CODE,
            "CODE",
            "must be a language of ISO 639-2",
            "应为 ISO 639-2 语言代码",
            test=languages.unknown,
        )
    if name in ("UNIT", "DOSE_UNIT"):
        yield _unit(element)
    labels = CODE_LISTS.get(name)
    if labels is not None:
        codes = tuple(label.code for label in labels)
        yield value_rule(
            element,
            CheckKind.CODE,
            "CODE",
            f"must be one of {', '.join(codes)}",
            f"应为 {'、'.join(codes)} 之一",
            test=outside(codes),
            allowed=codes,
            # The units are known, their spelling in ICH's constrained list was not at hand.
            severity=severity_of(element, warn=True) if name.endswith("_UNIT") else None,
        )


def _unit(element: Element) -> Rule:
    """FDA's gateway loads a message with another unit, so its profiles only warn."""
    severity = severity_of(element)
    severity |= {p: Severity.WARNING for p in AMERICA if p in severity}
    return value_rule(
        element,
        CheckKind.CODE,
        "UCUM",
        "must be a UCUM unit, small and capital letters as UCUM has them: 10*6/kg and not 10^6/kg,"
        " [iU] and not IU, {cells} and not cells",
        "应为 UCUM 单位（区分大小写）：写 10*6/kg 而非 10^6/kg，写 [iU] 而非 IU，写 {cells} 而非"
        " cells",
        test=lambda text: not is_ucum(text),
        severity=severity,
    )


def _types(element: Element) -> Iterator[Rule]:
    form = form_of(element)
    if form is None:
        return
    lenient = element.code_list == "COUNTRY"  # FDA publishes lower case itself
    yield value_rule(
        element,
        CheckKind.TYPE,
        "TYPE",
        f"must be {form.en}",
        f"应为{form.zh}",
        test=form.broken,
        severity=severity_of(element, warn=True) if lenient else None,
    )
    if element.code_list == "TRUE":
        yield value_rule(
            element,
            CheckKind.TRUE_ONLY,
            "TRUE",
            "is either true or not said; write NI or nothing instead of false",
            "只能为 true；“否”应填 NI 或不填，不得填 false",
            test=lambda text: text == "false",
            severity=severity_of(element, warn=True),
        )


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
            CheckKind.PRECISION,
            "PRECISION",
            f"must be precise {en}",
            f"须精确到{zh}",
            test=_coarser(_DIGITS[element.precision]),
        )
    if element.code not in _MAY_LIE_AHEAD:
        yield value_rule(
            element,
            CheckKind.FUTURE,
            "FUTURE",
            "must not lie in the future",
            "不得晚于当前时间",
        )


def table_rules() -> tuple[Rule, ...]:
    """Every rule that the element table implies, in table order."""
    makers = (_required, _length, _nulls, _codes, _types, _dates)
    return tuple(made for e in ELEMENTS.values() for maker in makers for made in maker(e))
