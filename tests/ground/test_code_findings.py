"""What tools find in the product's code and in its pinned packages."""

import json
import re
import subprocess
from collections import Counter
from pathlib import Path

import pytest
from packaging.version import Version

from dev.checks.check import BIN, checks, judge
from dev.paths import ROOT

# Bandit's rules of high and medium severity, as ruff has them. S608 (SQL put together) is in the
# settings of the project already.
RULES = "S102,S103,S104,S108,S113,S2,S301,S302,S303,S306,S307,S308,S310,S323,S324,S5,S602,S604,S605"
RULES += ",S608,S609,S610,S611,S612,S7"
# Read by a person; each stays because of what stands beside it.
REVIEWED = {
    ("followup/core/security/one_time_codes.py", "S303"): "RFC 6238: authenticators know SHA-1",
    ("followup/core/templatetags/everwatch.py", "S308"): "our own drawing, its texts escaped",
    ("followup/web/matrix.py", "S308"): "a thousand cells a page, each text escaped once",
    ("followup/web/worklist.py", "S308"): "fifty lines a page, each text escaped once",
}


def findings(*places: str) -> Counter[tuple[str, str]]:
    command = [str(BIN / "ruff"), "check", "--select", RULES, "--no-cache", *places]
    done = subprocess.run(
        [*command, "--output-format", "json"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode in (0, 1), done.stderr
    rows = json.loads(done.stdout)
    return Counter((str(Path(row["filename"]).relative_to(ROOT)), row["code"]) for row in rows)


@pytest.mark.figure("F28")
@pytest.mark.requirement("ASVS-1.2.4", "ASVS-1.2.5", "ASVS-1.3.2", "ASVS-1.5.2", "ASVS-13.4.2")
@pytest.mark.requirement("ASVS-12.3.2")
def test_no_finding_of_high_or_medium_severity_is_unread(measured) -> None:
    seen = findings("followup", "pv")
    deployment = judge(next(check for check in checks() if check.name == "deployment settings"))
    unread = seen.keys() - REVIEWED.keys()
    measured(
        "F28",
        f"{len(unread)} findings nobody read, {sum(seen.values())} read and kept "
        f"(bandit's rules in ruff); check --deploy ended with {deployment.status}; "
        "no rules of our own in semgrep, the contracts of import-linter stand for them",
    )
    assert not unread
    assert seen.keys() == REVIEWED.keys(), "a reviewed place that is none any more"
    assert deployment.status == 0, deployment.output


@pytest.mark.requirement("ASVS-1.5.2")
def test_a_finding_is_seen() -> None:
    wrong = ROOT / "var" / "test_a_finding.py"
    wrong.write_text("import pickle\n\npickle.loads(b'')\n")
    try:
        assert findings(str(wrong)) == {("var/test_a_finding.py", "S301"): 1}
    finally:
        wrong.unlink()


@pytest.mark.figure("F29")
def test_no_pinned_package_is_below_the_version_that_closed_a_known_hole(measured) -> None:
    floors = json.loads((ROOT / "dev" / "checks" / "security_floors.json").read_text())["floors"]
    lines = (ROOT / "requirements.lock").read_text()
    pinned = dict(re.findall(r"^([a-z0-9.-]+)(?:\[[^]]*\])?==([^ \\;]+)", lines, re.MULTILINE))
    assert {row["package"] for row in floors} <= pinned.keys()
    below = [r["hole"] for r in floors if Version(pinned[r["package"]]) < Version(r["least"])]
    measured(
        "F29",
        f"{len(below)} of {len(floors)} packages with a floor are below it; {len(pinned)} are "
        "pinned, and the others were not asked of a list of known holes in this run "
        "(pip-audit --strict needs one)",
    )
    assert below == []
