"""A second implementation of AS2 started by the tests: pyas2lib in packages of its own.

Its packages are installed once below `var/`, by the exact versions and hashes of the list beside
the script, and whole before another worker of the run sees them. pyas2lib 1.4.4 rests on oscrypto
1.3.0, which reads the version of OpenSSL as single digits and so does not import on 3.0.10 and
later; that pattern is mended in the copy. Where the packages cannot be had the test says so and is
skipped; nothing may be skipped where `.ci/run` runs.
"""

import base64
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from dev.paths import ROOT
from tests import peer_packages
from tests.pv.adapters.openssl_partner import Side

HERE = ROOT / "tests" / "as2_partner"
WANTED = HERE / "requirements.txt"
_READS_ONE_DIGIT, _READS_ANY = r"\\d\\.\\d\\.\\d[a-z]*", r"\\d+\\.\\d+\\.\\d+[a-z]*"


def _install(folder: Path) -> None:
    """The packages; a skip with the reason where that is not possible."""
    command = [sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    command += ["--target", str(folder), "--require-hashes", "-r", str(WANTED)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"pip did not install pyas2lib: {done.stderr[-300:]}")
    for name in ("_libcrypto_cffi.py", "_libcrypto_ctypes.py"):
        file = folder / "oscrypto" / "_openssl" / name
        text = file.read_text()
        assert _READS_ONE_DIGIT in text, "oscrypto reads the version in another way now"
        file.write_text(text.replace(_READS_ONE_DIGIT, _READS_ANY))


@dataclass(frozen=True)
class Pyas2:
    """The running partner."""

    url: str
    process: subprocess.Popen[str]

    def do(self, what: str, **asked: Any) -> Any:
        """Have it do one thing; its answer."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps({"do": what, **asked}) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, "the partner has ended"
        return json.loads(line)

    def make(self, content: bytes, message_id: str, **asked: Any) -> Any:
        """A message of the partner's; `how` are pyas2lib's own words."""
        return self.do("make", content=base64.b64encode(content).decode(), id=message_id, **asked)


@contextmanager
def running(own: Side, theirs: Side, stranger: Side, names: tuple[str, str]) -> Iterator[Pyas2]:
    """The partner until the end of the block; `names` are its own and the product's."""

    def pair(side: Side) -> str:
        return side.key.read_text() + side.certificate.read_text()

    settings = {
        "name": names[0],
        "partner": names[1],
        "own": pair(own),
        "theirs": theirs.certificate.read_text(),
        "another": stranger.certificate.read_text(),
        "stranger": pair(stranger),
    }
    packages = peer_packages.folder("as2-partner", (WANTED, Path(__file__)), _install)
    # -S: without the product's packages, which are those of the interpreter.
    process = subprocess.Popen(
        [sys.executable, "-S", str(HERE / "partner.py"), json.dumps(settings)],
        env={**os.environ, "PYTHONPATH": str(packages)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout
    try:
        url = process.stdout.readline().strip()
        assert url, "the partner did not start"
        yield Pyas2(url, process)
    finally:
        process.terminate()
        process.communicate(timeout=10)
