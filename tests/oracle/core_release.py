"""CDISC's own conformance rules (CORE) over a package of data sets, before a release.

    ./run oracle core PACKAGE.zip --engine FOLDER

FOLDER is a copy of the repository cdisc-org/cdisc-rules-engine: the package of that name at the
registry holds neither its command line nor its rules, which lie in `resources/cache`. The engine
wants a Python 3.12 of its own, which gets an environment under var/core. The report and its hash
are put beside the package into `PACKAGE.checked.zip`. What is missing is named, with status 2.
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

MISSING = 2
ENVIRONMENT = VAR / "core"


def missing(package: Path, engine: Path | None, python: str) -> list[str]:
    """What the check cannot do without, in words; empty when it can run."""
    told = []
    if not zipfile.is_zipfile(package):
        told.append(f"{package} is no package of data sets: make one on the page Study data sets")
    if not _runs(python):
        told.append(f"{python} does not run; CORE wants Python 3.12 and no other version")
    if engine is None or not (engine / "core.py").is_file():
        told.append("core.py: name a copy of cdisc-org/cdisc-rules-engine with --engine")
    elif not list((engine / "resources" / "cache").glob("rules*")):
        told.append(f"{engine}/resources/cache holds no rules: `core.py update-cache` fetches them")
    return told


def _runs(python: str) -> bool:
    """Whether it is there and starts: a version manager leaves a name that does not."""
    if shutil.which(python) is None:
        return False
    call = [python, "--version"]
    return subprocess.run(call, capture_output=True, check=False).returncode == 0


def command(
    python: Path, engine: Path, data: Path, mapping: dict[str, str], out: Path
) -> list[str]:
    """The call of the engine; `mapping` are the versions the manifest of the package names."""
    return [
        str(python), str(engine / "core.py"), "validate",
        "--standard", "sdtmig", "--version", mapping["SDTM"].replace(".", "-"),
        "--data", str(data), "--define-xml-path", str(data / "define.xml"),
        "--cache", str(engine / "resources" / "cache"),
        "--output", str(out.with_suffix("")), "--output-format", "JSON",
    ]  # fmt: skip


def pack(package: Path, report: Path) -> Path:
    """The package and the report in one archive, with the hash of each."""
    target = package.with_suffix(".checked.zip")
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        lines = []
        for path in (package, report):
            archive.write(path, path.name)
            lines.append(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n")
        archive.writestr("SHA256SUMS", "".join(lines))
    return target


def _environment(engine: Path, python: str) -> Path:
    inside = ENVIRONMENT / "bin" / "python"
    if not inside.exists():
        subprocess.run([python, "-m", "venv", str(ENVIRONMENT)], check=True)
        wanted = engine / "requirements.txt"
        subprocess.run([str(inside), "-m", "pip", "install", "-q", "-r", str(wanted)], check=True)
    return inside


def _check(package: Path, engine: Path, python: str) -> int:
    inside = _environment(engine, python)
    with TemporaryDirectory() as place, zipfile.ZipFile(package) as archive:
        data = Path(place) / "data"
        for name in archive.namelist():
            if "/" not in name:
                archive.extract(name, data)
        guide = json.loads((data / "manifest.json").read_text(encoding="utf-8"))["guide"]
        for name in ("manifest.json", "reviewers-guide.pdf"):
            (data / name).unlink()
        report = Path(place) / "core-report.json"
        subprocess.run(command(inside, engine, data, guide, report), cwd=engine, check=True)
        found = json.loads(report.read_text(encoding="utf-8")).get("Issue_Summary", [])
        for row in found:
            print(json.dumps(row, ensure_ascii=False))
        print(f"{len(found)} rules report something; {pack(package, report)} holds the report")
    return 1 if found else 0


def main() -> int:
    """0: no rule reports anything; 1: some do; 2: the check could not run."""
    parser = argparse.ArgumentParser(prog="./run oracle core", description=__doc__.split("\n")[0])
    parser.add_argument("package", type=Path)
    parser.add_argument("--engine", type=Path)
    parser.add_argument("--python", default="python3.12")
    given = parser.parse_args()
    told = missing(given.package, given.engine, given.python)
    if told or given.engine is None:
        print("CORE was not run:\n" + "\n".join(f"  {line}" for line in told), file=sys.stderr)
        return MISSING
    return _check(given.package, given.engine.resolve(), given.python)


if __name__ == "__main__":
    sys.exit(main())
