"""A 2 MB ICSR signed and encrypted for a gateway against `openssl cms` doing the same.

Openssl writes what ours does: a detached signature, the multipart around it, the envelope; two
commands, each with its start. Times are CPU of this process and its children.
"""

import resource
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from bench._measure import alternate, row
from pv.adapters.as2 import messages
from pv.adapters.as2.signatures import OwnKey, decrypt

SIZE = 2_000_000
TARGET = 1.5


def _spent(call: Callable[[], Any]) -> float:
    """CPU microseconds of this process and of what it started."""

    def now() -> float:
        found = [resource.getrusage(w) for w in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        return sum(one.ru_utime + one.ru_stime for one in found)

    before = now()
    call()
    return (now() - before) * 1_000_000


def _openssl(*arguments: object) -> None:
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)


def _side(folder: Path, name: str) -> tuple[Path, Path]:
    key, certificate = folder / f"{name}.key", folder / f"{name}.pem"
    request = ("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}")
    _openssl(*request, "-days", 30, "-keyout", key, "-out", certificate)
    return key, certificate


def cases(quick: bool = False) -> Iterator[dict[str, Any]]:
    """One row; says so where the command is missing."""
    if shutil.which("openssl") is None:
        yield {"job": "exchange", "case": "sign and encrypt", "reason": "no openssl here"}
        return
    with TemporaryDirectory() as place:
        folder = Path(place)
        key, certificate = _side(folder, "ours")
        their_key, theirs = _side(folder, "theirs")
        private = load_pem_private_key(key.read_bytes(), None)
        opening = load_pem_private_key(their_key.read_bytes(), None)
        assert isinstance(private, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey)
        assert isinstance(opening, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey)
        ours_cert = x509.load_pem_x509_certificate(certificate.read_bytes())
        their_cert = x509.load_pem_x509_certificate(theirs.read_bytes())
        partners = messages.Partners("ours", "theirs", OwnKey(ours_cert, private), their_cert)
        content = ("<病例>中文叙述 narrative</病例>\n".encode() * (SIZE // 30))[:SIZE]
        part, signature = folder / "part", folder / "signature"
        entity, envelope = folder / "entity", folder / "envelope"

        def ours() -> bytes:
            built = messages.build(
                partners,
                name="CASE-v1-nmpa.xml",
                content=content,
                message_id="bench@everwatch",
                receipts=messages.Receipts(),
                extra={},
            )
            return built.body

        def theirs_do() -> None:
            part.write_bytes(content)
            signing = "cms -sign -binary -md sha256 -outform DER".split()
            identity = ("-signer", certificate, "-inkey", key)
            _openssl(*signing, "-in", part, *identity, "-out", signature)
            entity.write_bytes(part.read_bytes() + signature.read_bytes())
            encrypting = "cms -encrypt -binary -aes256 -outform DER".split()
            _openssl(*encrypting, "-in", entity, "-out", envelope, theirs)

        assert content in decrypt(ours(), [OwnKey(their_cert, opening)])
        rounds = 5 if quick else 40
        spent, limit = alternate((ours, theirs_do), rounds=rounds, clock=_spent)
    more = {"bytes": SIZE, "peer": "openssl cms", "target": TARGET}
    yield row("exchange", "sign and encrypt 2 MB", 1, spent, limit, **more)
