"""Keys of SSH: those a server may show, and our own, made here or brought.

Source: OpenSSH's known_hosts and ssh-keyscan for the lines; RFC 8709 for Ed25519.
"""

from typing import TYPE_CHECKING, Any

from followup.lazy_modules import lazy

if TYPE_CHECKING:
    import asyncssh
else:
    asyncssh = lazy("asyncssh")

_KEY_TYPES = ("ssh-ed25519", "ssh-rsa", "ecdsa-sha2-", "sk-ssh-", "sk-ecdsa-")


def host_keys(text: str) -> tuple[str, ...]:
    """The keys of a server, one on each line, also as known_hosts or ssh-keyscan write them.

    ValueError with the line that is none.
    """
    keys = []
    for line in filter(None, map(str.strip, text.splitlines())):
        words = line.split()
        if line.startswith("#"):
            continue
        start = next((n for n, word in enumerate(words) if word.startswith(_KEY_TYPES)), None)
        if start is None or line.startswith("@") or len(words) < start + 2:
            raise ValueError(line[:80])
        key = " ".join(words[start : start + 2])
        try:
            asyncssh.import_public_key(key)
        except asyncssh.KeyImportError:
            raise ValueError(line[:80]) from None
        keys.append(key)
    return tuple(dict.fromkeys(keys))


def fingerprint(key: str) -> str:
    """The SHA-256 fingerprint of a public key, as ssh-keygen -l shows it."""
    return asyncssh.import_public_key(key).get_fingerprint()


def make_key(comment: str) -> tuple[str, str]:
    """A new Ed25519 key: the private part and the line for the other side's authorized_keys."""
    return _texts(asyncssh.generate_private_key("ssh-ed25519", comment=comment))


def read_key(text: str, passphrase: str) -> tuple[str, str]:
    """A private key somebody brings, opened, with its public line; ValueError when it is none."""
    try:
        return _texts(asyncssh.import_private_key(text.strip() + "\n", passphrase or None))
    except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError) as error:
        raise ValueError(str(error)) from None


def _texts(key: Any) -> tuple[str, str]:
    return key.export_private_key().decode(), key.export_public_key().decode().strip()
