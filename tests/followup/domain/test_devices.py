"""What a browser says of itself: the name that people know, not those it also names."""

import pytest

from followup.domain.devices import device

WEBKIT = "Mozilla/5.0 ({}) AppleWebKit/537.36 (KHTML, like Gecko)"
WINDOWS, MAC = "Windows NT 10.0; Win64; x64", "Macintosh; Intel Mac OS X 10_15_7"


@pytest.mark.parametrize(
    ("agent", "shown"),
    [
        (WEBKIT.format(WINDOWS) + " Chrome/120.0 Safari/537.36 Edg/120.0", "Edge, Windows"),
        (WEBKIT.format(WINDOWS) + " Chrome/120.0 Safari/537.36", "Chrome, Windows"),
        (WEBKIT.format(MAC) + " Version/17.0 Safari/605.1.15", "Safari, macOS"),
        (WEBKIT.format("Linux; Android 14") + " Chrome/120.0 Mobile MicroMessenger/8.0 Safari/537",)
        + ("WeChat, Android",),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0",)
        + ("Firefox, Linux",),
        (WEBKIT.format("iPhone; CPU iPhone OS 17_0 like Mac OS X") + " Safari/604.1",)
        + ("Safari, iPhone",),
        ("curl/8.0", ""),
        ("", ""),
    ],
)
def test_a_device_is_named_in_two_words(agent, shown):
    assert device(agent) == shown
