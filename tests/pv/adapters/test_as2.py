"""AS2 messages and receipts against `openssl cms`, both ways; broken ones end in a word."""

import base64
import subprocess
import zlib
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from asn1crypto import cms
from hypothesis import given, settings
from hypothesis import strategies as st

from pv.adapters.as2 import messages, mime, receipts, signatures
from pv.adapters.as2.messages import Partners, Receipts
from pv.domain.e2b.sendings import Result
from tests.pv.adapters import openssl_partner as partner
from tests.pv.adapters.openssl_partner import Side

CONTENT = "<ichicsr>\n<病例>喆 µg\r\n--not-a-boundary\n</ichicsr>\n".encode() + bytes(range(256))
MESSAGE_ID = "0193-1@everwatch"
MOST = 10_000_000


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("as2")


@pytest.fixture(scope="module")
def us(folder: Path) -> Side:
    return partner.make_side(folder, "us")


@pytest.fixture(scope="module")
def them(folder: Path) -> Side:
    return partner.make_side(folder, "them")


@pytest.fixture(scope="module")
def ours(us: Side, them: Side) -> Partners:
    return Partners("EW CN", "NMPA", us.own, them.cert, (us.own,), (them.cert,))


def build(ours: Partners, **values):
    wanted = {
        "name": "CASE-1-v1-nmpa.xml",
        "content": CONTENT,
        "message_id": MESSAGE_ID,
        "receipts": Receipts(),
        "extra": {"X-Cyclone-Metadata-FdaCenter": "CBER"},
    }
    return messages.build(ours, **wanted | values)


def test_openssl_opens_and_verifies_what_we_send(ours, us, them, folder):
    built = build(ours)
    entity = mime.read(partner.decrypted(them, built.body))
    part, signature = mime.parts(entity)
    assert partner.verifies(us, part, mime.read(signature).content(), folder)
    assert mime.read(part).body == CONTENT, "every byte as it was, line ends too"
    assert partner.mic(part) == built.mic
    assert built.headers["Message-ID"] == f"<{MESSAGE_ID}>"
    assert built.headers["AS2-From"] == '"EW CN"'
    assert built.headers["X-Cyclone-Metadata-FdaCenter"] == "CBER"


def test_every_try_has_one_identifier_and_one_digest(ours):
    first, second = build(ours), build(ours)
    assert first.mic == second.mic
    assert first.headers["Message-ID"] == second.headers["Message-ID"]


def from_them(us: Side, them: Side, folder: Path, part: bytes):
    kind, body = partner.signed(them, part, folder)
    entity = b"Content-Type: " + kind.encode() + b"\r\n\r\n" + body
    headers = {"Content-Type": "application/pkcs7-mime;\r\n smime-type=enveloped-data"}
    return headers, partner.encrypted(us, entity)


PART = (
    b'Content-Type: application/xml; name="a.xml"\r\nContent-Transfer-Encoding: binary\r\n'
    b'Content-Disposition: attachment; filename="ack-1.xml"\r\n\r\n' + CONTENT
)


def test_what_openssl_made_is_opened_byte_for_byte(ours, us, them, folder):
    headers, body = from_them(us, them, folder, PART)
    opened = messages.open_message(headers, body, ours, most=MOST)
    assert (opened.content, opened.file_name) == (CONTENT, "ack-1.xml")
    assert (opened.mic, opened.encrypted) == (partner.mic(PART), True)
    assert opened.signer == them.cert


@pytest.mark.parametrize(
    ("cipher", "padding"),
    [
        ("des3", ()),
        ("aes192", ()),
        ("aes256", ("rsa_padding_mode:oaep",)),
        ("des3", ("rsa_padding_mode:oaep", "rsa_oaep_md:sha256")),
    ],
)
def test_older_and_newer_envelopes_are_opened_with_our_key_only(ours, us, them, cipher, padding):
    headers = {"Content-Type": "application/pkcs7-mime; smime-type=enveloped-data"}
    sealed = partner.encrypted(us, PART, cipher, *padding)
    assert messages.open_message(headers, sealed, ours, most=MOST).content == CONTENT
    for wrong in (partner.encrypted(them, PART, cipher, *padding), sealed[:-9], sealed[:300]):
        with pytest.raises(signatures.NotDecrypted):
            messages.open_message(headers, wrong, ours, most=MOST)


def test_a_changed_byte_another_signer_and_another_key_are_told_apart(ours, us, them, folder):
    kind, body = partner.signed(them, PART, folder)
    changed = body.replace(b"ichicsr", b"ichicsx", 1)
    with pytest.raises(signatures.NotSigned):
        messages.open_message({"Content-Type": kind}, changed, ours, most=MOST)
    stranger = replace(ours, certificates=(us.cert,))
    with pytest.raises(signatures.NotSigned):
        messages.open_message({"Content-Type": kind}, body, stranger, most=MOST)
    headers, sealed = from_them(us, them, folder, PART)
    with pytest.raises(signatures.NotDecrypted):
        messages.open_message(headers, sealed, replace(ours, keys=(them.own,)), most=MOST)


def test_old_keys_and_certificates_still_open_after_a_change(ours, us, them, folder):
    newer = partner.make_side(folder, "newer")
    after = replace(ours, keys=(newer.own, us.own), certificates=(newer.cert, them.cert))
    headers, body = from_them(us, them, folder, PART)
    assert messages.open_message(headers, body, after, most=MOST).content == CONTENT


def test_nothing_leaves_without_a_valid_key_of_each_side(ours):
    for missing in ({"signing": None}, {"receiving": None}):
        with pytest.raises(ValueError, match="no valid key"):
            build(replace(ours, **missing))


def receipt(them: Side, folder: Path, disposition: str, mic: str = "", sign: bool = True):
    lines = [
        "Reporting-UA: another product",
        "Final-Recipient: rfc822; NMPA",
        f"Original-Message-ID: <{MESSAGE_ID}>",
        f"Disposition: automatic-action/MDN-sent-automatically;\r\n {disposition}",
        *([f"Received-Content-MIC: {mic}"] if mic else []),
    ]
    fields = "\r\n".join(lines).encode() + b"\r\n"
    body = (
        b"--r\r\nContent-Type: text/plain\r\n\r\nThank you.\r\n--r\r\n"
        b"Content-Type: message/disposition-notification\r\n\r\n" + fields + b"\r\n--r--\r\n"
    )
    kind = "multipart/report; report-type=disposition-notification; boundary=r"
    if not sign:
        return {"Content-Type": kind}, body
    entity = b"Content-Type: " + kind.encode() + b"\r\n\r\n" + body
    signed_kind, signed_body = partner.signed(them, entity, folder)
    return {"Content-Type": signed_kind}, signed_body


def judged(ours: Partners, made, mic: str):
    read = receipts.read(*made, ours)
    return receipts.ending(read, message_id=MESSAGE_ID, content_mic=mic)


@pytest.mark.parametrize("spelling", ["sha-256", "SHA256", "sha256"])
def test_a_signed_receipt_over_our_bytes_proves_arrival(ours, them, folder, spelling):
    mic = build(ours).mic
    ending = judged(ours, receipt(them, folder, "processed", f"{mic}, {spelling}"), mic)
    assert ending.result is Result.RECEIPT
    assert ending.details["signed"] is True


@pytest.mark.parametrize(
    ("disposition", "digest", "sign", "result"),
    [
        ("processed/error: decryption-failed", "", True, Result.REFUSED),
        ("failed/Failure: unsupported format", "", True, Result.REFUSED),
        ("processed/warning: duplicate-document", "", True, Result.UNPROVEN),
        ("processed", "", True, Result.UNPROVEN),
        ("processed", "other", True, Result.UNPROVEN),
        ("processed", "right", False, Result.UNPROVEN),
        ("processed/warning: duplicate-document", "right", True, Result.RECEIPT),
    ],
)
def test_anything_less_proves_nothing(ours, them, folder, disposition, digest, sign, result):
    mic = build(ours).mic
    other = base64.b64encode(bytes(32)).decode()
    text = {"": "", "right": f"{mic}, sha-256", "other": f"{other}, sha-256"}[digest]
    assert judged(ours, receipt(them, folder, disposition, text, sign), mic).result is result


def test_a_receipt_of_another_message_or_signer_proves_nothing(ours, us, them, folder):
    mic = build(ours).mic
    made = receipt(us, folder, "processed", f"{mic}, sha-256")
    assert judged(ours, made, mic).result is Result.UNPROVEN
    read = receipts.read(*receipt(them, folder, "processed", f"{mic}, sha-256"), ours)
    ending = receipts.ending(read, message_id="another@everwatch", content_mic=mic)
    assert ending.result is Result.UNPROVEN


def test_a_certificate_that_ended_is_said_and_the_receipt_still_counts(ours, folder):
    ended = partner.make_side(folder, "ended", days=("20240101000000Z", "20250101000000Z"))
    known = replace(ours, certificates=(ended.cert,))
    mic = build(ours).mic
    ending = judged(known, receipt(ended, folder, "processed", f"{mic}, sha-256"), mic)
    assert ending.result is Result.RECEIPT
    assert ending.details["certificate_ended"] is True


def test_openssl_verifies_our_receipt(ours, us, folder):
    answer = receipts.answer(
        ours,
        message_id="theirs@nmpa",
        own_id="0193-2@everwatch",
        disposition=receipts.PROCESSED,
        mic=partner.mic(PART),
        text="Received.",
        sign=True,
    )
    entity = mime.Entity(mime.unfolded(answer.headers), answer.body)
    part, signature = mime.parts(entity)
    assert partner.verifies(us, part, mime.read(signature).content(), folder)
    mirrored = Partners("NMPA", "EW CN", None, None, (), (us.cert,))
    read = receipts.read(answer.headers, answer.body, mirrored)
    ending = receipts.ending(read, message_id="theirs@nmpa", content_mic=partner.mic(PART))
    assert ending.result is Result.RECEIPT


def compressed(data: bytes) -> bytes:
    content = cms.CompressedData(
        {
            "version": "v0",
            "compression_algorithm": {"algorithm": "zlib"},
            "encap_content_info": {"content_type": "data", "content": zlib.compress(data)},
        }
    )
    return cms.ContentInfo({"content_type": "compressed_data", "content": content}).dump()


def test_a_partner_may_compress_up_to_a_bound(ours):
    headers = {"Content-Type": "application/pkcs7-mime; smime-type=compressed-data"}
    data = compressed(PART)
    assert messages.open_message(headers, data, ours, most=MOST).content == CONTENT
    for broken in (compressed(b"0" * 1001), b"0\x03\x02\x01\x01", data[:60]):
        with pytest.raises(ValueError, match="too large|no compressed data"):
            signatures.decompress(broken, 1000)


_LINES = st.binary(max_size=60)


@settings(max_examples=200, deadline=None)
@given(st.lists(_LINES, min_size=1, max_size=4))
def test_parts_come_back_byte_for_byte(pieces: list[bytes]):
    wrapped = [b"Content-Type: text/plain\r\n\r\n" + piece for piece in pieces]
    kind, body = mime.multipart("multipart/mixed", "=_0193f2c4", wrapped)
    entity = mime.Entity(mime.unfolded({"Content-Type": kind}), body)
    assert mime.parts(entity) == wrapped


_KINDS = st.sampled_from(
    [
        "application/pkcs7-mime; smime-type=enveloped-data",
        "application/pkcs7-mime; smime-type=compressed-data",
        'multipart/signed; boundary="b"',
        "multipart/report; report-type=disposition-notification; boundary=b",
        "text/plain",
        "",
    ]
)
_BODIES = st.one_of(
    st.binary(max_size=300),
    st.lists(st.sampled_from([b"--b\r\n", b"--b--", b"\r\n", b"\n\n", b"a: b", b"0\x80\x06"])).map(
        b"".join
    ),
)


@settings(max_examples=1000, deadline=None)
@given(_KINDS, _BODIES)
def test_a_thousand_broken_messages_raise_nothing_else(kind: str, body: bytes):
    nobody = Partners("EW", "NMPA", None, None)
    headers = {"Content-Type": kind} if kind else {}
    for read in (
        lambda: messages.open_message(headers, body, nobody, most=1000),
        lambda: receipts.read(headers, body, nobody),
    ):
        with suppress(ValueError):
            read()


def test_the_partner_of_these_tests_refuses_what_was_changed(us, them, folder):
    body = partner.encrypted(them, b"x")
    with pytest.raises(subprocess.CalledProcessError):
        partner.decrypted(us, body)
