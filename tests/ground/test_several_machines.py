"""What several machines are set up with: nginx, systemd, the compose profile, the scripts."""

import configparser
import datetime
import re
import socket
import ssl
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from dev.checks.packages import find_nginx
from dev.engines.databases import Addresses, administer
from dev.engines.mail_sink import free_port
from dev.engines.postgres import SUPERUSER, find_binaries
from tests.ground.test_compose import SAMPLE, compose

ROOT = Path(__file__).resolve().parents[2]
UNITS = sorted((ROOT / "docker/systemd").glob("*.service"))


def test_the_profile_adds_the_second_of_each() -> None:
    done = compose(SAMPLE, "--profile", "machines")
    assert done.returncode == 0, done.stderr
    services = yaml.safe_load(done.stdout)["services"]
    added = {name for name, part in services.items() if part.get("profiles") == ["machines"]}
    assert added == {"web2", "worker2", "standby", "proxy"}
    for first, second in (("web", "web2"), ("worker", "worker2")):
        for key in ("environment", "command", "healthcheck", "volumes"):
            assert services[first].get(key) == services[second].get(key), (second, key)
    assert "DATABASE_OWNER_URL" not in services["web2"]["environment"]


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.stem)
def test_a_unit_starts_what_the_image_starts(unit: Path) -> None:
    parser = configparser.RawConfigParser(strict=False)
    parser.optionxform = str
    parser.read(unit)
    service = dict(parser["Service"])
    assert service["User"] == "everwatch"
    assert service["NoNewPrivileges"] == "yes"
    program = service["ExecStart"].removeprefix("/opt/everwatch/bin/")
    name = unit.stem.removeprefix("everwatch-")
    if name == "web":
        wanted = " ".join(re.findall(r'"([^"]+)"', _command()))
    else:
        wanted = " ".join(yaml.safe_load(compose(SAMPLE).stdout)["services"][name]["command"])
        wanted = wanted.replace("0.0.0.0:2575", "127.0.0.1:2575")
    assert program == wanted


def _command() -> str:
    return (ROOT / "Dockerfile").read_text().replace("\\\n", " ").rpartition("\nCMD ")[2]


class Echo(BaseHTTPRequestHandler):
    """A web host that says what it was asked and told."""

    def do_GET(self) -> None:
        if self.path == "/busy":
            self.send_response(503)
            self.end_headers()
            return
        told = f"{self.server.server_port} {self.headers['X-Forwarded-Proto']} "
        self.send_response(200)
        self.end_headers()
        self.wfile.write(f"{told}{self.headers['X-Forwarded-For']}".encode())

    def do_POST(self) -> None:
        self.do_GET()

    def log_message(self, *_words: object) -> None:
        """Nothing."""


def _certificate(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "everwatch.example")])
    begin = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(begin)
        .not_valid_after(begin + datetime.timedelta(days=9000))
        .sign(key, hashes.SHA256())
    )
    (folder / "fullchain.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    (folder / "key.pem").write_bytes(private)


def _ask(port: int, words: str) -> str:
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    with (
        socket.create_connection(("127.0.0.1", port), 5) as plain,
        trusting.wrap_socket(plain, server_hostname="everwatch.example") as told,
    ):
        told.sendall(f"{words}\r\nHost: everwatch.example\r\nConnection: close\r\n\r\n".encode())
        return b"".join(iter(lambda: told.recv(65536), b"")).decode()


@pytest.mark.requirement("ASVS-4.1.3")
def test_nginx_ends_tls_and_asks_the_other_host(tmp_path: Path) -> None:
    program = find_nginx()
    assert program, "no nginx: apt-get install nginx-light"
    hosts = [HTTPServer(("127.0.0.1", 0), Echo) for _number in range(2)]
    gone = free_port()  # of the two web hosts one is down
    for host in hosts[:1]:
        threading.Thread(target=host.serve_forever, daemon=True).start()
    _certificate(tmp_path)
    secure, plain = free_port(), free_port()
    text = (ROOT / "docker/nginx.conf").read_text()
    for old, new in {
        "web:8000": f"127.0.0.1:{hosts[0].server_port}",
        "web2:8000": f"127.0.0.1:{gone}",
        "listen 443 ": f"listen 127.0.0.1:{secure} ",
        "listen 80;": f"listen 127.0.0.1:{plain};",
        "/etc/nginx/tls": str(tmp_path),
        "/var/log/nginx/error.log": str(tmp_path / "error.log"),
        "events {": f"pid {tmp_path}/nginx.pid;\nevents {{",
    }.items():
        assert old in text, old
        text = text.replace(old, new)
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    own = "".join(f"{kind}_temp_path {tmp_path};\n" for kind in kinds)
    text = text.replace("    server_tokens", f"{own}    server_tokens")
    (tmp_path / "nginx.conf").write_text(text)
    command = [program, "-c", str(tmp_path / "nginx.conf"), "-e", str(tmp_path / "error.log")]
    tried = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
    assert tried.returncode == 0, tried.stderr
    running = subprocess.Popen([*command, "-g", "daemon off;"], stderr=subprocess.DEVNULL)
    try:
        _until_listening(secure)
        for _try in range(3):
            answer = _ask(secure, "GET /patients/ HTTP/1.1\r\nX-Forwarded-Proto: http")
            assert f"\r\n{hosts[0].server_port} https 127.0.0.1\r\n" in answer, answer
        assert " 503 " in _ask(secure, "POST /busy HTTP/1.1\r\nContent-Length: 0")
    finally:
        running.terminate()
        running.wait()
        hosts[0].shutdown()
        for host in hosts:
            host.server_close()


def _until_listening(port: int) -> None:
    end = time.monotonic() + 20
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            assert time.monotonic() < end
            time.sleep(0.05)


def test_the_script_makes_the_role_that_a_standby_follows_with(
    own_database: Addresses, tmp_path: Path
) -> None:
    host = re.search(r"@([^/]+)/", own_database.admin)
    assert host
    environment = {
        "PATH": f"{find_binaries(tmp_path, None)}:/usr/bin:/bin",
        "PGHOST": host[1].replace("%2F", "/"),
        "PGUSER": SUPERUSER,
        "EVERWATCH_REPLICATION_PASSWORD": "sample",
    }
    script = ROOT / "docker/replication.sh"
    for _again in range(2):
        done = subprocess.run(
            ["sh", script], env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
    administer(own_database.admin, "DROP ROLE everwatch_replication")
