"""A worker imports tasks alone, so every kind of job must be registered by importing them."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ASK = """
import django
django.setup()
import sys
import followup.tasks, pv.tasks
print("\\n".join(sys.modules))
"""


def test_a_worker_knows_every_kind_of_job() -> None:
    modules = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for package in ("followup", "pv")
        for path in (ROOT / package).rglob("*.py")
        if re.search(r"^@jobs\.handler\(", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert len(modules) > 5
    asked = [sys.executable, "-c", ASK]
    done = subprocess.run(asked, capture_output=True, text=True, check=True, cwd=ROOT)
    assert sorted(modules - set(done.stdout.split())) == []
