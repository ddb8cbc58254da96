"""The client of OpenID Connect: where a person is sent, and whether what comes back is true.

Authorization code flow with PKCE (RFC 7636), state and nonce. Authlib speaks the protocol and
checks the claims of the ID token; joserfc checks its signature. Nothing of ours is cryptography.
"""

import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from django.core.cache import cache

from followup.core.outgoing import hosts
from followup.lazy_modules import lazy

if TYPE_CHECKING:
    import authlib.integrations.base_client.errors as client_errors
    import authlib.integrations.requests_client as clients
    import authlib.oidc.core as oidc
    import joserfc.errors as token_errors
    import joserfc.jwk as keys
    import joserfc.jwt as tokens
    import requests
else:
    client_errors = lazy("authlib.integrations.base_client.errors")
    clients = lazy("authlib.integrations.requests_client")
    oidc = lazy("authlib.oidc.core")
    token_errors = lazy("joserfc.errors")
    keys = lazy("joserfc.jwk")
    tokens = lazy("joserfc.jwt")
    requests = lazy("requests")

# Signatures with a private key of the provider's; never "none", never the client secret as key.
ALGORITHMS = [f"{kind}{size}" for kind in ("RS", "PS", "ES") for size in (256, 384, 512)]
PATIENCE = (5, 10)  # seconds to connect, to answer
LEEWAY = 60  # seconds two clocks may differ
LONGEST = 1_000_000  # bytes of a document of the provider's
KEPT = 300  # seconds its addresses are remembered
_HERE = frozenset({"localhost", "127.0.0.1", "::1"})  # never leaves the machine (RFC 8252, 8.3)


class Failed(Exception):
    """No sign-in; `code` says for whom: unreachable, cancelled, late, or untrue."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(detail or code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Client:
    """What this installation is to a provider. `redirect` is where the person comes back."""

    issuer: str
    client_id: str
    secret: str
    scopes: str
    redirect: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """What only the browser that began a sign-in holds, in its session."""

    state: str
    nonce: str
    verifier: str
    longest: int  # seconds since the person signed in at the provider

    @staticmethod
    def begin(longest: int) -> "Attempt":
        """A new one; each text carries 256 bits or more."""
        state, nonce, verifier = (secrets.token_urlsafe(48) for _part in range(3))
        return Attempt(state, nonce, verifier, longest)

    def kept(self) -> dict[str, Any]:
        """As JSON for the session."""
        return asdict(self)


def is_safe_address(text: str) -> bool:
    """Whether a web address is encrypted, or never leaves this machine; no user, no fragment."""
    try:
        parts = urlsplit(text)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        return False
    plain = not (parts.fragment or parts.username or parts.password)
    printable = text.isascii() and text.isprintable() and " " not in text
    encrypted = parts.scheme == "https" or (parts.scheme == "http" and host in _HERE)
    return bool(host) and plain and printable and encrypted


def is_issuer(text: str) -> bool:
    """Whether a text can be an issuer: a safe address without a query (Discovery 1.0, 3)."""
    return is_safe_address(text) and "?" not in text


def _document(address: str, bearer: str = "") -> dict[str, Any]:
    """A JSON object of the provider's; nothing is followed elsewhere."""
    if not is_safe_address(address):
        raise Failed("untrue", "an address of the provider is not encrypted")
    headers = {"Accept": "application/json"}
    if bearer:
        headers["Authorization"] = f"Bearer {bearer}"
    try:
        hosts.require(urlsplit(address).hostname or "")
        with requests.get(
            address, headers=headers, timeout=PATIENCE, allow_redirects=False, stream=True
        ) as reply:
            body = reply.raw.read(LONGEST + 1, decode_content=True)
            status = reply.status_code
    except (requests.RequestException, OSError) as error:
        raise Failed("unreachable", type(error).__name__) from error
    if status != 200 or len(body) > LONGEST:
        raise Failed("unreachable", f"status {status}")
    try:
        data = json.loads(body)
    except ValueError as error:
        raise Failed("unreachable", "no JSON") from error
    if not isinstance(data, dict):
        raise Failed("unreachable", "no JSON object")
    return data


def configuration(issuer: str) -> dict[str, Any]:
    """The provider's own description; it must name the very issuer (Discovery 1.0, 4.3)."""
    place = f"openid:{issuer}"
    known = cache.get(place)
    if isinstance(known, dict):
        return known
    found = _document(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
    if found.get("issuer") != issuer:
        raise Failed("untrue", "another issuer")
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
        if not isinstance(found.get(name), str) or not is_safe_address(found[name]):
            raise Failed("untrue", f"no usable {name}")
    cache.set(place, found, KEPT)
    return found


def _session(client: Client, described: Mapping[str, Any]) -> Any:
    methods = described.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    basic = "client_secret_basic" in methods
    way = ("client_secret_basic" if basic else "client_secret_post") if client.secret else "none"
    return clients.OAuth2Session(
        client.client_id,
        client.secret or None,
        scope=client.scopes,
        redirect_uri=client.redirect,
        token_endpoint_auth_method=way,
        code_challenge_method="S256",
    )


def ask(client: Client, attempt: Attempt, *, again: bool = False) -> str:
    """Where the browser is sent. `again` asks for a new sign-in there."""
    described = configuration(client.issuer)
    more = {"prompt": "login"} if again else {}
    address, _state = _session(client, described).create_authorization_url(
        described["authorization_endpoint"],
        state=attempt.state,
        nonce=attempt.nonce,
        code_verifier=attempt.verifier,
        max_age=attempt.longest,
        **more,
    )
    return str(address)


def answer(
    client: Client, attempt: Attempt, query: Mapping[str, str], *, now: int
) -> dict[str, Any]:
    """The claims of the person who came back; Failed when anything does not fit."""
    if not hmac.compare_digest(query.get("state", "").encode(), attempt.state.encode()):
        raise Failed("late", "another state")
    if query.get("iss", client.issuer) != client.issuer:  # RFC 9207
        raise Failed("untrue", "another issuer answers")
    if query.get("error") or not query.get("code"):
        raise Failed("cancelled", query.get("error", "")[:60])
    described = configuration(client.issuer)
    token = _exchanged(client, described, query["code"], attempt.verifier)
    claims = _true_claims(client, described, token, attempt, now)
    return _with_userinfo(described, token, claims)


def _exchanged(
    client: Client, described: Mapping[str, Any], code: str, verifier: str
) -> Mapping[str, Any]:
    session = _session(client, described)
    try:
        hosts.require(urlsplit(described["token_endpoint"]).hostname or "")
        token: Mapping[str, Any] = session.fetch_token(
            described["token_endpoint"],
            grant_type="authorization_code",
            code=code,
            code_verifier=verifier,
            timeout=PATIENCE,
            allow_redirects=False,
        )
    except (client_errors.AuthlibBaseError, ValueError) as error:
        raise Failed("untrue", "the code is not exchanged") from error
    except (requests.RequestException, OSError) as error:
        raise Failed("unreachable", type(error).__name__) from error
    finally:
        session.close()
    return token


def _true_claims(
    client: Client,
    described: Mapping[str, Any],
    token: Mapping[str, Any],
    attempt: Attempt,
    now: int,
) -> dict[str, Any]:
    """Signature and claims of the ID token, as OpenID Connect Core 3.1.3.7 has them checked."""
    try:
        published = cast("keys.KeySetSerialization", _document(described["jwks_uri"]))
        trusted = keys.KeySet.import_key_set(published)
        read = tokens.decode(str(token.get("id_token") or ""), trusted, algorithms=ALGORITHMS)
        claims = oidc.CodeIDToken(
            read.claims,
            read.header,
            options={
                "iss": {"essential": True, "value": client.issuer},
                "aud": {"essential": True, "value": client.client_id},
            },
            params={
                "nonce": attempt.nonce,
                "client_id": client.client_id,
                "access_token": token.get("access_token"),
            },
        )
        claims.validate(now=now, leeway=LEEWAY)
    except (token_errors.JoseError, ValueError, KeyError, TypeError) as error:
        raise Failed("untrue", type(error).__name__) from error
    at = claims.get("auth_time")
    # Authlib asks for it only when max_age is not 0
    if type(at) not in (int, float) or not now - attempt.longest - LEEWAY <= at <= now + LEEWAY:
        raise Failed("untrue", "auth_time")
    return dict(claims)


def _with_userinfo(
    described: Mapping[str, Any], token: Mapping[str, Any], claims: dict[str, Any]
) -> dict[str, Any]:
    """What the token does not say is asked of the userinfo endpoint; of the same person only."""
    address, bearer = described.get("userinfo_endpoint"), token.get("access_token")
    if not isinstance(address, str) or not isinstance(bearer, str):
        return claims
    more = _document(address, bearer)
    if more.get("sub") != claims["sub"]:  # OpenID Connect Core 5.3.2
        raise Failed("untrue", "userinfo of another person")
    return more | claims
