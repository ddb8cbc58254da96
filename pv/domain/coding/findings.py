"""What a loaded dictionary says of the codes of a case: unknown, no longer current, not loaded.

Source: ICH E2B(R3) implementation guide: a MedDRA element holds the code of a lowest level term of
the version beside it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pv.domain.coding.coded_elements import CodedPlace
from pv.domain.e2b.checks import Finding, Severity


@dataclass(frozen=True, slots=True)
class _Words:
    en: str
    zh: str
    why_en: str
    why_zh: str
    severity: Severity


_UNKNOWN = _Words(
    "This version of MedDRA has no lowest level term with this code.",
    "该 MedDRA 版本中没有此编码的低位语。",
    "The receiver looks the code up in the version named beside it and rejects one it lacks.",
    "接收方按所列版本查找编码，查不到会被拒。",
    Severity.ERROR,
)
_OLD = _Words(
    "The term is no longer current in this version of MedDRA; choose a current one.",
    "该术语在此 MedDRA 版本中已非现行，请改选现行术语。",
    "Terms that are not current are kept for old data only.",
    "非现行术语仅为历史数据保留。",
    Severity.WARNING,
)
_NOT_LOADED = _Words(
    "This version of MedDRA is not loaded here, so the code was not looked up.",
    "此处未加载该 MedDRA 版本，未核对编码。",
    "A code nobody looked up may not exist.",
    "未经核对的编码可能不存在。",
    Severity.WARNING,
)


def dictionary_findings(
    places: Iterable[CodedPlace],
    loaded: frozenset[str],
    current: Mapping[tuple[str, str], bool],
) -> list[Finding]:
    """Findings about the codes of one message; none at all while no dictionary is loaded.

    `loaded` are the versions at hand; `current` says of each (version, code) that exists whether
    it is current. A code without its version is left to the rule that asks for the version.
    """
    if not loaded:
        return []
    found = []
    for place in places:
        if not place.code or not place.version:
            continue
        words = None
        if place.version not in loaded:
            words = _NOT_LOADED
        elif (place.version, place.code) not in current:
            words = _UNKNOWN
        elif not current[place.version, place.code]:
            words = _OLD
        if words is not None:
            found.append(_finding(place, words))
    return found


def _finding(place: CodedPlace, words: _Words) -> Finding:
    code = place.element.code
    return Finding(
        f"ICH.{code}.DICTIONARY",
        words.severity,
        code,
        place.path,
        1,
        words.en,
        words.zh,
        words.why_en,
        words.why_zh,
    )
