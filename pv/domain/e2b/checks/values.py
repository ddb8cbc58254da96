"""Rules about one value, made from the element table: length, nullFlavor, code, type, date."""

from collections.abc import Iterator

from pv.domain.e2b.checks.countries import COUNTRIES
from pv.domain.e2b.checks.dates import DAY, SECOND, moment
from pv.domain.e2b.checks.forms import form_of, outside
from pv.domain.e2b.checks.profiles import (
    AMERICA,
    CHINA,
    EUROPE,
    Profile,
    Severity,
    errors,
    receivers,
    warnings,
)
from pv.domain.e2b.checks.rule import (
    GUIDE,
    Authority,
    Kind,
    Rule,
    Text,
    ValueTest,
    reason_for,
    rule,
)
from pv.domain.e2b.checks.walk import Facts, Place
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
_PLACEHOLDERS = (oid("MPID"), oid("PHPID"), oid("SUBSTANCE"))
_PLACEHOLDER_VERSIONS = frozenset(
    code[:-1] + "a" for code, element in ELEMENTS.items() if element.system in _PLACEHOLDERS
)
_MAY_LIE_AHEAD = ("G.k.4.r.CN.1",)  # an expiry date is meant to lie ahead
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


def length_rule(
    element: Element,
    limit: int,
    severity: dict[Profile, Severity] | None = None,
    authority: Authority | None = None,
) -> Rule:
    """The rule that a value holds at most ``limit`` characters."""
    return value_rule(
        element,
        Kind.LENGTH,
        "LEN",
        f"holds at most {limit} characters",
        f"最多 {limit} 个字符",
        limit=limit,
        severity=severity,
        authority=authority,
    )


def _length(element: Element) -> Iterator[Rule]:
    if element.max_length is None or element.type is DataType.REFERENCE:
        return
    # Identifiers of ISO IDMP are placeholders in ICH's guide, so their lengths only warn.
    provisional = element.system in _PLACEHOLDERS or element.code in _PLACEHOLDER_VERSIONS
    yield length_rule(
        element, element.max_length, _severity(element, warn=True) if provisional else None
    )


def _flavors(flavors: tuple[str, ...]) -> tuple[str, str]:
    if not flavors:
        return "allows no nullFlavor", "不允许使用 nullFlavor"
    return (
        f"allows only nullFlavor {', '.join(flavors)}",
        f"只允许 nullFlavor {'、'.join(flavors)}",
    )


def _nulls(element: Element) -> Iterator[Rule]:
    """FDA takes more nullFlavors for some ICH elements; ICH's own profile then only warns."""
    if element.type is DataType.REFERENCE:
        return
    severity = None
    if element.fda_nulls:
        both = element.nulls + element.fda_nulls
        severity = errors(*CHINA, *EUROPE)
        yield value_rule(
            element,
            Kind.NULL_FLAVOR,
            "NULL",
            *_flavors(both),
            allowed=both,
            severity=errors(Profile.ICH, *AMERICA),
            authority=Authority.FDA,
        )
        yield _american_null(element)
    yield value_rule(
        element,
        Kind.NULL_FLAVOR,
        "NULL",
        *_flavors(element.nulls),
        allowed=element.nulls,
        severity=severity,
    )


def _american_null(element: Element) -> Rule:
    names = ", ".join(element.fda_nulls)

    def broken(_: Facts, place: Place) -> bool:
        return place.flavor(element.code) in element.fda_nulls

    return rule(
        Authority.ICH,
        element.code,
        "FDANULL",
        broken,
        f"{element.name_en} ({element.code}): only FDA accepts nullFlavor {names}.",
        f"{element.code}（{element.name_zh}）：nullFlavor {names} 仅 FDA 接受。",
        kind=Kind.NULL_FLAVOR,
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
            test=outside(codes),
            allowed=codes,
            # The units are known, their spelling in ICH's constrained list was not at hand.
            severity=_severity(element, warn=True) if name.endswith("_UNIT") else None,
        )


def _types(element: Element) -> Iterator[Rule]:
    form = form_of(element)
    if form is None:
        return
    lenient = element.code_list == "COUNTRY"  # FDA publishes lower case itself
    yield value_rule(
        element,
        Kind.TYPE,
        "TYPE",
        f"must be {form.en}",
        f"应为{form.zh}",
        test=form.broken,
        severity=_severity(element, warn=True) if lenient else None,
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
    if element.code not in _MAY_LIE_AHEAD:
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
