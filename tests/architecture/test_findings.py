"""Each finding is a short script that installs pinned packages and names no host."""

import os
import re

import pytest

from dev.paths import ROOT

FOLDER = ROOT / "findings"
SCRIPTS = sorted(FOLDER.glob("*.sh"))


def test_the_list_and_the_folder_agree() -> None:
    listed = re.findall(r"^\| `(\S+\.sh)` \|", (FOLDER / "README.md").read_text(), re.M)
    assert sorted(listed) == [path.name for path in SCRIPTS]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda p: p.name)
def test_a_finding_stands_alone(script) -> None:
    text = script.read_text(encoding="utf-8")
    assert os.access(script, os.X_OK)
    assert len(text.splitlines()) <= 60
    assert "://" not in text
    assert "trap" in text
    assert "mktemp -d" in text
    assert not re.search(r"\b(?:import|from) (?:followup|pv|dev)\b", text)
    pip = re.findall(r"pip\" install ((?:.|\\\n)*?) 2>", text)
    npm = re.findall(r"npm install ((?:.|\\\n)*?) >", text)
    packages = [w for i in pip + npm for w in i.split() if w != "\\" and not w.startswith("--")]
    assert packages
    assert [name for name in packages if not re.fullmatch(r"\S+(?:==|@)\d\S*", name)] == []
