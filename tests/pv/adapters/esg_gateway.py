"""The REST interface of FDA's gateway as a local server, with the faults of a real one."""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

CLIENT, SECRET = "client-1", "geheim"


class Gateway(ThreadingHTTPServer):
    """Keeps what was submitted under its Core ID; `faults` are used up in order, by path."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.faults: dict[str, list[object]] = {}
        self.tokens: set[str] = set()
        self.created: list[tuple[str, dict]] = []
        self.uploads: dict[str, tuple[str, bytes]] = {}
        self.submitted: dict[str, bytes] = {}
        self.answers: dict[str, list[tuple[str, str, str]]] = {}
        self.words: dict[str, str] = {}
        self.asked: list[str] = []

    def handle_error(self, request: object, client_address: object) -> None:
        """A connection that was cut on purpose is told nobody."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def fault(self, step: str) -> object:
        waiting = self.faults.get(step, [])
        return waiting.pop(0) if waiting else None


class _Handler(BaseHTTPRequestHandler):
    def log_message(self, *arguments: object) -> None:
        """Nothing is printed."""

    def do_GET(self) -> None:
        gateway: Gateway = self.server
        if self.path == "/rest/forms/v1/fileupload/payload":
            number = f"PL-{len(gateway.created)}"
            body = {"payloadId": number, "uploadFileLink": "http://evil.invalid/"}
            return self._say("payload", {"data": body})
        if self.path.startswith("/api/esgng/v1/submissions/"):
            core = self.path.rpartition("/")[2]
            gateway.asked.append(core)
            rows = [
                {"acknowledgement_id": number, "type": kind}
                for number, kind, _ in gateway.answers.get(core, [])
            ]
            word = gateway.words.get(core, "PROCESSING")
            body = {"core_id": core, "status": word, "acknowledgements": rows}
            return self._say("status", body)
        wanted = self.path.rpartition("/")[2]
        every = [row for rows in gateway.answers.values() for row in rows]
        raw = next((text for number, _, text in every if number == wanted), None)
        if raw is None:
            return self._send(404, {"esgngcode": "ESGNG404"})
        return self._say("acknowledgement", {"acknowledgement_id": wanted, "raw_message": raw})

    def do_POST(self) -> None:
        gateway: Gateway = self.server
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/as/token.oauth2":
            form = parse_qs(body.decode())
            if (form["client_id"], form["client_secret"]) != ([CLIENT], [SECRET]):
                return self._send(401, {"error": "invalid_client"})
            token = f"token-{len(gateway.tokens)}"
            gateway.tokens.add(token)
            return self._say("token", {"access_token": token}, token=False)
        if self.path.startswith("/api/esgng/v1/credentials/api"):
            core = f"ci{len(gateway.created) + 1}"
            gateway.created.append((self.path, json.loads(body)))
            made = {"core_id": core, "temp_user": f"u-{core}", "temp_password": "p"}
            return self._say("credentials", made)
        payload = self.path.split("/")[-2]
        if self.path.endswith("/file"):
            name = re.search(rb'filename="([^"]+)"', body).group(1).decode()
            boundary = b"\r\n--" + self.headers["Content-Type"].partition("boundary=")[2].encode()
            content = body.partition(b"\r\n\r\n")[2].rpartition(boundary)[0]
            gateway.uploads[payload] = (name, content)
            return self._say("file", {"fileName": name, "fileSize": len(content)})
        request = json.loads(body)
        core = request["username"].removeprefix("u-")
        fault = gateway.fault("submit")
        if fault in (429, 400):
            return self._send(fault, {"esgngcode": f"ESGNG{fault}"})
        gateway.submitted[core] = gateway.uploads[payload][1]
        if fault == "cut":
            self.close_connection = True
            return self.connection.close()
        if fault is not None:
            return self._send(fault, {})
        words = {"esgngcode": "ESGNG270", "esgngdescription": "Upload Received"}
        return self._send(200, {"core_id": core, **words})

    def _say(self, step: str, body: object, *, token: bool = True) -> None:
        gateway: Gateway = self.server
        fault = gateway.fault(step)
        if token and self.headers.get("accesstoken") not in gateway.tokens:
            return self._send(401, {"esgngcode": "ESGNG401"})
        if fault == "expired":
            gateway.tokens.clear()
            return self._send(401, {"esgngcode": "ESGNG401"})
        if fault == "cut":
            self.close_connection = True
            return self.connection.close()
        if isinstance(fault, int):
            words = {"esgngcode": f"ESGNG{fault}", "esgngdescription": "said so"}
            return self._send(fault, words)
        if fault is not None:
            return self._send(200, fault)
        return self._send(200, body)

    def _send(self, status: int, body: object) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


@contextmanager
def listening() -> Iterator[Gateway]:
    """A gateway on a port of this machine."""
    gateway = Gateway()
    thread = threading.Thread(target=gateway.serve_forever, daemon=True)
    thread.start()
    try:
        yield gateway
    finally:
        gateway.shutdown()
        gateway.server_close()
