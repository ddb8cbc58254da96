"""What a hospital, an author or a partner said, as a message: nothing filled in, nothing lost.

Elements: ICH E2B(R3) implementation guide; those with CN: the NMPA's guide of 2022.
"""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from followup.domain.dates import PartialDate
from followup.domain.identity import Age, AgeUnit
from pv.domain.cases import compose, narrative, reported
from pv.domain.cases.coded_values import with_coded_values
from pv.domain.cases.literature import Article, compose_article
from pv.domain.cases.reported import Pregnancy, UnobtainableSample
from pv.domain.cases.retransmissions import own_identifier, retransmit
from pv.domain.e2b.message import Node, Null
from tests.pv.domain.test_narratives import CASE, REACTION, SUSPECT

MONTH = PartialDate(2026, 10)


def composed(**changes) -> Node:
    return compose(replace(CASE, **changes)).root


def test_what_nobody_said_is_absent_or_has_its_reason():
    root = composed(
        age=None,
        sex="UNKNOWN",
        expedited=None,
        history="",
        reporter_qualification="",
        reaction=replace(REACTION, onset=None, causality=""),
        suspect=replace(SUSPECT, dose_cells=None, indication_zh="", approval_number=""),
    )
    for element in ("D.2.2a", "D.5", "C.1.7", "D.9.1", "D.6", "D.CN.6", "H.4"):
        assert root.values.get(element) is None
    assert root.values["D.7.2"] == Null("UNK")
    (drug,) = root.each("G.k")
    assert drug.values["G.k.CN.4"] == "不详"
    assert "G.k.3.1" not in drug.values
    assert drug.each("G.k.7.r") == []
    assert "G.k.4.r.1a" not in drug.each("G.k.4.r")[0].values
    (link,) = drug.each("G.k.9.i")
    assert link.each("G.k.9.i.2.r") == []
    assert "G.k.9.i.3.1a" not in link.values
    assert root.each("F.r") == []


def test_age_death_and_cause_stand_as_they_were_said():
    root = composed(age=Age(7, AgeUnit.MONTH), died_on=MONTH, death_cause="感染")
    assert (root.text("D.2.2a"), root.text("D.2.2b")) == ("7", AgeUnit.MONTH.value)
    assert root.values["D.9.1"] == "202610", "a month stays a month"
    assert root.values["D.9.3"] == Null("UNK")
    assert [cause.text("D.9.2.r.2") for cause in root.each("D.9.2.r")] == ["感染"]
    assert composed(died_on=MONTH, death_cause="").each("D.9.2.r") == []


def test_words_too_long_for_their_element_are_told_whole_by_the_narrative():
    """E.i.1.1a and D.9.2.r.2 take 250 characters; a register's words have room for thousands."""
    words, why = "反复发热" * 100 + "后昏迷", "感染" * 200 + "性休克"
    case = replace(CASE, reaction=replace(REACTION, verbatim=words), died_on=MONTH)
    case = replace(case, death_cause=why, death_cause_code="A41.9")
    root = compose(case).root
    (reaction,), (cause,) = root.each("E.i"), root.each("D.9.2.r")
    assert reaction.values["E.i.1.1a"] == words[:249] + "…"
    assert cause.text("D.9.2.r.2") == why[:234] + "… (ICD-10 A41.9)"
    for coded in (with_coded_values(case, root), _cut_without_a_mark(case, words)):
        for text in (narrative(coded, "zh"), narrative(coded, "en")):
            assert words in text
            assert f"{why} (ICD-10 A41.9)" in text
    reaction.values["E.i.1.1a"] = "昏迷"
    assert with_coded_values(case, root).reaction.verbatim == "昏迷"


def _cut_without_a_mark(case, words):
    """As cases of earlier versions are stored."""
    root = compose(case).root
    root.each("E.i")[0].values["E.i.1.1a"] = words[:250]
    return with_coded_values(case, root)


@pytest.mark.parametrize(
    ("answer", "element", "chinese", "english"),
    [
        ("YES", "true", "已行尸检。", "An autopsy was done."),
        ("NO", "false", "未行尸检。", "No autopsy was done."),
        ("UNKNOWN", Null("UNK"), "", ""),
        ("", Null("UNK"), "", ""),
    ],
)
def test_an_autopsy_is_told_as_it_was_answered(answer, element, chinese, english):
    case = replace(
        CASE, died_on=MONTH, death_cause="脑出血", death_cause_code="I61.9", autopsy=answer
    )
    root = compose(case).root
    assert root.values["D.9.3"] == element
    (cause,) = root.each("D.9.2.r")
    assert cause.values == {"D.9.2.r.2": "脑出血 (ICD-10 I61.9)"}, "no code of ICD-10 for MedDRA's"
    coded = with_coded_values(CASE, root)
    assert (coded.autopsy, coded.death_cause) == (
        answer if answer in ("YES", "NO") else "",
        "脑出血 (ICD-10 I61.9)",
    )
    for text, said in ((narrative(coded, "zh"), chinese), (narrative(coded, "en"), english)):
        assert "I61.9" in text
        assert said in text
        assert ("尸检" in text or "autopsy" in text) == bool(said)
    assert "D.9.3" not in composed(autopsy=answer).values, "nobody died"


def test_a_pregnancy_is_told_of_the_patient_and_never_made_a_report_on_a_child():
    own = composed(pregnancy=Pregnancy("PATIENT", PartialDate(2026, 3, 1), "LIVE_BIRTH", "NO"))
    assert own.text("D.6") == "20260301"
    assert own.text("D.CN.6") == "患者本人妊娠；末次月经2026-03-01；妊娠结局：活产；先天异常：无"
    partner = composed(pregnancy=Pregnancy("PARTNER", PartialDate(2026, 3), "", ""))
    assert partner.text("D.6") is None, "a last period of somebody else is not the patient's"
    assert partner.text("D.CN.6").startswith("患者伴侣妊娠；末次月经2026")
    assert partner.text("D.CN.6").endswith("妊娠结局：不详")
    assert "末次月经不详" in composed(pregnancy=Pregnancy("", None, "", "")).text("D.CN.6")


BELOW = reported.Test("转基因", "Transgene", MONTH, "", "", below=Decimal("50.0"), unit="copies/ug")
OVER = reported.Test("铁蛋白", "Ferritin", None, "升高", "raised", value=Decimal("1650"), bound=">")
RCL = reported.Test(
    "RCL", "RCL", PartialDate(2026, 9, 2), "阴性", "negative", code="2", comment="qPCR"
)


def test_a_result_below_quantification_is_no_number():
    below, over, rcl = composed(
        tests=(BELOW, replace(OVER, unit="ug/l", ucum="ug/L"), replace(RCL, specimen="血"))
    ).each("F.r")
    assert (below.text("F.r.3.2"), below.text("F.r.3.3")) == ("<50", "copies/ug")
    assert below.text("F.r.1") == "202610"
    assert (over.text("F.r.3.2"), over.text("F.r.3.3")) == (">1650", "ug/L")
    assert over.values["F.r.1"] == Null("UNK")
    assert over.text("F.r.3.4") == "升高 (raised)"
    assert over.text("F.r.2.1") == "铁蛋白 (Ferritin)"
    assert (rcl.text("F.r.3.1"), rcl.text("F.r.3.4")) == ("2", None)
    assert rcl.text("F.r.2.1") == "RCL", "one name is said once"
    assert rcl.text("F.r.6") == "血; qPCR"
    assert {node.text("F.r.7") for node in (below, over, rcl)} == {"false"}


def test_a_sample_that_cannot_be_had_is_said_with_its_reason_in_both_languages():
    missing = (UnobtainableSample("活检", "Biopsy", "拒绝", "refused"),)
    assert composed(missing=missing).text("H.4") == (
        "未能取得的样本：活检（拒绝）。 Samples that could not be obtained: Biopsy (refused)."
    )


def test_the_time_to_the_reaction_is_known_only_from_a_whole_day():
    (link,) = (
        composed(reaction=replace(REACTION, onset=PartialDate(2026, 7, 11)))
        .each("G.k")[0]
        .each("G.k.9.i")
    )
    assert (link.text("G.k.9.i.3.1a"), link.text("G.k.9.i.3.1b")) == ("10", "d")


def test_the_prose_says_findings_as_they_were_given_in_each_language():
    case = replace(
        CASE,
        reaction=replace(
            REACTION, pathology_note="T细胞", immunophenotype="CD3+", outcome="", causality=""
        ),
        tests=(BELOW, OVER),
    )
    english, chinese = narrative(case, "en"), narrative(case, "zh")
    assert "CD3+" in english
    assert "CD3+" in chinese
    assert "T细胞" in chinese
    assert "50 copies/ug" in english
    assert ">1650" in english
    assert " 0 " not in english


@pytest.mark.parametrize(
    ("serious", "word"),
    [(False, "非严重"), (None, "严重性")],
)
def test_the_prose_tells_not_serious_from_not_assessed(serious, word):
    case = replace(CASE, reaction=replace(REACTION, serious=serious, seriousness=frozenset()))
    assert word in narrative(case, "zh")
    told = {
        narrative(replace(case, reaction=replace(case.reaction, serious=answer)), "en")
        for answer in (True, False, None)
    }
    assert len(told) == 3


def test_coded_values_that_no_message_holds_leave_the_reported_ones():
    root = composed()
    drug = root.each("G.k")[0]
    link = drug.each("G.k.9.i")[0]
    drug.each("G.k.4.r")[0].values["G.k.4.r.1a"] = "many"
    link.each("G.k.9.i.2.r")[0].values["G.k.9.i.2.r.1"] = "company"
    read = with_coded_values(CASE, root)
    assert read.suspect.dose_cells is None, "a number that cannot be read is not the old one"
    assert read.reaction.causality == "", "the holder's opinion is not the reporter's"
    drug.groups.pop("G.k.4.r")
    assert with_coded_values(CASE, root).suspect.dose_cells == SUSPECT.dose_cells


ARTICLE = Article(
    citation="Doe J. A case. Journal 2026;1:1",
    reporter="Doe J",
    country="DE",
    verbatim="T-cell lymphoma",
    language="eng",
    sex="MALE",
    age_years=61,
    learned_on=date(2026, 11, 3),
)


def article(**changes) -> Node:
    return compose_article(
        replace(ARTICLE, **changes),
        worldwide_id="DE-X-1",
        holder="Holder",
        product="Product",
        inn="exampleleucel",
        at=datetime(2026, 11, 4, 8, tzinfo=UTC),
    ).root


def test_an_article_is_a_spontaneous_report_of_the_day_it_was_retrieved():
    root = article()
    assert (root.text("C.1.3"), root.text("C.1.4"), root.text("C.1.5")) == (
        *("1", "20261103", "20261103"),
    )
    assert root.each("C.4.r")[0].text("C.4.r.1") == ARTICLE.citation
    assert (root.text("D.2.2a"), root.text("D.2.2b"), root.text("D.5")) == ("61", "a", "1")
    (reaction,) = root.each("E.i")
    assert reaction.values["E.i.3.2a"] == Null("NI"), (
        "an article nobody assessed is not not serious"
    )
    assert (reaction.text("E.i.7"), reaction.text("E.i.9")) == ("0", "DE")
    (drug,) = root.each("G.k")
    assert drug.each("G.k.9.i")[0].text("G.k.9.i.1") == reaction.id
    assert drug.each("G.k.2.3.r")[0].text("G.k.2.3.r.1") == "exampleleucel"


def test_an_article_says_no_age_and_no_sex_it_does_not_name():
    root = article(age_years=None, sex="")
    assert (root.text("D.2.2a"), root.text("D.5")) == (None, None)


def received() -> Node:
    root = Node("")
    root.values.update({"C.1.1": "US-P-7", "C.3.1": "1", "C.3.2": "Partner", "C.3.4.1": "Street"})
    root.add("C.2.r").values.update({"C.2.r.3": "JP", "C.2.r.5": "2"})
    root.add("C.2.r").values.update({"C.2.r.3": "us", "C.2.r.5": "1"})
    return root


def sent_on(root: Node, identifier="US-H-1", **days) -> Node:
    retransmit(
        root,
        identifier=identifier,
        sender_type="1",
        organisation="Holder",
        source="Partner",
        received_on=days.get("received_on", date(2026, 11, 5)),
        latest_on=days.get("latest_on", date(2026, 11, 1)),
    )
    return root


def test_the_identifier_has_the_country_of_the_primary_source():
    assert own_identifier(received(), "H", "1") == "US-H-1"
    reaction = Node("")
    reaction.add("E.i")
    reaction.add("E.i").values["E.i.9"] = "fr"
    assert own_identifier(reaction, "H", "1") == "FR-H-1"
    assert own_identifier(Node(""), "H", "1") == "CN-H-1"


def test_a_report_sent_on_keeps_its_worldwide_name_and_names_the_one_it_came_under():
    root = sent_on(received())
    assert (root.text("C.1.1"), root.text("C.1.8.1")) == ("US-H-1", "US-P-7")
    (other,) = root.each("C.1.9.1.r")
    assert (other.text("C.1.9.1.r.1"), other.text("C.1.9.1.r.2")) == ("Partner", "US-P-7")
    assert root.text("C.1.9.1") == "true"
    assert (root.text("C.3.2"), root.text("C.3.4.1")) == ("Holder", None)
    assert (root.text("C.1.4"), root.text("C.1.5")) == ("20261105", "20261105")
    assert len(sent_on(root, "US-H-1").each("C.1.9.1.r")) == 1, "the same name is no other name"


def test_the_latest_receipt_is_never_before_the_first():
    root = sent_on(received(), latest_on=date(2026, 11, 9))
    assert (root.text("C.1.4"), root.text("C.1.5")) == ("20261105", "20261109")


def test_a_report_without_a_name_gets_ours_as_the_worldwide_one():
    root = sent_on(Node(""))
    assert (root.text("C.1.8.1"), root.each("C.1.9.1.r")) == ("US-H-1", [])
    assert root.text("C.1.9.1") is None
