"""A channel by AS2 at its pages, and the address where partners send."""

import json
import re
import shlex

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from gunicorn.config import Config
from gunicorn.http.parser import RequestParser

from dev.paths import ROOT
from followup.core.permissions import Role
from pv.models import Channel, ChannelMessage, InboundFile
from pv.queries import channel_certificates as certificates
from tests.pv.actions.test_as2_channels import (
    SYSTEM,
    answer,
    case,
    channel,
    file,
    folder,
    gateway,
    ours,
    packed,
    sent_by,
    them,
)
from tests.pv.actions.test_channels import admin
from tests.pv.test_channel_doors import client

pytestmark = pytest.mark.django_db
__all__ = ["admin", "case", "channel", "file", "folder", "gateway", "ours", "them"]


def upload(name: str, data: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data)


def test_an_administrator_enters_a_channel_with_the_keys_of_both_sides(gateway, ours, them):
    page = client(Role.ADMINISTRATOR)
    assert "AS2" in page.get(reverse("channel-new")).text
    new = reverse("channel-new") + "?kind=as2"
    form = {
        "name": "Gateway",
        "profile": "nmpa",
        "environment": "production",
        "as2_from": "EW",
        "as2_to": "NMPA",
        "url": "http://gateway.example/as2",
        "receipt": "later",
        "headers": "X-Cyclone-Metadata-FdaCenter: CBER",
    }
    refused = page.post(new, form)
    assert (refused.status_code, "Only https:// leaves" in refused.text) == (422, True)
    assert 'value="http://gateway.example/as2"' in refused.text, "what was typed stays"
    assert page.post(new, form | {"url": gateway.url}).status_code == 302
    row = Channel.objects.get()
    for shown in (reverse("channel", args=[row.id]), reverse("channels")):
        assert "One side has no valid certificate" in page.get(shown).text
    keys = reverse("channel-certificates", args=[row.id])
    wrong = page.post(keys, {"side": "theirs", "certificate": upload("a.pem", b"no")})
    assert (wrong.status_code, "no certificate (PEM or DER)" in wrong.text) == (422, True)
    pem = them.certificate.read_bytes()
    taken = page.post(keys, {"side": "theirs", "certificate": upload("a.pem", pem)})
    assert taken.status_code == 302
    own = {"side": "ours", "own_file": upload("a.p12", packed(ours)), "password": "geheim"}
    assert page.post(keys, own).status_code == 302
    made = reverse("channel-certificate-make", args=[row.id])
    assert page.post(made).status_code == 302
    shown = page.get(keys).text
    assert shown.count("In use") == 3
    said = [shown.count(f"{word} what goes out") for word in ("signs", "encrypts")]
    assert said == [1, 1], "of two of ours one signs, and which it is stands beside it"
    mine = certificates.listing(SYSTEM, row)[0]
    pem = page.get(reverse("channel-certificate-file", args=[mine.id])).content
    assert pem.startswith(b"-----BEGIN CERTIFICATE")
    assert b"PRIVATE" not in pem
    ended = reverse("channel-certificate-end", args=[mine.id])
    page.post(ended, {"reason": ""})
    assert page.get(keys).text.count("In use") == 3, "a reason is asked for"
    long = page.post(ended, {"reason": f"{'x' * 500}<b>"}, follow=True).text
    assert ("At most 500 characters; there are 503." in long, "x&lt;b&gt;" in long) == (True, True)
    page.post(ended, {"reason": "rollover"})
    assert "rollover" in page.get(keys).text
    assert page.get(reverse("channel", args=[row.id])).status_code == 200


def test_only_who_manages_channels_adds_keys(channel):
    page = client(Role.SAFETY_OFFICER)
    keys = reverse("channel-certificates", args=[channel.id])
    assert page.get(keys).status_code == 200
    assert page.post(reverse("channel-certificate-make", args=[channel.id])).status_code == 403
    assert page.post(keys, {"side": "theirs"}).status_code == 403


def test_a_partner_sends_without_a_session(channel, file, ours, them, folder):
    headers, body, _ = sent_by(them, ours, folder, answer(file, "CA"))
    kind = headers.pop("Content-Type")
    stranger = Client()
    answered = stranger.post("/as2/", body, content_type=kind, headers=headers)
    assert answered.status_code == 200
    assert answered.headers["Content-Type"].startswith("multipart/signed")
    assert answered.headers["AS2-From"] == "EW"
    assert InboundFile.objects.get().door == "as2"
    wrong = stranger.post("/as2/", body, content_type=kind, headers=headers | {"AS2-To": "X"})
    assert (wrong.status_code, ChannelMessage.objects.count()) == (404, 1)
    assert stranger.get("/as2/").status_code == 405
    broken = headers | {"Message-ID": "<broken@nmpa>"}
    assert stranger.post("/as2/", body[:-9], content_type=kind, headers=broken).status_code == 200
    shown = client(Role.ADMINISTRATOR).get(reverse("channel", args=[channel.id])).text
    assert [word in shown for word in ("broken@nmpa", "refused", "kept")] == [True] * 3
    row = ChannelMessage.objects.get(message_id="broken@nmpa")
    raw = reverse("channel-message-file", args=[row.id])
    again = reverse("channel-message-read", args=[row.id])
    assert (raw in shown, again in shown) == (True, True)
    page, officer = client(Role.ADMINISTRATOR), client(Role.SAFETY_OFFICER)
    assert page.get(raw).content.endswith(b"\r\n\r\n" + body[:-9])
    assert [officer.get(raw).status_code, officer.post(again).status_code] == [403, 403]
    assert "still cannot be read" in page.post(again, follow=True).text
    every = reverse("channel-messages", args=[channel.id])
    texts = [page.get(every + show).text for show in ("", "?show=refused", f"?after={row.id}")]
    assert ["broken@nmpa" in text for text in texts] == [True, True, False]
    assert ["ack-1@nmpa" in text for text in texts] == [True, False, True]
    assert raw not in officer.get(every).text
    assert "days left" in client(Role.ADMINISTRATOR).get(reverse("channels")).text


def _shipped(where: str) -> list[str]:
    """The options the image or the unit starts the web server with."""
    text = (ROOT / where).read_text(encoding="utf-8")
    if where == "Dockerfile":
        found = re.search(r"CMD (\[.*?\])", text, re.DOTALL)
        assert found
        return [str(word) for word in json.loads(found[1].replace("\\\n", ""))][1:]
    found = re.search(r"ExecStart=(.*)", text)
    assert found
    return shlex.split(found[1])[1:]


@pytest.mark.parametrize("where", ["Dockerfile", "docker/systemd/everwatch-web.service"])
def test_the_headers_a_partner_folds_pass_the_web_server_that_is_shipped(where):
    settings = Config()
    for name, value in vars(settings.parser().parse_args(_shipped(where))).items():
        if value is not None and name != "args":
            settings.set(name, value)
    sent = b"POST /as2/ HTTP/1.1\r\nContent-Type: multipart/signed;\r\n boundary=x\r\n\r\n"
    (request,) = RequestParser(settings, iter([sent]), ("127.0.0.1", 1))
    assert request.headers == [("CONTENT-TYPE", "multipart/signed; boundary=x")]
