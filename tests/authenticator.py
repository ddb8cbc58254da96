"""A passkey of the tests' own: answers what `fido2` asks as a browser with a security key does."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import (
    AttestationObject,
    AttestedCredentialData,
    AuthenticatorData,
    CollectedClientData,
)

FLAG = AuthenticatorData.FLAG


@dataclass
class Authenticator:
    """One key with its counter, used at the page `origin`."""

    origin: str
    counter: int = 0
    identifier: bytes = field(default_factory=lambda: os.urandom(16))
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )

    def _answer(self, **response: Any) -> dict[str, Any]:
        texts = {name: websafe_encode(bytes(value)) for name, value in response.items()}
        number = websafe_encode(self.identifier)
        return {"id": number, "rawId": number, "type": "public-key", "response": texts}

    def _data(self, flags: AuthenticatorData.FLAG, credential: bytes = b"") -> AuthenticatorData:
        host = (urlsplit(self.origin).hostname or "").encode()
        self.counter += 1
        return AuthenticatorData.create(sha256(host).digest(), flags, self.counter, credential)

    def _said(self, kind: CollectedClientData.TYPE, options: Mapping[str, Any]) -> Any:
        return CollectedClientData.create(kind, options["challenge"], self.origin)

    def make(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """The answer to `navigator.credentials.create`."""
        public = ES256.from_cryptography_key(self.key.public_key())
        made = AttestedCredentialData.create(bytes(16), self.identifier, public)
        data = self._data(FLAG.UP | FLAG.UV | FLAG.AT, made)
        return self._answer(
            clientDataJSON=self._said(CollectedClientData.TYPE.CREATE, options),
            attestationObject=AttestationObject.create("none", data, {}),
        )

    def sign(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """The answer to `navigator.credentials.get`."""
        data = self._data(FLAG.UP | FLAG.UV)
        said = self._said(CollectedClientData.TYPE.GET, options)
        signature = self.key.sign(bytes(data) + said.hash, ec.ECDSA(hashes.SHA256()))
        return self._answer(clientDataJSON=said, authenticatorData=data, signature=signature)
