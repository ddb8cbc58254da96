"""Damaged files: refused by name or read, never a crash, a connection or a file opened."""

import copy
import os
import random
import re
import sys
from collections.abc import Callable
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import pytest
from lxml import etree

from pv.domain.e2b import ack, read
from pv.domain.e2b.message import Node
from pv.domain.e2b.read.unmapped_content import LABELLED
from pv.domain.e2b.refusals import SENTENCES, MessageRefused, Refusal
from pv.domain.e2b.roundtrip import roundtrip_file

MUTATIONS = max(100, int(os.environ.get("EVERWATCH_EXAMPLES", "100")))
FRAGMENTS = (
    b"<",
    b">",
    b"&",
    b"&x;",
    b"&#0;",
    b"&#xD;",
    b"]]>",
    b"<![CDATA[",
    b"<!--",
    b"\x00",
    b"\xff\xfe",
    b'value=""',
    b'nullFlavor="UNK"',
    b"<value/>",
    b"<code/>",
    b'xsi:type="SXPR_TS"',
    b"<x:y/>",
    b'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd"/>',
    b"\xe5\x8c\xbb",
)


def mutated(data: bytes, chance: random.Random) -> bytes:
    """The bytes with one to four cuts, copies, swaps or insertions, mostly at element borders."""
    for _ in range(chance.randint(1, 4)):
        borders = [chance.randrange(len(data) or 1) for _ in range(2)]
        if chance.random() < 0.7:
            borders = [max(0, data.find(b"<", place)) for place in borders]
        start, end = sorted(borders)
        end = min(end, start + chance.choice((1, 30, 400, 4000)))
        kind = chance.randrange(4)
        if kind == 0:
            data = data[:start] + data[end:]
        elif kind == 1:
            data = data[:end] + data[start:end] + data[end:]
        elif kind == 2:
            data = data[:start] + chance.choice(FRAGMENTS) + data[start:]
        else:
            place = chance.randrange(len(data) or 1)
            data = data[:place] + bytes([chance.randrange(256)]) + data[place + 1 :]
    return data


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Files opened and sockets made while a test runs, told by the interpreter itself."""
    seen: list[str] = []
    active = [True]

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if active[0] and (event == "open" or event.startswith("socket.connect")):
            name = str(arguments[0])
            if not name.endswith((".py", ".pyc", ".psv")) and not name.isdigit():
                seen.append(f"{event} {name}")

    sys.addaudithook(hook)
    yield seen
    active[0] = False


@pytest.mark.figure("F8")
def test_mutated_samples_never_crash(
    e2b_samples: list[Path], watched: list[str], measured: Callable[..., None]
) -> None:
    samples = [s.read_bytes() for s in e2b_samples if s.stat().st_size < 100_000]
    watched.clear()
    chance = random.Random(20260130)
    outcomes = {"read": 0, "refused": 0}
    for _ in range(MUTATIONS):
        data = mutated(chance.choice(samples), chance)
        try:
            result = roundtrip_file(data)
            streamed = list(read.iter_each(BytesIO(data)))
        except MessageRefused:
            outcomes["refused"] += 1
        else:
            assert result.stable
            assert not [d for d in result.differences if d.before is not None]
            assert len(streamed) == len(read.read_batch(data).messages)
            outcomes["read"] += 1
    measured(
        "F8",
        f"{MUTATIONS:,} damaged files: {outcomes['read']:,} read, {outcomes['refused']:,} refused",
        files=MUTATIONS,
    )
    assert outcomes["read"] > MUTATIONS // 20
    assert outcomes["refused"] > MUTATIONS // 20
    assert watched == []


def test_a_second_pointer_of_an_assessment_stays_behind_the_first(e2b_samples: list[Path]) -> None:
    """10,000 damaged files found it: written in front, it gave the assessment to another pair."""
    pointers = re.compile(
        rb'<subject1 typeCode="SUBJ">\s*<adverseEffectReference.*?</subject1>', re.S
    )
    found = 0
    for path in e2b_samples:
        data = path.read_bytes()
        if match := pointers.search(data):
            other = re.sub(
                rb'root="[^"]*"', b'root="11111111-1111-4111-8111-111111111111"', match[0]
            )
            trip = roundtrip_file(data[: match.start()] + other + data[match.start() :])
            assert not [d for d in trip.differences if d.before is not None]
            assert trip.stable
            found += 1
    assert found


def test_two_assessments_in_one_relationship_are_kept_and_read_as_neither(
    e2b_samples: list[Path],
) -> None:
    """10,000 damaged files found it: the first of the two was lost when the file was written."""
    acts = re.compile(rb"<causalityAssessment.*?</causalityAssessment>", re.S)
    found = 0
    for path in e2b_samples:
        data = path.read_bytes()
        both = [act for act in acts.finditer(data) if b"G.k.1" in act[0] or b'"20"' in act[0]][:1]
        other = next((act for act in acts.finditer(data) if b'"39"' in act[0]), None)
        if not both or other is None:
            continue
        end = both[0].end()
        trip = roundtrip_file(data[:end] + other[0] + data[end:])
        assert not [d for d in trip.differences if d.before is not None]
        assert trip.stable
        found += 1
    assert found


def test_words_beside_a_code_of_the_wrapper_are_kept(e2b_samples: list[Path]) -> None:
    """10,000 damaged files found it: they were neither read nor named as unplaced."""
    for path in e2b_samples:
        data = path.read_bytes()
        name = re.search(rb'<name [^>]*code="1"[^>]*/>', data)
        if name is None:
            continue
        worded = name[0][:-2] + b"><originalText>Quarterly</originalText></name>"
        damaged = data[: name.start()] + worded + data[name.end() :]
        assert "Quarterly" in [item.value for item in read.read_batch(damaged).unplaced]
        assert b"<originalText>Quarterly</originalText>" in roundtrip_file(damaged).written
        return
    raise AssertionError("no sample names its kind of batch")


# Constants of the wrapper, and numbers that order parts without saying anything of the case.
IGNORED = {"interactionId", "denominator", "sequenceNumber", "priorityNumber"}


def reshaped(root: etree._Element, chance: random.Random) -> None:
    """One to six changes of the tree: an element removed, doubled, moved, renamed, or re-said."""
    for _ in range(chance.randint(1, 6)):
        found = [e for e in root.iter() if isinstance(e.tag, str)][1:]
        one, other = chance.choice(found), chance.choice(found)
        parent = one.getparent()
        kind = chance.randrange(6)
        if kind == 0:
            parent.remove(one)
        elif kind == 1:
            parent.insert(parent.index(one), copy.deepcopy(one))
        elif kind == 2 and one not in other.iterancestors() and one is not other:
            other.append(one)
        elif kind == 3:
            one.tag = other.tag
        elif kind == 4:
            one.set(chance.choice(("value", "code", "extension", "unit")), f"said{chance.random()}")
        else:
            one.text = f"told{chance.random()}"


def facts(root: etree._Element) -> set[str]:
    """Everything a document says in values, extensions, units and text."""
    said: set[str] = set()
    for element in root.iter():
        if not isinstance(element.tag, str):
            continue
        if etree.QName(element).localname in IGNORED:
            continue
        said |= {element.get(name, "") for name in ("value", "extension", "unit")}
        said |= {text for text in (element.text, element.tail) if text and not text.isspace()}
        parent = element.getparent()
        labels = parent is not None and etree.QName(parent).localname in LABELLED
        if (element.get("code") or "").startswith("said") and not labels:
            said.add(element.get("code") or "")
    return {fact for fact in said if fact}


def _words(node: Node) -> list[str]:
    """The words received beside codes, in an instance and all inside it."""
    inside = [text for many in node.groups.values() for n in many for text in _words(n)]
    return [*node.verbatims.values(), *inside]


@pytest.mark.figure("F8")
def test_nothing_is_dropped_silently(
    e2b_samples: list[Path], measured: Callable[..., None]
) -> None:
    samples = [s.read_bytes() for s in e2b_samples]
    parser = etree.XMLParser(remove_comments=True, huge_tree=True)
    roots = [etree.fromstring(data, parser) for data in samples]
    for root in roots:
        for element in root.iter():
            if element.text and len(element.text) > 100_000:
                element.text = "c2hvcnQ="
            if element.tail and len(element.tail) > 100_000:
                element.tail = "c2hvcnQ="
    chance = random.Random(41)
    for _ in range(MUTATIONS):
        root = copy.deepcopy(chance.choice(roots))
        reshaped(root, chance)
        data = etree.tostring(root, encoding="UTF-8")
        try:
            batch = read.read_batch(data)
        except MessageRefused:
            continue
        kept = [item.value for item in batch.unplaced]
        kept += [str(value) for value in batch.values.values()]
        for message in batch.messages:
            kept += [item.value for item in message.unplaced]
            for _, node, code, value in message.walk():
                kept += [value if isinstance(value, str) else repr(value)]
                kept += [node.id or "", node.qualifiers.get(code, "")]
            kept += _words(message.root)
        whole = "\n".join(kept)
        for fact in facts(root):
            spoken = fact.partition(":")[2] if fact[:4] in ("tel:", "fax:", "mail") else fact
            if spoken not in whole and repr(spoken)[1:-1] not in whole:
                raise AssertionError(f"{fact!r} was dropped from\n{data.decode()[:200]}")
    measured("F8", f"no value dropped of {MUTATIONS:,} files whose elements were changed")


def test_mutated_acknowledgements_never_crash(e2b_shared: Path) -> None:
    samples = [path.read_bytes() for path in sorted((e2b_shared / "samples").glob("*.ack"))]
    chance = random.Random(7)
    for _ in range(MUTATIONS):
        with suppress(MessageRefused):
            ack.read_ack(mutated(chance.choice(samples), chance))


@pytest.mark.parametrize(
    ("name", "code"),
    [("ack2-01.xml", Refusal.E2B_R2_ACKNOWLEDGEMENT), ("utr2-01.xml", Refusal.E2B_R2)],
)
def test_the_earlier_standard_is_refused_by_its_name(
    e2b_shared: Path, name: str, code: Refusal
) -> None:
    data = (e2b_shared / "samples" / "refuse" / name).read_bytes()
    readers = [read.read_batch, ack.read_ack]
    if code is Refusal.E2B_R2_ACKNOWLEDGEMENT:
        readers.append(lambda d: list(read.iter_each(BytesIO(d))))
    for reader in readers:
        with pytest.raises(MessageRefused) as refused:
            reader(data)
        assert refused.value.code is code


R2 = (
    '{}<ichicsr lang="en"><ichicsrmessageheader><messagenumb>M-7</messagenumb>'
    "<messagesenderidentifier>HOLDER</messagesenderidentifier></ichicsrmessageheader>"
    "<safetyreport><safetyreportid>XX-HOLDER-7</safetyreportid></safetyreport></ichicsr>"
)


@pytest.mark.parametrize("doctype", ["", '<!DOCTYPE ichicsr SYSTEM "icsr21xml.dtd">'])
def test_a_file_of_the_earlier_standard_is_named_with_its_case(doctype: str) -> None:
    data = R2.format(doctype).encode()
    (message,) = read.iter_each(BytesIO(data))  # read one way when it is imported
    assert message.text("C.1.1") == "XX-HOLDER-7"
    for reader in (read.read_batch, ack.read_ack):
        with pytest.raises(MessageRefused) as refused:
            reader(data)
        assert refused.value.code is Refusal.E2B_R2
        assert "E2B(R2)" in str(refused.value)
        for fact in ("HOLDER", "M-7", "XX-HOLDER-7"):
            assert fact in refused.value.detail


def test_every_refusal_has_words() -> None:
    for code in Refusal:
        assert str(MessageRefused(code)) == SENTENCES[code]


BOMB = (
    b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    b'<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY f SYSTEM "file:///etc/passwd">]>'
    b'<MCCI_IN200100UV01 xmlns="urn:hl7-org:v3"><id extension="&c;"/><name>&f;</name>'
    b"</MCCI_IN200100UV01>"
)


@pytest.mark.parametrize("data", [BOMB, BOMB.decode().encode("utf-16")])
def test_entities_are_refused(data: bytes, watched: list[str]) -> None:
    watched.clear()
    for reader in (read.read_batch, lambda d: list(read.iter_each(BytesIO(d)))):
        with pytest.raises(MessageRefused) as refused:
            reader(data)
        assert refused.value.code in (Refusal.DOCTYPE, Refusal.NOT_XML)
    assert watched == []


def test_depth_size_and_kind_are_refused() -> None:
    head, tail = b'<MCCI_IN200100UV01 xmlns="urn:hl7-org:v3">', b"</MCCI_IN200100UV01>"
    deep = head + b"<component>" * 5000 + b"</component>" * 5000 + tail
    with pytest.raises(MessageRefused) as refused:
        read.read_batch(deep)
    assert refused.value.code is Refusal.TOO_DEEP
    with pytest.raises(MessageRefused) as refused:
        read.read_batch(head + tail, limits=read.Limits(batch_bytes=10))
    assert refused.value.code is Refusal.TOO_LARGE
    small = read.Limits(message_bytes=1000)
    with pytest.raises(MessageRefused) as refused:
        list(read.iter_each(BytesIO(head + b"<id/>" * 50_000 + tail), limits=small))
    assert refused.value.code is Refusal.TOO_LARGE
    with pytest.raises(MessageRefused) as refused:
        read.read_batch(b"<report/>")
    assert refused.value.code is Refusal.NOT_ICSR_BATCH
    for nothing in (b"", b"   ", b"not xml"):
        with pytest.raises(MessageRefused) as refused:
            read.read_batch(nothing)
        assert refused.value.code is Refusal.NOT_XML
