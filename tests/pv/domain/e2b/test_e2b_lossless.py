"""Whatever a message says stands in the written file, whether the element table knows it or not."""

import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from lxml import etree

from pv.adapters.schemas import SchemaResult
from pv.domain.e2b import read, write
from pv.domain.e2b.elements import Profile
from pv.domain.e2b.message import Batch, Message, Node, Null
from pv.domain.e2b.roundtrip import restricted_batch, roundtrip, roundtrip_file
from pv.domain.e2b.systems import REGIONAL, oid
from tests.examples import at_most
from tests.pv.domain.e2b.leaves import HL7, lost
from tests.pv.domain.e2b.messages import batches, message_in, stored, xml_of
from tests.pv.domain.e2b.test_e2b_schema_tree import root

TEXT = xml_of(Message(root())).decode()
OTHER = f"{REGIONAL}1.10.1."
FOREIGN = (
    f'<component typeCode="COMP"><observationEvent classCode="OBS" moodCode="EVN">'
    f'<code code="20" codeSystem="{OTHER}7"/><value xsi:type="CE" code="2" '
    f'codeSystem="{OTHER}3"/></observationEvent></component>'
)


def whole(data: bytes, *, unplaced: bool) -> Message:
    """The message of a file of which nothing is lost on the way through."""
    trip = roundtrip_file(data)
    assert lost(data, trip.written) == []
    assert trip.differences == ()
    assert trip.lossless
    assert trip.stable
    assert trip.equal is not unplaced
    assert bool(trip.unplaced) is unplaced
    (message,) = read.read_batch(data).messages
    assert stored(message) == message
    return message


def test_nothing_of_a_published_sample_is_lost(e2b_samples: list[Path]) -> None:
    for sample in e2b_samples:
        data = sample.read_bytes()
        # FDA says the drug's country with every dosage, and a dose form's list without a form.
        repeated = {("country", "text()", "US"), ("formCode", "codeSystem", oid("FORM"))}
        rest = [x for x in lost(data, roundtrip_file(data).written) if x not in repeated]
        assert rest == [], sample.name


CHANGES = {
    "another authority's item": ("<statusCode", f"{FOREIGN}<statusCode", True),
    "an item of nobody": (
        "</investigationEvent>",
        '<x:note xmlns:x="urn:x" x:who="me">hello <b>you</b> there</x:note></investigationEvent>',
        True,
    ),
    "words in an identifier": (
        '<id root="aaaaaaaa-0000-4000-8000-000000000001"/>',
        '<id root="aaaaaaaa-0000-4000-8000-000000000001" nullFlavor="UNK">words</id>',
        True,
    ),
    "a denied reaction": (
        '<observation classCode="OBS" moodCode="EVN"><id root="aaaa',
        '<observation classCode="OBS" moodCode="EVN" negationInd="true"><id root="aaaa',
        True,
    ),
    "a denied criterion": (
        '<observation classCode="OBS" moodCode="EVN"><code code="34"',
        '<observation classCode="OBS" moodCode="EVN" negationInd="true"><code code="34"',
        True,
    ),
    "a drug named twice": ("<name>Cells</name>", "<name>Cells</name><name>Other</name>", True),
    "the words beside a diagnosis": (
        'code="10037660" codeSystem="2.16.840.1.113883.6.163"/>',
        'code="10037660" codeSystem="2.16.840.1.113883.6.163" displayName="Pyrexia">'
        "<originalText>hot</originalText></value>",
        False,
    ),
    "words beside a code without words": (
        f'<code code="1" codeSystem="{oid("L8")}"/>',
        f'<code code="1" codeSystem="{oid("L8")}" displayName="Clinical trials">'
        "<originalText>our study</originalText></code>",
        False,
    ),
    "a code of another country's authority": (
        f'<code code="1" codeSystem="{oid("L8")}"/>',
        f'<code code="1" codeSystem="{OTHER}2"/>',
        True,
    ),
    "two codes": (
        f'<code code="1" codeSystem="{oid("L8")}"/>',
        f'<code code="1" codeSystem="{oid("L8")}"/><code code="2" codeSystem="{OTHER}2"/>',
        True,
    ),
    "an age in other words": (
        '<value xsi:type="PQ" value="5" unit="a"/>',
        '<value xsi:type="PQ" value="5" unit="a"><translation value="60" code="mo"/></value>',
        True,
    ),
    "a text in another language": (
        '<value xsi:type="ED">said</value>',
        '<value xsi:type="ED" language="ger" integrityCheck="abc">said</value>',
        True,
    ),
    "an address in base64": (
        '<value xsi:type="ED">said</value>',
        '<value xsi:type="ED" representation="B64">c2FpZA==</value>',
        False,
    ),
    "a compressed text": (
        '<value xsi:type="ED">said</value>',
        '<value xsi:type="ED" representation="B64" compression="DF">c2FpZA==</value>',
        True,
    ),
    "a text that is not base64 at all": (
        '<value xsi:type="ED">said</value>',
        '<value xsi:type="ED" representation="B64">said!</value>',
        True,
    ),
    "a test message": ('processingCode code="P"', 'processingCode code="D"', True),
    "the interaction of EMA's converter": (
        'interactionId extension="PORR_IN049016UV"',
        'interactionId extension="MCCI_IN200100UV01"',
        False,
    ),
}


@pytest.mark.parametrize("name", list(CHANGES))
def test_what_has_no_element_is_written_back(name: str) -> None:
    old, new, unplaced = CHANGES[name]
    assert old in TEXT
    whole(TEXT.replace(old, new, 1).encode(), unplaced=unplaced)


def test_a_denied_criterion_is_none() -> None:
    old, new, _ = CHANGES["a denied criterion"]
    message = whole(TEXT.replace(old, new, 1).encode(), unplaced=True)
    assert message.each("E.i")[0].get("E.i.3.2a") is None
    old, new, _ = CHANGES["a denied reaction"]
    assert whole(TEXT.replace(old, new, 1).encode(), unplaced=True).each("E.i") == []


def test_the_words_beside_a_code_are_kept_with_it() -> None:
    old, new, _ = CHANGES["words beside a code without words"]
    message = whole(TEXT.replace(old, new, 1).encode(), unplaced=False)
    assert message.root.verbatims["C.5.4"] == "our study"
    assert message.root.name_of("C.5.4") == "Clinical trials"
    message.root.values["C.5.4"] = "2"
    assert message.root.name_of("C.5.4") is None
    written = xml_of(message).decode()
    assert "our study" in written
    assert "Clinical trials" not in written


def test_two_texts_of_one_place_are_kept_as_one() -> None:
    """Both are written into one element, so they come back as one."""
    start = TEXT.index("<investigationEvent")
    inside = TEXT.index(">", start) + 1
    behind = TEXT.index("<", TEXT.index("/>", inside))
    data = f"{TEXT[:inside]}one{TEXT[inside:behind]}two{TEXT[behind:]}".encode()
    trip = roundtrip_file(data)
    assert (trip.differences, trip.lossless, trip.stable) == ((), True, True)
    assert b">one\ntwo<" in trip.written


def test_text_in_base64_is_read_as_text() -> None:
    old, new, _ = CHANGES["an address in base64"]
    assert whole(TEXT.replace(old, new).encode(), unplaced=False).get("H.2") == "said"
    old, new, _ = CHANGES["a compressed text"]
    assert whole(TEXT.replace(old, new).encode(), unplaced=True).get("H.2") is None


def test_an_original_stands_only_while_its_values_do() -> None:
    old, new, _ = CHANGES["a text in another language"]
    message = whole(TEXT.replace(old, new).encode(), unplaced=True)
    assert 'language="ger"' in xml_of(message).decode()
    message.root.values["H.2"] = "changed"
    written = xml_of(message).decode()
    assert 'language="ger"' not in written
    assert ">changed<" in written


NAME = "<name><given>A</given><family>B</family></name>"


@pytest.mark.parametrize("flavor", ["MSK", "ASKU", "NASK"])
def test_a_masked_name_and_address_are_masked_in_all_their_parts(flavor: str) -> None:
    node = root()
    node.each("C.2.r")[0].values |= {"C.2.r.1.2": "A", "C.2.r.1.4": "B", "C.2.r.2.4": "Town"}
    text = xml_of(Message(node)).decode()
    assert NAME in text
    text = text.replace(NAME, f'<name nullFlavor="{flavor}"/>')
    text = text.replace("<addr><city>Town</city></addr>", f'<addr nullFlavor="{flavor}"/>')
    message = whole(text.encode(), unplaced=False)
    reporter = message.each("C.2.r")[0]
    for code in ("C.2.r.1.2", "C.2.r.1.3", "C.2.r.1.4", "C.2.r.2.3", "C.2.r.2.4", "C.2.r.2.6"):
        assert reporter.get(code) == Null(flavor), code
    whole(text.replace(f'"{flavor}"/>', '"NP"/>').encode(), unplaced=True)


TIME = '<effectiveTime xsi:type="SXPR_TS">{}</effectiveTime>'
PERIOD = '<comp xsi:type="PIVL_TS"><period value="8" unit="h"/></comp>'
START = '<comp xsi:type="IVL_TS" operator="{}"><low value="2026"/></comp>'


@pytest.mark.parametrize("operator", ["A", "I", "E", "H", "P"])
def test_a_time_left_out_is_no_time_in_which_a_drug_was_given(operator: str) -> None:
    node = root()
    node.each("G.k")[0].add("G.k.4.r").values["G.k.4.r.4"] = "2025"
    text = xml_of(Message(node)).decode()
    plain = '<effectiveTime xsi:type="IVL_TS"><low value="2025"/></effectiveTime>'
    assert plain in text
    said = TIME.format(PERIOD + START.format(operator))
    joined = operator in "AI"
    trip = roundtrip_file(text.replace(plain, said).encode())
    message = read.read_batch(text.replace(plain, said).encode()).messages[0]
    assert trip.lossless
    assert trip.equal is joined
    (dosage,) = message.each("G.k")[0].each("G.k.4.r")
    assert dosage.get("G.k.4.r.4") == ("2026" if joined else None)
    assert dosage.get("G.k.4.r.2") == "8"


@pytest.mark.parametrize("kind", ["BL", "TS", "CE", "RTO"])
def test_a_result_that_is_no_number_stays_as_it_is(kind: str, e2b_schemas) -> None:
    node = root()
    node.add("F.r").values |= {"F.r.2.1": "HIV", "F.r.3.2": "5", "F.r.3.3": "g"}
    text = xml_of(Message(node)).decode()
    number = '<value xsi:type="IVL_PQ"><center value="5" unit="g"/></value>'
    values = {
        "BL": '<value xsi:type="BL" value="true"/>',
        "TS": '<value xsi:type="TS" value="20260105"/>',
        "CE": '<value xsi:type="CE" code="1" codeSystem="1.2.3"/>',
        "RTO": '<value xsi:type="RTO_PQ_PQ"><numerator value="1" unit="mg"/>'
        '<denominator value="2" unit="L"/></value>',
    }
    assert number in text
    data = text.replace(number, values[kind]).encode()
    message = whole(data, unplaced=True)
    assert message.each("F.r")[0].get("F.r.3.2") is None
    if e2b_schemas.check(data).outcome is SchemaResult.VALID:
        assert e2b_schemas.check(roundtrip_file(data).written).errors == ()


def test_the_device_of_an_advanced_therapy_is_read_where_ema_writes_it() -> None:
    node = root()
    node.each("G.k")[0].add("G.k.4.r").values["G.k.4.r.7"] = "L1"
    device = (
        '<part classCode="PART"><partDeviceInstance classCode="DEV" determinerCode="INSTANCE">'
        "<lotNumberText>M1</lotNumberText><asInstanceOfKind><kindOfMaterialKind>"
        "<code/><name>scaffold</name></kindOfMaterialKind></asInstanceOfKind>"
        "</partDeviceInstance></part>"
    )
    lot = "<lotNumberText>L1</lotNumberText>"
    text = xml_of(Message(node)).decode().replace(lot, lot + device)
    message = whole(text.encode(), unplaced=False)
    (drug,) = message.each("G.k")
    (part,) = drug.each("G.k.2.2.EU.9.r")
    assert part.values == {"G.k.2.2.EU.9.r.1": "scaffold", "G.k.2.2.EU.9.r.4": "M1"}
    assert drug.each("G.k.4.r")[0].get("G.k.4.r.7") == "L1"
    again = xml_of(message, Profile.EU).decode()
    dosage = again[again.index("<lotNumberText>L1") :]
    assert "<lotNumberText>M1" in dosage[: dosage.index("</productInstanceInstance>")]
    assert again.count("<lotNumberText>M1") == 1
    assert drug.each("G.k.2.2.EU.9.r") == [part], "the message itself stays as it was read"
    assert whole(again.encode(), unplaced=False).each("G.k")[0].each("G.k.2.2.EU.9.r") == [part]
    drug.groups.pop("G.k.4.r")
    alone = xml_of(message, Profile.EU)
    assert whole(alone, unplaced=False).each("G.k")[0].each("G.k.2.2.EU.9.r") == [part]


def test_a_partner_is_sent_what_every_region_asked_for() -> None:
    node = root()
    entry = node.each("G.k")[0].each("G.k.9.i")[0]
    entry.add("G.k.9.i.2.r").values |= {
        "G.k.9.i.2.r.1.EU.1": "3",
        "G.k.9.i.2.r.2.EU.1": "1",
        "G.k.9.i.2.r.3.EU.1": "1",
    }
    node.values |= {"C.1.CN.2": "12", "FDA.D.12": "C41222"}
    node.each("C.2.r")[0].values |= {"C.2.r.CN.1": "a@b.cn", "FDA.C.2.r.2.8": "a@b.cn"}
    batch = Batch({"N.1.2": "B"}, (Message(node),))
    trip = roundtrip(batch, Profile.PARTNER)
    assert trip.equal
    assert trip.written.count(b"mailto:a@b.cn") == 1
    for authority in (Profile.ICH, Profile.FDA, Profile.NMPA, Profile.EU):
        assert not roundtrip(batch, authority).equal
        assert roundtrip(restricted_batch(batch, authority), authority).equal


def test_an_authority_is_not_sent_what_it_does_not_know() -> None:
    message = message_in(TEXT.replace("<statusCode", f"{FOREIGN}<statusCode").encode())
    batch = Batch({}, (message,))
    assert OTHER in write.write_batch(batch, Profile.PARTNER).decode()
    sent = write.write_batch(restricted_batch(batch, Profile.EU), Profile.EU).decode()
    assert OTHER not in sent
    partner = roundtrip(restricted_batch(batch, Profile.PARTNER), Profile.PARTNER)
    assert partner.lossless
    assert OTHER in partner.written.decode()


PARTS = (
    '<note xmlns="urn:x" who="me">words</note>',
    f'<code code="4" codeSystem="{OTHER}9"/>',
    f'<value xsi:type="CE" code="77" codeSystem="{OTHER}9"/>',
    "<name>another</name>",
    '<id root="1.2.3.4" extension="X"/>',
    FOREIGN,
)
EXTRA = ("negationInd", "inclusive", "language", "integrityCheck", "use", "unheard", "nullFlavor")


def disturbed(data: bytes, chance: random.Random) -> bytes:
    """The file with parts and attributes added that nobody expects there."""
    tree = etree.fromstring(data)
    found = [e for e in tree.iter() if isinstance(e.tag, str) and e.tag.startswith(HL7)][1:]
    for _ in range(chance.randint(1, 4)):
        target = chance.choice(found)
        if chance.random() < 0.6:
            wrapped = f'<a xmlns="{HL7[1:-1]}" xmlns:xsi="{{0}}">{{1}}</a>'.format(
                "http://www.w3.org/2001/XMLSchema-instance", chance.choice(PARTS)
            )
            part = etree.fromstring(wrapped)[0]
            target.insert(chance.randint(0, len(target)), part)
        else:
            name = chance.choice(EXTRA)
            if target.get(name) is None:
                target.set(name, "true" if name == "negationInd" else f"x{chance.random()}")
    return etree.tostring(tree, encoding="UTF-8")


@settings(
    max_examples=at_most(60),
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.generate),
)
@given(batches(Profile.PARTNER), st.randoms(use_true_random=False))
def test_nothing_anybody_adds_is_lost_in_silence(batch: Batch, chance: random.Random) -> None:
    source = disturbed(write.write_batch(batch, Profile.PARTNER), chance)
    trip = roundtrip_file(source)
    gone = lost(source, trip.written)
    told = {item.value for item in trip.unplaced} | {d.before for d in trip.differences}
    if gone or not trip.stable:
        assert not trip.equal
    if gone:
        assert all(value in told or not trip.lossless for _, _, value in gone), gone


def test_an_empty_node_keeps_what_stands_in_it() -> None:
    node = Node("F.r")
    assert node.is_empty()
    node.verbatims["F.r.2.2b"] = "said"
    assert not node.is_empty()


def _said() -> str:
    node = root()
    node.values["C.1.6.1"] = "true"
    dose = node.each("G.k")[0].add("G.k.4.r")
    dose.values |= {"G.k.4.r.4": "2025", "G.k.4.r.5": "2026"}
    node.add("F.r").values |= {"F.r.2.1": "HIV", "F.r.3.2": "<5", "F.r.3.3": "g"}
    node.add("F.r").values |= {"F.r.2.1": "LDH", "F.r.3.2": "7", "F.r.3.3": "g"}
    node.each("C.2.r")[0].values["C.2.r.2.7"] = "0102030405"
    return xml_of(Message(node)).decode()


@pytest.mark.parametrize(
    "said",
    [
        '<effectiveTime xsi:type="IVL_TS"',
        '<value xsi:type="IVL_PQ"',
        '<high value="5" unit="g" inclusive="false"',
        '<telecom value="tel:0102030405"',
    ],
)
def test_a_value_that_is_also_said_to_be_missing_keeps_both_words(said: str) -> None:
    text = _said()
    assert said in text
    whole(text.replace(said, f'{said} nullFlavor="UNK"', 1).encode(), unplaced=True)
