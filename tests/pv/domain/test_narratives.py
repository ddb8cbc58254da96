"""The drafted narrative: each language in its own words, partial dates and ages as known."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from followup.domain.dates import PartialDate
from followup.domain.identity import Age, AgeUnit
from pv.domain.cases import narrative, reported
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
    assert "relmacabtagene autoleucel (lot L1) was infused on 2026-07-01 for relapsed or" in text
    assert not CHINESE.search(text)


def test_the_chinese_text_names_them_in_chinese():
    text = narrative(CASE, "zh")
    assert "因复发或难治性大B细胞淋巴瘤于 2026-07-01 输注瑞基奥仑赛注射液（批号 L1）" in text
    assert "relapsed" not in text
    assert "relmacabtagene" not in text


@pytest.mark.parametrize(
    ("language", "parts", "said"),
    [
        ("en", (2026, 10), 'with onset in October 2026: "T-cell'),
        ("en", (2026,), 'with onset in 2026: "T-cell'),
        ("en", (2026, 10, 5), "with onset on 2026-10-05 (day 96 after infusion):"),
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
    assert "The patient died in November 2026; cause: not known." in english
    assert "Tests: in September 2026 Biopsy positive." in english
    assert "患者于2026年11月死亡，死因：不详。" in chinese
    assert "检查：2026年9月 活检 阳性。" in chinese


@pytest.mark.parametrize(
    ("age", "born", "english", "chinese"),
    [
        (Age(64, AgeUnit.YEAR), 1962, "female, 64 years old.", "女性，64 岁。"),
        (Age(7, AgeUnit.MONTH), 2026, "female, 7 months old.", "女性，7 月龄。"),
        (Age(12, AgeUnit.DAY), 2026, "female, 12 days old.", "女性，12 日龄。"),
        (None, 1962, "female, born in 1962.", "女性，1962年出生。"),
        (None, None, "female, age not known.", "女性，年龄不详。"),
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
