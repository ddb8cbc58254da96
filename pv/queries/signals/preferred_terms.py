"""Terms of cases as MedDRA counts them: a lowest level term is counted as its preferred term."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pv.queries import dictionaries

LANGUAGES = ("en", "zh")
_CODE = re.compile(r"\d{8}", re.ASCII)


@dataclass(frozen=True, slots=True)
class PreferredTerms:
    """Codes of the newest loaded release with their preferred term; empty while none is loaded."""

    codes: Mapping[str, str]
    names: Mapping[str, Mapping[str, str]]
    """Names of a preferred term by language, by its code."""

    def of(self, term: str) -> str:
        """The preferred term of a code; what is no code of the release stays as it is."""
        return self.codes.get(term, term)

    def name(self, term: str, language: str) -> str:
        """The name of a preferred term; empty for what is none."""
        known = self.names.get(term, {})
        return known.get(language) or next(iter(known.values()), "")


def preferred_terms(terms: Iterable[str]) -> PreferredTerms:
    """Those of some terms that the newest loaded release of the dictionary holds."""
    numbers = {int(term) for term in terms if _CODE.fullmatch(term)}
    version = next(iter(dictionaries.versions()), None)
    codes: dict[str, str] = {}
    names: dict[str, dict[str, str]] = {}
    if version is None or not numbers:
        return PreferredTerms(codes, names)
    for language in LANGUAGES:
        if language not in dictionaries.languages(version):
            continue
        for code, found in dictionaries.terms(version, language, numbers).items():
            preferred = str(found.term.pt_code)
            codes[str(code)] = preferred
            names.setdefault(preferred, {})[language] = found.pt_name
    return PreferredTerms(codes, names)
