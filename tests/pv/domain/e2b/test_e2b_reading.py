"""What the reader makes of the spellings real senders use, and what it keeps when it cannot."""

import pytest

from pv.domain.e2b.elements import Profile
from pv.domain.e2b.message import Attachment, Batch, Message, Node, Null
from pv.domain.e2b.refusals import MessageRefused, Refusal
from tests.pv.domain.e2b.messages import message_in, xml_of

REACTION = "11111111-0000-0000-0000-000000000001"
DRUG = "22222222-0000-0000-0000-000000000002"


def case() -> Node:
    """A root with one reaction, one drug with a dosage, one test and one reporter."""
    root = Node("", None, {"C.1.1": "CN-EVERWATCH-1", "N.2.r.1": "M1", "H.1": "叙述"})
    root.add("E.i", REACTION).values |= {"E.i.2.1b": "10042910", "E.i.4": "20260130"}
    drug = root.add("G.k", DRUG)
    drug.values |= {"G.k.1": "1", "G.k.2.2": "药品"}
    drug.add("G.k.4.r").values |= {"G.k.4.r.4": "20260101"}
    root.add("F.r").values |= {"F.r.2.2b": "10005362", "F.r.3.2": "5", "F.r.3.3": "g/L"}
    root.add("C.2.r").values |= {"C.2.r.4": "1", "C.2.r.2.7": "+86 10 1234"}
    return root


def xml(root: Node, profile: Profile = Profile.ICH) -> str:
    return xml_of(Message(root), profile).decode()


def again(text: str, profile: Profile | None = None) -> Message:
    return message_in(text.encode(), profile)


INTERVAL = '<effectiveTime xsi:type="IVL_TS"><low value="20260101"/></effectiveTime>'


@pytest.mark.parametrize(
    ("time", "said"),
    [
        (
            '<effectiveTime xsi:type="IVL_TS"><low value="2026"/><high value="202602"/>'
            "</effectiveTime>",
            {"G.k.4.r.4": "2026", "G.k.4.r.5": "202602"},
        ),
        (
            '<effectiveTime xsi:type="IVL_TS"><low value="2026"/><width value="3" unit="d"/>'
            "</effectiveTime>",
            {"G.k.4.r.4": "2026", "G.k.4.r.6a": "3", "G.k.4.r.6b": "d"},
        ),
        (
            '<effectiveTime xsi:type="SXPR_TS"><comp xsi:type="PIVL_TS">'
            '<period value="8" unit="h"/></comp><comp xsi:type="IVL_TS" operator="A">'
            '<low value="2026"/></comp></effectiveTime>',
            {"G.k.4.r.2": "8", "G.k.4.r.3": "h", "G.k.4.r.4": "2026"},
        ),
        (
            '<effectiveTime xsi:type="PIVL_TS"><period value="1" unit="d"/></effectiveTime>'
            '<effectiveTime xsi:type="IVL_TS" operator="A"><high value="2027"/></effectiveTime>',
            {"G.k.4.r.2": "1", "G.k.4.r.3": "d", "G.k.4.r.5": "2027"},
        ),
        ('<effectiveTime nullFlavor="ASKU"/>', {"G.k.4.r.4": Null("ASKU")}),
        ('<effectiveTime xsi:type="IVL_TS"/>', {}),
    ],
)
def test_every_shape_of_dosing_time(time: str, said: dict[str, object]) -> None:
    message = again(xml(case()).replace(INTERVAL, time))
    dosages = message.each("G.k")[0].each("G.k.4.r")
    assert [d.values for d in dosages] == ([said] if said else [])
    assert message.unplaced == ()


@pytest.mark.parametrize(
    ("value", "number", "lost"),
    [
        ('<value xsi:type="IVL_PQ"><center value="5" unit="g/L"/></value>', "5", 0),
        ('<value xsi:type="PQ" value="5" unit="g/L"/>', "5", 0),
        (
            '<value xsi:type="IVL_PQ"><high value="5" unit="g/L" inclusive="false"/></value>',
            "<5",
            0,
        ),
        ('<value xsi:type="IVL_PQ"><low value="5" unit="g/L"/></value>', ">=5", 0),
        ('<value xsi:type="IVL_PQ"><low value="1"/><high value="5"/></value>', None, 2),
        ('<value xsi:type="PQ" nullFlavor="UNK"/>', Null("UNK"), 0),
    ],
)
def test_a_bound_is_never_a_number(value: str, number: object, lost: int) -> None:
    text = xml(case()).replace(
        '<value xsi:type="IVL_PQ"><center value="5" unit="g/L"/></value>', value
    )
    message = again(text)
    assert message.each("F.r")[0].get("F.r.3.2") == number
    assert len(message.unplaced) == lost


def test_values_outside_meddra_and_other_code_systems_are_kept() -> None:
    root = case()
    root.each("F.r")[0].values |= {"F.r.2.1": "CAR 拷贝数", "F.r.2.2b": "X-1"}
    root.each("F.r")[0].qualifiers["F.r.2.2b"] = "2.16.840.1.113883.6.1"
    message = again(xml(root))
    assert message.each("F.r")[0].text("F.r.2.2b") == "X-1"
    assert message.each("F.r")[0].qualifiers == {"F.r.2.2b": "2.16.840.1.113883.6.1"}
    without = again(xml(root).replace(' code="X-1"', ""))
    assert without.each("F.r")[0].text("F.r.2.1") == "CAR 拷贝数"
    assert without.each("F.r")[0].get("F.r.2.2b") is None


def test_false_values_of_other_makers_are_read_as_said() -> None:
    root = case()
    root.each("E.i")[0].values["E.i.3.2a"] = "false"
    root.values["C.1.9.1"] = "false"
    message = again(xml(root))
    assert message.each("E.i")[0].get("E.i.3.2a") == "false"
    assert message.get("C.1.9.1") == "false"


def test_weight_in_another_unit_is_no_weight_in_kilograms() -> None:
    root = case()
    root.values["D.3"] = "70"
    message = again(xml(root).replace('unit="kg"', 'unit="[lb_av]"'))
    assert message.get("D.3") is None
    assert [item.value for item in message.unplaced] == ["70 [lb_av]"]


def test_strength_per_something_else_than_one_is_reported() -> None:
    root = case()
    root.each("G.k")[0].add("G.k.2.3.r").values |= {"G.k.2.3.r.3a": "5", "G.k.2.3.r.3b": "mg"}
    text = xml(root).replace('<denominator value="1"', '<denominator value="2"')
    assert [item.value for item in again(text).unplaced] == ["2"]


def test_an_unknown_observation_is_kept_with_its_place() -> None:
    strange = (
        '<component typeCode="COMP"><observationEvent classCode="OBS" moodCode="EVN">'
        '<code code="J-1" codeSystem="1.2.3"/><value xsi:type="ST">日本</value>'
        "</observationEvent></component><statusCode"
    )
    message = again(xml(case()).replace("<statusCode", strange, 1))
    assert [item.value for item in message.unplaced] == ["J-1", "日本"]
    assert message.unplaced[1].path.endswith("component[1]/observationEvent[1]/value[1]/text()")


def test_a_second_value_for_one_element_is_kept() -> None:
    text = xml(case()).replace("<name>药品</name>", "<name>药品</name><name>另名</name>")
    assert [item.value for item in again(text).unplaced] == ["另名"]


def test_a_second_value_in_another_unit_does_not_take_the_first_away() -> None:
    root = case()
    root.values["D.3"] = "60"
    said = '<value xsi:type="PQ" value="60" unit="kg"/>'
    for second, kept in (
        ('<value xsi:type="PQ" value="150" unit="mg"/>', "150 mg"),
        ('<value xsi:type="PQ" value="60" unit="g"/>', "60 g"),
    ):
        message = again(xml(root).replace(said, said + second))
        assert message.get("D.3") == "60"
        assert [item.value for item in message.unplaced] == [kept]


def test_the_code_system_of_a_second_code_is_not_that_of_the_first() -> None:
    said = '<code code="10005362" codeSystem="2.16.840.1.113883.6.163"/>'
    text = xml(case())
    assert said in text
    for code in ("10005362", "X-1"):
        message = again(text.replace(said, f'{said}<code code="{code}" codeSystem="1.2.3"/>'))
        test = message.each("F.r")[0]
        assert test.text("F.r.2.2b") == "10005362"
        assert test.qualifiers == {}
        assert "1.2.3" in [item.value for item in message.unplaced]


def test_the_unit_of_a_second_bound_is_not_that_of_the_first() -> None:
    root = case()
    root.each("F.r")[0].values["F.r.4"] = "1"
    said = '<value xsi:type="PQ" value="1" unit="g/L"/>'
    text = xml(root)
    assert said in text
    message = again(text.replace(said, f'{said}<value xsi:type="PQ" value="2" unit="mg"/>'))
    test = message.each("F.r")[0]
    assert test.text("F.r.4") == "1"
    assert test.qualifiers == {}
    assert [item.value for item in message.unplaced] == ["2", "mg"]


@pytest.mark.parametrize(
    ("value", "number", "lost"),
    [
        ('<low value="5" unit="g/L"/><high nullFlavor="PINF" unit="mg"/>', ">=5", ["mg"]),
        ('<low nullFlavor="NINF"/><high value="5" unit="g/L"/>', "<=5", []),
        ('<low nullFlavor="UNK"/><high value="5" unit="g/L"/>', "<=5", ["UNK"]),
        ('<low nullFlavor="NINF" unit="mg"/>', Null("NINF"), ["mg"]),
    ],
)
def test_an_open_end_keeps_what_else_it_says(value: str, number: object, lost: list[str]) -> None:
    text = xml(case()).replace('<center value="5" unit="g/L"/>', value)
    message = again(text)
    assert message.each("F.r")[0].get("F.r.3.2") == number
    assert [item.value for item in message.unplaced] == lost


def test_a_code_that_contradicts_its_place_is_kept() -> None:
    root = case()
    root.values["D.1.1.2"] = "SP-1"
    number = 'extension="SP-1"/><code code="'
    message = again(xml(root).replace(f'{number}2"', f'{number}9"'))
    assert message.get("D.1.1.2") == "SP-1"
    assert [item.value for item in message.unplaced] == ["9"]


def test_missing_ids_are_given_the_same_way_every_time() -> None:
    text = xml(case()).replace(f'<id root="{DRUG}"/><consumable', "<consumable")
    text = text.replace(f'<id root="{DRUG}"/>\n<consumable', "<consumable")
    first, second = again(text), again(text)
    assert first.each("G.k")[0].id == second.each("G.k")[0].id != DRUG


def test_the_reporters_mail_belongs_to_the_region_of_the_message() -> None:
    root = case()
    root.values |= {"C.1.CN.2": "12"}
    root.each("C.2.r")[0].values["C.2.r.CN.1"] = "a@b.cn"
    message = again(xml(root, Profile.NMPA))
    assert message.each("C.2.r")[0].get("C.2.r.CN.1") == "a@b.cn"
    assert message.get("C.1.CN.2") == "12"
    american = again(xml(root, Profile.NMPA), Profile.FDA)
    assert american.each("C.2.r")[0].get("FDA.C.2.r.2.8") == "a@b.cn"


def test_a_null_telephone_names_its_scheme() -> None:
    root = case()
    root.each("C.2.r")[0].values["C.2.r.2.7"] = Null("MSK")
    text = xml(root)
    assert '<telecom nullFlavor="MSK" value="tel"/>' in text
    assert again(text).each("C.2.r")[0].get("C.2.r.2.7") == Null("MSK")


def test_attachments_stay_encoded_until_asked() -> None:
    document = Attachment("application/pdf", "DF", "c2VjcmV0")
    assert document.decoded() == b"secret"
    with pytest.raises(MessageRefused) as refused:
        Attachment("application/pdf", None, "not base64!").decoded()
    assert refused.value.code is Refusal.ATTACHMENT_NOT_BASE64


def test_characters_xml_cannot_hold_are_refused() -> None:
    root = case()
    root.values["H.1"] = "bell\x07"
    with pytest.raises(MessageRefused) as refused:
        xml_of(Message(root))
    assert refused.value.code is Refusal.CONTROL_CHARACTER


def test_what_a_profile_does_not_know_is_not_written() -> None:
    root = case()
    root.values |= {"C.1.CN.2": "12", "FDA.D.12": "C41222"}
    assert "CN-11" not in xml(root, Profile.FDA)
    assert "C16564" in xml(root, Profile.FDA)
    assert "C16564" not in xml(root, Profile.ICH)


def test_paths_count_instances_from_one() -> None:
    root = case()
    root.add("G.k", "3").add("G.k.4.r").values["G.k.4.r.1a"] = "5"
    paths = [path for path, _, _, _ in Message(root).walk()]
    assert "G.k[2].4.r[1].1a" in paths
    assert Batch({}, (Message(root),)).with_messages().messages == ()
