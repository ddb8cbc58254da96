"""Case level, work-up states, adjudication, clonality of integration sites."""

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from math import log
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pv.domain.malignancies import (
    REASON,
    WORK_UP,
    AttributionClass,
    Clonality,
    Level,
    MalignancyEvidence,
    MonitoringReason,
    Read,
    Site,
    SiteSample,
    Suspicion,
    WorkUpEvent,
    WorkUpState,
    adjudicate,
    analysis_due,
    assess_clonality,
    case_level,
    pielou_evenness,
    read_adjudication_rules,
    read_clonality_rules,
    shannon_index,
)

ROOT = Path(__file__).parents[3]
DATA = json.loads((ROOT / "pv" / "reference" / "attribution.json").read_text(encoding="utf-8"))
CLONALITY = read_clonality_rules(DATA["clonality"])
NONE = MalignancyEvidence(
    suspicions=frozenset(),
    after_infusion=None,
    malignant_histology=None,
    t_cell_pathology=None,
    t_cell_immunophenotype=None,
    tcr_clonal=None,
    independent_primary=None,
    reactive=None,
    relapse=None,
    lineage_switch=None,
    non_melanoma_skin=None,
    in_situ=None,
)
T_CELL = replace(
    NONE,
    after_infusion=True,
    malignant_histology=True,
    t_cell_pathology=True,
    t_cell_immunophenotype=True,
    tcr_clonal=True,
)


@pytest.mark.parametrize("suspicion", list(Suspicion))
def test_any_suspicion_starts_the_case(suspicion):
    assert case_level(replace(NONE, suspicions=frozenset({suspicion}))).level is Level.SUSPECTED


def test_no_evidence_is_no_level():
    assert case_level(NONE).level is None


def test_a_t_cell_malignancy_needs_all_three():
    assert case_level(T_CELL).level is Level.CONFIRMED_TCM
    for name in ("t_cell_immunophenotype", "tcr_clonal", "after_infusion"):
        found = case_level(replace(T_CELL, **{name: None}))
        assert (found.level, found.needed) == (Level.PROBABLE, (name,))


def test_pathology_alone_is_probable():
    found = case_level(replace(NONE, t_cell_pathology=True))
    assert found.level is Level.PROBABLE
    assert found.t_cell is True


def test_without_a_t_cell_clone():
    other = replace(T_CELL, tcr_clonal=False)
    assert case_level(other).level is Level.PROBABLE
    assert case_level(replace(other, independent_primary=True)).level is Level.CONFIRMED_SPM


def test_another_new_cancer():
    solid = replace(NONE, malignant_histology=True, after_infusion=True)
    found = case_level(solid)
    assert (found.level, found.needed) == (Level.SUSPECTED, ("independent_primary",))
    assert case_level(replace(solid, independent_primary=True)).level is Level.CONFIRMED_SPM


@pytest.mark.parametrize(
    "changes",
    [
        {"reactive": True},
        {"relapse": True},
        {"lineage_switch": True},
        {"after_infusion": False},
        {"independent_primary": False},
    ],
)
def test_what_excludes(changes):
    assert case_level(replace(T_CELL, **changes)).level is Level.EXCLUDED


def test_cancers_that_cohorts_leave_out_are_marked():
    assert case_level(replace(T_CELL, non_melanoma_skin=True)).often_excluded is True
    assert case_level(replace(T_CELL, non_melanoma_skin=False)).often_excluded is None
    marks = {"non_melanoma_skin": False, "in_situ": False}
    assert case_level(replace(T_CELL, **marks)).often_excluded is False


E, S = WorkUpEvent, WorkUpState


def run(*events):
    state = S.REPORTED
    for event in events:
        state = WORK_UP.transitions[state, event].target
    return state


def test_the_main_road():
    road = [E.TRIAGE, E.REQUEST_SAMPLES, E.SAMPLE_ARRIVED, E.SAMPLES_ALL_IN, E.START_TESTING]
    road += [E.RESULTS_COMPLETE, E.ADJUDICATE, E.CLOSE]
    assert run(*road) is S.CLOSED
    assert run(*road, E.REOPEN) is S.TRIAGED


def test_side_exits_still_end_in_a_decision():
    assert run(E.TRIAGE, E.REQUEST_SAMPLES, E.SAMPLES_LOST, E.ADJUDICATE) is S.ADJUDICATED
    assert run(E.TRIAGE, E.REFUSE_CONSENT, E.ADJUDICATE, E.CLOSE) is S.CLOSED
    assert run(E.TRIAGE, E.EXCLUDE, E.CLOSE) is S.CLOSED


@pytest.mark.parametrize("event", [E.SAMPLES_LOST, E.REFUSE_CONSENT, E.EXCLUDE])
def test_an_exit_says_why(event):
    assert WORK_UP.transitions[S.TRIAGED, event].needs == (REASON,)


def test_steps_are_not_skipped():
    assert WORK_UP.find(S.REPORTED, E.ADJUDICATE) is None
    assert set(WORK_UP.allowed(S.REPORTED)) == {E.EXCLUDE, E.TRIAGE}


def test_the_table_is_a_function_and_nothing_is_a_dead_end():
    rows = [(row.event, source) for row in WORK_UP.rows for source in row.sources]
    assert len(rows) == len(set(rows))
    assert WORK_UP.reachable(S.REPORTED) == set(S)
    assert not WORK_UP.terminal
    assert all(WORK_UP.allowed(state) for state in S)


ADJUDICATION = read_adjudication_rules(DATA["adjudication"])
ONE, TWO = UUID(int=1), UUID(int=2)
A, B = AttributionClass.A, AttributionClass.B


def read(reader, role, cls, blinded=True, consensus=False):
    return Read(reader, role, cls, blinded, consensus)


def test_two_blinded_readers_agree():
    reads = [read(ONE, "HAEMATOPATHOLOGIST", A), read(TWO, "MOLECULAR_EXPERT", A)]
    assert adjudicate(ADJUDICATION, reads).attribution is A
    assert adjudicate(ADJUDICATION, reads[:1]).attribution is None


def test_disagreement_needs_consensus():
    reads = [read(ONE, "HAEMATOPATHOLOGIST", A), read(TWO, "MOLECULAR_EXPERT", B)]
    assert adjudicate(ADJUDICATION, reads).missing == ("consensus",)
    agreed = [*reads, read(ONE, "HAEMATOPATHOLOGIST", B, blinded=False, consensus=True)]
    assert adjudicate(ADJUDICATION, agreed).attribution is B


def test_one_person_or_one_role_or_an_open_read_is_not_enough():
    same = [read(ONE, "HAEMATOPATHOLOGIST", A), read(ONE, "MOLECULAR_EXPERT", A)]
    roles = [read(ONE, "HAEMATOPATHOLOGIST", A), read(TWO, "HAEMATOPATHOLOGIST", A)]
    unblind = [read(ONE, "HAEMATOPATHOLOGIST", A), read(TWO, "MOLECULAR_EXPERT", A, False)]
    for reads in (same, roles, unblind):
        found = adjudicate(ADJUDICATION, reads)
        assert found.attribution is None
        assert found.missing


def sample(*percents, gene=None):
    sites = [Site(f"chr{n}:100:+", Decimal(p), None) for n, p in enumerate(percents)]
    if gene:
        sites.append(Site("chr9:1:+", Decimal("0.1"), gene))
    return SiteSample(date(2026, 1, 30), tuple(sites))


def clonality(*percents, before=None, gene=None):
    return assess_clonality(CLONALITY, sample(*percents, gene=gene), before)


@pytest.mark.parametrize(
    ("top", "expected"),
    [
        ("19.9", Clonality.POLYCLONAL),
        ("20", Clonality.OLIGOCLONAL),
        ("49.9", Clonality.OLIGOCLONAL),
        ("50", Clonality.CLONAL),
        ("100", Clonality.CLONAL),
    ],
)
def test_classes_by_the_largest_site(top, expected):
    assert clonality(top, "0").clonality is expected


def test_no_sites_no_class():
    assert clonality().clonality is None


def test_a_share_not_reported_leaves_the_class_open_unless_a_clone_decides():
    def partly(top):
        known = Site("chr1:1:+", top and Decimal(top), None)
        return SiteSample(date(2026, 1, 30), (known, Site("chr2:2:-", None, "LMO2")))

    for top, expected in (("19", None), ("49.9", None), ("50", Clonality.CLONAL), (None, None)):
        found = assess_clonality(CLONALITY, partly(top), sample("1"))
        assert (found.clonality, found.shannon, found.pielou) == (expected, None, None)
        assert found.unreported == (1 if top else 2)
        assert MonitoringReason.CANCER_GENE in found.items[-1].reasons
    before = SiteSample(date(2025, 7, 1), (Site("chr0:100:+", None, None),))
    assert clonality("4", before=before).items == ()


def test_monitoring_items_and_their_repeat():
    assert clonality("19.9", "5").items == ()
    (large,) = clonality("20").items
    assert (large.reasons, large.repeat_by) == ((MonitoringReason.LARGE,), date(2026, 4, 30))
    (gene,) = clonality("5", gene="TET2").items
    assert gene.reasons == (MonitoringReason.CANCER_GENE,)


@pytest.mark.parametrize(
    ("before", "now", "rising"),
    [("5", "5.1", True), ("5", "5", False), ("5", "4", False)],
)
def test_a_rise_between_two_samples(before, now, rising):
    found = clonality(now, before=sample(before)).items
    assert bool(found) is rising


def test_a_site_not_seen_before_is_not_zero_before():
    empty = SiteSample(date(2025, 7, 1), ())
    assert clonality("4.9", before=empty).items == ()
    assert clonality("5", before=empty).items[0].reasons == (MonitoringReason.RISING,)


def test_evenness_can_make_a_sample_clonal():
    preset = replace(CLONALITY, pielou_below=Decimal("0.5"))
    uneven = sample("19", *["0.01"] * 20)
    assert assess_clonality(preset, uneven, None).clonality is Clonality.CLONAL
    assert assess_clonality(CLONALITY, uneven, None).clonality is Clonality.POLYCLONAL


def test_indices():
    equal = [Decimal(25)] * 4
    assert shannon_index(equal) == pytest.approx(log(4))
    assert pielou_evenness(equal) == pytest.approx(1)
    assert pielou_evenness([Decimal(100)]) is None
    assert shannon_index([]) is None
    small = [Decimal("0.6"), Decimal("0.4"), Decimal(0)]
    assert shannon_index(small) == pytest.approx(-0.6 * log(0.6) - 0.4 * log(0.4))


@given(st.lists(st.decimals("0.01", 100, places=2), min_size=2, max_size=30))
def test_evenness_lies_between_0_and_1(percents):
    assert 0 <= pielou_evenness(percents) <= 1 + 1e-9


def test_analysis_within_30_days():
    assert analysis_due(CLONALITY, date(2026, 1, 30)) == date(2026, 3, 1)
