"""A partner of AS2 by pyas2lib, over HTTP on this machine: it answers, sends and says what it read.

    python partner.py SETTINGS

Runs on pyas2lib's own packages, so it imports nothing of the product. SETTINGS is JSON: the names
of both sides, the partner's key and certificate, our certificate, a key that opens nothing of
ours. It prints its address, then one line of JSON for each line of JSON it reads.
"""

import base64
import http.client
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from pyas2lib.as2 import Mdn, Message, Organization, Partner

SETTINGS = json.loads(sys.argv[1])
SIGNED = {"multipart/signed", "multipart/report"}


def organisation(pair="own", mdn_url=None):
    """This side: with a key of another pair it opens nothing that was made for it."""
    key = SETTINGS[pair].encode()
    return Organization(
        SETTINGS["name"],
        sign_key=SETTINGS["own"].encode(),
        sign_key_pass=None,
        decrypt_key=key,
        decrypt_key_pass=None,
        mdn_url=mdn_url,
        domain="partner.example",
    )


def partner(certificate="theirs", **how):
    """The other side, which is the product."""
    cert = SETTINGS[certificate].encode()
    given = {"encrypt": True, "sign": True, "enc_alg": "aes_256_cbc", "mdn_digest_alg": "sha256"}
    return Partner(
        SETTINGS["partner"],
        verify_cert=SETTINGS["theirs"].encode(),
        encrypt_cert=cert,
        **given | how,
    )


class Side:
    """What came, what was made, and how it answers: `way` is answer, cut or stranger."""

    def __init__(self):
        self.way = "answer"
        self.came, self.loaded, self.later, self.receipts, self.made = [], {}, [], [], {}

    def take(self, raw):
        """A message that came: its receipt, and whether that goes out later."""
        message = Message()
        pair = "stranger" if self.way == "stranger" else "own"
        status, problem, mdn = message.parse(
            raw,
            lambda _name: organisation(pair),
            lambda name: partner() if name == SETTINGS["partner"] else None,
            lambda code, _partner: code in self.loaded,
        )
        self.came.append(
            {
                "id": message.message_id,
                "status": status,
                "problem": str(problem[0] or ""),
                "signed": message.signed,
                "encrypted": message.encrypted,
            }
        )
        if status == "processed":
            self.loaded[message.message_id] = {
                "content": base64.b64encode(message.content).decode(),
                "name": message.payload.get_filename(),
            }
        return mdn

    def read(self, raw):
        """A receipt that came: what pyas2lib makes of it."""
        mdn = Mdn()
        status, detail = mdn.parse(raw, lambda code, _recipient: self.made.get(code))
        return {"id": mdn.orig_message_id, "status": status, "detail": detail}

    def make(self, asked):
        """Build a message and keep it, so that its receipt can be read."""
        message = Message(
            organisation(mdn_url=asked.get("mdn_url")),
            partner(asked.get("certificate", "theirs"), **asked.get("how", {})),
        )
        message.build(
            base64.b64decode(asked["content"]),
            filename=asked.get("name", "ack-1.xml"),
            content_type=asked.get("type", "application/octet-stream"),
            message_id=asked["id"],
        )
        self.made[message.message_id] = message
        body = base64.b64encode(message.content).decode()
        mic = (message.mic or b"").decode()
        return {"headers": message.headers, "body": body, "mic": mic, "id": message.message_id}

    def send(self, asked):
        """Post what was made; the receipt that came in the answer, as pyas2lib reads it."""
        status, headers, body = posted(
            asked["url"], asked["headers"], base64.b64decode(asked["body"])
        )
        head = "".join(f"{name}: {value}\r\n" for name, value in headers)
        said = self.read(head.encode() + b"\r\n" + body) if body else {}
        return {"http": status, **said}

    def deliver(self, asked):
        """Post the receipts that are to come later."""
        told = []
        while self.later:
            mdn = self.later.pop(0)
            told.append(posted(asked["url"], mdn.headers, mdn.content)[0])
        return told

    def do(self, asked):
        """One command."""
        what = asked["do"]
        if what == "way":
            self.way = asked["way"]
            return {}
        if what == "state":
            return {"came": self.came, "loaded": self.loaded, "receipts": self.receipts}
        return {"make": self.make, "send": self.send, "deliver": self.deliver}[what](asked)


def posted(url, headers, body):
    """Status, headers and body of an answer."""
    at = urlsplit(url)
    line = http.client.HTTPConnection(at.hostname, at.port, timeout=20)
    line.request("POST", at.path, body, {**headers, "Content-Length": str(len(body))})
    answer = line.getresponse()
    return answer.status, answer.getheaders(), answer.read()


SIDE = Side()


class Handler(BaseHTTPRequestHandler):
    """Messages and receipts of the product."""

    def log_message(self, *_arguments):
        """Nothing is printed."""

    def do_POST(self):
        """Take what comes."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        raw = self.headers.as_bytes() + body
        answer = None
        if self.headers.get_content_type() in SIGNED:
            SIDE.receipts.append(SIDE.read(raw))
        else:
            answer = SIDE.take(raw)
        if SIDE.way == "cut":
            self.connection.close()
            return
        if answer is not None and answer.mdn_url:
            SIDE.later.append(answer)
            answer = None
        content = answer.content if answer else b""
        self.send_response(200)
        for name, value in (answer.headers if answer else {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def main():
    """Listen, and do what standard input asks until it ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"http://127.0.0.1:{server.server_address[1]}/as2", flush=True)
    for line in sys.stdin:
        print(json.dumps(SIDE.do(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
