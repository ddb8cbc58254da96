"""E2B(R2) read one way: each value in its element of E2B(R3) or kept, never changed in meaning."""

import re
from io import BytesIO

import pytest

from pv.domain.e2b import read, storage
from pv.domain.e2b.message import Message, Null
from pv.domain.e2b.r2 import tables

HEAD = (
    "<ichicsrmessageheader><messagetype>ichicsr</messagetype>"
    "<messageformatversion>2.1</messageformatversion><messagenumb>M-1</messagenumb>"
    "<messagesenderidentifier>PARTNER</messagesenderidentifier>"
    "<messagereceiveridentifier>HOLDER</messagereceiveridentifier>"
    "<messagedateformat>204</messagedateformat><messagedate>20260110090000</messagedate>"
    "</ichicsrmessageheader>"
)
REPORT = """<safetyreport>
<safetyreportversion>2</safetyreportversion><safetyreportid>DE-PARTNER-1</safetyreportid>
<primarysourcecountry>DE</primarysourcecountry><occurcountry>FR</occurcountry>
<transmissiondateformat>102</transmissiondateformat><transmissiondate>20260110</transmissiondate>
<reporttype>1</reporttype><serious>1</serious><seriousnessdeath>2</seriousnessdeath>
<seriousnesshospitalization>1</seriousnesshospitalization>
<receivedateformat>102</receivedateformat><receivedate>20260101</receivedate>
<receiptdateformat>610</receiptdateformat><receiptdate>202601</receiptdate>
<fulfillexpeditecriteria>1</fulfillexpeditecriteria><companynumb>DE-PARTNER-1</companynumb>
<medicallyconfirm>1</medicallyconfirm>
<reportduplicate><duplicatesource>EMA</duplicatesource><duplicatenumb>EU-7</duplicatenumb>
</reportduplicate><linkedreport><linkreportnumb>DE-PARTNER-0</linkreportnumb></linkedreport>
<primarysource><reporterfamilyname>Muster</reporterfamilyname><qualification>1</qualification>
<literaturereference>J Moss 2026;1:1</literaturereference></primarysource>
<sender><sendertype>1</sendertype><senderorganization>Partner</senderorganization>
<sendertel>123</sendertel><sendertelcountrycode>49</sendertelcountrycode></sender>
<receiver><receivertype>1</receivertype></receiver>
<patient><patientinitial>AB</patientinitial><patientonsetage>7</patientonsetage>
<patientonsetageunit>802</patientonsetageunit><patientsex>2</patientsex>
<medicalhistoryepisode><patientepisodename>asthma</patientepisodename>
<patientmedicalcontinue>3</patientmedicalcontinue></medicalhistoryepisode>
<patientdeath><patientautopsyyesno>2</patientautopsyyesno><patientdeathcause>
<patientdeathreport>sepsis</patientdeathreport></patientdeathcause></patientdeath>
<reaction><primarysourcereaction>fever</primarysourcereaction>
<reactionmeddraversionllt>27.1</reactionmeddraversionllt>
<reactionmeddrallt>10037660</reactionmeddrallt>
<reactionstartdateformat>610</reactionstartdateformat><reactionstartdate>202512</reactionstartdate>
<reactionoutcome>6</reactionoutcome></reaction>
<test><testname>haemoglobin</testname><testresult>7.5</testresult><testunit>g/dL</testunit>
<lowtestrange>12</lowtestrange></test>
<test><testname>culture</testname><testresult>no growth</testresult></test>
<drug><drugcharacterization>1</drugcharacterization><medicinalproduct>Drug A</medicinalproduct>
<drugstructuredosagenumb>10</drugstructuredosagenumb>
<drugstructuredosageunit>003</drugstructuredosageunit>
<drugseparatedosagenumb>3</drugseparatedosagenumb>
<drugintervaldosageunitnumb>1</drugintervaldosageunitnumb>
<drugintervaldosagedefinition>804</drugintervaldosagedefinition>
<drugadministrationroute>042</drugadministrationroute><actiondrug>6</actiondrug>
<drugrecurreadministration>2</drugrecurreadministration>
<drugreactionrelatedness><drugreactionasses>10037660</drugreactionasses>
<drugassessmentsource>Partner</drugassessmentsource><drugresult>related</drugresult>
</drugreactionrelatedness>
<drugreactionrelatedness><drugreactionasses>rash</drugreactionasses>
<drugresult>unrelated</drugresult></drugreactionrelatedness></drug>
<summary><narrativeincludeclinical>A story.</narrativeincludeclinical>
<senderdiagnosis>10037660</senderdiagnosis></summary>
</patient></safetyreport>"""


def messages(*reports: str, doctype: str = "") -> list[Message]:
    data = f'{doctype}<ichicsr lang="en">{HEAD}{"".join(reports)}</ichicsr>'.encode()
    return [one for one in read.iter_each(BytesIO(data)) if isinstance(one, Message)]


@pytest.fixture(scope="module")
def message() -> Message:
    (found,) = messages(REPORT, doctype='<!DOCTYPE ichicsr SYSTEM "icsr21xml.dtd">')
    return found


def test_values_are_in_their_elements(message: Message) -> None:
    said = {path: value for path, _node, _code, value in message.walk()}
    expected = {
        "C.1.1": "DE-PARTNER-1",
        "C.1.4": "20260101",
        "C.1.5": "202601",  # a month stays a month
        "C.1.7": "true",
        "C.1.8.2": "2",
        "C.1.9.1.r[1].2": "EU-7",
        "C.1.10.r[1]": "DE-PARTNER-0",
        "C.2.r[1].3": "DE",
        "C.2.r[1].5": "1",
        "C.4.r[1].1": "J Moss 2026;1:1",
        "C.3.4.6": "+49 123",
        "D.2.2a": "7",
        "D.2.2b": "mo",
        "D.7.1.r[1].3": Null("UNK"),
        "D.9.3": "false",
        "D.9.2.r[1].2": "sepsis",
        "E.i[1].1.1b": "eng",
        "E.i[1].2.1a": "27.1",
        "E.i[1].3.2a": "false",
        "E.i[1].3.2c": "true",
        "E.i[1].7": "0",  # unknown has another code
        "E.i[1].8": "true",
        "E.i[1].9": "FR",
        "F.r[1].3.2": "7.5",
        "F.r[1].3.3": "g/dL",
        "F.r[2].3.4": "no growth",
        "G.k[1].4.r[1].1b": "mg",
        "G.k[1].4.r[1].10.1": "Intravenous (not otherwise specified)",
        "G.k[1].8": "9",  # not applicable has another code
        "G.k[1].9.i[1].4": "2",
        "G.k[1].9.i[1].2.r[1].3": "related",
        "H.3.r[1].1b": "10037660",
        "N.2.r.2": "PARTNER",
    }
    assert {path: said.get(path) for path in expected} == expected
    assert message.each("D.7.1.r")[0].verbatims == {"D.7.1.r.1b": "asthma"}
    dose = message.each("G.k")[0].each("G.k.4.r")[0]
    assert dose.get("G.k.4.r.2") is None, "three times a day is not once a day"


def test_what_has_no_element_is_kept_and_the_original_is_whole(message: Message) -> None:
    left = {item.path.rpartition("/")[2]: item.value for item in message.unplaced}
    assert left == {
        "safetyreportversion": "2",
        "receivertype": "1",
        "drugseparatedosagenumb": "3",
        "drugintervaldosageunitnumb": "1",
        "drugintervaldosagedefinition": "804",
        "drugreactionasses": "rash",  # no reaction of the report
        "drugresult": "unrelated",
    }
    texts = sorted(text.strip() for text in re.findall(r">([^<>]+)<", HEAD + REPORT))
    assert sorted(item.value for item in message.original) == [t for t in texts if t]
    again = storage.message_from_data(storage.message_to_data(message))
    assert (again, again.original) == (message, message.original)


@pytest.mark.parametrize(
    ("said", "flags"),
    [
        ("<serious>2</serious>", ["false"] * 6),
        ("<serious>1</serious>", [None] * 6),
        ("", [None] * 6),
        (
            "<serious>2</serious><seriousnessother>1</seriousnessother>",
            ["false"] * 5 + ["true"],
        ),
    ],
)
def test_seriousness_of_the_report_is_that_of_each_reaction(said: str, flags: list) -> None:
    (found,) = messages(
        f"<safetyreport>{said}<patient><reaction/><reaction/></patient></safetyreport>"
    )
    for reaction in found.each("E.i"):
        assert [reaction.get(f"E.i.3.2{letter}") for letter in "abcdef"] == flags
    kept = [item.value for item in found.unplaced]
    assert kept == (["1"] if said == "<serious>1</serious>" else [])


def test_a_code_outside_its_list_and_a_date_that_is_none_are_kept() -> None:
    (found,) = messages(
        "<safetyreport><receivedate>yesterday</receivedate><reporttype>9</reporttype>"
        "<patient><patientonsetageunit>899</patientonsetageunit></patient></safetyreport>"
    )
    assert [item.value for item in found.unplaced] == ["yesterday", "9", "899"]
    assert found.get("C.1.4") is None


def test_the_unit_of_an_interval_is_of_its_own_list() -> None:
    """810 to 813 by the field reference of openFDA; R3 has no interval of a trimester."""
    assert {code: unit for code, unit in tables.INTERVALS.items() if code > "806"} == {
        "810": "{cyclical}",
        "812": "{asnecessary}",
        "813": "{total}",
    }

    interval = (
        "<drugintervaldosageunitnumb>1</drugintervaldosageunitnumb>"
        "<drugintervaldosagedefinition>{}</drugintervaldosagedefinition>"
    )
    for code, values in (("812", {"2": "1", "3": "{asnecessary}"}), ("811", {})):
        drug = f"<drug><drugbatchnumb>L1</drugbatchnumb>{interval.format(code)}</drug>"
        (found,) = messages(f"<safetyreport><patient>{drug}</patient></safetyreport>")
        (dose,) = found.each("G.k")[0].each("G.k.4.r")
        assert {k[-1]: v for k, v in dose.values.items() if k < "G.k.4.r.4"} == values
        assert [item.value for item in found.unplaced] == ([] if values else ["1", "811"])


def test_each_report_of_a_file_is_a_message_with_identities_of_its_own() -> None:
    first, second = messages(REPORT, REPORT.replace("DE-PARTNER-1", "DE-PARTNER-2"))
    assert first.text("C.1.1") != second.text("C.1.1")
    assert first.each("E.i")[0].id != second.each("E.i")[0].id
    assert messages(REPORT) == [first]
