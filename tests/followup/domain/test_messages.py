"""HL7 v2 and FHIR as they are sent: every sign kept, nothing guessed, nothing breaks the reader."""

import contextlib
import json
import random
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from followup.domain.laboratory import fhir, hl7, hl7_batches, hl7_segments, mllp
from followup.domain.laboratory.hl7_segments import decode, plain, segments
from followup.domain.laboratory.messages import (
    ChangeKind,
    MessageProblem,
    MessageUnreadable,
    Standing,
)

ZONE = ZoneInfo("Asia/Shanghai")
HEAD = r"MSH|^~\&|LIS|瑞金|EW|EW|20261128103000||ORU^R01^ORU_R01|{}|P|2.4||||||{}"
ORU = (
    "PID|1||00123^^^HIS^MR~77^^^HIS^PI||區^億||19680504|F\r"
    "OBR|1|P1|F1|CBC^血常规|||20261120083000\r"
    "OBX|1|NM|751-8^中性粒细胞^LN|1|0.50|10*9/L^^UCUM|1.8-6.3|L|||F\r"
    "OBX|2|ST|CAR^拷贝数|1|<50|copies/ug||||| C\r"
)


def message(body: str = ORU, number: str = "M1", charset: str = "") -> str:
    return HEAD.format(number, charset) + "\r" + body


def test_a_name_whose_bytes_hold_separators_is_not_broken():
    data = message(charset="GB 18030-2000").encode("gb18030")
    assert (b"^" in "區".encode("gb18030"), b"|" in "億".encode("gb18030")) == (True, True)
    text, charset = decode(data)
    assert (charset, segments(text)[1].component(5, 2)) == ("gb18030", "億")


@pytest.mark.parametrize("charset", ["utf-8", "gb18030"])
def test_an_undeclared_charset_is_utf8_if_it_can_be_and_gb18030_otherwise(charset):
    read = hl7.read(message().encode(charset), ZONE)
    assert (read.charset, read.results[0].item) == (charset, "751-8 中性粒细胞")


def test_a_declared_charset_that_is_wrong_does_not_stop_a_message_that_another_fits():
    assert hl7.read(message(charset="UNICODE UTF-8").encode("gb18030"), ZONE).charset == "gb18030"
    with pytest.raises(MessageUnreadable):
        hl7.read(message().encode("gb18030"), ZONE, "utf-8")


def test_a_result_keeps_every_sign():
    first, second = hl7.read(message().encode(), ZONE).results
    assert (first.written, first.unit, first.range_text, first.flag) == (
        "0.50",
        "10*9/L",
        "1.8-6.3",
        "L",
    )
    assert first.patients == ("00123", "77")
    assert (first.moment.day, first.standing) == (date(2026, 11, 20), Standing.FINAL)
    assert first.moment.at == datetime(2026, 11, 20, 0, 30, tzinfo=UTC)
    assert (second.written, second.key) == ("<50", "F1|CAR|1")


@pytest.mark.parametrize(
    ("sent", "partial", "day"),
    [
        ("2026", "2026", None),
        ("202611", "2026-11", None),
        ("20261105", "2026-11-05", date(2026, 11, 5)),
        ("2026110510", "2026-11-05", date(2026, 11, 5)),
        ("202611052330+0000", "2026-11-06", date(2026, 11, 6)),
        ("20260230", None, None),
        ("", None, None),
        ("gestern", None, None),
        ("00010101000000+1400", None, None),
    ],
)
def test_a_partial_date_stays_partial(sent, partial, day):
    moment = hl7.moment(sent, ZONE)
    assert (moment.partial and str(moment.partial), moment.day) == (partial, day)
    assert moment.written == sent


@pytest.mark.requirement("ASVS-1.2.9")
def test_structured_numbers_codes_and_escapes_are_read():
    body = (
        "PID|1||1\rOBR|1||F1\rOBX|1|SN|A||<^50\rOBX|2|SN|B||^1^:^128\rOBX|3|CE|C||N^阴性^L\r"
        'OBX|4|TX|D||a\\T\\b\\.br\\c\\X0D\\\\Zx\\\rOBX|5|NM|E||""\rOBX|6|ST|F||1~2\r'
    )
    written = [one.written for one in hl7.read(message(body).encode(), ZONE).results]
    assert written == ["<50", "1:128", "阴性", "a&b\nc\r\\Zx\\", "", "1 ~ 2"]


@pytest.mark.parametrize(
    ("status", "standing"),
    [("F", "FINAL"), ("", "FINAL"), ("P", "PRELIMINARY"), ("C", "CORRECTED"), ("W", "WITHDRAWN")],
)
def test_what_a_laboratory_says_of_its_result(status, standing):
    body = f"PID|1||1\rOBX|1|NM|A||1||||||{status}\r"
    assert hl7.read(message(body).encode(), ZONE).results[0].standing == standing


@pytest.mark.parametrize("status", ["N", "O", "I", "?"])
def test_what_is_no_result_is_none(status):
    body = f"PID|1||1\rOBX|1|NM|A||1||||||{status}\r"
    assert hl7.read(message(body).encode(), ZONE).results == ()


def adt(trigger: str, body: str) -> bytes:
    return message(body).replace("ORU^R01^ORU_R01", f"ADT^{trigger}").encode()


def test_a_merge_names_who_goes_on_and_who_ends():
    (change,) = hl7.read(adt("A40", "PID|1||9^^^H\rMRG|3^^^H~4^^^H\r"), ZONE).changes
    assert (change.kind, change.patients, change.former) == (ChangeKind.MERGED, ("9",), ("3", "4"))
    assert hl7.read(adt("A08", "PID|1||9\rMRG|3\r"), ZONE).changes == ()
    (died,) = hl7.read(adt("A03", "PID|1||9" + "|" * 27 + "Y\r"), ZONE).changes
    assert died.kind is ChangeKind.DIED
    (apart,) = hl7.read(adt("A37", "PID|1||9\rPID|2||3\r"), ZONE).changes
    assert (apart.kind, apart.patients, apart.former) == (ChangeKind.UNLINKED, ("3",), ("9",))


@pytest.mark.parametrize("charset", ["utf-8", "gb18030"])
def test_an_answer_goes_back_to_the_sender_in_its_own_marks(charset):
    made = datetime(2026, 11, 28, 10, 30, tzinfo=ZONE)
    data = message(charset="GB 18030-2000" if charset == "gb18030" else "").encode(charset)
    head, said = segments(hl7.answer(data, "AE", "no|pipe", made).decode(charset))
    assert [head.field(n) for n in (3, 4, 5, 6, 11)] == ["EW", "EW", "LIS", "瑞金", "P"]
    assert (said.field(1), said.field(2), said.field(3)) == ("AE", "M1", "no pipe")


def test_frames_come_in_pieces_together_and_without_their_last_byte():
    one, two = mllp.framed(b"one"), mllp.framed(b"two")
    frames = mllp.Frames(100)
    assert [m for n in range(0, len(one), 3) for m in frames.feed(one[n : n + 3])] == [b"one"]
    assert frames.feed(b"noise" + one[:-1] + two) == [b"one", b"two"]
    assert (frames.feed(b"\x0bhalf"), len(frames.waiting)) == ([], 5)
    with pytest.raises(mllp.FrameTooLarge):
        frames.feed(b"x" * 200)


@given(st.lists(st.binary(max_size=30).filter(lambda b: not set(b) & {0x0B, 0x1C})), st.data())
def test_frames_come_whole_however_they_are_cut(messages, data):
    stream = b"".join(mllp.framed(one) for one in messages)
    frames, found, place = mllp.Frames(1000), [], 0
    while place < len(stream):
        size = data.draw(st.integers(1, 9))
        found += frames.feed(stream[place : place + size])
        place += size
    assert found == messages


@given(st.binary(max_size=300) | st.text(max_size=200).map(lambda t: message(t).encode()))
def test_any_bytes_are_read_refused_and_answered(data):
    for read in (hl7.read, fhir.read):
        with contextlib.suppress(MessageUnreadable):
            read(data, ZONE)
    assert b"MSA" in hl7.answer(data, "AE", "x", datetime(2026, 1, 1, tzinfo=ZONE))


def test_a_message_damaged_anywhere_never_breaks_the_reader():
    rng, data = random.Random(3), message().encode("gb18030")
    for _ in range(1000):
        broken = bytearray(data)
        for _ in range(rng.randint(1, 8)):
            broken[rng.randrange(len(broken))] = rng.randrange(256)
        try:
            hl7.read(bytes(broken[: rng.randint(1, len(broken))]), ZONE)
        except MessageUnreadable:
            continue


def bundle(*resources, **more):
    entries = [{"fullUrl": f"urn:x:{n}", "resource": one} for n, one in enumerate(resources)]
    body = {"resourceType": "Bundle", "type": "message", "identifier": {"value": "B1"}}
    return body | {"entry": entries} | more


PATIENT = {"resourceType": "Patient", "id": "p", "identifier": [{"value": "00123"}]}


def test_a_bundle_damaged_anywhere_never_breaks_the_reader():
    rng, data = random.Random(5), json.dumps(bundle(PATIENT, observation())).encode()
    junk: tuple[object, ...] = (
        None,
        True,
        -1,
        1e300,
        "",
        [],
        {},
        [[]],
        {"value": {}},
        "2026-13-40",
    )
    read = 0
    for place in range(1000):
        if place % 2:
            broken = bytearray(data)
            for _ in range(rng.randint(1, 4)):
                broken[rng.randrange(len(broken))] = rng.randrange(32, 127)
            content = bytes(broken)
        else:
            content = json.dumps(mistyped(json.loads(data), rng, junk)).encode()
        with contextlib.suppress(MessageUnreadable):
            fhir.read(content, ZONE)
            read += 1
    assert 100 < read < 1000


def mistyped(node, rng, junk):
    """The same tree with one branch in some way of another kind."""
    if isinstance(node, dict) and node and rng.random() < 0.8:
        key = rng.choice(list(node))
        return node | {key: mistyped(node[key], rng, junk)}
    if isinstance(node, list) and node and rng.random() < 0.8:
        place = rng.randrange(len(node))
        return [*node[:place], mistyped(node[place], rng, junk), *node[place + 1 :]]
    return rng.choice(junk)


def observation(**more):
    return {
        "resourceType": "Observation",
        "id": "o1",
        "status": "final",
        "code": {"coding": [{"code": "751-8", "display": "Neutrophils"}]},
        "subject": {"reference": "Patient/p"},
        "effectiveDateTime": "2026-11-20T08:30:00+08:00",
    } | more


def quantity(number: str, comparator: str = "") -> bytes:
    extra = f'"comparator": "{comparator}", ' if comparator else ""
    text = json.dumps(bundle(PATIENT, observation(valueQuantity="@")))
    return text.replace('"@"', f'{{{extra}"value": {number}, "unit": "10*9/L"}}').encode()


@pytest.mark.parametrize("number", ["0.010", "3.50", "1.20e2", "12345678901234567890", "0"])
def test_a_number_stands_as_it_was_written(number):
    (one,) = fhir.read(quantity(number), ZONE).results
    assert (one.written, one.unit, one.patients) == (number, "10*9/L", ("00123",))
    (bound,) = fhir.read(quantity(number, "<"), ZONE).results
    assert bound.written == f"<{number}"


@pytest.mark.parametrize(
    ("sent", "partial", "whole"),
    [("2026", "2026", False), ("2026-11", "2026-11", False), ("2026-11-05", "2026-11-05", True)],
)
def test_a_partial_date_of_fhir_stays_partial(sent, partial, whole):
    data = bundle(PATIENT, observation(effectiveDateTime=sent, valueString="阴性"))
    (one,) = fhir.read(json.dumps(data).encode(), ZONE).results
    assert (str(one.moment.partial), one.moment.day is not None) == (partial, whole)


def test_components_statuses_and_faults():
    parts = [{"code": {"text": "IgG"}, "valueInteger": 7}, {"code": {"text": "IgA"}}]
    data = bundle(
        PATIENT,
        observation(component=parts),
        observation(id="o2", status="entered-in-error", valueString="x"),
        observation(id="o3", status="fertig", valueString="x"),
        observation(id="o4", status="registered"),
    )
    read = fhir.read(json.dumps(data).encode(), ZONE)
    assert [(one.item, one.written, one.standing.value) for one in read.results] == [
        ("IgG", "7", "FINAL"),
        ("751-8 Neutrophils", "x", "WITHDRAWN"),
    ]
    assert ("Bundle.entry[3].resource.status", "code-invalid") in read.faults
    assert ("Bundle.entry[1].resource.value[x]", "required") in read.faults


def test_linked_patients_are_a_merge():
    gone = {
        "resourceType": "Patient",
        "id": "q",
        "identifier": [{"value": "9"}],
        "link": [{"other": {"reference": "Patient/p"}, "type": "replaced-by"}],
    }
    (change,) = fhir.read(json.dumps(bundle(PATIENT, gone)).encode(), ZONE).changes
    assert (change.kind, change.patients, change.former) == ("MERGED", ("00123",), ("9",))


@pytest.mark.parametrize(
    "data",
    [
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b"NaN",
        b'{"resourceType": "Bundle", "id": "x", "entry": NaN}',
        b'{"resourceType": "Patient"}',
        b"\xff\xfe",
        b'{"resourceType": "Bundle"}',
    ],
)
def test_what_is_no_bundle_is_refused(data):
    with pytest.raises(MessageUnreadable):
        fhir.read(data, ZONE)


def test_halves_of_a_pair_and_nul_do_not_reach_a_record():
    data = json.dumps(bundle(PATIENT, observation(valueString="a\ud800b\0c"))).encode()
    assert fhir.read(data, ZONE).results[0].written == "a?bc"


def test_an_escape_nobody_knows_stays():
    assert plain("\\Zq\\ \\H\\x", segments(message())[0].marks) == "\\Zq\\ \\H\\x"


def results_of(*resources) -> list:
    return list(fhir.read(json.dumps(bundle(PATIENT, *resources)).encode(), ZONE).results)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ({"valueCodeableConcept": {"coding": [{"code": "260385009", "display": "Negative"}]}},)
        + ("Negative",),
        ({"valueCodeableConcept": {"coding": [{"code": "260385009"}]}}, "260385009"),
        ({"valueCodeableConcept": {"text": "阴性"}}, "阴性"),
        ({"valueRatio": {"numerator": {"value": 1}, "denominator": {"value": 128}}}, "1:128"),
    ],
)
def test_words_and_titres_are_values(value, written):
    (one,) = results_of(observation(**value))
    assert (one.written, one.unit) == (written, "")


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ({"low": {"value": 1.8}, "high": {"value": 6.3}}, "1.8-6.3"),
        ({"low": {"value": 1.8}}, ">=1.8"),
        ({"high": {"value": 6.3}}, "<=6.3"),
        ({"low": {"value": 1}, "text": "成人 1.8-6.3"}, "成人 1.8-6.3"),
        ({}, ""),
    ],
)
def test_a_printed_range_of_fhir_stays_open_where_it_is(sent, shown):
    (one,) = results_of(observation(valueString="2", referenceRange=[sent]))
    assert one.range_text == shown


@pytest.mark.parametrize(
    ("sent", "partial", "at"),
    [
        ("2026-11-20T08:30:00", "2026-11-20", None),  # FHIR: a time has a zone
        ("2026-11-20T08:30:00Z", "2026-11-20", datetime(2026, 11, 20, 8, 30, tzinfo=UTC)),
        ("2026-11-20T20:30:00Z", "2026-11-21", datetime(2026, 11, 20, 20, 30, tzinfo=UTC)),
        ("0001-01-01T00:00:00Z", "0001-01-01", None),
        ("2026-02-30", None, None),
        ("2026-11-20T99:00:00Z", None, None),
        ("gestern", None, None),
    ],
)
def test_a_moment_of_fhir_is_no_more_than_was_sent(sent, partial, at):
    moment = fhir.moment(sent, ZONE)
    assert (moment.partial and str(moment.partial), moment.at) == (partial, at)
    assert moment.written == sent


def test_a_value_that_is_absent_is_a_fault_only_where_nobody_says_why():
    known = {"dataAbsentReason": {"coding": [{"code": "not-performed"}]}}
    body = bundle(
        PATIENT,
        observation(),
        observation(**known),
        observation(status="cancelled"),
        observation(
            status="entered-in-error", component=[{"code": {"text": "IgG"}}, {"valueString": "7"}]
        ),
    )
    read = fhir.read(json.dumps(body).encode(), ZONE)
    assert read.faults == (("Bundle.entry[1].resource.value[x]", "required"),)
    # What is withdrawn takes its whole back; a component without a value takes back nothing.
    assert [(one.standing, one.written) for one in read.results] == [
        (Standing.FINAL, "not done"),
        (Standing.WITHDRAWN, ""),
        (Standing.WITHDRAWN, ""),
        (Standing.WITHDRAWN, "7"),
    ]


def test_a_death_and_links_that_say_nothing():
    gone = {
        "resourceType": "Patient",
        "identifier": [{"value": "9"}],
        "deceasedDateTime": "2026-11",
        "link": [
            {"other": {"reference": "Patient/p"}, "type": "seealso"},
            {"other": {"reference": "Patient/nobody"}, "type": "replaces"},
            {"other": {"reference": "Patient/p"}, "type": "replaces"},
        ],
    }
    nameless = {"resourceType": "Patient", "deceasedBoolean": True}
    alive = {"resourceType": "Patient", "identifier": [{"value": "8"}], "deceasedBoolean": False}
    read = fhir.read(json.dumps(bundle(PATIENT, gone, nameless, alive)).encode(), ZONE)
    assert [(one.kind, one.patients, one.former) for one in read.changes] == [
        (ChangeKind.MERGED, ("9",), ("00123",)),
        (ChangeKind.DIED, ("9",), ()),
    ]
    assert read.patients == {"00123", "9"}


def test_a_message_of_too_many_results_is_refused(monkeypatch):
    monkeypatch.setattr(fhir, "MOST_RESULTS", 1)
    monkeypatch.setattr(hl7, "MOST_RESULTS", 1)
    parts = [{"code": {"text": name}, "valueInteger": 7} for name in ("IgA", "IgG")]
    for read in (
        lambda: results_of(observation(component=parts)),
        lambda: hl7.read(message().encode(), ZONE),
    ):
        with pytest.raises(MessageUnreadable) as caught:
            read()
        assert caught.value.problem is MessageProblem.TOO_LARGE


def test_a_message_of_too_many_segments_is_refused(monkeypatch):
    monkeypatch.setattr(hl7_segments, "MOST_SEGMENTS", 4)
    with pytest.raises(MessageUnreadable) as caught:
        segments(message())
    assert caught.value.problem is MessageProblem.TOO_LARGE


def test_the_time_of_a_specimen_is_that_of_its_own_order():
    unordered = ORU.replace("|||20261120083000", "|")
    specimen = "SPM|1||||||||||||||||20261119070000\r"
    first, second = hl7.read(message(unordered + specimen).encode(), ZONE).results
    assert first.moment.day == second.moment.day == date(2026, 11, 19)
    other = "OBR|2|P2|F2|CBC|||20261121083000\r" + specimen
    assert hl7.read(message(unordered + other).encode(), ZONE).results[0].moment.day is None


@pytest.mark.parametrize(
    ("sent", "unit"), [("10^9/L", "10^9/L"), ("x10^6", "x10^6"), ("^g/L", "g/L")]
)
def test_a_power_of_ten_whose_sign_parts_components_stays_whole(sent, unit):
    (first, _second) = hl7.read(message(ORU.replace("10*9/L^^UCUM", sent)).encode(), ZONE).results
    assert first.unit == unit


def test_a_merge_of_a_number_with_itself_is_none():
    head = HEAD.replace("ORU^R01^ORU_R01", "ADT^A40").format("A1", "")
    same = f"{head}\rPID|1||00123^^^HIS^MR\rMRG|00123\r"
    assert hl7.read(same.encode(), ZONE).changes == ()


def test_a_whole_frame_over_the_limit_is_refused():
    frames = mllp.Frames(3)
    assert frames.feed(b"\x0babc\x1c\r") == [b"abc"]
    with pytest.raises(mllp.FrameTooLarge):
        frames.feed(b"\x0babcd\x1c\r")


def obx(*fields: str) -> str:
    """A result by OBX-2, OBX-3, OBX-5 and OBX-11."""
    kind, code, value, status = fields
    return f"OBX|1|{kind}|{code}||{value}||||||{status}\r"


def read_orders(body: str) -> list:
    return list(hl7.read(message(f"PID|1||1\r{body}").encode(), ZONE).results)


def test_words_of_a_code_a_document_and_a_text_too_long_are_no_values_by_chance():
    body = "OBR|1||F1\r" + "".join(
        obx(*row)
        for row in (
            ("CWE", "A", "^^^POS^阳性^L", "F"),
            ("CWE", "B", "^^^^^^^^原文", "F"),
            ("ED", "C", "^application^pdf^Base64^JVBERi0xLjQK", "F"),
            ("TX", "D", "阴性" + "，另见附页" * 30, "F"),
        )
    )
    written = [one.written for one in read_orders(body)]
    assert written[:3] == ["阳性", "原文", "application/pdf"]
    assert (len(written[3]), written[3][-3:]) == (80, "[…]")


@pytest.mark.parametrize(
    ("own", "order", "standing"),
    [
        ("", "P", "PRELIMINARY"),
        ("", "A", "PRELIMINARY"),
        ("", "C", "CORRECTED"),
        ("", "X", "WITHDRAWN"),
        ("", "F", "FINAL"),
        ("F", "P", "FINAL"),
    ],
)
def test_a_result_that_says_nothing_of_its_standing_has_that_of_its_order(own, order, standing):
    body = "OBR|1||F1" + "|" * 22 + f"{order}\r" + obx("NM", "A", "1", own)
    assert read_orders(body)[0].standing == standing


def test_a_code_of_standing_that_nobody_knows_is_told():
    body = "OBR|1||F1\r" + obx("NM", "A", "1", "?") + obx("NM", "B", "1", "I")
    read = hl7.read(message(f"PID|1||1\r{body}").encode(), ZONE)
    assert (read.results, read.faults) == ((), (("OBX[3]-11", "code-invalid"),))


def spm(day: str, kind: str = "") -> str:
    return f"SPM|1|||{kind}" + "|" * 13 + f"{day}\r"


def test_a_specimen_before_its_orders_is_theirs_and_not_the_next():
    body = spm("20261101", "BLD^全血") + "OBR|1||F1\r" + obx("NM", "A", "1", "F")
    body += spm("20261105", "CSF^脑脊液") + "OBR|2||F2\r" + obx("NM", "A", "2", "F")
    assert [(str(one.moment.partial), one.specimen_kind) for one in read_orders(body)] == [
        ("2026-11-01", "全血"),
        ("2026-11-05", "脑脊液"),
    ]
    old = "OBR|1||F1" + "|" * 12 + "CSF&脑脊液^^^\r" + obx("NM", "A", "1", "F")
    assert read_orders(old)[0].specimen_kind == "脑脊液"


def test_results_of_two_orders_without_a_number_are_not_one():
    """Else the value of the second week would replace that of the first."""
    week = "OBR|1|||CBC|||{}\r" + obx("NM", "WBC", "1", "F")
    first, second = read_orders(week.format("202611010830") + week.format("202611080830"))
    assert first.key != second.key
    assert read_orders(week.format("20261101"))[0].key == ""


@pytest.mark.parametrize("trigger", ["A18", "A24", "A30", "A34", "A36", "A40", "A43", "A47"])
def test_every_way_to_join_numbers_is_told(trigger):
    pair = "PID|2||3\r" if trigger == "A24" else "MRG|3\r"
    (change,) = hl7.read(adt(trigger, "PID|1||9\r" + pair), ZONE).changes
    assert (change.patients, change.former) == (("9",), ("3",))


def test_a_death_at_discharge_is_told_once():
    pv1 = "PV1|1" + "|" * 35 + "20\r"
    for body in ("PID|1||9\r" + pv1, "PID|1||9" + "|" * 27 + "Y\r" + pv1):
        (change,) = hl7.read(adt("A03", body), ZONE).changes
        assert (change.kind, change.patients) == (ChangeKind.DIED, ("9",))


def test_what_confirms_a_person_is_read_as_far_as_it_was_sent():
    whole = "PID|1||9||ZHANG^SAN^^^^^A~张^三||19800102030000|F\r"
    (one,) = hl7.read(adt("A08", whole), ZONE).persons
    assert (str(one.born), one.sex, one.name) == ("1980-01-02", "FEMALE", "张三")
    (two,) = hl7.read(message("PID|1||9||张^三||1980|U\r").encode(), ZONE).persons
    assert (str(two.born), two.sex, two.name) == ("1980", "", "")
    (three,) = hl7.read(adt("A08", "PID|1||9||张*||31.01.1980|男\r"), ZONE).persons
    assert (three.born, three.sex, three.name) == (None, "MALE", "")


_ENDS = r"|^~\&|LIS|瑞金|EW|EW|20261128||||"
BATCH = f"FHS{_ENDS}F1\rBHS{_ENDS}B1\r{{}}BTS|{{}}\rFTS|1\r"


@pytest.mark.parametrize("charset", ["utf-8", "gb18030"])
@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
def test_a_batch_is_parted_and_answered_as_one(charset, end):
    body = message(number="M1") + message(number="M2")
    frame = BATCH.format(body, 2).replace("\r", end).encode(charset)
    batch = hl7_batches.read(frame)
    assert [hl7.read(one, ZONE).number for one in batch.messages] == ["M1", "M2"]
    made = datetime(2026, 11, 28, 10, 30, tzinfo=ZONE)
    answers = [hl7.answer(one, "AA", "", made) for one in batch.messages]
    told = hl7_batches.answered(batch, answers, made).decode(charset).split("\r")
    assert [line[:3] for line in told if line] == [
        *("FHS", "BHS", "MSH", "MSA", "MSH", "MSA", "BTS", "FTS")
    ]
    assert told[1].split("|")[2:6] == ["EW", "EW", "LIS", "瑞金"]
    assert (told[1].split("|")[11], told[6]) == ("B1", "BTS|2")


def test_a_batch_that_lost_a_message_is_told_and_the_others_stand():
    frame = BATCH.format(message(number="M1"), 3).encode()
    batch = hl7_batches.read(frame)
    made = datetime(2026, 11, 28, tzinfo=ZONE)
    assert b"BTS|1|3 announced" in hl7_batches.answered(batch, [b"MSA|AA|M1\r"], made)


def test_messages_of_one_frame_without_a_batch_are_parted_and_one_alone_stays_as_it_came():
    one, two = message(number="M1").encode(), message(number="M2").encode()
    batch = hl7_batches.read(one + two)
    assert batch.messages == (one, two)
    made = datetime(2026, 11, 28, tzinfo=ZONE)
    assert hl7_batches.answered(batch, [b"1", b"2"], made) == b"12"
    for alone in (b"\r\n" + one + b"\n\n", b"no message", b"", b"FHS|^~\\&\rFTS|0\r"):
        assert hl7_batches.read(alone).messages == (alone,)


@given(st.binary(max_size=200).map(lambda b: b"BHS|" + b) | st.binary(max_size=200))
def test_any_frame_is_parted_and_answered(frame):
    batch = hl7_batches.read(frame)
    made = datetime(2026, 1, 1, tzinfo=ZONE)
    answers = [hl7.answer(one, "AE", "", made) for one in batch.messages]
    assert b"MSA" in hl7_batches.answered(batch, answers, made)


def test_contained_resources_and_reports_lead_to_their_patient_and_day():
    specimen = {"resourceType": "Specimen", "id": "s", "type": {"text": "全血"}}
    specimen["collection"] = {"collectedDateTime": "2026-10-30"}
    inside = observation(
        contained=[PATIENT, specimen],
        subject={"reference": "#p"},
        specimen={"reference": "#s"},
        valueInteger=4,
    )
    bare = {"resourceType": "Observation", "status": "final", "code": {"text": "IgG"}}
    report = {
        "resourceType": "DiagnosticReport",
        "id": "d",
        "subject": {"reference": "http://h/fhir/Patient/p/_history/3"},
        "effectiveDateTime": "2026-10-29",
        "result": [{"reference": "#x"}, {"reference": "Observation/o9"}],
        "contained": [bare | {"id": "x", "valueInteger": 7}],
    }
    found = results_of(inside, report, bare | {"id": "o9", "valueInteger": 8})
    assert [(one.patients, one.written, str(one.moment.partial), one.key) for one in found] == [
        (("00123",), "4", "2026-10-30", "o1|751-8"),
        (("00123",), "7", "2026-10-29", "d#x|IgG"),
        (("00123",), "8", "2026-10-29", "o9|IgG"),
    ]
    assert found[0].specimen_kind == "全血"
    gone = results_of(report | {"status": "entered-in-error"})
    assert [one.standing for one in gone] == [Standing.WITHDRAWN]


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ({"valueBoolean": True}, "true"),
        ({"valueBoolean": False}, "false"),
        ({"valueRange": {"low": {"value": 0}, "high": {"value": 1}}}, "0-1"),
        ({"valueDateTime": "2026-11"}, "2026-11"),
        ({"valueSampledData": {"data": "1 2"}}, "SampledData"),
        (
            {
                "valueRatio": {
                    "numerator": {"value": 1, "comparator": "<"},
                    "denominator": {"value": 20},
                }
            },
            "<1:20",
        ),
        ({"dataAbsentReason": {"coding": [{"code": "masked"}]}}, "masked"),
        ({"dataAbsentReason": {"text": "试剂不足"}}, "试剂不足"),
    ],
)
def test_no_kind_of_value_becomes_empty(value, written):
    assert [one.written for one in results_of(observation(**value))] == [written]


@pytest.mark.parametrize(
    ("more", "fault"),
    [
        ({"valueString": "1.5"}, ("Bundle.entry[1].resource.value[x]", "structure")),
        (
            {"dataAbsentReason": {"text": "hemolysed"}},
            ("Bundle.entry[1].resource.dataAbsentReason", "invariant"),
        ),
        (
            {"effectivePeriod": {"start": "2025-01-01"}},
            ("Bundle.entry[1].resource.effective[x]", "structure"),
        ),
    ],
)
def test_of_two_things_said_at_once_none_is_taken(more, fault):
    quantity = {"valueQuantity": {"value": 2.5, "unit": "g/L"}}
    said = fhir.read(json.dumps(bundle(PATIENT, observation(**quantity, **more))).encode(), ZONE)
    assert (said.results, said.faults) == ((), (fault,))


def test_of_several_ranges_the_normal_one_is_meant():
    ranges = [
        {"type": {"coding": [{"code": "therapeutic"}]}, "low": {"value": 10}},
        {"low": {"value": 3}, "high": {"value": 9}},
    ]
    (one,) = results_of(observation(valueInteger=3, referenceRange=ranges))
    assert one.range_text == "3-9"


def test_a_modifier_nobody_knows_here_is_refused_with_what_it_modifies():
    modifier = {"modifierExtension": [{"url": "x", "valueBoolean": True}]}
    body = bundle(
        PATIENT,
        observation(valueInteger=1, **modifier),
        observation(id="o2", component=[{"code": {"text": "A"}, "valueInteger": 1} | modifier]),
        observation(id="o3", implicitRules="http://x", valueInteger=1),
    )
    read = fhir.read(json.dumps(body).encode(), ZONE)
    assert read.results == ()
    assert [code for _place, code in read.faults] == ["extension", "extension", "not-supported"]


def test_a_transaction_is_read_as_a_whole_or_not_at_all():
    good, bad = observation(valueInteger=1), observation(id="o2", status="fertig", valueInteger=1)
    removal = bundle(PATIENT, good)["entry"] + [{"request": {"method": "DELETE", "url": "x"}}]
    for body in (bundle(PATIENT, good, bad), bundle(entry=removal)):
        assert len(fhir.read(json.dumps(body | {"type": "batch"}).encode(), ZONE).results) == 1
        with pytest.raises(MessageUnreadable) as caught:
            fhir.read(json.dumps(body | {"type": "transaction"}).encode(), ZONE)
        assert caught.value.problem is MessageProblem.NOT_WHOLE
