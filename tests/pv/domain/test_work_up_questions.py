"""Only what still changes something is asked, and each question says what."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pv.domain.malignancies import (
    QUESTIONS,
    Level,
    MalignancyEvidence,
    Suspicion,
    Target,
    WhyAsked,
    case_level,
    questions,
)
from pv.domain.malignancies.questions import OF_GUT, OF_LEVEL
from pv.domain.malignancies.tasks import Start

NAMES = (*OF_LEVEL, *OF_GUT, "non_melanoma_skin", "in_situ")
BARE = MalignancyEvidence(
    suspicions=frozenset({Suspicion.REPORTED_DIAGNOSIS}),
    tcr_clonal=None,
    **dict.fromkeys(NAMES),
)


def asked(seen: MalignancyEvidence, *, tested: bool = False, **answered) -> dict[str, WhyAsked]:
    return questions(seen, tested=tested, answered=answered)


def test_a_bare_suspicion_is_asked_little_and_a_t_cell_pathology_more() -> None:
    first = asked(BARE)
    assert first["t_cell_pathology"] is WhyAsked.LEVEL
    assert not {"t_cell_immunophenotype", "ebv_driven", "in_situ", "conflicting"} & set(first)
    assert not set(OF_GUT) & set(first)
    later = asked(replace(BARE, t_cell_pathology=True, malignant_histology=True), tested=True)
    assert later["t_cell_immunophenotype"] is WhyAsked.LEVEL
    assert later["ebv_driven"] is WhyAsked.FLAG
    assert later["in_situ"] is WhyAsked.MARK
    assert later["conflicting"] is WhyAsked.CLASS


def test_an_excluded_case_asks_what_would_bring_it_back_and_keeps_its_answers() -> None:
    seen = replace(BARE, relapse=True)
    found = asked(seen, relapse="YES", t_cell_pathology="UNKNOWN")
    assert found == {"t_cell_pathology": WhyAsked.ANSWERED, "relapse": WhyAsked.LEVEL}


GUT = replace(BARE, suspicions=frozenset({Suspicion.ENTEROCOLITIS}))


@pytest.mark.parametrize(
    ("answers", "level", "rule"),
    [
        ({}, Level.SUSPECTED, "SPM.SUSPICION"),
        ({"enterocolitis": True}, Level.SUSPECTED, "SPM.SUSPICION"),
        ({"enterocolitis": True, "gut_biopsy": True}, Level.SUSPECTED, "SPM.SUSPICION"),
        (
            {"enterocolitis": True, "gut_biopsy": False, "t_cell_pathology": False},
            Level.SUSPECTED,
            "SPM.SUSPICION",
        ),
        (
            {"enterocolitis": True, "gut_biopsy": True, "t_cell_pathology": False},
            Level.EXCLUDED,
            "SPM.ENTEROCOLITIS",
        ),
        (
            {"enterocolitis": True, "gut_biopsy": True, "t_cell_pathology": True},
            Level.PROBABLE,
            "TCM.PATHOLOGY",
        ),
    ],
)
def test_an_enterocolitis_is_no_lymphoma_only_by_its_biopsy(answers, level, rule) -> None:
    found = case_level(replace(GUT, **answers))
    assert (found.level, found.rule) == (level, rule)


def test_the_gut_is_asked_for_its_biopsy() -> None:
    assert case_level(GUT).needed == ("malignant_histology", "gut_biopsy", "t_cell_pathology")
    assert {name: asked(GUT)[name] for name in OF_GUT} == dict.fromkeys(OF_GUT, WhyAsked.GUT)


def test_a_step_of_the_gut_belongs_to_its_suspicions_alone() -> None:
    step = Target("X", Start.REPORTED, None, 3, None, "", frozenset({"ENTEROCOLITIS"}))
    assert step.asked(["ENTEROCOLITIS", "LYMPHADENOPATHY"])
    assert not step.asked(["LYMPHADENOPATHY"])
    assert Target("X", Start.REPORTED, None, 3, None, "").asked([])


ANSWER = st.sampled_from((True, False, None))


@given(st.fixed_dictionaries(dict.fromkeys(NAMES, ANSWER)), st.sets(st.sampled_from(Suspicion)))
def test_what_is_not_asked_moves_no_level(answers, suspicions) -> None:
    seen = replace(BARE, suspicions=frozenset(suspicions), **answers)
    found = asked(seen)
    assert list(found) == [name for name in QUESTIONS if name in found]
    for name in set(OF_LEVEL) - set(found):
        levels = {case_level(replace(seen, **{name: answer})).level for answer in (True, False)}
        assert levels == {case_level(seen).level}
