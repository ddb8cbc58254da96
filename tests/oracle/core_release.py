"""CDISC's own conformance rules (CORE) over a package of data sets, before a release.

    ./run oracle core PACKAGE.zip --rules FOLDER

PACKAGE is one of SAS transport files: the engine's package at the registry reads no Dataset-JSON
(findings/core_dataset_json.sh). FOLDER is a copy of the rules, such as the folder `Published` of
the repository cdisc-org/cdisc-open-rules: the package holds none. The engine wants a Python 3.12
of its own, which gets an environment under var/core. The report and its hash are put beside the
package into `PACKAGE.checked.zip`, as JSON and in words: what reported and what was not run, with
the reason. What is missing is named, with status 2.
"""

import argparse
import hashlib
import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

from dev.paths import VAR
from tests.oracle import core_outcomes

MISSING = 2
ENVIRONMENT = VAR / "core"
ENGINE = "cdisc-rules-engine==0.17.1"
SCRIPT = Path(__file__).with_name("core_engine.py")


def missing(package: Path, rules: Path, python: str) -> list[str]:
    """What the check cannot do without, in words; empty when it can run."""
    told = []
    if not zipfile.is_zipfile(package):
        told.append(f"{package} is no package of data sets: make one on the page Study data sets")
    else:
        with zipfile.ZipFile(package) as archive:
            if not any(name.endswith(".xpt") for name in archive.namelist()):
                told.append(f"{package} holds no SAS transport file: choose the format SAS XPT v5")
    if not _runs(python):
        told.append(f"{python} does not run; CORE wants Python 3.12 and no other version")
    if not any(rules.rglob("*.y*ml")):
        told.append(
            f"{rules} holds no rules: name a copy of the folder Published of "
            "cdisc-org/cdisc-open-rules"
        )
    return told


def _runs(python: str) -> bool:
    """Whether it is there and starts: a version manager leaves a name that does not."""
    if shutil.which(python) is None:
        return False
    call = [python, "--version"]
    return subprocess.run(call, capture_output=True, check=False).returncode == 0


def pack(package: Path, *reports: Path) -> Path:
    """The package and its reports in one archive, with the hash of each."""
    target = package.with_suffix(".checked.zip")
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        lines = []
        for path in (package, *reports):
            archive.write(path, path.name)
            lines.append(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n")
        archive.writestr("SHA256SUMS", "".join(lines))
    return target


def _environment(python: str) -> Path:
    inside = ENVIRONMENT / "bin" / "python"
    if not inside.exists():
        subprocess.run([python, "-m", "venv", str(ENVIRONMENT)], check=True)
    subprocess.run([str(inside), "-m", "pip", "install", "-q", ENGINE], check=True)
    return inside


def _about(package: Path, rules: Path, version: str) -> dict[str, str]:
    """What the check was made of and with."""
    found = sorted([*rules.rglob("*.yml"), *rules.rglob("*.yaml")])
    held = hashlib.sha256(b"".join(path.read_bytes() for path in found)).hexdigest()
    return {
        "Package": f"{package.name}, SHA-256 {hashlib.sha256(package.read_bytes()).hexdigest()}",
        "Guide": f"SDTMIG {version}",
        "Engine": ENGINE,
        "Files of rules": f"{len(found)}, SHA-256 over all {held}",
    }


def _check(package: Path, rules: Path, python: str) -> int:
    inside = _environment(python)
    with TemporaryDirectory() as place, zipfile.ZipFile(package) as archive:
        data = Path(place) / "data"
        for name in archive.namelist():
            if "/" not in name:
                archive.extract(name, data)
        guide = json.loads((data / "manifest.json").read_text(encoding="utf-8"))["guide"]
        call = [str(inside), str(SCRIPT), str(data), str(rules), "SDTMIG", guide["SDTM"]]
        done = subprocess.run(call, check=True, stdout=subprocess.PIPE)
        report = Path(place) / "core-report.json"
        report.write_bytes(done.stdout)
        told = json.loads(done.stdout)
        for issue in told["issues"]:
            print(json.dumps(issue, ensure_ascii=False))
        counts = ", ".join(f"{number} {state}" for state, number in sorted(told["counts"].items()))
        words = Path(place) / "core-report.txt"
        words.write_text(core_outcomes.summary(told, _about(package, rules, guide["SDTM"])))
        print(f"{counts}; {pack(package, report, words)} holds the report")
    return 1 if told["issues"] else 0


def main() -> int:
    """0: no rule reports anything; 1: some do; 2: the check could not run."""
    parser = argparse.ArgumentParser(prog="./run oracle core", description=__doc__.split("\n")[0])
    parser.add_argument("package", type=Path)
    parser.add_argument("--rules", type=Path, required=True)
    parser.add_argument("--python", default="python3.12")
    asked = parser.parse_args()
    told = missing(asked.package, asked.rules, asked.python)
    if told:
        print("CORE was not run:\n" + "\n".join(f"  {line}" for line in told), file=sys.stderr)
        return MISSING
    return _check(asked.package, asked.rules.resolve(), asked.python)


if __name__ == "__main__":
    sys.exit(main())
