"""FDA's ESG NextGen by its REST interface: a file goes out in five requests, answers are asked for.

1 token (OAuth client credentials) 2 submission with its Core ID 3 payload 4 upload 5 submit. Until
the fifth nothing is submitted; from its last byte on only the gateway knows. Its links are not
followed: paths are made here from identifiers of a known form.

Source: FDA, ESG NextGen API Guide and API Specification 1.2 (March 2026), as published users of
the interface quote them: numbers of user and company go as numbers, the token goes in the header
`accesstoken`, the payload may come inside `data`.
"""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from followup.core.outgoing import transport
from followup.core.outgoing.transport import NoAnswer, NothingSent, Response
from pv.domain.e2b.sendings import Ending, Result

IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_LATER = frozenset({401, 403, 408, 425, 429})
_MOST_TEXT = 300
_LONGEST = 10_000  # characters of a token or another value of an answer


class NotNow(Exception):
    """The gateway is busy, failed, or does not let us in: nothing was submitted."""


class Unusable(NotNow):
    """An answer of the gateway that is not what it describes; `body` is what came instead."""

    def __init__(self, text: str, body: bytes) -> None:
        super().__init__(text)
        self.body = body


class Refused(Exception):
    """The gateway refuses what was asked, and would another time."""


@dataclass(frozen=True, slots=True)
class Account:
    """Who we are at the gateway, and which of its environments is spoken to."""

    external_url: str
    upload_url: str
    production: bool
    user_id: int
    company_id: int
    center: str
    submission_type: str
    client_id: str
    client_secret: str = field(repr=False)
    seconds: float


def hosts_of(settings: Mapping[str, Any]) -> set[str]:
    """The hosts a channel speaks to; ValueError for what is no address."""
    return {transport.address(settings[key])[1] for key in ("external_url", "upload_url")}


class Session:
    """Requests under one token; a token that ended is asked for again, once."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._token = ""

    def token(self) -> str:
        """The token of this session."""
        if not self._token:
            form = {
                "grant_type": "client_credentials",
                "client_id": self._account.client_id,
                "client_secret": self._account.client_secret,
            }
            answer = self._plain(
                "POST",
                f"{self._account.external_url}/as/token.oauth2",
                {"Content-Type": "application/x-www-form-urlencoded"},
                urlencode(form).encode(),
            )
            self._token = _text(_read(answer), "access_token")
        return self._token

    def call(
        self, method: str, url: str, body: bytes = b"", kind: str = "application/json"
    ) -> Mapping[str, Any]:
        """The JSON answer of a request under the token; nothing is submitted by it."""
        return _read(self._answer(method, url, body, kind))

    def look(self, url: str) -> tuple[Mapping[str, Any], bytes]:
        """The JSON answer to a question and its bytes; Unusable when it is no JSON object."""
        answer = self._answer("GET", url, b"", "")
        if 200 <= answer.status < 300 and _object(answer.body) is None:
            raise Unusable("the answer of the gateway is no JSON object", answer.body)
        return _read(answer), answer.body

    def _answer(self, method: str, url: str, body: bytes, kind: str) -> Response:
        answer = self._under_token(method, url, body, kind)
        if answer.status != 401:
            return answer
        self._token = ""
        return self._under_token(method, url, body, kind)

    def _under_token(self, method: str, url: str, body: bytes, kind: str) -> Response:
        headers = {"accesstoken": self.token(), "Authorization": f"Bearer {self.token()}"}
        headers |= {"Content-Type": kind} if body else {}
        return self._plain(method, url, headers, body)

    def _plain(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Response:
        answer = transport.exchange(
            method, url, headers, body, lambda: True, seconds=self._account.seconds
        )
        assert answer is not None
        return answer


def _object(body: bytes) -> dict[str, Any] | None:
    """The JSON object of a body; None for anything else."""
    with suppress(ValueError, RecursionError):
        return found if isinstance(found := json.loads(body), dict) else None
    return None


def _read(answer: Response) -> Mapping[str, Any]:
    """The object of an answer; NotNow or Refused with the gateway's own code and words."""
    data = _object(answer.body) or {}
    inner = data.get("data")
    data = inner if isinstance(inner, dict) else data
    if 200 <= answer.status < 300:
        return data
    said = f"HTTP {answer.status} {said_of(data)}".strip()
    raise (NotNow if answer.status in _LATER or answer.status >= 500 else Refused)(said)


def said_of(data: Mapping[str, Any]) -> str:
    """The code and the words of the gateway."""
    words = (data.get("esgngcode"), data.get("esgngdescription"), data.get("error"))
    text = " ".join(str(word) for word in words if word)
    return "".join(c if c.isprintable() else " " for c in text)[:_MOST_TEXT]


def _text(data: Mapping[str, Any], *names: str) -> str:
    value = next((data[name] for name in names if data.get(name)), "")
    if not isinstance(value, str) or not value.isprintable() or not 0 < len(value) <= _LONGEST:
        raise NotNow(f"the answer of the gateway lacks: {names[0]}")
    return value


def _identifier(data: Mapping[str, Any], *names: str) -> str:
    value = _text(data, *names)
    if not IDENTIFIER.fullmatch(value):
        raise NotNow(f"the answer of the gateway holds no usable: {names[0]}")
    return value


def send(
    account: Account, name: str, content: bytes, may_finish: Callable[[str], bool]
) -> Ending | None:
    """One try; `may_finish` is told the Core ID before anything is submitted under it."""
    session = Session(account)
    try:
        core_id, user, password = _begin(session, account, name)
        payload = f"{account.upload_url}/rest/forms/v1/fileupload/payload"
        payload_id = _identifier(session.call("GET", payload), "payloadId", "payload_id")
        kind, body = _form(name, content)
        stored = session.call("POST", f"{payload}/{payload_id}/file", body, kind)
        if "fileSize" in stored and stored["fileSize"] != len(content):
            raise NotNow("the gateway kept another number of bytes than was sent")
    except Refused as error:
        return Ending(Result.REFUSED, str(error))
    except (NotNow, NothingSent, NoAnswer, ValueError) as error:
        return Ending(Result.NOTHING_SENT, str(error))
    request = {
        "username": user,
        "password": password,
        "sha256_checksum": hashlib.sha256(content).hexdigest(),
    }
    return _submit(account, f"{payload}/{payload_id}/submit", request, core_id, may_finish)


def _begin(session: Session, account: Account, name: str) -> tuple[str, str, str]:
    """The Core ID and the credentials of one submission."""
    request = {
        "user_id": account.user_id,
        "company_id": account.company_id,
        "fda_center": account.center,
        "submission_type": account.submission_type,
        "submission_name": name.rpartition(".")[0] or name,
        "submission_protocol": "API",
        "file_count": 1,
        "description": name,
    }
    path = "/api/esgng/v1/credentials/api" + ("" if account.production else "/test")
    data = session.call("POST", account.external_url + path, json.dumps(request).encode())
    return (
        _identifier(data, "core_id", "coreId"),
        _text(data, "temp_user", "tempUser"),
        _text(data, "temp_password", "tempPassword"),
    )


def _form(name: str, content: bytes) -> tuple[str, bytes]:
    """A form with one file: its content type and its bytes."""
    if not name.isascii() or not name.isprintable() or '"' in name:
        raise ValueError("the name of the file must be plain ASCII")
    boundary = uuid4().hex
    head = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
        "Content-Type: application/xml\r\n\r\n"
    )
    return (
        f"multipart/form-data; boundary={boundary}",
        head.encode() + content + f"\r\n--{boundary}--\r\n".encode(),
    )


def _submit(
    account: Account,
    url: str,
    request: Mapping[str, str],
    core_id: str,
    may_finish: Callable[[str], bool],
) -> Ending | None:
    details = {"core_id": core_id}
    try:
        answer = transport.exchange(
            "POST",
            url,
            {"Content-Type": "application/json"},
            json.dumps(request).encode(),
            lambda: may_finish(core_id),
            seconds=account.seconds,
        )
    except NothingSent as error:
        return Ending(Result.NOTHING_SENT, str(error), details)
    except NoAnswer as error:
        return Ending(Result.DOUBT, str(error), details)
    if answer is None:
        return None
    try:
        data = _read(answer)
    except Refused as error:
        return Ending(Result.REFUSED, str(error), details)
    except NotNow as error:
        late = answer.status in _LATER
        return Ending(Result.NOTHING_SENT if late else Result.DOUBT, str(error), details)
    return Ending(Result.UNPROVEN, f"{core_id} {said_of(data)}".strip(), details)


def test(account: Account) -> None:
    """Get a token, and reach the host of uploads; OSError or ValueError says what fails."""
    try:
        Session(account).token()
    except (NotNow, Refused, NothingSent, NoAnswer) as error:
        raise OSError(str(error)) from error
    transport.reach(account.upload_url, seconds=account.seconds)
