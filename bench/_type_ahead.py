"""Coding type-ahead over a full-size synthetic dictionary: two languages in two versions.

No term of a licensed dictionary: invented words in the layout of a MedAscii folder.
"""

import os
from collections.abc import Iterator
from random import Random
from typing import Any

import psycopg

from bench._measure import Call, alternate, row, wall
from followup.core.actor import Actor
from pv.actions import coding
from pv.domain.coding import folded_term
from pv.models import DictionaryTerm
from pv.queries import dictionaries

PREFERRED, LOWEST = (24_000, 90_000), (400, 1_500)
VERSIONS = ("90.0", "90.1")
_SYLLABLES = "mo fer li ree this bar roo lea fe ra pai no ther ost gly nep hym".split()
# 8,000 words of two to four syllables, 1,500 characters; a few of each are in many terms.
WORDS = [
    "".join(Random(number).choices(_SYLLABLES, k=2 + number % 3)) + "aeiou"[number % 5]
    for number in range(8_000)
]
SIGNS = [chr(0x4E00 + 13 * number) for number in range(1_500)]
_SKEW = 2.5
# The commonest beginnings and rare ones, as one types: two signs at the least.
PROBES = {
    "en": (WORDS[0], WORDS[1][:4], WORDS[40], WORDS[900], f"{WORDS[2]} {WORDS[5][:3]}"),
    "zh": (SIGNS[0] + SIGNS[1], SIGNS[30] + SIGNS[4], SIGNS[200] + SIGNS[0], SIGNS[2] + SIGNS[9]),
}


def _some(random: Random, of: list[str], count: int) -> list[str]:
    return [of[int(len(of) * random.random() ** _SKEW)] for _ in range(count)]


def _name(random: Random, language: str, number: int) -> str:
    if language == "zh":
        return "".join(_some(random, SIGNS, random.randint(4, 9))) + f"{number}"
    return " ".join(_some(random, WORDS, random.randint(2, 5))) + f" {number}"


def _files(version: str, language: str, sizes: tuple[int, int]) -> dict[str, bytes]:
    random, (preferred, lowest) = Random(f"{language}"), sizes
    llt, pt, places = [], [], []
    for number in range(lowest):
        code, above = 10_000_000 + number, 10_000_000 + number % preferred
        name = _name(random, language, number)
        llt.append(f"{code}${name}${above}$$$$$$$Y$$")
        if number < preferred:
            pt.append(f"{code}${name}$$10099999$$$$$$$$")
            places.append(f"{code}$10090000$10095000$10099999${name}$A$B$C$D$$10099999$Y$")
    texts = {"llt.asc": llt, "pt.asc": pt, "mdhier.asc": places}
    files = {key: "\n".join(lines).encode() for key, lines in texts.items()}
    named = "English" if language == "en" else "Chinese"
    return files | {"meddra_release.asc": f"{version}${named}$$$$".encode()}


def cases(quick: bool) -> Iterator[dict[str, Any]]:
    """Wall time of one search in each language; the limit is 15 ms, beside the bare index scan."""
    sizes = LOWEST if quick else PREFERRED
    for version in VERSIONS:
        for language in ("en", "zh"):
            coding.load_release(Actor.process("bench"), _files(version, language, sizes))
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as owner:
        owner.execute("ANALYZE pv_dictionaryterm")  # as autovacuum does within a minute
    for language, probes in PROBES.items():
        release = dictionaries.release(VERSIONS[1], language)
        turn = {"ours": 0, "bare": 0}

        def text(name: str, probes: tuple[str, ...] = probes, turn: dict[str, int] = turn) -> str:
            turn[name] += 1
            return probes[turn[name] % len(probes)]

        def ours(language: str = language, text: Any = text) -> None:
            dictionaries.suggest(VERSIONS[1], language, text("ours"))

        def bare(release: Any = release, text: Any = text) -> None:
            rows = DictionaryTerm.objects.filter(
                release=release, folded__startswith=folded_term(text("bare"))
            )
            list(rows.order_by("folded")[: dictionaries.SHOWN])

        calls: list[Call] = [ours, bare]
        for call in calls:
            call()
        times = alternate(calls, rounds=8 if quick else 80, clock=wall)
        more = {"terms": sizes[1], "target_us": 15_000, "worst_us": round(max(times[0]), 1)}
        yield row("J8", f"coding type-ahead {language}", 1, times[0], times[1], **more)
