"""A channel by SFTP at its pages: entered, signed in, tested against Debian's sshd."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.urls import reverse

from followup.core.permissions import Role
from pv.adapters.sftp import Session, path_of, probe
from pv.models import Channel, ChannelCredential
from tests.pv.actions.test_sftp_channels import admin, channel, folder, server, where
from tests.pv.test_channel_doors import client

pytestmark = pytest.mark.django_db
__all__ = ["admin", "channel", "folder", "server"]


def test_an_administrator_enters_the_server_makes_a_key_and_tests(server):
    page = client(Role.ADMINISTRATOR)
    new = reverse("channel-new") + "?kind=sftp"
    form = {"name": "Gateway", "profile": "nmpa", "environment": "production", **server.settings}
    refused = page.post(new, form | {"host_keys": "", "port": "0"})
    assert refused.status_code == 422
    refused = page.post(new, form | {"host_keys": "none", "port": "0"})
    assert "Not the public key of a server: none" in refused.text
    assert 'value="127.0.0.1"' in refused.text, "what was typed stays"
    assert page.post(new, form).status_code == 302
    row = Channel.objects.get()
    where = reverse("channel", args=[row.id])
    assert "Neither a key nor a password" in page.get(where).text
    credential = reverse("channel-credential", args=[row.id])
    bad = page.post(credential, {"way": "key", "private_key": "x"})
    assert (bad.status_code, 'class="error-summary"' in bad.text) == (422, True)
    assert page.post(reverse("channel-credential-make", args=[row.id])).status_code == 302
    kept = ChannelCredential.objects.get()
    shown = page.get(credential).text
    assert kept.shown in shown
    assert kept.secret_sealed not in shown
    server.authorized.write_text(kept.shown + "\n")
    page.post(reverse("channel-test", args=[row.id]))
    assert "All well" in page.get(where).text
    assert page.post(credential, {"way": "password", "password": "geheim"}).status_code == 302
    assert "geheim" not in page.get(credential).text
    page.post(reverse("channel-test", args=[row.id]))
    assert "refuses our key or password" in page.get(where).text
    officer = client(Role.SAFETY_OFFICER)
    assert officer.get(credential).status_code == 200
    assert officer.post(credential, {"way": "password", "password": "x"}).status_code == 403
    assert officer.post(reverse("channel-credential-make", args=[row.id])).status_code == 403


def test_a_caller_with_an_event_loop_of_its_own_is_served_too(channel):
    address, outbox = where(channel), channel.settings["outbox"]

    async def look() -> bool:
        with Session(address) as session:
            probe(session, outbox)
            return session.size(path_of(outbox, "absent")) is None

    # In a thread: where a browser was started before, this one has a loop already.
    with ThreadPoolExecutor(1) as other:
        assert other.submit(asyncio.run, look()).result()
