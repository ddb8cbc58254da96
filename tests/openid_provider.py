"""A real identity provider started by the tests: npm's oidc-provider on Node, with keys of ours.

Its packages are installed once below `var/`, by the exact versions and hashes of the lock beside
the script, and whole before another worker of the run sees them. Without Node or the packages the
test says so and is skipped; nothing may be skipped where `.ci/run` runs.
"""

import json
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

import requests
from joserfc.jwk import RSAKey

from dev.engines.mail_sink import free_port
from dev.paths import ROOT
from tests import peer_packages

HERE = ROOT / "tests" / "identity_provider"
FILES = [HERE / name for name in ("package.json", "package-lock.json", "server.mjs")]
CLIENT_ID, SECRET = "everwatch", "a secret of the tests, of no use elsewhere"
PEOPLE: dict[str, dict[str, Any]] = {
    "u-1001": {"name": "王医生", "groups": ["car-t-nurses", "全院"], "employee": 80017},
    "u-1002": {"name": "李护士", "groups": []},
    "u-9999": {"name": "Nobody here"},
}


@dataclass(frozen=True)
class OpenIdProvider:
    """The running provider, and the key it signs with."""

    issuer: str
    key: RSAKey

    def sign_in(
        self, address: str, person: str, *, methods: tuple[str, ...] = (), cancel: bool = False
    ) -> str:
        """Go where the product sent the browser, sign in there; the address one comes back to."""
        browser = requests.Session()
        at = address
        for _step in range(6):
            reply = browser.get(at, allow_redirects=False, timeout=10)
            if reply.status_code == 200:  # the form
                sent: Mapping[str, Any] = {"person": person, "amr": list(methods)}
                sent = {"cancel": "1"} if cancel else sent
                reply = browser.post(at, data=sent, allow_redirects=False, timeout=10)
            assert reply.status_code in (302, 303), reply.text
            at = urljoin(at, reply.headers["Location"])
            if "/sign-in/with/" in at:
                return at
        raise AssertionError(f"never came back: {at}")


@contextmanager
def running() -> Iterator[OpenIdProvider]:
    """The provider, until the end of the block."""
    folder = peer_packages.npm("identity-provider", FILES, "identity provider")
    port = free_port()
    key = RSAKey.generate_key(2048, {"kid": "own", "use": "sig", "alg": "RS256"})
    settings = {
        "port": port,
        "jwks": {"keys": [key.as_dict(private=True)]},
        "people": PEOPLE,
        "clients": [
            {
                "client_id": CLIENT_ID,
                "client_secret": SECRET,
                "redirect_uris": ["https://everwatch.example/answer/"],
                "require_auth_time": True,
            }
        ],
    }
    node = subprocess.Popen(
        ["node", "server.mjs", json.dumps(settings)],
        cwd=folder,
        stdin=subprocess.PIPE,  # it ends with us
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert node.stdout is not None
    try:
        issuer = node.stdout.readline().strip()
        assert issuer, "the identity provider did not start"
        yield OpenIdProvider(issuer, key)
    finally:
        node.terminate()
        node.communicate(timeout=10)
