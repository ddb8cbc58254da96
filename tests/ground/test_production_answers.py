"""What a browser is told by the settings of production: headers of pages and files, and cookies."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from dev.environments import production_sample
from dev.paths import ROOT

# A process of its own: the tests themselves run without TLS. It asks no database.
PROGRAM = """
import json, django
django.setup()
from django.conf import settings
from django.http import HttpResponse
from django.middleware.csrf import CsrfViewMiddleware, get_token
from django.test import Client, RequestFactory
client = Client(headers={"host": "everwatch.example", "origin": "https://elsewhere.example"})
said = {}
for address in ("/healthz", "/static/a.js"):
    answer = client.get(address, secure=True)
    assert answer.status_code == 200, (address, answer.status_code)
    said[address] = {name.lower(): value for name, value in answer.headers.items()}
said["plain"] = {
    address: [answer.status_code, answer.headers.get("Location", "")]
    for address in ("/api/v1/patients/", "/as2/", "/metrics", "/sign-in/")
    for answer in [client.post(address, {"name": "x"})]
}
request = RequestFactory().get("/", secure=True)
middleware = CsrfViewMiddleware(lambda _request: HttpResponse())
get_token(request)
cookie = middleware.process_response(request, HttpResponse()).cookies
said["csrf"] = cookie.output()
names = ("SESSION_COOKIE", "LANGUAGE_COOKIE", "CSRF_COOKIE")
ends = ("NAME", "SECURE", "HTTPONLY", "SAMESITE")
said["cookies"] = {n: [getattr(settings, f"{n}_{end}") for end in ends] for n in names}
print(json.dumps(said))
"""


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict:
    static: Path = tmp_path_factory.mktemp("static")
    (static / "a.js").write_text("1;")
    keep = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=ROOT,
        env={
            **keep,
            **production_sample(),
            "DJANGO_SETTINGS_MODULE": "pv.config.settings",
            "STATIC_ROOT": str(static),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.mark.parametrize("address", ["/healthz", "/static/a.js"])
@pytest.mark.requirement("ASVS-3.4.1", "ASVS-3.4.3", "ASVS-3.4.4", "ASVS-3.4.5", "ASVS-3.4.6")
def test_every_answer_carries_what_protects_the_browser(said: dict, address: str) -> None:
    headers = said[address]
    assert "max-age=31536000" in headers["strict-transport-security"]
    assert "includeSubDomains" in headers["strict-transport-security"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    policy = headers["content-security-policy"]
    for part in ("default-src", "object-src", "base-uri", "frame-ancestors"):
        assert f"{part} 'none'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize("address", ["/healthz", "/static/a.js"])
@pytest.mark.requirement("ASVS-3.4.2")
def test_no_other_site_is_let_in(said: dict, address: str) -> None:
    assert "access-control-allow-origin" not in said[address]


@pytest.mark.requirement("ASVS-3.3.1", "ASVS-3.3.2", "ASVS-3.3.3", "ASVS-3.3.4")
def test_every_cookie_is_of_this_host_alone_encrypted_and_hidden_from_scripts(said: dict) -> None:
    for name, secure, hidden, same_site in said["cookies"].values():
        assert name.startswith("__Host-")
        assert (secure, hidden, same_site) == (True, True, "Lax")
    for part in ("__Host-csrftoken=", "HttpOnly", "Path=/", "SameSite=Lax", "Secure"):
        assert part in said["csrf"]
    assert "Domain" not in said["csrf"]


@pytest.mark.requirement("ASVS-4.1.2")
def test_machines_are_refused_without_tls_and_people_are_led_to_it(said: dict) -> None:
    machines = ("/api/v1/patients/", "/as2/", "/metrics")
    assert {address: said["plain"][address] for address in machines} == dict.fromkeys(
        machines, [403, ""]
    )
    assert said["plain"]["/sign-in/"] == [301, "https://everwatch.example/sign-in/"]
