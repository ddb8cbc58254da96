"""Records of data sets: nothing imputed, no day 0, numbers that stay, texts that lose nothing."""

import json
import random
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from followup.domain import protocols
from followup.domain.dates import PartialDate
from pv.adapters.datasets import transport
from pv.domain.datasets import (
    Subject,
    Tabulation,
    epochs,
    facts,
    laboratory,
    read_mapping,
    relations,
    specimens,
    study_day,
    trial_design,
)
from pv.domain.datasets.coded_terms import EventCode, coded_facts, event_code
from pv.domain.datasets.continuations import shortened, shortened_qualifier
from pv.domain.datasets.laboratory import with_last_before_exposure
from pv.domain.e2b.message import Node

DOCUMENT = json.loads(
    (Path(__file__).parents[3] / "pv/reference/sdtm.json").read_text(encoding="utf-8")
)
MAPPING = read_mapping(DOCUMENT)
BY_CODE = {dataset.code: dataset for dataset in MAPPING.datasets}
DAYS = st.dates(date(1990, 1, 1), date(2090, 1, 1))
PARTIAL = st.one_of(
    st.just(""),
    DAYS.map(lambda d: f"{d:%Y}"),
    DAYS.map(lambda d: f"{d:%Y-%m}"),
    DAYS.map(date.isoformat),
)
STUDY = {"id": "S1", "arm": "A", "arm_code": "A", "treatment": "A", "country": "CHN"}


def tabulation() -> Tabulation:
    return Tabulation(MAPPING, STUDY)


def event(key: str, **values: Any) -> Mapping[str, Any]:
    row = {
        "id": key,
        "verbatim": "fever",
        "kind": "",
        "serious": None,
        "seriousness": [],
        "onset_text": "",
        "ended_text": "",
        "outcome": "",
        "causality": "",
        "grade": None,
        "grade_scale": "",
        "aware_on": date(2026, 1, 1),
        "is_new_malignancy": False,
        "t_cell_suspected": "",
        "pregnancy_of": "",
        "pregnancy_outcome": "",
    }
    return facts.event(row | values)


def records(rows: list[Any], code: str = "AE", reference: str = "2026-01-10") -> list[Any]:
    subject = Subject("S1-1", reference, {"usubjid": "S1-1"})
    return list(tabulation().records(BY_CODE[code], subject, rows))


@given(DAYS, DAYS)
def test_a_study_day_is_never_0_and_counts_from_1(day: date, reference: date) -> None:
    found = study_day(day.isoformat(), reference.isoformat())
    assert found is not None
    assert found != 0
    assert day == reference + timedelta(days=found - 1 if found > 0 else found)


@given(PARTIAL)
def test_a_partial_date_stays_as_it_is_and_has_no_study_day(text: str) -> None:
    ((record, _extra),) = records([event("1", onset_text=text)])
    assert record["AESTDTC"] == (text or None)
    assert (record["AESTDY"] is not None) == (len(text) == 10)


@given(st.lists(st.uuids(), min_size=1, max_size=6, unique=True), st.randoms())
def test_numbers_follow_the_keys_whatever_the_order(keys: list[Any], dice: random.Random) -> None:
    rows = [event(str(key)) for key in keys]
    first = records(rows)
    dice.shuffle(rows)
    assert records(rows) == first
    assert [record["AESEQ"] for record, _extra in first] == list(range(1, len(keys) + 1))


@given(
    st.sampled_from([None, True, False]),
    st.lists(st.sampled_from(sorted(facts._CRITERIA)), unique=True),
    st.sampled_from([None, 0, 3]),
    st.sampled_from([facts.CTCAE, "ASTCT_CRS"]),
)
def test_what_is_not_answered_is_empty_and_a_grade_keeps_its_scale(
    serious: bool | None, ticked: list[str], grade: int | None, scale: str
) -> None:
    row = event(
        "1",
        serious=serious,
        seriousness=ticked,
        grade=grade,
        grade_scale=scale if grade is not None else "",
    )
    ((record, extra),) = records([row])
    assert record["AESER"] == {None: None, True: "Y", False: "N"}[serious]
    assert record["AESDTH"] == ("Y" if "DEATH" in ticked else None)
    told = {each["QNAM"]: each["QVAL"] for each in extra}
    common = scale == facts.CTCAE
    assert record["AETOXGR"] == (str(grade) if common and grade is not None else None)
    assert told.get("GRADE") == (None if common or grade is None else str(grade))
    assert ("GRSCALE" in told) == (grade is not None and not common)


@given(st.text(st.sampled_from(" \t\n\u3000"), max_size=3))
def test_a_text_of_blanks_is_nothing(blank: str) -> None:
    row = event("1", verbatim=blank, onset_text=blank, outcome=blank, grade=1, grade_scale=blank)
    ((record, extra),) = records([row])
    assert [record[name] for name in ("AETERM", "AESTDTC", "AEOUT")] == [None] * 3
    assert {each["QNAM"] for each in extra} == {"GRADE", "AWAREDTC"}


def test_a_code_without_a_term_is_kept_and_counted() -> None:
    made = tabulation()
    subject = Subject("S1-1", "", {"usubjid": "S1-1"})
    (record, _extra) = next(made.records(BY_CODE["AE"], subject, [event("1", outcome="ODD")]))
    assert record["AEOUT"] == "ODD"
    assert made.unmapped == {("AEOUT", "ODD"): 1}


def test_visits_are_numbered_in_nominal_months() -> None:
    number = facts.visit_number
    assert [number("D28"), number("M3"), number("Y15")] == [Decimal("0.92"), 3, 180]
    assert (number("M3", 2), facts.visit_name("M3", 2)) == (1003, "M3 (2)")
    assert number("BL") is None


TEXTS = st.text(st.sampled_from("ab 重度发热𠮷é"), max_size=400).map(str.strip)


@given(TEXTS)
def test_a_long_text_is_continued_and_loses_nothing(text: str) -> None:
    ((record, _extra),) = records([event("1", verbatim=text)])
    short, extra = shortened(BY_CODE["AE"], record, transport.pieces, "en")
    parts = [short["AETERM"] or "", *(each["QVAL"] for each in extra)]
    assert all(len(part.encode()) <= 200 and part == part.strip() for part in parts)
    assert "".join(parts) == text
    names = [each["QNAM"] for each in extra]
    assert len(set(names)) == len(names)
    assert all(len(name) <= 8 for name in names)
    if text:
        qualifier = {"QNAM": "LYMPHODP", "QVAL": text}
        told = shortened_qualifier(qualifier, transport.pieces)
        assert "".join(each["QVAL"] for each in told) == text


NUMBERS = st.floats(allow_nan=False, allow_infinity=False, min_value=-1e60, max_value=1e60)


@given(NUMBERS.filter(lambda x: x == 0 or abs(x) > 1e-60))
def test_a_number_survives_the_format(value: float) -> None:
    assert transport.from_ibm(transport.to_ibm(value)) == value


@given(st.lists(st.tuples(TEXTS.map(lambda t: transport.cut(t, 200).strip()), NUMBERS), max_size=5))
def test_a_transport_file_reads_as_it_was_written(tmp_path_factory: Any, rows: Any) -> None:
    path = tmp_path_factory.mktemp("x") / "a.xpt"
    columns = [
        transport.Column("ID", "编号", 4),
        transport.Column("TERM", "不良事件", 200),
        transport.Column("DOSE", "剂量"),
    ]
    wanted = [["S1", text or None, None if dose < 0 else dose] for text, dose in rows]
    wanted = [[i, t, 0.0 if d is not None and d < 1e-60 else d] for i, t, d in wanted]
    at = datetime(2026, 11, 29, tzinfo=UTC)
    assert transport.write(path, "AE", "不良事件", columns, wanted, at) == len(rows)
    assert path.stat().st_size % 80 == 0
    name, label, found, lines = transport.read(path)
    assert (name, label, found, list(lines)) == ("AE", "不良事件", columns, wanted)


def value(**values: Any) -> Any:
    row = {
        "id": "1",
        "measure": "hb",
        "comparator": "",
        "value": None,
        "unit": "",
        "written": "",
        "unit_written": "",
        "finding": "",
        "missing_because": "",
        "range_low": None,
        "range_high": None,
        "range_text": "",
        "flag": "",
        "lower_limit": None,
        "detection_limit": None,
        "specimen_on": date(2026, 2, 1),
        "status": "FINAL",
        "laboratory": "",
    }
    ((record, _extra),) = records([laboratory.laboratory(row | values)], "LB")
    return record


@given(st.decimals(0, 10**6, places=3), st.sampled_from(["", "<", "≤", ">"]))
def test_a_bound_is_no_number_and_a_value_keeps_its_digits(number: Decimal, sign: str) -> None:
    record = value(value=number + Decimal("0.000000000"), comparator=sign, unit="g/L")
    assert (record["LBTESTCD"], record["LBDY"]) == ("HGB", 23)
    assert record["LBSTRESN"] == (None if sign else number)
    assert Decimal(str(record["LBSTRESC"]).lstrip("<≤>")) == number
    assert record["LBSTAT"] is None


@pytest.mark.parametrize(
    ("printed", "low", "high", "words"),
    [
        ("3.50-9.50", "3.50", "9.50", None),
        ("［３.5～9.5］ g/L", "3.5", "9.5", None),
        ("＜10", None, "<10", None),
        ("≤10 U/mL", None, "<=10", None),
        ("≥1.80", ">=1.80", None, None),
        ("大于0.5", ">0.5", None, None),
        ("阴性", None, None, "阴性"),
        ("", None, None, None),
    ],
)
def test_a_range_is_told_as_the_laboratory_wrote_it(printed, low, high, words) -> None:
    record = value(range_text=printed)
    assert [record[name] for name in ("LBORNRLO", "LBORNRHI", "LBSTNRC")] == [low, high, words]


@given(PARTIAL, DAYS)
def test_a_date_has_an_epoch_only_where_it_can_have_no_other(text: str, reference: date) -> None:
    """The first and the last day a date may be are asked: both in one epoch, or none."""
    wanted = None
    if text:
        may_be = PartialDate.from_iso(text)
        sides = {(day > reference) - (day < reference) for day in (may_be.earliest, may_be.latest)}
        wanted = {(1,): "FOLLOW_UP", (0,): "TREATMENT"}.get(tuple(sides))
    assert epochs.epoch(MAPPING.design, text, reference.isoformat()) == wanted
    assert epochs.epoch(MAPPING.design, text, "2026-02") is None
    assert epochs.epoch(MAPPING.design, text, "") is None


def test_a_subject_passes_two_elements_without_a_gap() -> None:
    for ended in (None, "2027-03"):
        rows = list(epochs.passed(MAPPING.design, "2026-02-28", ended, "en"))
        first, last = (record for record, _extra in records(rows, "SE"))
        assert (first["ETCD"], first["SESTDTC"], first["EPOCH"]) == (
            "INFUSION",
            "2026-02-28",
            "TREATMENT",
        )
        assert first["SEENDTC"] == last["SESTDTC"] == "2026-03-01"
        assert (last["EPOCH"], last["SEENDTC"], last["SEENDY"]) == ("FOLLOW-UP", ended, None)
    assert list(epochs.passed(MAPPING.design, "", None, "en")) == []


def test_a_value_that_is_missing_has_its_reason_and_is_no_zero() -> None:
    record = value(missing_because="FAILED", written="溶血")
    assert (record["LBSTAT"], record["LBREASND"]) == ("NOT DONE", "SPECIMEN OR TEST FAILED")
    assert [record[n] for n in ("LBORRES", "LBSTRESC", "LBSTRESN")] == [None, None, None]
    assert value(comparator="ND", written="未检出")["LBSTRESC"] == "ND"
    assert value(finding="NEGATIVE")["LBSTRESC"] == "NEGATIVE"


def test_visits_planned_met_and_missed() -> None:
    row = {
        "id": "1",
        "vital_status": "ALIVE",
        "contact_on": date(2026, 4, 10),
        "contact_type": "PHONE",
        "informant": "PATIENT",
        "visit_code": "M3",
        "disease_status": "",
    }
    met = facts.contact(row, 1)
    (first, _), (second, _) = records([met, facts.missed({"id": 9, "code": "M6"}, 1)], "SV")
    assert [first[n] for n in ("VISIT", "SVPRESP", "SVOCCUR", "SVSTDY")] == ["M3", "Y", "Y", 91]
    assert [second[n] for n in ("VISIT", "SVOCCUR", "SVSTDTC")] == ["M6", "N", None]
    ((unplanned, _),) = records([facts.contact(row | {"visit_code": None}, None)], "SV")
    assert [unplanned[n] for n in ("VISIT", "SVPRESP", "SVOCCUR")] == ["UNSCHEDULED", None, None]
    told = {"vital_status": "DEAD", "death_cause": "sepsis", "death_related": "NOT_RELATED"}
    told |= {"death_cause_code": "A41.9", "autopsy": "NO"}
    details = [record["DDORRES"] for record, _extra in records([*facts.death_details(told)], "DD")]
    assert details == ["sepsis", "NOT RELATED", "A41.9", "NO"]
    assert list(facts.death_details({**told, "vital_status": "UNKNOWN"})) == []


def test_samples_have_their_steps_and_results_in_the_data_set_of_the_assay() -> None:
    step = {
        "sample": "S26-1",
        "kind": "B1",
        "phase": "POST",
        "number": 2,
        "step": "COLLECT",
        "happened_on": date(2026, 1, 9),
        "place": "ward",
        "reason": "",
        "condition": "",
    }
    ((record, extra),) = records([facts.specimen_step(step)], "BE")
    assert [record[n] for n in ("BEREFID", "BETERM", "BESTDY")] == ["S26-1", "COLLECTED", -1]
    assert {each["QNAM"] for each in extra} == {"SAMPTYPE", "PHASE"}
    result = {
        "id": "1",
        "sample": "S26-1",
        "assay": "VCN",
        "method": "",
        "finding": "DETECTED",
        "measure": "",
        "reported": "<0.05",
        "comparator": "<",
        "value": None,
        "below_quantification": True,
        "unit": "copies",
        "lower_limit": Decimal("0.050000"),
        "detection_limit": None,
        "laboratory": "",
        "resulted_on": date(2026, 2, 1),
    }
    ((record, extra),) = records(
        [facts.molecular(result, date(2026, 1, 10))], MAPPING.assays["VCN"]
    )
    assert [record[n] for n in ("GFORRES", "GFSTRESN", "GFDY")] == ["<0.05", None, 1]
    assert {each["QNAM"]: each["QVAL"] for each in extra}["LLOQ"] == "0.05"
    measured = result | {"finding": "POSITIVE", "comparator": "", "value": Decimal("0.620")}
    measured |= {"reported": "", "below_quantification": False}
    ((record, extra),) = records(
        [facts.molecular(measured, date(2026, 1, 10))], MAPPING.assays["VCN"]
    )
    assert [record[n] for n in ("GFORRES", "GFSTRESC", "GFSTRESN")][:2] == ["0.62"] * 2
    assert record["GFSTRESN"] == Decimal("0.62")
    assert {each["QNAM"]: each["QVAL"] for each in extra}["FINDING"] == "POSITIVE"


@given(st.dictionaries(st.sampled_from(["title", "length", "first_consent"]), st.lists(TEXTS)))
def test_a_trial_parameter_has_a_value_or_a_null_flavour(known: Any) -> None:
    design = MAPPING.design
    rows = list(trial_design.summary_parameters(design, known, MAPPING.terminology))
    made = [r for r, _extra in tabulation().records(BY_CODE["TS"], Subject("", "", {}), rows)]
    assert {row["TSPARMCD"] for row in made} == {each.code for each in design.parameters}
    assert all((row["TSVAL"] is None) != (row["TSVALNF"] is None) for row in made)
    values = [row["TSVAL"] for row in made if row["TSPARMCD"] == "TITLE"]
    assert values == ([text for text in known.get("title", ()) if text] or [None])
    assert len({(row["TSPARMCD"], row["TSSEQ"]) for row in made}) == len(made)
    assert all(row["TSVALCD"] is None or row["TSVCDVER"] == MAPPING.terminology for row in made)


def test_a_long_trial_parameter_is_continued_in_its_own_variables() -> None:
    rows = trial_design.summary_parameters(MAPPING.design, {"title": ["重度" * 60]}, "")
    made = [r for r, _extra in tabulation().records(BY_CODE["TS"], Subject("", "", {}), rows)]
    title = next(row for row in made if row["TSPARMCD"] == "TITLE")
    short, extra = shortened(BY_CODE["TS"], title, transport.pieces, "en")
    assert extra == []
    assert f"{short['TSVAL']}{short['TSVAL1']}" == "重度" * 60


def test_planned_visits_carry_the_rule_of_each_version() -> None:
    document = Path(__file__).parents[3] / "followup/reference/protocols.json"
    chosen = list(protocols.load(json.loads(document.read_text(encoding="utf-8"))).values())
    lifelong = [p for p in chosen if p.code == "CN-LIFELONG"]
    rows = list(trial_design.visits(lifelong, {"Y16"}, "en"))
    made = [r for r, _extra in tabulation().records(BY_CODE["TV"], Subject("", "", {}), rows)]
    assert [row["VISIT"] for row in made[:4]] == ["BL", "D0", "D7", "D14"]
    assert [row["VISITDY"] for row in made[:4]] == [-1, 1, 8, 15]
    assert (made[-1]["VISIT"], made[-1]["VISITNUM"], made[-1]["VISITDY"]) == ("Y16", 192, None)
    numbers = [row["VISITNUM"] for row in made]
    assert numbers == sorted(set(numbers), key=lambda each: Decimal(str(each)))
    twice = {str(row["visit"]): row for row in trial_design.visits(lifelong, set(), "en", 2)}
    other = twice["D7 (2)"]
    assert (other["visit_number"], other["day"]) == (Decimal("1000.23"), None)
    assert str(other["start"]).startswith("Day of infusion no. 2 + 7 days")
    assert len(twice) == 2 * sum(" (2)" in name for name in twice)
    both = {
        row["visit"]: str(row["start"]) for row in trial_design.visits(chosen, set(), "zh-hans")
    }
    assert "FDA-15Y v1.1: " in both["M3"]
    assert trial_design.length(lifelong) == "PINF"
    assert trial_design.length(p for p in chosen if p.tail is None) == "P180M"
    assert trial_design.length([]) == ""


IDS = st.sampled_from("abc")


@given(st.lists(IDS, unique=True), st.lists(st.lists(IDS, max_size=2, unique=True), max_size=4))
def test_both_ends_of_a_relation_are_records(events: list[str], named: list[list[str]]) -> None:
    facts_by_code: Any = {
        "AE": [event(key) for key in events],
        "LB": [
            {"key": f"l{place}", relations.EVENTS: " ".join(keys)}
            for place, keys in enumerate(named)
        ],
    }
    made = list(relations.relations(MAPPING.datasets, facts_by_code))
    placed = {key: str(number) for number, key in enumerate(sorted(events), 1)}
    wanted = {
        (f"AE{placed[key]}", "LB", str(place))
        for place, keys in enumerate(named, 1)
        for key in keys
        if key in placed
    }
    wanted |= {(name, "AE", name.removeprefix("AE")) for name, _code, _value in wanted}
    found = [(row["relation"], row["domain"], row["value"]) for row in made]
    assert sorted(found) == sorted(wanted)


def test_what_is_measured_of_a_specimen() -> None:
    held = specimens.held({"sample": "S26-1", "held": "UNKNOWN"})
    row = {"id": "1", "sample": "S26-1", "tumour_content": Decimal("40.50"), "laboratory": "L"}
    share = specimens.tumour_content(row, date(2026, 1, 12))
    made = [record for record, _extra in records([held, share], "BS")]
    assert [(r["BSTESTCD"], r["BSSTRESC"], r["BSSTRESN"], r["BSDY"]) for r in made] == [
        ("TUMCONT", "40.5", Decimal("40.5"), 3),
        ("HELD", "UNKNOWN", None, None),
    ]


def reaction(words: str, code: str = "", version: str = "98.1") -> Node:
    """A reaction with a code of MedDRA, if any."""
    coded = {"E.i.2.1b": code, "E.i.2.1a": version} if code else {}
    return Node("E.i", values={"E.i.1.1a": words, **coded})


@pytest.mark.parametrize(
    ("reactions", "alone", "expected"),
    [
        ([reaction("rash", "10900002")], True, EventCode("98.1", 10900002)),
        ([reaction("  RASH".lower(), "10900002")], False, EventCode("98.1", 10900002)),
        ([reaction("other words", "10900002")], True, EventCode("98.1", 10900002)),
        ([reaction("other words", "10900002")], False, None),  # of another event of the case
        ([reaction("other", "10900001"), reaction("more", "10900002")], True, None),
        ([reaction("rash", "10900001"), reaction("rash", "10900002")], True, None),  # which?
        (
            [reaction("rash", "10900002"), reaction("x", "10900001")],
            False,
            EventCode("98.1", 10900002),
        ),
        ([reaction("rash")], True, None),
        ([reaction("rash", "rash")], True, None),
        ([reaction("rash", "99999999999")], True, None),  # no number of a dictionary
        ([reaction("rash", "٢٢٢٢٢٢٢٢")], True, None),
        ([reaction("rash", "10900002", "")], True, None),
        ([], True, None),
    ],
)
def test_an_event_has_the_code_of_its_own_words(
    reactions: list[Node], alone: bool, expected: EventCode | None
) -> None:
    assert event_code(reactions, "rash", alone=alone) == expected


def test_a_code_of_a_release_nobody_loaded_stays_a_code() -> None:
    told = coded_facts(EventCode("97.0", 10900002), None)
    assert (told["llt_code"], told["llt"], told["pt"], told["soc_code"]) == (
        10900002,
        None,
        None,
        None,
    )
    assert told["dictionary"] == "MedDRA 97.0"
    assert set(coded_facts(None, None).values()) == {None}


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["wbc", "plt"]),
            st.one_of(
                st.none(),
                st.dates(date(2026, 1, 1), date(2026, 1, 20)).map(date.isoformat),
                st.just("2026-01"),
            ),
            st.sampled_from([None, "1.0", "<0.5"]),
        ),
        max_size=12,
    )
)
def test_one_result_of_each_measure_is_the_last_before_exposure(found: list[Any]) -> None:
    reference = "2026-01-10"
    rows = [
        {"key": f"{n:02}", "measure": measure, "specimen": day, "result": result}
        for n, (measure, day, result) in enumerate(found)
    ]
    marked = with_last_before_exposure(rows, reference)
    assert [{k: v for k, v in row.items() if k != "last_before_exposure"} for row in marked] == rows
    for measure in ("wbc", "plt"):
        before = [
            row
            for row in rows
            if row["measure"] == measure
            and row["result"]
            and len(row["specimen"] or "") == 10
            and row["specimen"] < reference
        ]
        own = [r for r in marked if r["measure"] == measure and r["last_before_exposure"]]
        assert len(own) == bool(before)
        if own:
            assert own[0]["specimen"] == max(row["specimen"] for row in before)
