"""What a receiver who reads English is sent in English, or with an element that says what it is.

The reaction as reported stays in the language of the reporter, which E.i.1.1b names; its English
translation has an element of its own (E.i.1.2), as the narrative's original has (H.5.r).
Always warnings.

Source: domain 6; ICH E2B(R3) implementation guide, E.i.1.1, E.i.1.2 and H.5.r.
"""

from followup.languages import has_chinese
from pv.domain.e2b.checks.instances import GroupInstance, MessageFacts
from pv.domain.e2b.checks.profiles import AMERICA, EUROPE, Profile, warnings
from pv.domain.e2b.checks.rule import Authority, CheckKind, Rule, rule
from pv.domain.e2b.elements import ELEMENTS

SOURCE = "Everwatch plausibility check"
READERS = (*AMERICA, *EUROPE, Profile.MHRA, Profile.HEALTH_CANADA)
_WARN = warnings(*READERS)
REPORTED, LANGUAGE, TRANSLATION = "E.i.1.1a", "E.i.1.1b", "E.i.1.2"
# Free texts of the sender; what is "as reported" (G.k.2.2, G.k.7.r.1) is the reporter's.
TEXTS = (
    "E.i.1.2",
    "H.1",
    "H.2",
    "H.4",
    "D.7.2",
    "D.9.2.r.2",
    "F.r.2.1",
    "F.r.3.4",
    "G.k.4.r.8",
    "G.k.11",
)


def _not_translated(_: MessageFacts, place: GroupInstance) -> bool:
    return has_chinese(place.text(REPORTED)) and not place.has(TRANSLATION)


def _called_english(_: MessageFacts, place: GroupInstance) -> bool:
    return has_chinese(place.text(REPORTED)) and (place.text(LANGUAGE) or "").lower() == "eng"


def _must_be_english(code: str) -> Rule:
    element = ELEMENTS[code]
    return rule(
        Authority.EW,
        code,
        "ENGLISH",
        lambda _, place: has_chinese(place.text(code)),
        f"{element.name_en} ({code}) holds Chinese; this receiver reads English.",
        f"{code}（{element.name_zh}）含有中文，而该接收方阅读英文。",
        kind=CheckKind.TYPE,
        scope=element.group,
        severity=_WARN,
        source=SOURCE,
    )


RULES = (
    rule(
        Authority.EW,
        TRANSLATION,
        "TRANSLATION",
        _not_translated,
        "The reaction as reported (E.i.1.1a) is in Chinese: enter its English translation"
        " (E.i.1.2) for this receiver.",
        "报告的反应（E.i.1.1a）为中文：请为该接收方填写英文译文（E.i.1.2）。",
        scope="E.i",
        severity=_WARN,
        touches=(REPORTED,),
        source=SOURCE,
    ),
    rule(
        Authority.EW,
        LANGUAGE,
        "ENGLISH",
        _called_english,
        "The reaction as reported (E.i.1.1a) is in Chinese, but its language (E.i.1.1b) says"
        " English.",
        "报告的反应（E.i.1.1a）为中文，但其语种（E.i.1.1b）填为英语。",
        scope="E.i",
        severity=_WARN,
        touches=(REPORTED,),
        source=SOURCE,
    ),
    *(_must_be_english(code) for code in TEXTS),
)
