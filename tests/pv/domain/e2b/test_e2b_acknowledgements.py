"""Acknowledgements as authorities really send them, and what they do to a transmission."""

from itertools import permutations
from pathlib import Path

import pytest

from pv.domain.e2b.ack import MessageCode, TransmissionCode, read_ack, remarks
from pv.domain.e2b.deliveries import TRANSITIONS, Delivery, Effect, Transmission, advance
from pv.domain.e2b.refusals import MessageRefused, Refusal

SENT = Transmission("CN-EVERWATCH-1", "M1", "B1")


def ack(code: str | None, text: str = "", batch: str = "B1", number: str = "7", whole: str = "AE"):
    """An acknowledgement as a gateway writes it: its message has no creationTime."""
    entry = (
        f'<MCCI_IN000002UV01><acknowledgement typeCode="{code}"><targetMessage>'
        '<id root="2.16.840.1.113883.3.989.2.1.3.1" extension="CN-EVERWATCH-1"/></targetMessage>'
        f"<acknowledgementDetail><text>{text}</text></acknowledgementDetail></acknowledgement>"
        "</MCCI_IN000002UV01>"
        if code
        else ""
    )
    return read_ack(
        '<MCCI_IN200101UV01 xmlns="urn:hl7-org:v3">'
        f'<id root="2.16.840.1.113883.3.989.2.1.3.20" extension="{number}"/>{entry}'
        f'<acknowledgement typeCode="{whole}"><targetBatch>'
        f'<id root="2.16.840.1.113883.3.989.2.1.3.22" extension="{batch}"/></targetBatch>'
        "</acknowledgement></MCCI_IN200101UV01>".encode()
    )


WARNED = "Safety report loaded; Validated against rules;\nWarnings:\n1: FDA.C.5.6.r is invalid.\n"
REFUSED = "not loaded;\nRejections:\n1: Data value required for tag C.3.1.\nWarnings:\n2) D.5 odd\n"


def test_fda_samples(e2b_shared: Path) -> None:
    bad = read_ack((e2b_shared / "samples" / "R3ack-negative.ack").read_bytes())
    good = read_ack((e2b_shared / "samples" / "R3ack-positive.ack").read_bytes())
    assert (bad.number, bad.code, bad.sender) == ("34137236", TransmissionCode.SOME, "ZZFDA")
    assert bad.messages[0].code is MessageCode.NOT_LOADED
    assert [r.elements for r in bad.messages[0].rejections] == [
        ("FDA.C.1.7.1",),
        ("FDA.C.1.12",),
        ("FDA.D.12",),
        (),
    ]
    assert good.messages[0].code is MessageCode.LOADED
    assert good.messages[0].warnings == ()
    sent = Transmission("US-APHARMA-8744554B", "x", good.batch_number or "")
    assert advance(sent, good).transmission.state is Delivery.ACCEPTED


def test_rejections_and_warnings_are_told_apart() -> None:
    rejections, warnings = remarks(MessageCode.NOT_LOADED, REFUSED)
    assert [(r.text, r.elements) for r in rejections] == [
        ("Data value required for tag C.3.1.", ("C.3.1",))
    ]
    assert [(w.text, w.elements) for w in warnings] == [("D.5 odd", ("D.5",))]


@pytest.mark.parametrize(
    ("code", "text", "whole", "state"),
    [
        ("CA", "", "AR", Delivery.ACCEPTED),
        ("CA", WARNED, "AE", Delivery.ACCEPTED_WITH_WARNINGS),
        ("CR", REFUSED, "AA", Delivery.REJECTED),
        (None, "", "AR", Delivery.REJECTED),
        (None, "", "AA", Delivery.ACCEPTED),
        (None, "", "AE", Delivery.RECEIVED),
        ("XX", "", "AA", Delivery.SENT),
    ],
)
def test_the_messages_own_code_decides(code, text, whole, state) -> None:
    assert advance(SENT, ack(code, text, whole=whole)).transmission.state is state


def test_nothing_moves_back_and_a_repeat_moves_nothing() -> None:
    files = [ack("CA"), ack("CR", REFUSED, number="8"), ack(None, number="9")]
    for order in permutations(files):
        states = [SENT]
        for file in (*order, *order):
            states.append(advance(states[-1], file).transmission)
        for before, after in zip(states, states[1:], strict=False):
            assert after.state is before.state or after.state in TRANSITIONS[before.state]
    accepted = advance(SENT, files[0]).transmission
    assert advance(accepted, files[0]).effect is Effect.REPEATED
    assert advance(accepted, files[1]).effect is Effect.CONFLICT
    assert advance(accepted, files[2]).transmission.state is Delivery.ACCEPTED


def test_another_batch_is_not_ours() -> None:
    step = advance(SENT, ack("CR", batch="B2"))
    assert step.effect is Effect.NOT_OURS
    assert step.transmission == SENT


def test_an_icsr_is_no_acknowledgement(e2b_samples: list[Path]) -> None:
    with pytest.raises(MessageRefused) as refused:
        read_ack(e2b_samples[0].read_bytes())
    assert refused.value.code is Refusal.NOT_ACKNOWLEDGEMENT


@pytest.mark.parametrize(
    ("code", "text", "rejected", "warned"),
    [
        ("CR", "org.xml.SAXParseException; lineNumber: 9; columnNumber: 3; cvc-x: no", 1, 0),
        ("CR", "[C.1.2, x] wrong; [D.5, y] wrong", 2, 0),
        ("CR", "C.1.2 is missing; it is needed for the clock", 1, 0),
        ("CA", "[F.r.3.3, g/l] another unit; [C.5.3, 7] study not known", 0, 2),
        ("CA", "Report Loaded Successfully", 0, 0),
        ("CA", "Safety report loaded; Validated against 2.18 business rules", 0, 0),
        ("CA", "The product is not known to us", 0, 1),
        ("CA", "已入库\n警告：\n1、D.CN.3 为空；\n2、C.1.CN.1 为空", 0, 2),
        ("CR", "错误：\n1、C.1.CN.2 不能为空；\n警告：\n1、D.CN.3 为空", 1, 1),
        ("CR", "错误（2）：1、H.1 为空\n（2）D.1 为空\n提示:\nD.3 为空", 2, 1),
        ("CR", "C.1.CN.2 不能为空；H.1 为空", 2, 0),
        ("CR", "Errors: D.5 is missing\nWarnings: none of the drugs is known", 1, 1),
        ("XX", "anything", 0, 0),
    ],
)
def test_every_list_a_gateway_writes(code: str, text: str, rejected: int, warned: int) -> None:
    known = next((item for item in MessageCode if item.value == code), None)
    rejections, warnings = remarks(known, text)
    assert (len(rejections), len(warnings)) == (rejected, warned)
    for remark in (*rejections, *warnings):
        assert remark.text.strip(" 1234567890、；") == remark.text or remark.text[-1].isdigit()
