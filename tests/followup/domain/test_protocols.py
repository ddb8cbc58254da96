"""The shipped protocols against the tables they were built from, and broken ones refused."""

import copy
import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from followup.domain import protocols, schedules
from followup.domain.contacts import ContactType
from followup.domain.dates import add_months
from followup.domain.protocols import (
    Condition,
    Decision,
    Ground,
    LabResult,
    OffsetKind,
    Protocol,
    Results,
    point_changes,
    rank,
)

ROOT = Path(__file__).resolve().parents[3]
DATA = json.loads((ROOT / "followup/reference/protocols.json").read_text())
ALL = protocols.load(DATA)
LIFELONG = ALL["CN-LIFELONG", "1.1"]
FDA = ALL["FDA-15Y", "1.1"]
CIBMTR = ALL["CIBMTR-15Y", "1"]


def codes(point):
    return [a.code for a in point.assessments]


def test_codes_in_order():
    assert [p.code for p in LIFELONG.points] == (
        ["BL", "D0", "D7", "D14", "D28", "M2", "M3", "M6", "M9", "M12", "M18", "M24", "M30"]
        + ["M36", "M42", "M48", "M54", "M60", *(f"Y{y}" for y in range(6, 16))]
    )
    assert [p.code for p in CIBMTR.points] == ["D100", "M6", *(f"Y{y}" for y in range(1, 16))]
    assert {c for p in FDA.points for c in p.covers} == (
        {"BL", "M3", "M6", "M12", *(f"M{m}" for m in range(18, 61, 6))}
        | {f"Y{y}" for y in range(1, 16)}
    )


@pytest.mark.parametrize(
    ("code", "assess", "contacts"),
    [
        ("D7", "E TOX_DAILY L V", "ON_SITE"),
        ("M2", "E L", "ON_SITE LOCAL_HOSPITAL"),
        ("M3", "R R_CDE E L V C", "ON_SITE"),
        ("M12", "R E L V C P Q", "ON_SITE"),
        ("M42", "E L V", "ON_SITE LOCAL_HOSPITAL"),
        ("Y9", "S E FIVE MALIG Q P V C", "ON_SITE LOCAL_HOSPITAL PHONE VIDEO QUESTIONNAIRE"),
        ("Y40", "S MALIG Q", " ".join(ContactType)),
    ],
)
def test_what_is_assessed_and_how_patients_are_reached(code, assess, contacts):
    point = LIFELONG.by_code[code]
    assert codes(point) == assess.split()
    assert [c.value for c in point.contact_types] == contacts.split()


def test_conditions_of_tests():
    found = {a.code: a.condition for a in LIFELONG.by_code["M24"].assessments}
    assert found["C"] is Condition.RCR_AFTER_Y1
    found = {a.code: a.condition for a in LIFELONG.by_code["Y7"].assessments}
    assert (found["V"], found["C"]) == (Condition.IF_DETECTABLE, Condition.RCR_IF_POSITIVE)
    assert LIFELONG.parameters["rcr_after_y1"] == "archive"


def test_same_day_points_are_one_visit():
    joint = FDA.by_code["Y2"]
    assert joint is FDA.by_code["M24"]
    assert joint.covers == ("M24", "Y2")
    assert {"V", "PE", "FIVE"} <= set(codes(joint))
    assert joint.contact_types == (ContactType.ON_SITE,)


def test_every_code_used_is_named_in_both_languages():
    known = {a["code"] for a in DATA["assessments"]}
    for protocol in ALL.values():
        for point in protocol.all_points[:60]:
            assert set(codes(point)) <= known
        assert protocol.name["en"]
        assert protocol.name["zh"]
    assert {c["code"] for c in DATA["contact_types"]} == set(ContactType)
    assert {c["code"] for c in DATA["conditions"]} == set(Condition)
    for group in ("assessments", "contact_types", "conditions"):
        assert all(row["en"] and row["zh"] for row in DATA[group])


@pytest.mark.parametrize("protocol", [LIFELONG, FDA], ids=lambda p: p.code)
def test_the_legal_minimum_is_met(protocol):
    day0 = date(2024, 2, 29)
    visits = schedules.plan(day0, protocol, add_months(day0, 12 * 60))
    assert protocol.minima
    for minimum in protocol.minima:
        end = minimum.to_month or 12 * 50
        for month in range(minimum.from_month, end + 1, minimum.every_months):
            target = add_months(day0, month)
            near = [v for v in visits if v.target == target]
            assert near, f"{minimum.code} asks for a contact at month {month}"
            assert not minimum.in_person or ContactType.ON_SITE in near[0].contact_types


def broken(**change):
    entry = copy.deepcopy(DATA["protocols"][0])
    entry.update(change)
    return entry


def point(**change):
    base = copy.deepcopy(DATA["protocols"][0]["points"][2])
    base.update(change)
    return base


@pytest.mark.parametrize(
    "points",
    [
        [point(), point(offset=40)],
        [point(before=-1)],
        [point(contact_types=["PIGEON"])],
        [point(unit="weeks")],
        [point(), point(code="X", offset=8, before=30)],
        [point(), point(code="X", contact_types=["PHONE"])],
        [{**DATA["protocols"][0]["tail"]}],
    ],
    ids=["repeated", "target-outside", "contact", "unit", "vanishing", "joint", "endless"],
)
def test_broken_protocols_are_refused(points):
    with pytest.raises(ValueError, match="."):
        protocols.Protocol.from_dict(broken(points=points))


def test_version_in_force():
    versions = [
        protocols.Protocol.from_dict(broken(version=v, valid_from=a, valid_to=b))
        for v, a, b in (("1", None, "2025-12-31"), ("2", "2026-01-01", None))
    ]
    assert protocols.in_force(versions, "CN-LIFELONG", date(2025, 12, 31)).version == "1"
    assert protocols.in_force(versions, "CN-LIFELONG", date(2026, 1, 1)).version == "2"
    with pytest.raises(LookupError, match="NONE"):
        protocols.in_force(versions, "NONE", date(2026, 1, 1))


def test_window_words():
    texts = {c: LIFELONG.by_code[c].window_text() for c in ("BL", "D0", "M3", "M24")}
    assert texts == {
        "BL": "−59/+0 days",
        "D0": "that day",
        "M3": "−7/+25 days",
        "M24": "± 30 days",
    }
    assert CIBMTR.by_code["Y1"].window_text() == "day 366 to 425"
    assert LIFELONG.by_code["BL"].offset_text() == "− 1 day"
    assert LIFELONG.by_code["M2"].kind is OffsetKind.MONTHS


# --- which conditional tests are due

NEG, POS = LabResult.NOT_DETECTED, LabResult.DETECTED
CLEAN = Results((NEG,), (NEG,) * 3, (NEG,) * 3, 3, 0.0)


def decisions(code, results, protocol=LIFELONG, **parameters):
    made = protocols.due_assessments(
        protocol.by_code[code], results, {**protocol.parameters, **parameters}
    )
    return {a.code: (a.decision, a.ground) for a in made}


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        ({}, (Decision.SKIP, Ground.NEGATIVE)),
        ({"vector": ()}, (Decision.DO, Ground.NOT_KNOWN)),
        ({"vector": (NEG, POS)}, (Decision.DO, Ground.STILL_DETECTED)),
        (
            {"vector": (NEG, LabResult.BELOW_QUANTIFICATION)},
            (Decision.DO, Ground.STILL_DETECTED),
        ),
    ],
)
def test_vector_is_tested_while_detected_or_not_known(change, wanted):
    assert decisions("Y7", replace(CLEAN, **change))["V"] == wanted
    assert decisions("Y7", CLEAN, vector_negatives_to_stop=2)["V"] == (
        Decision.DO,
        Ground.NOT_KNOWN,
    )


@pytest.mark.parametrize(
    ("parameter", "decision"),
    [("test", Decision.DO), ("archive", Decision.ARCHIVE), ("stop", Decision.SKIP)],
)
def test_rcr_after_a_negative_first_year_is_a_parameter(parameter, decision):
    found = decisions("M24", CLEAN, rcr_after_y1=parameter)["C"]
    assert found == (decision, Ground.YEAR_ONE_NEGATIVE)


def test_rcr_goes_on_when_positive_or_the_first_year_is_not_complete():
    open_year = replace(CLEAN, rcr_year_one=(NEG, NEG))
    assert decisions("M24", open_year)["C"] == (Decision.DO, Ground.NOT_KNOWN)
    positive = replace(CLEAN, rcr=(NEG, POS, NEG))
    for code in ("M24", "Y7"):
        assert decisions(code, positive)["C"] == (Decision.DO, Ground.POSITIVE)
    assert decisions("Y7", CLEAN)["C"] == (Decision.SKIP, Ground.YEAR_ONE_NEGATIVE)


@pytest.mark.parametrize(
    ("percent", "wanted"),
    [
        (1.0, (Decision.DO, Ground.VECTOR_HIGH)),
        (0.99, (Decision.SKIP, Ground.VECTOR_LOW)),
        (None, (Decision.UNDECIDED, Ground.NOT_KNOWN)),
    ],
)
def test_integration_sites_from_the_threshold(percent, wanted):
    found = decisions("M18", replace(CLEAN, vector_percent=percent), FDA)
    assert found["ISA"] == wanted


def test_optional_is_offered_and_the_rest_is_done():
    found = decisions("BL", CLEAN)
    assert found["CHIP"] == (Decision.OFFER, Ground.OPTIONAL)
    assert found["PRE_SAMPLE"] == (Decision.DO, Ground.PROTOCOL)


def test_a_positive_first_year_keeps_the_test_whatever_came_later():
    assert decisions("M24", replace(CLEAN, rcr=(), rcr_year_one=(NEG, POS, NEG, NEG)))["C"] == (
        Decision.DO,
        Ground.POSITIVE,
    )


def test_a_protocol_and_its_points_in_the_order_of_a_life():
    entries = {
        "D28": {"unit": "days", "offset": 28},
        "M1": {"unit": "months", "offset": 1},
        "Y": {"series": {"first": 12}, "unit": "months", "offset": 0},
        "BL": {"unit": "days", "offset": -7},
        "D366": {"unit": "days", "offset": 366},
    }
    # A month is 30.44 days on average, a year 365.24.
    assert sorted(entries, key=lambda code: rank(entries[code])) == ["BL", "D28", "M1", "Y", "D366"]


def test_versions_without_a_tail_are_compared_by_their_points():
    lifelong = next(row for row in DATA["protocols"] if row["code"] == "CN-LIFELONG")
    short = Protocol.from_dict({**lifelong, "version": "2", "tail": None})
    changes = point_changes(LIFELONG, short)
    assert [(change.before.code, change.after, change.moves) for change in changes] == [
        ("Y16", None, True)
    ]
