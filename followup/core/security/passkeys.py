"""Passkeys (WebAuthn) by Yubico's `fido2`: what a browser is asked, and what it answered."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from followup.lazy_modules import lazy

if TYPE_CHECKING:
    from fido2 import server, webauthn
else:
    server, webauthn = lazy("fido2.server"), lazy("fido2.webauthn")

WRONG = (ValueError, TypeError, KeyError, AttributeError, AssertionError, binascii.Error)


class WrongPasskey(Exception):
    """The answer of the browser does not prove what was asked."""


@dataclass(frozen=True, slots=True)
class Credential:
    """What is kept of a passkey: its public part. Both texts are base 64."""

    identifier: str
    public: str
    counter: int


@dataclass(frozen=True, slots=True)
class Asked:
    """What the page hands to the browser, and what the session keeps to check the answer."""

    options: dict[str, Any]
    state: dict[str, Any]


def possible(host: str) -> bool:
    """Whether a browser makes passkeys for a host: an address in numbers is no name."""
    name = host.rsplit(":", 1)[0] if not host.endswith("]") else host
    try:
        ip_address(name.strip("[]"))
    except ValueError:
        return True
    return False


def _server(origin: str) -> server.Fido2Server:
    host = urlsplit(origin).hostname or ""
    return server.Fido2Server(
        webauthn.PublicKeyCredentialRpEntity(name="Everwatch", id=host),
        attestation=webauthn.AttestationConveyancePreference.NONE,
        verify_origin=lambda theirs: theirs == origin,
    )


def _credentials(kept: Sequence[Credential]) -> list[webauthn.AttestedCredentialData]:
    return [webauthn.AttestedCredentialData(base64.b64decode(one.public)) for one in kept]


def ask_new(
    origin: str, *, user: bytes, name: str, shown: str, kept: Sequence[Credential]
) -> Asked:
    """Ask the browser to make a passkey for a person; those known are not made twice."""
    options, state = _server(origin).register_begin(
        webauthn.PublicKeyCredentialUserEntity(id=user, name=name, display_name=shown),
        _credentials(kept),
        resident_key_requirement=webauthn.ResidentKeyRequirement.DISCOURAGED,
        user_verification=webauthn.UserVerificationRequirement.PREFERRED,
    )
    return Asked(dict(options)["publicKey"], state)


def accept_new(origin: str, state: Mapping[str, Any], answer: Mapping[str, Any]) -> Credential:
    """The new passkey; WrongPasskey when the answer is to another question or page."""
    try:
        made = _server(origin).register_complete(dict(state), answer)
        data = made.credential_data
        assert data is not None
    except WRONG as error:
        raise WrongPasskey from error
    return Credential(
        base64.b64encode(data.credential_id).decode(),
        base64.b64encode(bytes(data)).decode(),
        made.counter,
    )


def ask(origin: str, kept: Sequence[Credential]) -> Asked:
    """Ask the browser to prove that it holds one of these passkeys."""
    options, state = _server(origin).authenticate_begin(
        _credentials(kept), user_verification=webauthn.UserVerificationRequirement.PREFERRED
    )
    return Asked(dict(options)["publicKey"], state)


def accept(
    origin: str, state: Mapping[str, Any], kept: Sequence[Credential], answer: Mapping[str, Any]
) -> Credential:
    """Which passkey answered, with its new counter; WrongPasskey otherwise.

    A counter that does not grow is the sign of a copied key (WebAuthn level 2, 7.2 step 21);
    authenticators without one send 0 for ever.
    """
    try:
        data = _server(origin).authenticate_complete(dict(state), _credentials(kept), answer)
        proof = webauthn.AuthenticationResponse.from_dict(answer).response
        counter = proof.authenticator_data.counter
    except WRONG as error:
        raise WrongPasskey from error
    identifier = base64.b64encode(data.credential_id).decode()
    known = next(one for one in kept if one.identifier == identifier)
    if (counter or known.counter) and counter <= known.counter:
        raise WrongPasskey
    return Credential(identifier, known.public, counter)
