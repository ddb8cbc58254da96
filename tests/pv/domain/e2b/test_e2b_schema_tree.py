"""Every number is read with its code system: another authority's item is never an ICH element."""

import pytest

from pv.domain.e2b.elements import Profile
from pv.domain.e2b.message import Message, Node, Null
from pv.domain.e2b.systems import ICH_LIST, REGIONAL, oid
from tests.pv.domain.e2b.messages import message_in, xml_of

# A branch of no region this product knows the elements of.
OTHER = f"{REGIONAL}1.10.1."


def root() -> Node:
    node = Node("", None, {"C.1.1": "XX-HOLDER-7", "N.2.r.1": "M7", "C.1.3": "1", "C.1.7": "true"})
    node.add("E.i", "aaaaaaaa-0000-4000-8000-000000000001").values |= {
        "E.i.2.1b": "10037660",
        "E.i.3.2a": "true",
        "E.i.7": "1",
    }
    drug = node.add("G.k", "bbbbbbbb-0000-4000-8000-000000000001")
    drug.values |= {"G.k.1": "1", "G.k.2.2": "Cells", "G.k.11": "text", "G.k.2.1.1b": "P-1"}
    drug.add("G.k.10.r").values["G.k.10.r"] = "7"
    entry = drug.add("G.k.9.i")
    entry.values |= {"G.k.9.i.1": "aaaaaaaa-0000-4000-8000-000000000001", "G.k.9.i.4": "2"}
    node.values |= {"D.1": "AB", "D.2.2a": "5", "D.2.2b": "a", "D.1.1.1": "GP-1", "D.5": "1"}
    node.values |= {"C.1.11.1": "1", "C.1.11.2": "why", "H.2": "said", "H.4": "ours", "C.5.4": "1"}
    node.values |= {"C.1.8.2": "1"}
    node.add("C.2.r").values |= {"C.2.r.4": "1", "C.2.r.3": "XX"}
    return node


def again(text: str) -> Message:
    return message_in(text.encode())


TEXT = xml_of(Message(root())).decode()


def said(message: Message) -> set[str]:
    return {f"{path}={value}" for path, _, _, value in message.walk()}


def test_the_message_itself_is_read_in_full() -> None:
    message = again(TEXT)
    assert message.unplaced == ()
    assert message.tolerated == ()
    assert message.root == root() or said(message) == said(Message(root()))


@pytest.mark.parametrize("number", [13, 16, 17, 19, 2, 20, 22, 23, 3, 5, 6, 8])
def test_a_number_of_another_authoritys_list_is_unplaced(number: int) -> None:
    own = f'codeSystem="{ICH_LIST}{number}"'
    assert own in TEXT
    before = again(TEXT)
    message = again(TEXT.replace(own, f'codeSystem="{OTHER}{number}"'))
    lost = said(before) - said(message)
    assert lost
    assert not said(message) - said(before)
    told = {item.value for item in message.unplaced}
    for fact in lost - {f"G.k[1].9.i[1].1={root().each('E.i')[0].id}"}:
        value = fact.partition("=")[2]
        assert value in told or any(value in text for text in told), fact


@pytest.mark.parametrize("number", [19, 20, 22, 23])
def test_a_missing_system_is_tolerated_and_told(number: int) -> None:
    message = again(TEXT.replace(f' codeSystem="{ICH_LIST}{number}"', ""))
    assert said(message) == said(again(TEXT))
    assert message.unplaced == ()
    assert message.tolerated
    assert all(item.path.endswith("@codeSystem") for item in message.tolerated)


def test_a_foreign_item_with_the_number_of_a_nullification_is_none() -> None:
    item = (
        '<subjectOf2 typeCode="SUBJ"><investigationCharacteristic classCode="OBS" moodCode="EVN">'
        f'<code code="3" codeSystem="{OTHER}7"/>'
        f'<value xsi:type="CE" code="1" codeSystem="{OTHER}3"/>'
        "</investigationCharacteristic></subjectOf2></investigationEvent>"
    )
    node = root()
    del node.values["C.1.11.1"], node.values["C.1.11.2"]
    text = xml_of(Message(node)).decode()
    message = again(text.replace("</investigationEvent>", item))
    assert message.get("C.1.11.1") is None
    assert "1" in [found.value for found in message.unplaced]


@pytest.mark.parametrize("region", [Profile.FDA, Profile.ICH])
def test_a_null_belongs_to_the_twin_that_may_be_null(region: Profile) -> None:
    node = root()
    node.each("G.k")[0].groups.pop("G.k.10.r")
    node.each("G.k")[0].values["FDA.G.k.10a"] = Null("NA")
    text = xml_of(Message(node), Profile.FDA).decode()
    text = text.replace(f' codeSystem="{oid("FDA_DRUG_INFO")}"', "")
    drug = message_in(text.encode(), region).each("G.k")[0]
    if region is Profile.FDA:
        assert drug.get("FDA.G.k.10a") == Null("NA")
        assert drug.each("G.k.10.r") == []
    else:
        assert [n.get("G.k.10.r") for n in drug.each("G.k.10.r")] == [Null("NA")]


def test_an_identifier_is_its_root_and_its_extension() -> None:
    node = root()
    drug, reaction = node.each("G.k")[0], node.each("E.i")[0]
    drug.id, reaction.id = f"{oid('N19')}^1", f"{oid('N20')}^1"
    drug.each("G.k.9.i")[0].values["G.k.9.i.1"] = reaction.id
    other = node.add("G.k", f"{oid('N19')}^2")
    other.values |= {"G.k.1": "2", "G.k.2.2": "Vitamin"}
    entry = other.add("G.k.9.i")
    entry.values["G.k.9.i.1"] = reaction.id
    entry.add("G.k.9.i.2.r").values |= {"G.k.9.i.2.r.3": "unlikely"}
    message = again(xml_of(Message(node)).decode())
    assert message.unplaced == ()
    first, second = message.each("G.k")
    assert (first.id, second.id) == (drug.id, other.id)
    assert (first.get("G.k.1"), second.get("G.k.1")) == ("1", "2")
    assert first.each("G.k.9.i")[0].each("G.k.9.i.2.r") == []
    (assessed,) = second.each("G.k.9.i")[0].each("G.k.9.i.2.r")
    assert assessed.get("G.k.9.i.2.r.3") == "unlikely"
    assert second.each("G.k.9.i")[0].get("G.k.9.i.1") == reaction.id
