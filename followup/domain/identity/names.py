"""Personal names: one normal form, and every plain token a search may be typed as.

The product's own rule.
"""

import re
import unicodedata
from collections.abc import Sequence
from itertools import product

from followup.domain.identity.marks import visible

# Input methods and hospital systems write the dot of a minority name in at least these ways.
_DOTS = dict.fromkeys(map(ord, "•‧∙⋅・･．●˙ㆍᆞ᛫ᐧꞏ⸱⸳・"), "·")
_HAN = re.compile(
    "[\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]",
)
_WORD = re.compile(r"[^\W_]")
# Of a dot or dash between Han characters, of several dots, of a space between Han characters.
_BETWEEN = re.compile(rf"(?<={_HAN.pattern}) ?[.。\-_—–] ?(?={_HAN.pattern})")
_MANY_DOTS = re.compile(r" ?(?:· ?)+")
_APART = re.compile(rf"(?<={_HAN.pattern}) (?={_HAN.pattern})")
_SPACES = re.compile(r"\s+")
# Nearly every name of the register: it is its own normal form.
_NORMAL = re.compile(r"[\u4e00-\u9fff]+")
_MOST_PARTS = 6


def normalise_name(text: str) -> str:
    """The stored form of a name: NFKC, one kind of middle dot, single spaces, nothing invisible.

    Spaces between Han characters are dropped (`张 三` is `张三`), Latin words keep one space. The
    case is kept; `search_token` folds it. An empty text stays empty: the caller decides.
    """
    if not text or _NORMAL.fullmatch(text):
        return text
    # Dots first: NFKC would turn some of them into a full stop or a space.
    folded = _SPACES.sub(" ", visible(text.translate(_DOTS)).translate(_DOTS))
    folded = _MANY_DOTS.sub("·", _BETWEEN.sub("·", folded)).strip("· ")
    return unicodedata.normalize("NFKC", _APART.sub("", folded))


def search_token(text: str) -> str:
    """What a typed search is compared as: normal form, case folded, letters and digits only.

    Empty when nothing searchable was typed; the caller then searches nothing, never everything.
    """
    folded = unicodedata.normalize("NFKC", normalise_name(text).casefold())
    kept = "".join(c for c in folded if _WORD.match(c))
    return kept.replace("ü", "v")


def name_units(name: str) -> tuple[str, ...]:
    """The name in the units that have readings: each Han character, each run of other letters.

    Separators are no units. `阿·Smith` gives `("阿", "Smith")`.
    """
    units: list[str] = []
    running = False
    for character in normalise_name(name):
        if _HAN.match(character):
            units.append(character)
            running = False
        elif _WORD.match(character):
            if running:
                units[-1] += character
            else:
                units.append(character)
            running = True
        else:
            running = False
    return tuple(units)


def pinyin_spellings(syllable: str) -> frozenset[str]:
    """All keyboard spellings of one pinyin syllable, without tones: `lǚ` gives lv, lu and lyu.

    Accepts tone marks, tone digits, and ü written as ü, v or u:. Empty for a text without letters.
    """
    text = unicodedata.normalize("NFD", syllable.strip().casefold().replace("u:", "v"))
    # The two dots of ü carry the vowel and stay; the tone marks go.
    text = unicodedata.normalize("NFC", text.replace("u\u0308", "v"))
    letters = "".join(c for c in unicodedata.normalize("NFD", text) if "a" <= c <= "z")
    if not letters:
        return frozenset()
    if "v" in letters:
        return frozenset(letters.replace("v", other) for other in ("v", "u", "yu"))
    return frozenset({letters})


def _choices(unit: str, readings: Sequence[str]) -> tuple[str, ...]:
    """The spellings of one unit in a fixed order: the first reading's first, none repeated."""
    if not _HAN.match(unit[0]):
        readings = (*readings, unit)
        spelled = [search_token(reading) for reading in readings]
    else:
        spelled = [s for reading in readings for s in sorted(pinyin_spellings(reading))]
    return tuple(dict.fromkeys(s for s in spelled if s))


def _within(choices: list[tuple[str, ...]], limit: int) -> list[tuple[str, ...]]:
    """Drop alternatives from the end of the name until at most `limit` combinations remain."""
    kept = list(choices)
    count = 1
    for options in kept:
        count *= max(1, len(options))
    for index in range(len(kept) - 1, -1, -1):
        if count <= limit:
            break
        count //= max(1, len(kept[index]))
        kept[index] = kept[index][:1]
    return kept


def _prefixes(text: str) -> set[str]:
    return {text[:end] for end in range(1, len(text) + 1)}


def name_tokens(
    name: str, readings: Sequence[Sequence[str]], *, most_combinations: int = 256
) -> set[str]:
    """Every plain token under which a name must be found (the caller hashes them).

    * all contiguous substrings of the characters, separators left out;
    * the full pinyin of every combination of readings, with all its prefixes;
    * the initials of every combination, with all their prefixes.

    `readings` holds the pinyin readings of each unit of `name_units(name)`, tones allowed; a Latin
    word may have an empty list and is then read as itself. A name with so many readings that the
    combinations pass `most_combinations` loses alternatives from its end, never the surname's.
    Raises ValueError when the readings do not fit the units.
    """
    units = name_units(name)
    if len(units) != len(readings):
        raise ValueError(f"{len(readings)} readings for {len(units)} units of a name")
    plain = search_token(name)
    tokens = {
        plain[start:end] for start in range(len(plain)) for end in range(start + 1, len(plain) + 1)
    }
    choices = [_choices(unit, options) for unit, options in zip(units, readings, strict=True)]
    spoken = _within([options for options in choices if options], most_combinations)
    for combination in product(*spoken):
        tokens |= _prefixes("".join(combination))
        tokens |= _prefixes("".join(part[0] for part in combination))
    return tokens | _tokens_of_parts(name, units, choices)


def _tokens_of_parts(
    name: str, units: Sequence[str], choices: Sequence[tuple[str, ...]]
) -> set[str]:
    """A name of several parts is also looked for by each of them, and the other way round."""
    parts = [part for part in re.split(r"[· ]+", normalise_name(name)) if name_units(part)]
    if not 2 <= len(parts) <= _MOST_PARTS:
        return set()
    ways: list[tuple[str, str, str]] = []  # each part as written, spoken, in initials
    start = 0
    for part in parts:
        end = start + len(name_units(part))
        likeliest = [options[0] for options in choices[start:end] if options]
        spoken, initials = "".join(likeliest), "".join(sound[0] for sound in likeliest)
        ways.append((search_token(part), spoken, initials))
        start = end
    tokens: set[str] = set()
    for way in zip(*ways, strict=True):
        for place in range(1, len(way)):
            tokens |= _prefixes("".join(way[place:] + way[:place]))
        tokens |= _prefixes("".join(reversed(way)))
    return tokens - {""}


def sounds(name: str, readings: Sequence[Sequence[str]], *, most: int = 64) -> set[str]:
    """How the whole name may sound, in pinyin without tones; what two alike names share.

    Empty when a unit has no known reading: a name that cannot be spoken sounds like no other.
    """
    choices = [_choices(u, o) for u, o in zip(name_units(name), readings, strict=True)]
    if not choices or not all(choices):
        return set()
    return {"".join(combination) for combination in product(*_within(choices, most))}
