"""Response from measurements: Lugano, B-ALL, RECIST, month 3."""

import json
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from followup.domain.assessments import (
    DatedResponse,
    MetabolicChange,
    NonTarget,
    Quantity,
    Residual,
    Target,
    TargetLesion,
    ct_response,
    landmark_response,
    leukaemia_response,
    pet_response,
    read_assessment_rules,
    recist_response,
    residual_disease,
)
from followup.domain.dates import PartialDate

DATA = Path(__file__).parents[3] / "followup" / "reference" / "grading.json"
RULES = read_assessment_rules(json.loads(DATA.read_text(encoding="utf-8")))
CHANGE = MetabolicChange


def pet(deauville, change=None, new=False):
    return pet_response(RULES.lugano, deauville=deauville, change=change, new_lesion=new)


@pytest.mark.parametrize(
    ("deauville", "change", "new", "code"),
    [
        (1, None, False, "CR"),
        (3, None, False, "CR"),
        (3, None, True, "PD"),
        (4, CHANGE.REDUCED, False, "PR"),
        (5, CHANGE.REDUCED, False, "PR"),
        (4, CHANGE.UNCHANGED, False, "SD"),
        (4, CHANGE.INCREASED, False, "PD"),
        (5, CHANGE.UNCHANGED, True, "PD"),
        (4, None, False, None),
        (None, CHANGE.REDUCED, False, None),
        (2, None, None, None),
    ],
)
def test_pet(deauville, change, new, code):
    found = pet(deauville, change, new)
    assert found.code == code
    assert bool(found.missing) is (code is None)


def test_deauville_runs_from_1_to_5():
    with pytest.raises(ValueError, match="Deauville"):
        pet(6)


def lesion(ldi, ppd, *, node=True, baseline=900, nadir=None, nadir_ldi=None):
    def number(value):
        return None if value is None else Decimal(value)

    low = baseline if nadir is None else nadir
    low_ldi = 30 if nadir_ldi is None else nadir_ldi
    return TargetLesion(
        node, number(ldi), number(ppd), number(baseline), number(low), number(low_ldi)
    )


def ct(*targets, new=False, others=True):
    return ct_response(RULES.lugano, targets, new_lesion=new, other_sites_normal=others).code


@pytest.mark.parametrize(
    ("target", "code"),
    [
        (lesion(15, 150), "CR"),
        (lesion("15.1", 150), "PR"),
        (lesion(15, 150, node=False), "PR"),
        (lesion(0, 0, node=False), "CR"),
        (lesion(20, 450), "PR"),
        (lesion(20, 451), "SD"),
        (lesion(None, 150), None),
        # growth from nadir: product by half, diameter by 5 mm up to 20 mm and by 10 mm above
        (lesion(20, 150, nadir=100, nadir_ldi=15), "PD"),
        (lesion("19.9", 150, nadir=100, nadir_ldi=15), "PR"),
        (lesion(20, 149, nadir=100, nadir_ldi=15), "PR"),
        (lesion(25, 150, nadir=100, nadir_ldi=20), "PD"),
        (lesion(30, 450, nadir=300, nadir_ldi=21), "PR"),
        (lesion(31, 450, nadir=300, nadir_ldi=21), "PD"),
        (lesion(15, 150, nadir=50, nadir_ldi=5), "CR"),
    ],
)
def test_ct_targets(target, code):
    assert ct(target) == code


def test_ct_other_findings():
    assert ct(lesion(10, 80), new=True) == "PD"
    assert ct(lesion(10, 80), others=False) == "PR"
    assert ct(lesion(10, 80), others=None) is None
    assert ct(lesion(10, 80), new=None) is None
    assert ct(lesion(10, 80), lesion(20, 500)) == "PR"
    for targets in ([], [lesion(10, 80)] * 7):
        with pytest.raises(ValueError, match="target"):
            ct(*targets)


def all_response(blasts="4", anc="1.5", platelets="150", extra=False, earlier=False):
    return leukaemia_response(
        RULES.leukaemia,
        marrow_blasts=Quantity.read(blasts) if blasts else None,
        extramedullary=extra,
        anc=Quantity.read(anc) if anc else None,
        platelets=Quantity.read(platelets) if platelets else None,
        earlier_remission=earlier,
    ).code


@pytest.mark.parametrize(
    ("anc", "platelets", "code"),
    [
        ("1.01", "101", "CR"),
        ("1.0", "101", "CRh"),
        ("1.01", "100", "CRh"),
        ("0.51", "51", "CRh"),
        ("0.5", "51", "CRi"),
        ("0.51", "50", "CRi"),
        ("0.3", "150", "CRi"),
        ("1.5", "40", "CRi"),
        (None, "150", None),
        ("1.5", None, None),
        ("<1.5", "150", None),
    ],
)
def test_b_all_counts(anc, platelets, code):
    assert all_response(anc=anc, platelets=platelets) == code


def test_b_all_disease():
    assert all_response(blasts="5") == "REFRACTORY"
    assert all_response(blasts="4.9") == "CR"
    assert all_response(blasts="5", earlier=True) == "RELAPSE"
    assert all_response(extra=True, earlier=True) == "RELAPSE"
    assert all_response(blasts="5", earlier=None) is None
    assert all_response(blasts=None) is None
    assert all_response(extra=None) is None


@pytest.mark.parametrize(
    ("value", "answer"),
    [
        ("0.009", Residual.NEGATIVE),
        ("0.01", Residual.POSITIVE),
        ("<0.01", Residual.NEGATIVE),
        ("<0.1", Residual.INDETERMINATE),
        (None, Residual.NOT_DONE),
    ],
)
def test_residual_disease(value, answer):
    found = Quantity.read(value) if value else None
    assert residual_disease(RULES.leukaemia.mrd_below, found) is answer


def recist(now, *, baseline=100, nadir=None, non_target=NonTarget.NONE, new=False, node=False):
    target = Target(node, Decimal(baseline), None if now is None else Decimal(now))
    return recist_response(
        RULES.recist,
        [target],
        nadir_sum=Decimal(baseline if nadir is None else nadir),
        non_target=non_target,
        new_lesion=new,
    ).code


@pytest.mark.parametrize(
    ("now", "nadir", "code"),
    [
        ("0", None, "CR"),
        ("70", None, "PR"),
        ("70.1", None, "SD"),
        ("119.9", None, "SD"),
        ("120", None, "PD"),
        ("24", 20, "PR"),
        ("25", 20, "PD"),
        ("59", 50, "PR"),
        ("60", 50, "PD"),
        (None, None, "NE"),
    ],
)
def test_recist_targets(now, nadir, code):
    assert recist(now, nadir=nadir) == code


def test_recist_other_findings():
    assert recist("0", non_target=NonTarget.NON_COMPLETE) == "PR"
    assert recist("0", non_target=NonTarget.COMPLETE) == "CR"
    assert recist("0", non_target=NonTarget.NOT_EVALUATED) == "PR"
    assert recist("50", non_target=NonTarget.PROGRESSION) == "PD"
    assert recist(None, new=True) == "PD"
    assert recist("50", new=None) is None
    assert recist("50", non_target=None) is None
    assert recist("9.9", node=True) == "CR"
    assert recist("10", node=True) == "PR"


DAY0 = date(2026, 1, 1)


def on(day, code):
    return DatedResponse(PartialDate.of(DAY0 + timedelta(days=day)), code)


def month_3(*responses):
    return landmark_response(DAY0, responses, first_day=RULES.month_3_first_day)


def test_month_3_is_the_first_assessment_from_day_84():
    assert month_3(on(28, "CR"), on(83, "CR"), on(84, "PR"), on(180, "CR")).code == "PR"
    assert month_3(on(180, "CR"), on(97, "PD")).day == 97
    assert month_3(on(83, "CR")).code is None
    assert month_3().missing


def test_month_3_with_partial_dates():
    vague = DatedResponse(PartialDate(2026, 4), "PR")  # days 90 to 119
    assert month_3(vague).code is None
    assert month_3(on(85, "CR"), vague).code == "CR"
    assert month_3(on(100, "CR"), vague).code is None
    assert month_3(on(100, "CR"), DatedResponse(PartialDate(2026, 2), "PR")).code == "CR"


def test_two_answers_for_one_day_are_no_answer():
    assert month_3(on(90, "CR"), on(90, "PR")).code is None
    assert month_3(on(90, "CR"), on(90, "CR")).code == "CR"


def test_an_answer_needs_targets_and_the_sizes_that_are_asked():
    assert ct(lesion(20, None)) is None
    with pytest.raises(ValueError, match="target"):
        recist_response(
            RULES.recist, [], nadir_sum=Decimal(1), non_target=NonTarget.NONE, new_lesion=False
        )
