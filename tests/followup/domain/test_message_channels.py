"""Robots and interfaces: addresses, the published signature, what an answer means, how often."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from followup.domain import message_channels as channels
from followup.domain.message_channels import Answer, Due, MessageKind

DOCUMENT = json.loads(
    (Path(__file__).resolve().parents[3] / "followup/reference/messages.json").read_text()
)
RULES = channels.read_message_rules(DOCUMENT)
WECOM = RULES[MessageKind.WECOM]
NOW = datetime(2026, 11, 29, 9, 0, tzinfo=UTC)


def test_the_signature_of_dingtalk_is_the_one_openssl_makes():
    # printf '1700000000000\nSECtest' | openssl dgst -sha256 -hmac SECtest -binary | base64
    signature = "aZLLrriXgn05YbwaGR7knYsLeJADjr9NwLaNNKpxh4g="
    assert channels.dingtalk_signature(1700000000000, "SECtest") == signature
    url = channels.signed("https://h/send?access_token=a", 1700000000000, "SECtest")
    assert url.endswith(
        "&timestamp=1700000000000&sign=aZLLrriXgn05YbwaGR7knYsLeJADjr9NwLaNNKpxh4g%3D"
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=a-1",
            ("https://qyapi.weixin.qq.com/cgi-bin/webhook/send", "a-1"),
        ),
        (
            " https://relay.example:8443/wx?group=2&key=a%20b ",
            ("https://relay.example:8443/wx?group=2", "a b"),
        ),
        ("https://relay.example", ("https://relay.example/", "")),
    ],
)
def test_the_key_leaves_the_address(text, expected):
    assert channels.split_address(text, "key") == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "relay.example",
        "http://relay.example/?key=a",
        "file:///etc/passwd?key=a",
        "https:///x?key=a",
        "https://user:word@relay.example/?key=a",
        "https://h:99999/?key=a",
        "https://h:x/?key=a",
        "https://h/a b?key=a",
        "https://医院.example/?key=a",
        "https://relay..example/?key=a",
        f"https://{'a' * 64}.example/?key=a",
        "https://h/?key=a&key=b",
        "https://h/\r\nHost: other?key=a",
        "gopher://h/?key=a",
        "https://h/?key=" + "a" * 600,
    ],
)
def test_no_other_address_is_taken(text):
    with pytest.raises(ValueError, match=r"."):
        channels.split_address(text, "key")


@pytest.mark.parametrize(
    ("address", "named"),
    [
        ("https://h/?group=2&lang=zh", []),
        ("https://h/", []),
        ("https://h/?apikey=1&group=2", ["apikey"]),
        ("https://h/?Access_Token=&PASSWORD=1", ["Access_Token", "PASSWORD"]),
    ],
)
def test_an_address_that_holds_another_key_is_known(address, named):
    assert channels.secrets_named(address) == named


@given(st.text(max_size=400), st.integers(200, 700))
def test_a_cut_text_fits_in_its_bytes_and_is_a_beginning(text, most):
    short = channels.cut(text, most)
    assert len(short.encode()) <= max(most, 0) or short == text
    assert len(short.encode()) <= most
    assert short == text or text.startswith(short.removesuffix("…").removesuffix("\n"))


@pytest.mark.parametrize(
    ("status", "body", "answer"),
    [
        (200, b'{"errcode":0,"errmsg":"ok"}', Answer.SENT),
        (200, b'{"errcode":"0"}', Answer.SENT),
        (200, b'{"errcode":93000,"errmsg":"invalid webhook url"}', Answer.REFUSED),
        (200, b'{"errcode":45009,"errmsg":"api freq out of limit"}', Answer.LATER),
        (200, b'{"errcode":123456}', Answer.LATER),
        (200, b'{"errcode":true}', Answer.UNKNOWN),
        (200, b'{"errcode":null}', Answer.UNKNOWN),
        (200, b"{}", Answer.UNKNOWN),
        (200, b"[0]", Answer.UNKNOWN),
        (200, b"<html>", Answer.UNKNOWN),
        (200, b"\xff\xfe", Answer.UNKNOWN),
        (200, b"", Answer.UNKNOWN),
        (200, b"[" * 100_000, Answer.UNKNOWN),
        (429, b"", Answer.LATER),
        (425, b"", Answer.LATER),
        (408, b"", Answer.UNKNOWN),
        (302, b"", Answer.REFUSED),
        (403, b"", Answer.REFUSED),
        (502, b"", Answer.UNKNOWN),
        (204, b"", Answer.UNKNOWN),
    ],
)
def test_what_an_answer_means(status, body, answer):
    assert channels.judge(WECOM, status, body)[0] is answer


# 1,000 hostile or broken answers of a robot: no exception, and none counts as sent by accident.
_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["errcode", "errmsg", "code", "x"]), inner, max_size=3)
    ),
    max_leaves=5,
)


@settings(max_examples=1000, deadline=None)
@given(st.integers(100, 599), st.binary(max_size=60) | _json.map(lambda v: json.dumps(v).encode()))
def test_no_answer_breaks_the_reader_and_only_a_plain_yes_is_one(status, body):
    answer, words = channels.judge(WECOM, status, body)
    assert isinstance(words, str)
    if answer is Answer.SENT:
        assert status == 200
        assert str(json.loads(body)["errcode"]) == "0"


@given(st.lists(st.integers(0, 200), max_size=60), st.integers(0, 900) | st.none())
def test_a_robot_never_speaks_more_often_than_its_bucket_and_its_interval(ages, last):
    sent = [NOW - timedelta(seconds=age) for age in ages]
    digest = None if last is None else NOW - timedelta(seconds=last)
    wait = channels.wait(WECOM, NOW, sent, digest)
    then = NOW + wait
    assert wait >= timedelta(0)
    assert sum(then - at < timedelta(minutes=1) for at in sent) < WECOM.per_minute
    assert digest is None or then - digest >= WECOM.digest
    if len(ages) < WECOM.per_minute and digest is None:
        assert not wait


def test_an_obligation_of_two_people_counts_once():
    dues = [Due("visit:1", "visit", True), Due("visit:1", "visit", True), Due("c:2", "c", False)]
    assert channels.counts(dues) == [("c", 1, 0), ("visit", 1, 1)]
