"""Encrypted files: AES-256-GCM in portions, each bound to its file, its place and the end.

A key of its own is derived for each file from the backup key, a random salt and the file's name, so
a file under another name does not open. A portion's nonce is its number and whether it is the last:
a file that was cut, or whose portions were exchanged, does not open (the STREAM construction).
"""

import base64
import binascii
import hashlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

MAGIC = b"EWBACKUP1\n"
PORTION, TAG, SALT = 1 << 20, 16, 32
Keys = Mapping[str, bytes]


class BackupError(RuntimeError):
    """A backup that cannot be made, opened or restored; the message says what to do."""


def keys_of(text: str) -> dict[str, bytes]:
    """Keys written `id:base64` of 32 bytes, newest first, commas between; BackupError otherwise."""
    ring: dict[str, bytes] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        key_id, _, encoded = part.partition(":")
        try:
            key = base64.b64decode(encoded, validate=True)
        except binascii.Error as error:
            raise BackupError(f"BACKUP_KEYS: key {key_id!r} is not base64") from error
        if not key_id or len(key_id) > 40 or len(key) != 32:
            raise BackupError(f"BACKUP_KEYS: key {key_id!r} must be 32 bytes in base64")
        ring[key_id] = key
    if not ring:
        raise BackupError(
            'BACKUP_KEYS is missing. Make a key with: python3 -c "import base64, secrets; '
            "print('b1:' + base64.b64encode(secrets.token_bytes(32)).decode())\" and keep it "
            "apart from the backups."
        )
    return ring


def _cipher(key: bytes, salt: bytes, name: str) -> AESGCM:
    derived = HKDF(SHA256(), 32, salt, b"everwatch backup|" + name.encode()).derive(key)
    return AESGCM(derived)


def _nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


class SealedWriter:
    """Encrypts what is written into `path`; whole only after `close`. A name is used once."""

    def __init__(self, path: Path, keys: Keys) -> None:
        key_id, key = next(iter(keys.items()))
        salt = os.urandom(SALT)
        self.path, self.size, self.plain = path, 0, 0
        self._cipher, self._number, self._rest = _cipher(key, salt, path.name), 0, bytearray()
        self._hash = hashlib.sha256()
        self._part = path.with_name(path.name + ".part")
        self._out = os.fdopen(
            os.open(self._part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb"
        )
        self._put(MAGIC + bytes([len(key_id)]) + key_id.encode() + salt)

    def write(self, data: bytes) -> int:
        """Take more of the file."""
        self._rest += data
        self.plain += len(data)
        while len(self._rest) > PORTION:  # the last portion is kept back: it carries the end
            self._portion(bytes(self._rest[:PORTION]), last=False)
            del self._rest[:PORTION]
        return len(data)

    def close(self) -> str:
        """Write the end, let the file appear under its name; the SHA-256 of what lies there."""
        self._portion(bytes(self._rest), last=True)
        self._out.flush()
        os.fsync(self._out.fileno())
        self._out.close()
        self._part.rename(self.path)
        return self._hash.hexdigest()

    def abandon(self) -> None:
        """Leave nothing of a file that did not become whole."""
        self._out.close()
        self._part.unlink(missing_ok=True)

    def _portion(self, data: bytes, *, last: bool) -> None:
        self._put(self._cipher.encrypt(_nonce(self._number, last), data, None))
        self._number += 1

    def _put(self, data: bytes) -> None:
        self._out.write(data)
        self._hash.update(data)
        self.size += len(data)


def _portions(source: BinaryIO, path: Path, keys: Keys) -> Iterator[bytes]:
    if source.read(len(MAGIC)) != MAGIC:
        raise BackupError(f"{path} is not a file of a backup")
    key_id = source.read(source.read(1)[0]).decode("utf-8", "replace")
    if key_id not in keys:
        raise BackupError(f"{path} needs the backup key {key_id!r}: add it to BACKUP_KEYS")
    cipher = _cipher(keys[key_id], source.read(SALT), path.name)
    number, data = 0, source.read(PORTION + TAG)
    while True:
        following = source.read(PORTION + TAG)
        try:
            yield cipher.decrypt(_nonce(number, not following), data, None)
        except InvalidTag as error:
            raise BackupError(f"{path} was altered, cut or renamed, or the key is wrong") from error
        if not following:
            return
        number, data = number + 1, following


class SealedReader:
    """The text of an encrypted file as a stream; BackupError at the first portion that is wrong."""

    def __init__(self, path: Path, keys: Keys) -> None:
        self._source = path.open("rb")
        self._portions = _portions(self._source, path, keys)
        self._rest = b""

    def __enter__(self) -> "SealedReader":
        return self

    def __exit__(self, *_: object) -> None:
        self._source.close()

    def read(self, size: int = -1) -> bytes:
        """At most `size` bytes (all of it when negative); empty at the end."""
        while size < 0 or len(self._rest) < size:
            portion = next(self._portions, None)
            if portion is None:
                break
            self._rest += portion
        size = len(self._rest) if size < 0 else size
        data, self._rest = self._rest[:size], self._rest[size:]
        return data


def seal_file(source: Path, target: Path, keys: Keys) -> None:
    """Encrypt one file."""
    writer = SealedWriter(target, keys)
    try:
        with source.open("rb") as plain:
            while data := plain.read(PORTION):
                writer.write(data)
    except BaseException:
        writer.abandon()
        raise
    writer.close()


def open_file(source: Path, target: Path, keys: Keys) -> None:
    """Decrypt one file."""
    with SealedReader(source, keys) as sealed, target.open("wb") as plain:
        while data := sealed.read(PORTION):
            plain.write(data)


def fingerprint(key: bytes) -> str:
    """Names a key without telling it: a key is 32 random bytes or a long random text."""
    return hashlib.sha256(b"everwatch key|" + key).hexdigest()[:16]
