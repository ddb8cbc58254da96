"""The one element table of E2B(R3): reader, writer, checks, dictionary and forms read nothing else.

Sources: the tables beside this module: ICH's elements (IG 5.03), NMPA's regional guide
of 2019-11-22, FDA's regional elements and the EU's. Names are in our own words.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType

from followup.languages import is_chinese
from pv.domain.e2b.systems import NAMED, oid

TABLE = Path(__file__).with_name("table")
UNKNOWN_FORM = "#unknown"
FIXED_UNITS = ("kg", "cm")
ICH_FILES = ("header", "case", "patient", "reaction", "drug")


class Profile(StrEnum):
    """Whose message it is: the ICH core alone, with one region's elements, or with everybody's.

    A partner is a company: it is sent all that is known, whichever authority asked for it.
    """

    ICH = "ich"
    NMPA = "nmpa"
    FDA = "fda"
    EU = "eu"
    PARTNER = "partner"


EVERY_PROFILE = frozenset(Profile)
REGIONS = (Profile.NMPA, Profile.FDA, Profile.EU)


class DataType(StrEnum):
    """What a value is written with (ICH data types; dates keep their own precision)."""

    TEXT = "AN"
    LETTERS = "A"
    NUMBER = "N"
    BOOLEAN = "BL"
    DATE = "DT"
    DOCUMENT = "ED"
    REFERENCE = "ID"


class Conformance(StrEnum):
    """ICH's or the region's demand: always, under a condition, or optional."""

    MANDATORY = "M"
    CONDITIONAL = "C"
    OPTIONAL = "O"


class Precision(StrEnum):
    """The least precise date an element may hold (ICH IG, date rules)."""

    SECOND = "second"
    DAY = "day"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class Element:
    """One data element.

    ``group`` is the code of the repeating group it belongs to ("" for once per ICSR, "N.1" for
    the batch); ``path`` leads to it from that group's XML element; ``max_length`` is in
    characters; ``nulls`` are ICH's nullFlavors, ``more_nulls`` those a region adds and
    ``less_nulls`` those a region does not take; ``code_list`` names a list of `CODE_LISTS` or a
    dictionary (MEDDRA, COUNTRY, LANGUAGE, UNIT, DOSE_UNIT);
    ``system`` is the OID that codes are written with ("" when the region names none), None when
    the element is no code; ``unit`` is the one UCUM unit a bare number is in (D.3, D.4).
    """

    code: str
    group: str
    path: str
    type: DataType
    precision: Precision | None
    max_length: int | None
    nulls: tuple[str, ...]
    more_nulls: Mapping[Profile, tuple[str, ...]]
    less_nulls: Mapping[Profile, tuple[str, ...]]
    code_list: str | None
    system: str | None
    unit: str | None
    conformance: Conformance
    name_en: str
    name_zh: str
    profiles: frozenset[Profile]

    def name(self, language: str) -> str:
        """The element's name in ``en`` or ``zh`` (any tag beginning with zh)."""
        return self.name_zh if is_chinese(language) else self.name_en

    def nulls_for(self, profile: Profile) -> tuple[str, ...]:
        """The nullFlavors a receiver of this profile takes here."""
        if profile is Profile.PARTNER:
            return self.any_nulls()
        taken = self.nulls + self.more_nulls.get(profile, ())
        less = self.less_nulls.get(profile, ())
        return tuple(flavor for flavor in taken if flavor not in less)

    def any_nulls(self) -> tuple[str, ...]:
        """The nullFlavors that some receiver takes here."""
        return tuple(
            dict.fromkeys((*self.nulls, *(n for m in self.more_nulls.values() for n in m)))
        )

    @property
    def written(self) -> bool:
        """Whether its XML form is known; a value without one is kept here and never sent."""
        return self.path != UNKNOWN_FORM

    @property
    def home(self) -> Profile:
        """The region that knows the element: ICH for everybody's."""
        return next((p for p in REGIONS if self.regional and p in self.profiles), Profile.ICH)

    @property
    def regional(self) -> bool:
        """True when only one region knows the element."""
        return self.profiles != EVERY_PROFILE


@dataclass(frozen=True, slots=True)
class Group:
    """A repeating group: its parent group, its place in the parent's XML, its names."""

    code: str
    parent: str | None
    path: str
    profiles: frozenset[Profile]
    name_en: str
    name_zh: str

    def name(self, language: str) -> str:
        """The group's name in ``en`` or ``zh``."""
        return self.name_zh if is_chinese(language) else self.name_en


@dataclass(frozen=True, slots=True)
class Label:
    """One code of a code list with its label in both languages, in our words."""

    code: str
    en: str
    zh: str

    def text(self, language: str) -> str:
        """The label in ``en`` or ``zh``."""
        return self.zh if is_chinese(language) else self.en


def _rows(name: str) -> list[dict[str, str]]:
    lines = (TABLE / f"{name}.psv").read_text(encoding="utf-8").splitlines()
    keys = lines[0].split("|")
    return [dict(zip(keys, line.split("|"), strict=True)) for line in lines[1:]]


def _profiles(region: str) -> frozenset[Profile]:
    return EVERY_PROFILE if region == "all" else frozenset({Profile(region), Profile.PARTNER})


def _groups() -> Mapping[str, Group]:
    found = {}
    for row in _rows("groups"):
        code = row["code"]
        parent = None if code in ("", "N.1") else row["parent"]
        region = _profiles(row["profiles"])
        found[code] = Group(code, parent, row["path"], region, row["en"], row["zh"])
    return MappingProxyType(found)


GROUPS: Mapping[str, Group] = _groups()
_BY_LENGTH = sorted((code for code in GROUPS if code), key=len, reverse=True)


def _group_of(code: str) -> str:
    """The group whose code the element's code begins with; FDA.D.12 belongs to no group."""
    return next((g for g in _BY_LENGTH if code == g or code.startswith(g + ".")), "") or (
        _regional_group(code)
    )


def _regional_group(code: str) -> str:
    """The group of a code that carries its region in front: FDA.E.i.3.2h is said of E.i."""
    plain = code.removeprefix("FDA.")
    return next((g for g in _BY_LENGTH if plain.startswith(g + ".")), "")


def _system(name: str) -> str | None:
    if name == "?":
        return ""
    return oid(name) if name in NAMED or name[:1] == "L" else None


def _regional(words: Iterable[str]) -> Mapping[Profile, tuple[str, ...]]:
    """``fda:NI eu:UNK`` by region."""
    found: dict[Profile, tuple[str, ...]] = {}
    for word in words:
        region, colon, flavor = word.partition(":")
        if colon:
            found[Profile(region)] = (*found.get(Profile(region), ()), flavor)
    return MappingProxyType(found)


def _element(row: dict[str, str], region: str) -> Element:
    kind, _, precision = row["type"].partition(":")
    nulls = row["nulls"].split()
    return Element(
        code=row["code"],
        group=_group_of(row["code"]),
        path=row["path"],
        type=DataType(kind),
        precision=Precision(precision) if precision else None,
        max_length=int(row["max"]) if row["max"] else None,
        nulls=tuple(n for n in nulls if ":" not in n),
        more_nulls=_regional(n for n in nulls if not n.startswith("-")),
        less_nulls=_regional(n[1:] for n in nulls if n.startswith("-")),
        code_list=row["list"] or None,
        system=_system(row["system"]),
        unit=row["system"] if row["system"] in FIXED_UNITS else None,
        conformance=Conformance(row["conformance"]),
        name_en=row["en"],
        name_zh=row["zh"],
        profiles=_profiles(region),
    )


def _elements() -> Mapping[str, Element]:
    found = {}
    for name in (*ICH_FILES, *(p.value for p in REGIONS)):
        region = "all" if name in ICH_FILES else name
        for row in _rows(name):
            found[row["code"]] = _element(row, region)
    return MappingProxyType(found)


def _code_lists() -> Mapping[str, tuple[Label, ...]]:
    found: dict[str, list[Label]] = {}
    for row in _rows("codelists"):
        found.setdefault(row["list"], []).append(Label(row["code"], row["en"], row["zh"]))
    return MappingProxyType({name: tuple(labels) for name, labels in found.items()})


ELEMENTS: Mapping[str, Element] = _elements()
CODE_LISTS: Mapping[str, tuple[Label, ...]] = _code_lists()
# ISO 3166-1 alpha-2 with the EU that ICH adds. Names are those of CLDR, of parts of China those of
# ISO 3166. An open dictionary: the standard's case is not asked of a code that is only shown.
COUNTRIES: Mapping[str, Label] = MappingProxyType(
    {row["code"]: Label(row["code"], row["en"], row["zh"]) for row in _rows("countries")}
)
HEADINGS: Mapping[str, Label] = MappingProxyType(
    {row["code"]: Label(row["code"], row["en"], row["zh"]) for row in _rows("headings")}
)


def group(code: str) -> Group:
    """The repeating group with this code. Raises KeyError when the table does not know it."""
    return GROUPS[code]


def code_list(name: str) -> tuple[Label, ...] | None:
    """The codes of a closed list with labels, or None for an open dictionary such as MedDRA."""
    return CODE_LISTS.get(name)


def label(code: str, value: str, language: str) -> str | None:
    """The label of a coded value of an element, or None when its list does not hold it."""
    listed = ELEMENTS[code].code_list or ""
    if listed == "COUNTRY":
        return country(value, language)
    labels = CODE_LISTS.get(listed, ())
    return next((item.text(language) for item in labels if item.code == value), None)


def is_country(code: str) -> bool:
    """Whether two capital letters are a country of the list, and no mistyped one."""
    return code in COUNTRIES


def country(code: str, language: str) -> str | None:
    """What a country is called, or None for a code that is none."""
    found = COUNTRIES.get(code.upper())
    return found.text(language) if found else None
