"""Phrases that may not come back: pages and docstrings use the words of docs/glossary.md."""

import ast
import io
import re
import tokenize
from collections.abc import Iterable, Iterator
from pathlib import Path

import polib
import pytest

ROOT = Path(__file__).resolve().parents[2]
CATALOGUE = ROOT / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"

# What may not be read, and what the field says instead.
EVERYWHERE = {
    r"\blegal ends?\b": "statutory deadline",
    r"\bin vain\b": "unsuccessful",
    r"\banew\b": "again",
    r"\btrail of changes\b": "audit trail",
    r"\bfollow-up standing\b": "follow-up status",
    r"\bthe own\b": "one's own, the actor's",
    r"\bstands? (in|on)\b(?! for)": "is in, rests on",
    r"\b(one|once|\d+ MB)( \w+)? an? (column|country|line|package|process|record|request"
    r"|round|row|rung|sweep|visit)\b": "per",
    r"\b(the|an?) address(es)? (of|behind) (the|a|one's own) (calendar|database|page)\b": "URL",
    r"\bon file\b": "recorded",
    r"\b(take|takes|taken|took|taking)( \w+){0,3} back\b": "undo, retract",
    r"\b(un)?judg(e[ds]?|ing)\b|\bjudge?ment\b": "assess, assessment",
    r"\bby itself\b": "automatically",
    r"\b(the|next|a|\)[ds]) (try|tries)\b": "contact attempt",
}
ON_PAGES = EVERYWHERE | {
    r"\blook first\b": "warning",
    r"\bthrow away\b": "discard",
    r"\bhas moved on\b": "moved to the next stage",
}
# A sample that has moved on was sent on: that is meant.
MEANT = {
    "This step is not possible now: the sample has moved on. Reload the page.",
}


def phrases(texts: Iterable[str], forbidden: dict[str, str]) -> Iterator[str]:
    """Each text with a phrase that may not come back, and what to say instead."""
    for text in texts:
        plain = " ".join(text.split())
        for pattern, better in forbidden.items():
            if plain not in MEANT and re.search(pattern, plain, re.IGNORECASE):
                yield f"{plain!r}: {better}"


def messages(catalogue: polib.POFile) -> Iterator[str]:
    """The English source of every message, plurals included."""
    for entry in catalogue:
        yield entry.msgid
        if entry.msgid_plural:
            yield entry.msgid_plural


def docstrings(source: str) -> Iterator[str]:
    """The docstrings of a module, its classes and its functions."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield ast.get_docstring(node) or ""


def comments(source: str) -> Iterator[str]:
    """The comments of a module, those that follow each other as one text."""
    lines: list[str] = []
    last = 0
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            if token.start[0] != last + 1 and lines:
                yield " ".join(lines)
                lines = []
            last = token.start[0]
            lines.append(token.string.lstrip("# "))
    yield " ".join(lines)


def test_messages_use_the_words_of_the_field() -> None:
    assert list(phrases(messages(polib.pofile(str(CATALOGUE))), ON_PAGES)) == []


@pytest.mark.parametrize("package", ["followup", "pv", "dev", "bench"])
def test_docstrings_and_comments_use_the_words_of_the_field(package: str) -> None:
    faults = [
        f"{path.relative_to(ROOT)}: {fault}"
        for path in sorted((ROOT / package).rglob("*.py"))
        if "migrations" not in path.parts
        for read in (docstrings, comments)
        for fault in phrases(read(path.read_text(encoding="utf-8")), EVERYWHERE)
    ]
    assert faults == []


@pytest.mark.parametrize(
    ("text", "better"),
    [
        ("The legal\n    end has passed.", "statutory deadline"),
        ("Take the death back", "undo, retract"),
        ("%(n)s tries on file", "recorded"),
        ("Level judged by itself", "assess, assessment"),
        ("Day of the try", "contact attempt"),
    ],
)
def test_a_phrase_that_came_back_is_found(text: str, better: str) -> None:
    assert any(better in fault for fault in phrases([text], ON_PAGES))


@pytest.mark.parametrize(
    "text",
    [
        "One row a request.",
        "raised once a sweep",
        "Taking back an infusion",
        "what stands in the settings",
        "Closes the own session",
        "# An attempt; the\n# next try follows.",
    ],
)
def test_a_phrase_that_came_back_in_code_is_found(text: str) -> None:
    source = text if text.startswith("#") else f'"""{text}"""\n'
    texts = [*docstrings(source), *comments(source)]
    assert list(phrases(texts, EVERYWHERE))


def test_words_that_only_look_alike_are_left_alone() -> None:
    assert list(phrases(["Please try again.", "Owned by you"], ON_PAGES)) == []


def test_docstrings_are_found_at_every_depth() -> None:
    source = '"""A."""\nclass B:\n    """B."""\n    def c(self):\n        """C."""\n'
    assert {"A.", "B.", "C."} <= set(docstrings(source))
