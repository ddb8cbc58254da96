"""`./run oracle NAME`: the long comparisons of tests/oracle at release size."""

import os
import subprocess
import sys

from dev.places import ROOT

FOLDER = ROOT / "tests" / "oracle"
# How many examples a release wants; CI runs the same modules with a small sample.
RELEASE = {
    "schedules": "1000000",
    "forecast": "20000",
    "duplicates": "200000",
    "icsr": "10000",
    "mutations": "10000",
}


def module_of(name: str) -> str:
    """The test module of an oracle; SystemExit lists those there are."""
    for candidate in (f"test_{name}_oracle.py", f"test_{name}.py", f"{name}.py"):
        if (FOLDER / candidate).exists():
            return str((FOLDER / candidate).relative_to(ROOT))
    there = ", ".join(sorted(path.stem for path in FOLDER.glob("*.py"))) or "none yet"
    raise SystemExit(f"No oracle named {name} in tests/oracle ({there})")


def main() -> int:
    """Run the named oracles; EVERWATCH_EXAMPLES changes their size."""
    arguments = [part for part in sys.argv[1:] if part.startswith("-")]
    names = [part for part in sys.argv[1:] if not part.startswith("-")]
    if not names:
        raise SystemExit("Usage: ./run oracle NAME, with NAME one of " + ", ".join(RELEASE))
    status = 0
    for name in names:
        environment = {"EVERWATCH_EXAMPLES": RELEASE.get(name, "10000"), **os.environ}
        command = [sys.executable, "-m", "pytest", "-s", module_of(name), *arguments]
        status = subprocess.call(command, cwd=ROOT, env=environment) or status
    return status


if __name__ == "__main__":
    sys.exit(main())
