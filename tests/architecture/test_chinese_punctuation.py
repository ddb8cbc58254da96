"""Chinese texts use Chinese punctuation: reference data, element table, catalogue."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polib
import pytest

ROOT = Path(__file__).parents[2]
HAN = "一-鿿"
HALF = re.compile(
    rf"(?<=[{HAN}）])[,;:!?](?!\d)|[,;:](?=[{HAN}])|\((?=[^()]*[{HAN}])|(?<=[{HAN}])\.(?=[{HAN}]|$)"
)
DOCUMENTS = sorted(ROOT.glob("*/reference/*.json"))
TABLES = sorted((ROOT / "pv/domain/e2b/table").glob("*.psv"))


def texts(data: Any) -> Iterator[str]:
    if isinstance(data, dict):
        for value in data.values():
            yield from texts(value)
    elif isinstance(data, list):
        for value in data:
            yield from texts(value)
    elif isinstance(data, str):
        yield data


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
def test_reference_data(path: Path) -> None:
    assert [t for t in texts(json.loads(path.read_text(encoding="utf-8"))) if HALF.search(t)] == []


@pytest.mark.parametrize("path", TABLES, ids=lambda path: path.stem)
def test_element_table(path: Path) -> None:
    last = [line.rpartition("|")[2] for line in path.read_text(encoding="utf-8").splitlines()]
    assert [text for text in last if HALF.search(text)] == []


def test_templates_leave_colon_and_comma_to_the_language() -> None:
    """What a template writes between two translated texts stands on Chinese pages too."""
    bad = re.compile(r"[%}]\}(?:</\w+>)?[:.;] |%\}, \{% translate|join:\"[,;]|\(\{[{%]")
    for path in sorted((ROOT / "templates").rglob("*.html")):
        whole = path.read_text(encoding="utf-8")
        own = re.sub(r"\{% blocktranslate.*?endblocktranslate %\}", "", whole, flags=re.DOTALL)
        assert bad.findall(own) == [], path


def test_catalogue() -> None:
    entries = polib.pofile(str(ROOT / "locale/zh_Hans/LC_MESSAGES/django.po"))
    said = [text for e in entries for text in (e.msgstr, *e.msgstr_plural.values())]
    assert said
    assert [text for text in said if HALF.search(text)] == []


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("凭记忆,可信", True),
        ("CRS,第 0 天", True),
        ("终点(注册)", True),
        ("凭记忆，可信（高）", False),
    ],
)
def test_the_rule_itself(text: str, wrong: bool) -> None:
    assert bool(HALF.search(text)) is wrong
