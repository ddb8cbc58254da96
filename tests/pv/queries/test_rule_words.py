"""A rule of a clock is named in the reader's language, its code behind the words."""

import pytest
from django.utils import translation

from pv.queries import rules

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("language", "rule", "words"),
    [
        ("en", "CN-S", "Serious reaction, domestic (CN-S)"),
        ("zh-hans", "CN-S", "境内严重不良反应（CN-S）"),
        ("en", "CN-D:investigation", "Death, domestic: Investigation report on the death (CN-D)"),
        ("zh-hans", "CN-XA:report", "境外因不良反应暂停或撤市：报告国家药监局与监测中心（CN-XA）"),
        ("en", "AG-PARTNER-F", "fatal or life-threatening case (AG-PARTNER-F)"),
        ("zh-hans", "AG-PART-NER-N", "非严重病例（AG-PART-NER-N）"),
        ("en", "OLD-1:report", "OLD-1:report"),
    ],
)
def test_a_rule_in_words(language: str, rule: str, words: str) -> None:
    with translation.override(language):
        assert rules.words(rule) == words
