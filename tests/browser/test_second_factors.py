"""A passkey in a real browser: made, used as second factor, refused when it is a copy."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, CDPSession, Page

from dev.demo.live_stack import LiveStack
from pv.demo.world import LOGINS

LOGIN = next(login for login in LOGINS if login.username == "doctor.nj01")


@pytest.fixture
def page(browser: Browser, live_stack: LiveStack) -> Iterator[Page]:
    """A page at a host name: for an address in numbers a browser makes no passkeys."""
    url = live_stack.url.replace("127.0.0.1", "localhost")
    context = browser.new_context(base_url=url, locale="en-GB")
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()


def authenticator(page: Page) -> tuple[CDPSession, str]:
    devices = page.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    made = devices.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "usb",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    return devices, made["authenticatorId"]


def password(page: Page) -> None:
    page.goto("/sign-in/")
    page.locator("#id_username").fill(LOGIN.username)
    page.locator("#id_password").fill(LOGIN.password)
    page.locator("main button[type=submit]").click()


def remove(page: Page, proof: str) -> None:
    page.goto("/account/second-factors/")
    page.locator("section[aria-labelledby=own-removal] summary").click()
    page.locator("#remove_password").fill(LOGIN.password)
    page.locator("#remove_code").fill(proof)
    page.locator("section[aria-labelledby=own-removal] .btn-danger").click()
    page.wait_for_selector("section[aria-labelledby=own-devices] p.text-muted")


def test_a_passkey_is_made_asked_for_and_refused_as_a_copy(page: Page, faults) -> None:
    devices, key = authenticator(page)
    password(page)
    page.wait_for_url(lambda address: "/sign-in/" not in address)
    page.goto("/account/second-factors/passkey/")
    assert faults(page) == []
    page.locator("#id_label").fill("test key")
    page.locator("#id_password").fill(LOGIN.password)
    page.locator("[data-passkey=create]").click()
    page.wait_for_selector(".codes")
    codes = page.locator(".codes code").all_inner_texts()
    assert len(codes) == 10
    assert faults(page) == []
    try:
        held = devices.send("WebAuthn.getCredentials", {"authenticatorId": key})["credentials"]
        assert [one["rpId"] for one in held] == ["localhost"]
        page.locator(".topbar form[action*=sign-out] button").first.dispatch_event("click")
        page.wait_for_url("**/sign-in/**")
        password(page)
        page.wait_for_selector("[data-passkey=get]:visible")
        assert faults(page) == []
        page.locator("[data-passkey=get]").click()
        page.wait_for_url(lambda address: "/sign-in/" not in address)
        # A copy of the key with an old counter: what was signed is right, who signed is not.
        held = devices.send("WebAuthn.getCredentials", {"authenticatorId": key})["credentials"]
        devices.send("WebAuthn.clearCredentials", {"authenticatorId": key})
        copy = {**held[0], "signCount": 0}
        devices.send("WebAuthn.addCredential", {"authenticatorId": key, "credential": copy})
        page.context.clear_cookies()
        password(page)
        page.locator("[data-passkey=get]").click()
        page.wait_for_selector(".error-summary")
        assert "/sign-in/second-factor/" in page.url
        page.locator("#id_code").fill(codes[0])
        page.locator("main button[type=submit]").click()
        page.wait_for_url(lambda address: "/sign-in/" not in address)
    finally:
        if "/sign-in/" in page.url:
            page.locator("#id_code").fill(codes[1])
            page.locator("main button[type=submit]").click()
            page.wait_for_url(lambda address: "/sign-in/" not in address)
        remove(page, codes[2])
