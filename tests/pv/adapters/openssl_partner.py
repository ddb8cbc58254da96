"""A partner of AS2 that is not ours: the command `openssl cms` signs, encrypts, opens, verifies."""

import base64
import subprocess
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from pv.adapters.as2.signatures import OwnKey


def openssl(*arguments: object, data: bytes = b"") -> bytes:
    """What the command prints; CalledProcessError when it refuses."""
    command = ["openssl", *map(str, arguments)]
    return subprocess.run(command, input=data, capture_output=True, check=True).stdout


@dataclass(frozen=True)
class Side:
    """One side's key and certificate, as files for openssl and as objects for us."""

    key: Path
    certificate: Path

    @property
    def cert(self) -> x509.Certificate:
        return x509.load_pem_x509_certificate(self.certificate.read_bytes())

    @property
    def own(self) -> OwnKey:
        return OwnKey(self.cert, load_pem_private_key(self.key.read_bytes(), None))


def make_side(folder: Path, name: str, *, days: tuple[str, str] | None = None) -> Side:
    """A key of 2048 bits and its self-signed certificate; `days` are its first and last moment."""
    key, certificate = folder / f"{name}.key", folder / f"{name}.pem"
    request = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}"]
    openssl(*request, "-days", 30, "-keyout", key, "-out", certificate)
    if days:
        wanted = folder / f"{name}.csr"
        openssl("req", "-new", "-key", key, "-subj", f"/CN={name}", "-out", wanted)
        (folder / "index").write_text("")
        (folder / "serial").write_text("01\n")
        config = folder / "ca.cnf"
        config.write_text(
            f"[ca]\ndefault_ca=a\n[a]\ndatabase={folder}/index\nserial={folder}/serial\n"
            f"new_certs_dir={folder}\ndefault_md=sha256\npolicy=p\n[p]\ncommonName=supplied\n"
        )
        openssl(
            *("ca", "-selfsign", "-batch", "-notext", "-config", config, "-keyfile", key),
            *("-in", wanted, "-out", certificate, "-startdate", days[0], "-enddate", days[1]),
        )
    return Side(key, certificate)


def signed(side: Side, part: bytes, folder: Path) -> tuple[str, bytes]:
    """A part and openssl's signature over it as multipart/signed."""
    path = folder / "part.bin"
    path.write_bytes(part)
    signature = openssl(
        *("cms", "-sign", "-binary", "-in", path, "-signer", side.certificate),
        *("-inkey", side.key, "-outform", "DER", "-md", "sha256"),
    )
    text = base64.encodebytes(signature).replace(b"\n", b"\r\n")
    body = (
        b"--=_part\r\n" + part + b"\r\n--=_part\r\n"
        b"Content-Type: application/pkcs7-signature\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\n" + text + b"--=_part--\r\n"
    )
    kind = 'multipart/signed; protocol="application/pkcs7-signature"; micalg=sha256;'
    return f'{kind} boundary="=_part"', body


def encrypted(receiver: Side, entity: bytes, cipher: str = "aes256", *padding: str) -> bytes:
    """An entity for one receiver; `padding` are options of its key, such as OAEP's."""
    command = ["cms", "-encrypt", "-binary", f"-{cipher}", "-outform", "DER"]
    options = [word for option in padding for word in ("-keyopt", option)]
    return openssl(*command, "-recip", receiver.certificate, *options, data=entity)


def decrypted(side: Side, body: bytes) -> bytes:
    """What the side's key opens."""
    return openssl(
        *("cms", "-decrypt", "-binary", "-inform", "DER"),
        *("-recip", side.certificate, "-inkey", side.key),
        data=body,
    )


def verifies(signer: Side, part: bytes, signature: bytes, folder: Path) -> bool:
    """Whether openssl takes the signature of a signer over exactly these bytes."""
    content, detached = folder / "content.bin", folder / "signature.der"
    content.write_bytes(part)
    detached.write_bytes(signature)
    try:
        out = openssl(
            *("cms", "-verify", "-inform", "DER", "-in", detached, "-content", content),
            *("-binary", "-purpose", "any", "-CAfile", signer.certificate),
        )
    except subprocess.CalledProcessError:
        return False
    return out == part


def mic(part: bytes) -> str:
    """The digest of a part by openssl, as a receipt writes it."""
    return base64.b64encode(openssl("dgst", "-sha256", "-binary", data=part)).decode()
