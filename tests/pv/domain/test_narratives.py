"""The drafted narrative: each language in its own words, partial dates and ages as known."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from followup.domain.dates import PartialDate
from followup.domain.identity import Age, AgeUnit
from pv.domain.cases import basis, compose, narrative, reported, sent, with_coded_values
from pv.domain.cases.reported import Reaction, ReportedCase, Suspect

SUSPECT = Suspect(
    drug_id="d",
    generic_zh="瑞基奥仑赛注射液",
    inn="relmacabtagene autoleucel",
    holder_zh="持有人",
    infused_on=date(2026, 7, 1),
    lot="L1",
    dose_cells=Decimal("100.0"),
    indication_zh="复发或难治性大B细胞淋巴瘤",
    indication_en="relapsed or refractory large B-cell lymphoma",
    off_label_reason="",
    approval_number="S1",
    chain_of_identity="C1",
)
REACTION = Reaction(
    reaction_id="r",
    verbatim="T-cell lymphoma",
    onset=PartialDate(2026, 10),
    seriousness=frozenset({"DEATH"}),
    serious=True,
    grade=None,
    grade_scale="",
    outcome="FATAL",
    causality="POSSIBLE",
    is_new_malignancy=True,
)
CASE = ReportedCase(
    worldwide_id="CN-X-1",
    created_at=datetime(2026, 11, 1, tzinfo=UTC),
    received_on=date(2026, 11, 1),
    latest_on=date(2026, 11, 1),
    expedited=True,
    holder_id="X",
    site_name="医院",
    reporter_name="李护士",
    reporter_qualification="NURSE",
    study_code="S-00001",
    sex="FEMALE",
    age=None,
    birth_year=1962,
    suspect=SUSPECT,
    reaction=REACTION,
)
CHINESE = re.compile(r"[\u3000-\u9fff\uff00-\uffef]")


def onset(*parts: int) -> ReportedCase:
    return replace(CASE, reaction=replace(REACTION, onset=PartialDate(*parts)))


def test_the_english_text_names_product_and_indication_in_english():
    text = narrative(CASE, "en")
    assert "received relmacabtagene autoleucel (lot L1; 100 x 10^6" in text
    assert "CAR-positive cells) on 2026-07-01 for relapsed or" in text
    assert text.startswith("A female patient")
    assert not CHINESE.search(text)


def test_the_chinese_text_names_them_in_chinese():
    text = narrative(CASE, "zh")
    assert "因复发或难治性大B细胞淋巴瘤于 2026-07-01 输注瑞基奥仑赛注射液（批号 L1）" in text
    assert "relapsed" not in text
    assert "relmacabtagene" not in text


@pytest.mark.parametrize(
    ("language", "parts", "said"),
    [
        ("en", (2026, 10), '"T-cell lymphoma"; onset was in October 2026.'),
        ("en", (2026,), '"T-cell lymphoma"; onset was in 2026.'),
        ("en", (2026, 10, 5), "onset was on 2026-10-05 (day 96 after infusion)."),
        ("zh", (2026, 10), "，发生于2026年10月。"),
        ("zh", (2026,), "，发生于2026年。"),
        ("zh", (2026, 10, 5), "，发生于 2026-10-05（输注后第 96 天）。"),
    ],
)
def test_a_partial_onset_is_said_as_far_as_it_is_known(language, parts, said):
    assert said in narrative(onset(*parts), language)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("parts", [(2026,), (2026, 10)])
def test_no_date_of_the_prose_carries_the_marks_of_a_page(language, parts):
    day = PartialDate(*parts)
    biopsy = reported.Test("活检", "Biopsy", day, "阳性", "positive")
    text = narrative(replace(onset(*parts), died_on=day, tests=(biopsy,)), language)
    assert "?" not in text
    month = {"en": "in October 2026", "zh": "2026年10月"}[language]
    year = {"en": "in 2026", "zh": "2026年"}[language]
    assert text.count(month if len(parts) == 2 else year) == 3


def test_a_death_and_a_result_say_their_month():
    biopsy = reported.Test("活检", "Biopsy", PartialDate(2026, 9), "阳性", "positive")
    case = replace(CASE, died_on=PartialDate(2026, 11), tests=(biopsy,))
    english, chinese = narrative(case, "en"), narrative(case, "zh")
    assert "The patient died in November 2026; cause of death: not known." in english
    assert "Tests: in September 2026 Biopsy positive." in english
    assert "患者于2026年11月死亡，死因：不详。" in chinese
    assert "检查：2026年9月 活检 阳性。" in chinese


@pytest.mark.parametrize(
    ("age", "born", "english", "chinese"),
    [
        (Age(64, AgeUnit.YEAR), 1962, "A 64-year-old female patient (study", "女性，64 岁。"),
        (Age(7, AgeUnit.MONTH), 2026, "A 7-month-old female patient (study", "女性，7 月龄。"),
        (Age(12, AgeUnit.DAY), 2026, "A 12-day-old female patient (study", "女性，12 日龄。"),
        (None, 1962, "A female patient born in 1962 (study", "女性，1962年出生。"),
        (None, None, "A female patient whose age is not known (study", "女性，年龄不详。"),
    ],
)
def test_the_year_of_birth_stands_where_no_age_can_be_counted(age, born, english, chinese):
    case = replace(CASE, age=age, birth_year=born)
    assert english in narrative(case, "en")
    assert chinese in narrative(case, "zh")


def test_a_use_outside_the_indications_is_the_reporters_own_reason():
    odd = replace(SUSPECT, indication_zh="", indication_en="", off_label_reason="同情用药")
    case = replace(CASE, suspect=odd)
    english, chinese = narrative(case, "en"), narrative(case, "zh")
    assert 'for a use outside its approved indications (reason as reported: "同情用药")' in english
    assert "因批准适应症以外的用途（报告的理由：“同情用药”）于 2026-07-01 输注" in chinese


def test_an_indication_nobody_gave_is_said_to_be_missing():
    bare = replace(CASE, suspect=replace(SUSPECT, indication_zh="", indication_en=""))
    assert "for an indication not stated" in narrative(bare, "en")
    assert "因（适应症未填）于" in narrative(bare, "zh")


@pytest.mark.parametrize(("years", "article"), [(8, "An"), (11, "An"), (58, "A"), (85, "An")])
def test_the_article_fits_the_age(years, article):
    case = replace(CASE, age=Age(years, AgeUnit.YEAR), sex="MALE")
    assert narrative(case, "en").startswith(f"{article} {years}-year-old male patient (study code")


@pytest.mark.parametrize(
    ("scale", "english", "chinese"),
    [
        (
            "ASTCT_CRS",
            "ASTCT cytokine release syndrome grade 2.",
            "ASTCT 细胞因子释放综合征 2 级。",
        ),
        ("CTCAE", "CTCAE grade 2.", "CTCAE 2 级。"),
        ("", "Severity: grade 2.", "分级：2 级。"),
    ],
)
def test_a_scale_is_named_in_words(scale, english, chinese):
    graded = replace(REACTION, grade=2, grade_scale=scale)
    assert english in narrative(replace(CASE, reaction=graded), "en")
    assert chinese in narrative(replace(CASE, reaction=graded), "zh")


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("POSSIBLE", "The reporter assessed the event as possibly related to the product."),
        ("UNLIKELY", "The reporter assessed the event as unlikely to be related to the product."),
        ("UNASSESSABLE", "The reporter could not assess the causal relation to the product."),
    ],
)
def test_the_opinion_of_the_reporter_is_a_sentence(code, words):
    assert words in narrative(replace(CASE, reaction=replace(REACTION, causality=code)), "en")


def test_what_safety_coded_stands_before_what_was_reported():
    root = compose(CASE).root
    event = root.each("E.i")[0].values
    event["E.i.3.2c"], event["E.i.7"], event["E.i.4"] = "true", "1", "20261005"
    root.values.pop("D.9.1", None)
    told = with_coded_values(CASE, root)
    text = narrative(told, "en")
    assert "Seriousness criteria: death, hospitalisation or its prolongation." in text
    assert "Outcome: recovered." in text
    assert "onset was on 2026-10-05" in text
    assert narrative(with_coded_values(CASE, compose(CASE).root), "en") == narrative(CASE, "en")


def test_the_basis_changes_with_what_a_narrative_tells_and_with_nothing_else():
    root = compose(CASE).root
    before = basis(root)
    root.values["C.1.5"] = "20261130"
    assert basis(root) == before
    root.each("E.i")[0].values["E.i.7"] = "1"
    assert basis(root) != before


@pytest.mark.parametrize(
    ("chinese", "english", "language", "text"),
    [
        ("中", "en", "zh-hans", "中"),
        ("中", "en", "en", "en"),
        ("", "en", "zh-hans", "en"),
        ("中", " ", "en", "中"),
        ("", "", "en", ""),
    ],
)
def test_each_language_has_one_text_and_the_other_before_none(chinese, english, language, text):
    assert sent(chinese, english, language).text.strip() == text


@pytest.mark.parametrize(
    ("began", "ended", "said"),
    [
        ((2026, 10, 5), (2026, 10, 14), ("20261014", "10", "d")),
        ((2026, 10, 5), (2026, 10, 5), ("20261005", "1", "d")),
        ((2026, 10), (2026, 10, 14), ("20261014", None, None)),
        ((2026, 10, 5), (2026, 11), ("202611", None, None)),
        ((2026, 10, 5), (2026,), ("2026", None, None)),
        ((2026, 10, 5), None, (None, None, None)),
    ],
)
def test_the_end_of_a_reaction_is_said_as_exactly_as_it_is_known(began, ended, said):
    reaction = replace(
        REACTION, onset=PartialDate(*began), ended=PartialDate(*ended) if ended else None
    )
    (node,) = compose(replace(CASE, reaction=reaction)).root.each("E.i")
    assert tuple(node.text(code) for code in ("E.i.5", "E.i.6a", "E.i.6b")) == said
