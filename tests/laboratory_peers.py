"""Systems of laboratories that nobody here wrote, on Node: npm's simple-hl7, node-hl7-client, fhir.

Their packages are installed once below `var/`, by the exact versions and hashes of the lock beside
the script, and whole before another worker of the run sees them. Without Node or the packages the
test says so and is skipped; nothing may be skipped where `.ci/run` runs.
"""

import json
import subprocess
from collections.abc import Sequence
from typing import Any

from dev.paths import ROOT
from tests import peer_packages

HERE = ROOT / "tests" / "laboratory_systems"
FILES = [HERE / name for name in ("package.json", "package-lock.json", "peers.mjs")]


def _run(what: str, *arguments: object, given: str = "") -> list[dict[str, Any]]:
    folder = peer_packages.npm("laboratory-systems", FILES, "systems of laboratories")
    command = ["node", "peers.mjs", what, *map(str, arguments)]
    done = subprocess.run(
        command, cwd=folder, input=given, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return [json.loads(line) for line in done.stdout.splitlines()]


def sends(what: str, port: int, patient: str, day: str) -> dict[str, Any]:
    """One message of `simple` or `client` over MLLP; what the system read in the answer."""
    (said,) = _run(what, port, patient, day)
    return said


def faults(resources: Sequence[dict[str, Any]]) -> list[list[str]]:
    """What npm's validator of FHIR R4 finds wrong with each resource."""
    rows = _run("fhir", given="\n".join(map(json.dumps, resources)) + "\n")
    return [[f"{one['location']}: {one['message']}" for one in row["messages"]] for row in rows]
