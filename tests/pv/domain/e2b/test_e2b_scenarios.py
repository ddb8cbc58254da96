"""Messages written by hand as official scenario files are, not by our writer, on the round trip."""

import json
from typing import Any

import pytest
from lxml import etree

from pv.adapters.schemas import Schemas
from pv.domain.e2b import read, systems
from pv.domain.e2b.elements import Profile
from pv.domain.e2b.message import Message, Node, Null
from pv.domain.e2b.roundtrip import roundtrip_file

ICH = "2.16.840.1.113883.3.989.2.1"
FDA = "2.16.840.1.113883.3.989.5.1.2.2.1"
NCIT = "2.16.840.1.113883.3.26.1.1"
MEDDRA = "2.16.840.1.113883.6.163"
FEVER, RASH = "0f1e2d3c-0000-4000-8000-000000000001", "0f1e2d3c-0000-4000-8000-000000000002"
CELLS, PEN = "0f1e2d3c-0000-4000-8000-00000000000a", "0f1e2d3c-0000-4000-8000-00000000000b"


def code(number: int | str, in_list: int, tag: str = "code") -> str:
    return f'<{tag} code="{number}" codeSystem="{ICH}.1.{in_list}"/>'


def value(kind: str, *, text: str = "", **attributes: str) -> str:
    said = "".join(f' {name}="{said}"' for name, said in attributes.items())
    return f'<value xsi:type="{kind}"{said}>{text}</value>'


def observation(number: int | str, inner: str, *, system: str = f"{ICH}.1.19") -> str:
    return (
        '<observation classCode="OBS" moodCode="EVN">'
        f'<code code="{number}" codeSystem="{system}"/>{inner}</observation>'
    )


def linked(kind: str, inner: str, *, name: str = "outboundRelationship2") -> str:
    return f'<{name} typeCode="{kind}">{inner}</{name}>'


def subject(inner: str) -> str:
    return f'<subjectOf2 typeCode="SBJ">{inner}</subjectOf2>'


def organizer(number: int, components: list[str]) -> str:
    parts = "".join(f'<component typeCode="COMP">{part}</component>' for part in components)
    return subject(
        f'<organizer classCode="CATEGORY" moodCode="EVN">{code(number, 20)}{parts}</organizer>'
    )


def reaction(key: str, term: str, time: str, *more: str) -> str:
    flags = "".join(
        linked("PERT", observation(n, value("BL", nullFlavor="NI"))) for n in (34, 21, 33, 35, 12)
    )
    return subject(
        '<observation classCode="OBS" moodCode="EVN">'
        f'<id root="{key}"/>{code(29, 19)}{time}'
        f'<value xsi:type="CE" code="{term}" codeSystem="{MEDDRA}" codeSystemVersion="29.0">'
        '<originalText language="eng">As reported</originalText></value>'
        f"{flags}{''.join(more)}</observation>"
    )


def administration(inner: str, *, key: str = "") -> str:
    found = f'<id root="{key}"/>' if key else ""
    return (
        '<substanceAdministration classCode="SBADM" moodCode="EVN">'
        f"{found}{inner}</substanceAdministration>"
    )


def product(inner: str) -> str:
    return (
        '<consumable typeCode="CSM"><instanceOfKind classCode="INST">'
        '<kindOfProduct classCode="MMAT" determinerCode="KIND">'
        f"{inner}</kindOfProduct></instanceOfKind></consumable>"
    )


def dosage(time: str, dose: str = "", more: str = "") -> str:
    return linked("COMP", administration(f"{time}{dose}{more}"))


def cause(number: int, drug: str, inner: str, reaction_key: str = "") -> str:
    first = (
        '<subject1 typeCode="SUBJ"><adverseEffectReference classCode="OBS" moodCode="EVN">'
        f'<id root="{reaction_key}"/></adverseEffectReference></subject1>'
        if reaction_key
        else ""
    )
    return (
        '<component typeCode="COMP"><causalityAssessment classCode="OBS" moodCode="EVN">'
        f"{code(number, 19)}{inner}{first}"
        '<subject2 typeCode="SUBJ"><productUseReference classCode="SBADM" moodCode="EVN">'
        f'<id root="{drug}"/></productUseReference></subject2></causalityAssessment></component>'
    )


def characteristic(number: int, inner: str) -> str:
    return (
        '<subjectOf2 typeCode="SUBJ"><investigationCharacteristic classCode="OBS" moodCode="EVN">'
        f"{code(number, 23)}{inner}</investigationCharacteristic></subjectOf2>"
    )


def document(number: int, inner: str) -> str:
    return (
        '<reference typeCode="REFR"><document classCode="DOC" moodCode="EVN">'
        f"{code(number, 27)}{inner}</document></reference>"
    )


def event(number: str, inner: str, *, system: str = f"{ICH}.1.19") -> str:
    return (
        '<component typeCode="COMP"><observationEvent classCode="OBS" moodCode="EVN">'
        f'<code code="{number}" codeSystem="{system}"/>{inner}</observationEvent></component>'
    )


def message(
    number: str,
    *,
    player: str = "",
    patient: str = "",
    causes: str = "",
    around: str = "",
    documents: str = "",
    components: str = "",
) -> str:
    """One ICSR in its wrapper; what stands in no argument is the least every message has."""
    return (
        f'<PORR_IN049016UV><id extension="{number}" root="{ICH}.3.1"/>'
        '<creationTime value="20261101120000+0800"/>'
        '<interactionId extension="PORR_IN049016UV" root="2.16.840.1.113883.1.6"/>'
        '<processingCode code="P"/><processingModeCode code="T"/><acceptAckCode code="AL"/>'
        '<receiver typeCode="RCV"><device classCode="DEV" determinerCode="INSTANCE">'
        f'<id extension="CBER" root="{ICH}.3.12"/></device></receiver>'
        '<sender typeCode="SND"><device classCode="DEV" determinerCode="INSTANCE">'
        f'<id extension="HOLDER" root="{ICH}.3.11"/></device></sender>'
        '<controlActProcess classCode="CACT" moodCode="EVN">'
        '<code code="PORR_TE049016UV" codeSystem="2.16.840.1.113883.1.18"/>'
        '<effectiveTime value="20261101120000+0800"/><subject typeCode="SUBJ">'
        '<investigationEvent classCode="INVSTG" moodCode="EVN">'
        f'<id extension="{number}" root="{ICH}.3.1"/><id extension="{number}" root="{ICH}.3.2"/>'
        '<code code="PAT_ADV_EVNT" codeSystem="2.16.840.1.113883.5.4"/><text>Narrative</text>'
        '<statusCode code="active"/><effectiveTime><low value="20261020"/></effectiveTime>'
        f'<availabilityTime value="20261025"/>{documents}'
        '<component typeCode="COMP"><adverseEventAssessment classCode="INVSTG" moodCode="EVN">'
        '<subject1 typeCode="SBJ"><primaryRole classCode="INVSBJ">'
        f'<player1 classCode="PSN" determinerCode="INSTANCE">{player}</player1>'
        f"{patient}</primaryRole></subject1>{causes}"
        f"</adverseEventAssessment></component>{components}{around}"
        f"{characteristic(1, value('CE', code='1', codeSystem=f'{ICH}.1.2'))}"
        "</investigationEvent></subject></controlActProcess></PORR_IN049016UV>"
    )


def batch(*messages: str) -> bytes:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<MCCI_IN200100UV01 ITSVersion="XML_1.0" xmlns="urn:hl7-org:v3" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f'<id extension="B-1" root="{ICH}.3.22"/><creationTime value="20261101120000+0800"/>'
        '<responseModeCode code="D"/>'
        '<interactionId extension="MCCI_IN200100UV01" root="2.16.840.1.113883.1.6"/>'
        f'<name code="1" codeSystem="{ICH}.1.1"/>{"".join(messages)}'
        '<receiver typeCode="RCV"><device classCode="DEV" determinerCode="INSTANCE">'
        f'<id extension="ZZFDA" root="{ICH}.3.14"/></device></receiver>'
        '<sender typeCode="SND"><device classCode="DEV" determinerCode="INSTANCE">'
        f'<id extension="HOLDER" root="{ICH}.3.13"/></device></sender></MCCI_IN200100UV01>'
    ).encode()


def whole(schemas: Schemas, data: bytes, profile: Profile | None = None) -> tuple[Message, ...]:
    """The messages of hand-written data that is valid and comes back equal, valid and placed."""
    assert [e.message for e in schemas.check(data).errors] == []
    trip = roundtrip_file(data, profile)
    assert [f"{u.path}={u.value}" for u in trip.unplaced] == []
    assert trip.differences == ()
    assert trip.equal
    assert schemas.check(trip.written).errors == ()
    return tuple(read.read_batch(data, profile).messages)


PERIOD = '<comp xsi:type="PIVL_TS"><period value="2" unit="wk"/></comp>'
TIMES: list[tuple[str, dict[str, Any]]] = [
    (
        '<effectiveTime xsi:type="IVL_TS"><low value="20260101"/><high value="20260131"/>'
        "</effectiveTime>",
        {"4": "20260101", "5": "20260131"},
    ),
    (
        '<effectiveTime xsi:type="IVL_TS"><low value="202602"/><width value="6" unit="wk"/>'
        "</effectiveTime>",
        {"4": "202602", "6a": "6", "6b": "wk"},
    ),
    (
        '<effectiveTime xsi:type="IVL_TS"><width value="3" unit="d"/><high value="20260331"/>'
        "</effectiveTime>",
        {"5": "20260331", "6a": "3", "6b": "d"},
    ),
    (
        f'<effectiveTime xsi:type="SXPR_TS">{PERIOD}<comp xsi:type="IVL_TS" operator="A">'
        '<low value="20260401"/><high nullFlavor="UNK"/></comp><comp xsi:type="IVL_TS" '
        'operator="A"><width value="5" unit="mo"/></comp></effectiveTime>',
        {"2": "2", "3": "wk", "4": "20260401", "5": Null("UNK"), "6a": "5", "6b": "mo"},
    ),
    (
        '<effectiveTime xsi:type="IVL_TS"><low nullFlavor="ASKU"/><high nullFlavor="NASK"/>'
        "</effectiveTime>",
        {"4": Null("ASKU"), "5": Null("NASK")},
    ),
]
MILLION = '<doseQuantity value="120" unit="10*6.{cells}"/>'


def test_several_drugs_with_several_dosages_in_every_shape_of_time(e2b_schemas) -> None:
    drugs = [
        administration(
            product(f"<name>{name}</name>") + "".join(dosage(t, MILLION) for t, _said in times),
            key=key,
        )
        for name, key, times in (("Cells", CELLS, TIMES), ("Pen", PEN, TIMES[::-1]))
    ]
    causes = "".join(
        cause(20, key, value("CE", code=role, codeSystem=f"{ICH}.1.13"))
        for key, role in ((CELLS, "1"), (PEN, "3"))
    )
    (found,) = whole(
        e2b_schemas, batch(message("CN-H-1", patient=organizer(4, drugs), causes=causes))
    )
    for drug, times in zip(found.each("G.k"), (TIMES, TIMES[::-1]), strict=True):
        said = [
            {k.removeprefix("G.k.4.r."): v for k, v in d.values.items()}
            for d in drug.each("G.k.4.r")
        ]
        dose = {"1a": "120", "1b": "10*6.{cells}"}
        assert said == [dose | time for _text, time in times]
    assert [drug.values["G.k.1"] for drug in found.each("G.k")] == ["1", "3"]


@pytest.mark.parametrize(
    ("time", "said"),
    [
        (
            '<effectiveTime xsi:type="IVL_TS"><low value="20260101"/><width value="9" unit="d"/>'
            "</effectiveTime>",
            {"E.i.4": "20260101", "E.i.6a": "9", "E.i.6b": "d"},
        ),
        (
            '<effectiveTime xsi:type="SXPR_TS"><comp xsi:type="IVL_TS"><low value="2026"/>'
            '<high value="202603"/></comp><comp xsi:type="IVL_TS" operator="A">'
            '<width value="9" unit="d"/></comp></effectiveTime>',
            {"E.i.4": "2026", "E.i.5": "202603", "E.i.6a": "9", "E.i.6b": "d"},
        ),
        (
            '<effectiveTime xsi:type="IVL_TS"><low nullFlavor="MSK"/></effectiveTime>',
            {"E.i.4": Null("MSK")},
        ),
    ],
)
def test_reactions_in_every_shape_of_time(e2b_schemas, time, said) -> None:
    (found,) = whole(
        e2b_schemas, batch(message("CN-H-2", patient=reaction(FEVER, "10016558", time)))
    )
    (one,) = found.each("E.i")
    assert {k: v for k, v in one.values.items() if k[:5] in ("E.i.4", "E.i.5", "E.i.6")} == said
    assert one.values["E.i.2.1b"] == "10016558"


def test_a_nullified_case_with_literature_attachments_and_links(e2b_schemas) -> None:
    why = value("CE", text="<originalText>Duplicate of CN-H-1</originalText>")
    around = (
        '<outboundRelationship typeCode="SPRT"><relatedInvestigation classCode="INVSTG" '
        'moodCode="EVN"><code nullFlavor="NA"/><subjectOf2 typeCode="SUBJ"><controlActEvent '
        f'classCode="CACT" moodCode="EVN"><id extension="CN-H-1" root="{ICH}.3.2"/>'
        "</controlActEvent></subjectOf2></relatedInvestigation></outboundRelationship>"
        '<subjectOf1 typeCode="SUBJ"><controlActEvent classCode="CACT" moodCode="EVN">'
        f'<id assigningAuthorityName="EMA" extension="EU-EC-1" root="{ICH}.3.3"/>'
        "</controlActEvent></subjectOf1>"
        + characteristic(2, value("BL", value="true"))
        + characteristic(3, value("CE", code="1", codeSystem=f"{ICH}.1.5"))
        + characteristic(4, why)
    )
    documents = (
        document(
            1,
            '<title>Report</title><text mediaType="application/pdf" representation="B64">'
            "JVBERi0xLjUN</text>",
        )
        + document(1, "<title>On paper only</title>")
        + document(
            2,
            '<text mediaType="application/pdf" representation="B64" compression="DF">eJwDAAAAAAE='
            "</text><bibliographicDesignationText>Verdun. NEJM 2024;390:584"
            "</bibliographicDesignationText>",
        )
        + document(
            2, "<bibliographicDesignationText>Hamilton. NEJM 2024</bibliographicDesignationText>"
        )
    )
    (found,) = whole(e2b_schemas, batch(message("CN-H-3", around=around, documents=documents)))
    assert found.text("C.1.11.1") == "1"
    assert found.text("C.1.11.2") == "Duplicate of CN-H-1"
    assert [n.values["C.1.10.r"] for n in found.each("C.1.10.r")] == ["CN-H-1"]
    (other,) = found.each("C.1.9.1.r")
    assert other.values == {"C.1.9.1.r.1": "EMA", "C.1.9.1.r.2": "EU-EC-1"}
    held = found.each("C.1.6.1.r")
    assert [n.values["C.1.6.1.r.1"] for n in held] == ["Report", "On paper only"]
    assert held[0].values["C.1.6.1.r.2"].decoded() == b"%PDF-1.5\r"
    papers = found.each("C.4.r")
    assert [n.values["C.4.r.1"] for n in papers] == [
        "Verdun. NEJM 2024;390:584",
        "Hamilton. NEJM 2024",
    ]
    assert papers[0].values["C.4.r.2"].compression == "DF"


def study(*registrations: str) -> str:
    return (
        '<subjectOf1 typeCode="SBJ"><researchStudy classCode="CLNTRL" moodCode="EVN">'
        f'<id extension="CT-7" root="{ICH}.3.5"/>'
        f"{code(1, 8)}<title>Confirmatory trial</title>{''.join(registrations)}"
        "</researchStudy></subjectOf1>"
    )


def registration(number: str, root: str, country: str = "") -> str:
    author = (
        '<author typeCode="AUT"><territorialAuthority classCode="TERR"><governingPlace '
        'classCode="COUNTRY" determinerCode="INSTANCE">'
        f'<code code="{country}" codeSystem="1.0.3166.1.2.2"/></governingPlace>'
        "</territorialAuthority></author>"
        if country
        else ""
    )
    return (
        '<authorization typeCode="AUTH"><studyRegistration classCode="ACT" moodCode="EVN">'
        f'<id extension="{number}" root="{root}"/>{author}</studyRegistration></authorization>'
    )


def test_a_study_with_registrations_and_an_ind(e2b_schemas) -> None:
    patient = study(
        registration("NCT0001", f"{ICH}.3.6", "US"),
        registration("CTR20260001", f"{ICH}.3.6", "CN"),
        registration("123456", f"{FDA}.2.1"),
        registration("654321", f"{FDA}.2.3"),
        registration("654322", f"{FDA}.2.3"),
    )
    data = batch(message("CN-H-4", patient=patient))
    (found,) = whole(e2b_schemas, data, Profile.FDA)
    assert found.text("C.5.2") == "Confirmatory trial"
    assert found.text("C.5.3") == "CT-7"
    assert found.text("C.5.4") == "1"
    assert [n.values for n in found.each("C.5.1.r")] == [
        {"C.5.1.r.1": "NCT0001", "C.5.1.r.2": "US"},
        {"C.5.1.r.1": "CTR20260001", "C.5.1.r.2": "CN"},
    ]
    assert found.text("FDA.C.5.5a") == "123456"
    assert [n.values["FDA.C.5.6.r"] for n in found.each("FDA.C.5.6.r")] == ["654321", "654322"]


def test_a_report_on_a_child_with_its_parent(e2b_schemas) -> None:
    history = (
        '<observation classCode="OBS" moodCode="EVN">'
        f'<code code="10020772" codeSystem="{MEDDRA}" codeSystemVersion="29.0"/>'
        '<effectiveTime xsi:type="IVL_TS"><low value="2019"/></effectiveTime>'
        + linked("COMP", observation(10, value("ED", text="mild")))
        + linked("REFR", observation(13, value("BL", value="true")), name="inboundRelationship")
        + "</observation>"
    )
    past = administration(
        '<effectiveTime xsi:type="IVL_TS"><low value="202501"/></effectiveTime>'
        + product(
            '<code code="PH-1" codeSystem="TBD-PhPID" codeSystemVersion="1"/><name>Old</name>'
        )
    )
    parent = (
        '<role classCode="PRS"><code code="PRN" codeSystem="2.16.840.1.113883.5.111"/>'
        '<associatedPerson classCode="PSN" determinerCode="INSTANCE"><name>M.</name>'
        '<administrativeGenderCode code="2" codeSystem="1.0.5218"/>'
        '<birthTime value="1995"/></associatedPerson>'
        + subject(observation(3, value("PQ", value="31", unit="a")))
        + subject(observation(22, value("TS", value="202512")))
        + subject(observation(7, value("PQ", value="61.5", unit="kg")))
        + subject(observation(17, value("PQ", value="165", unit="cm")))
        + organizer(1, [history, observation(18, value("ED", text="None other"))])
        + organizer(2, [past])
        + "</role>"
    )
    foetus = subject(observation(16, value("PQ", value="20", unit="wk")))
    drug = administration(
        product("<name>Cells</name>")
        + dosage(
            TIMES[0][0],
            "",
            product(
                '<formCode code="11201000" codeSystem="0.4.0.127.0.16.1.1.2.1" '
                'codeSystemVersion="1"><originalText>Infusion</originalText></formCode>'
            )
            + linked(
                "REFR",
                observation(
                    28,
                    '<value xsi:type="CE" code="20045000" codeSystem="0.4.0.127.0.16.1.1.2.6" '
                    'codeSystemVersion="1"><originalText>intravenous</originalText></value>',
                ),
                name="inboundRelationship",
            ),
        )
        + linked("PERT", observation(16, value("PQ", value="8", unit="wk"))),
        key=CELLS,
    )
    data = batch(
        message("CN-H-5", player=f"<name>C.</name>{parent}", patient=foetus + organizer(4, [drug]))
    )
    (found,) = whole(e2b_schemas, data)
    said = {k: v for k, v in found.root.values.items() if k.startswith("D.")}
    assert said == {
        "D.1": "C.",
        "D.2.2.1a": "20",
        "D.2.2.1b": "wk",
        "D.10.1": "M.",
        "D.10.2.1": "1995",
        "D.10.2.2a": "31",
        "D.10.2.2b": "a",
        "D.10.3": "202512",
        "D.10.4": "61.5",
        "D.10.5": "165",
        "D.10.6": "2",
        "D.10.7.2": "None other",
    }
    (one,) = found.each("D.10.7.1.r")
    assert one.values["D.10.7.1.r.1b"] == "10020772"
    assert one.values["D.10.7.1.r.3"] == "true"
    (drug_before,) = found.each("D.10.8.r")
    assert drug_before.values["D.10.8.r.3b"] == "PH-1"
    (given,) = found.each("G.k")
    assert (given.values["G.k.6a"], given.values["G.k.6b"]) == ("8", "wk")
    assert given.each("G.k.4.r")[0].values["G.k.4.r.11.2b"] == "20045000"


def device(names: str, marks: str, lot: str) -> str:
    """One device constituent of a combination product, in the order the schema asks for."""
    return (
        '<part classCode="PART"><partProduct classCode="DEV" determinerCode="KIND">'
        f'<code code="FMF" codeSystem="{NCIT}"/>{names}<asManufacturedProduct classCode="MANU">'
        '<manufacturerOrganization classCode="ORG" determinerCode="INSTANCE"><name>Maker</name>'
        "<addr><streetAddressLine>1 First Street</streetAddressLine>"
        "<streetAddressLine>Building 2</streetAddressLine><city>Boston</city><state>MA</state>"
        f"<country>US</country></addr></manufacturerOrganization>{marks}</asManufacturedProduct>"
        '<instanceOfKind classCode="INST"><productInstanceInstance classCode="DEV" '
        f'determinerCode="INSTANCE"><lotNumberText>{lot}</lotNumberText>'
        "</productInstanceInstance></instanceOfKind></partProduct></part>"
    )


def mark(number: str, inner: str, system: str = NCIT) -> str:
    return (
        '<subjectOf typeCode="SBJ"><characteristic classCode="OBS" moodCode="EVN">'
        f'<code code="{number}" codeSystem="{system}"/>{inner}</characteristic></subjectOf>'
    )


@pytest.mark.parametrize("usage", [f"{ICH}.1.19", NCIT], ids=["as published", "NCI thesaurus"])
def test_a_combination_product_with_two_devices(e2b_schemas, usage) -> None:
    def coded(number: str, said: str, system: str) -> str:
        return mark(number, value("CE", code=said, codeSystem=system))

    pen = device(
        "<name>Brand</name><name>Injector</name>",
        mark("C54026", value("BL", value="true"))
        + coded("C54451", "4001", NCIT)
        + coded("C54451", "3003", NCIT)
        + mark(
            "C54595", value("CE", code="2", codeSystem="2.16.840.1.113883.3.989.5.1.2.1.1.4"), usage
        )
        + coded("C54594", "6", "2.16.840.1.113883.3.989.5.1.2.1.1.3")
        + coded("C54594", "5", "2.16.840.1.113883.3.989.5.1.2.1.1.3")
        + coded("C54592", "2", "2.16.840.1.113883.3.989.5.1.2.1.1.5")
        + mark("1", "", "2.16.840.1.113883.3.989.5.1.2.1.1.6"),
        "LOT-1",
    )
    needle = device(
        '<name nullFlavor="NI"/><name>Needle</name>',
        mark("C54026", value("BL", value="false")),
        "LOT-2",
    )
    kind = (
        '<asManufacturedProduct classCode="MANU"><subjectOf typeCode="SBJ"><characteristic '
        f'classCode="OBS" moodCode="EVN"><code code="C94031" codeSystem="{NCIT}"/>'
        f'<value xsi:type="CE" code="C102836" codeSystem="{NCIT}"/></characteristic></subjectOf>'
        "</asManufacturedProduct>"
    )
    drug = administration(product(f"<name>Pen</name>{kind}{pen}{needle}"), key=PEN)
    data = batch(
        message(
            "CN-H-9",
            patient=organizer(4, [drug]),
            causes=cause(20, PEN, value("CE", code="1", codeSystem=f"{ICH}.1.13")),
            components=event("C156384", value("BL", value="true"), system=NCIT),
        )
    )
    (found,) = whole(e2b_schemas, data, Profile.FDA)
    assert found.text("FDA.C.1.12") == "true"
    (given,) = found.each("G.k")
    assert given.values["FDA.G.k.10.1"] == "C102836"
    first, second = given.each("FDA.G.k.12.r")
    assert first.values["FDA.G.k.12.r.4"] == "Brand"
    assert first.values["FDA.G.k.12.r.8"] == "2"
    assert first.values["FDA.G.k.12.r.9"] == "LOT-1"
    assert first.values["FDA.G.k.12.r.10"] == "1"
    assert "Building 2" in first.values["FDA.G.k.12.r.7.1b"]
    problems = first.each("FDA.G.k.12.r.3.r")
    assert [n.values["FDA.G.k.12.r.3.r"] for n in problems] == ["4001", "3003"]
    remedies = first.each("FDA.G.k.12.r.11.r")
    assert [n.values["FDA.G.k.12.r.11.r"] for n in remedies] == ["6", "5"]
    assert second.values["FDA.G.k.12.r.1"] == "false"
    assert second.values["FDA.G.k.12.r.4"] == Null("NI")
    assert second.values["FDA.G.k.12.r.5"] == "Needle"


def test_a_batch_of_several_messages_keeps_each_whole(e2b_schemas) -> None:
    one = message("CN-H-6", patient=reaction(FEVER, "10016558", ""))
    two = message(
        "CN-H-7",
        patient=reaction(FEVER, "10016558", "")
        + reaction(RASH, "10037844", "")
        + organizer(4, [administration(product("<name>Cells</name>"), key=CELLS)]),
        causes=cause(20, CELLS, value("CE", code="1", codeSystem=f"{ICH}.1.13"))
        + "".join(
            cause(
                39,
                CELLS,
                value("ST", text=said)
                + "<methodCode><originalText>Global</originalText></methodCode>"
                '<author typeCode="AUT"><assignedEntity classCode="ASSIGNED"><code>'
                "<originalText>Sponsor</originalText></code></assignedEntity></author>",
                key,
            )
            for said, key in (("Suspected", FEVER), ("Not Suspected", RASH))
        ),
    )
    three = message("CN-H-8", components=event("23", value("BL", nullFlavor="NI")))
    found = whole(e2b_schemas, batch(one, two, three))
    assert [m.text("C.1.1") for m in found] == ["CN-H-6", "CN-H-7", "CN-H-8"]
    assert [len(m.each("E.i")) for m in found] == [1, 2, 0]
    matrix: list[Node] = found[1].each("G.k")[0].each("G.k.9.i")
    assert [n.values["G.k.9.i.1"] for n in matrix] == [FEVER, RASH]
    assert [n.each("G.k.9.i.2.r")[0].values["G.k.9.i.2.r.3"] for n in matrix] == [
        "Suspected",
        "Not Suspected",
    ]
    assert found[2].root.values["C.1.7"] == Null("NI")


def test_links_hold_whatever_the_case_of_their_letters(e2b_schemas) -> None:
    drug = administration(
        product("<name>Cells</name>")
        + '<outboundRelationship1 typeCode="SAS"><pauseQuantity value="9" unit="d"/>'
        f'<actReference classCode="OBS" moodCode="EVN"><id root="{FEVER}"/></actReference>'
        "</outboundRelationship1>",
        key=CELLS.upper(),
    )
    causes = cause(20, CELLS, value("CE", code="1", codeSystem=f"{ICH}.1.13")) + cause(
        39, CELLS.upper(), value("ST", text="Suspected"), FEVER.upper()
    )
    patient = reaction(FEVER.upper(), "10016558", "") + organizer(4, [drug])
    (found,) = whole(e2b_schemas, batch(message("CN-H-10", patient=patient, causes=causes)))
    (given,) = found.each("G.k")
    assert given.values["G.k.1"] == "1"
    (entry,) = given.each("G.k.9.i")
    assert entry.values["G.k.9.i.1"] == FEVER.upper() == found.each("E.i")[0].id
    assert entry.values["G.k.9.i.3.1a"] == "9"
    assert entry.each("G.k.9.i.2.r")[0].values["G.k.9.i.2.r.3"] == "Suspected"


# Relationships whose type the schema leaves out, and what a message would lose with them.
UNTYPED = ("consumable", "holder", "location", "performer", "subjectOf")


@pytest.mark.parametrize("tag", UNTYPED)
def test_a_type_the_schema_leaves_out_is_understood(e2b_samples, e2b_schemas, tag) -> None:
    for sample in e2b_samples:
        data = sample.read_bytes()
        root = etree.fromstring(data)
        for element in root.iter(f"{{urn:hl7-org:v3}}{tag}"):
            element.attrib.pop("typeCode", None)
        bare = etree.tostring(root)
        assert read.read_batch(bare) == read.read_batch(data)
        whole(e2b_schemas, bare)


def test_the_mode_of_processing_says_nothing_of_the_case(e2b_schemas) -> None:
    data = batch(message("CN-H-11"))
    other = data.replace(b'processingModeCode code="T"', b'processingModeCode code="I"')
    assert data != other
    assert whole(e2b_schemas, data) == whole(e2b_schemas, other)
    test_run = data.replace(b'processingCode code="P"', b'processingCode code="D"')
    (lost,) = roundtrip_file(test_run).unplaced[:1]
    assert lost.value == "D"


def test_fdas_roles_of_a_drug_stand_beside_ichs(e2b_schemas) -> None:
    role, info = systems.oid("FDA_ROLE"), systems.oid("FDA_DRUG_INFO")
    coded = [
        observation(9, value("CE", code="7", codeSystem=f"{ICH}.1.17")),
        observation(9, value("CE", code="2", codeSystem=info)),
    ]
    drug = administration(
        product("<name>Cells</name>") + "".join(linked("REFR", item) for item in coded), key=CELLS
    )
    causes = cause(20, CELLS, value("CE", code="1", codeSystem=f"{ICH}.1.13")) + cause(
        20, CELLS, value("CE", code="1", codeSystem=role)
    )
    data = batch(message("CN-H-12", patient=organizer(4, [drug]), causes=causes))
    (found,) = whole(e2b_schemas, data, Profile.FDA)
    (given,) = found.each("G.k")
    assert given.values["G.k.1"] == "1"
    assert given.values["FDA.G.k.1.a"] == "1"
    assert given.values["FDA.G.k.10a"] == "2"
    assert [n.values["G.k.10.r"] for n in given.each("G.k.10.r")] == ["7"]


def test_published_paths_find_the_same_before_and_after(e2b_shared, e2b_samples) -> None:
    """The agencies' own XPaths as an oracle that knows nothing of our table."""
    rows = json.loads((e2b_shared / "tables" / "e2br3_elements.json").read_text())
    paths = [(row["code"], x["xp"]) for row in rows for x in row.get("xpaths", [])]
    names = {"h": "urn:hl7-org:v3", "xsi": "http://www.w3.org/2001/XMLSchema-instance"}
    found = 0
    for sample in e2b_samples:
        data = sample.read_bytes()
        before, after = (
            etree.fromstring(data),
            etree.fromstring(roundtrip_file(data).written),
        )
        for element, path in paths:
            try:
                search = etree.XPath(path, namespaces=names)
            except etree.XPathSyntaxError:
                continue  # a few cells of the published column are no XPath
            said, again = (
                [" ".join(str(hit).split()) for hit in search(root) if isinstance(hit, str)]
                for root in (before, after)
            )
            assert sorted(filter(None, said)) == sorted(filter(None, again)), (sample, element)
            found += len(said)
    assert found > 800
