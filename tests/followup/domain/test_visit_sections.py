"""Which sections a visit has, and how far each is."""

from datetime import date

import pytest

from followup.domain.contacts import ContactType
from followup.domain.contents import Record
from followup.domain.protocols import Assessment, OffsetKind, Point
from followup.domain.visit_sections import (
    ASSESSMENTS,
    Progress,
    Section,
    answered,
    counted,
    sections,
)


def _point(*codes: str) -> Point:
    return Point(
        "M12",
        OffsetKind.MONTHS,
        12,
        0,
        60,
        tuple(Assessment(code) for code in codes),
        (ContactType.ON_SITE,),
    )


def _record(**answers: str) -> Record:
    ticks = {name: answers.pop(name) for name in list(answers) if name.isupper()}
    reason = answers.pop("reason", "")
    return Record(date(2026, 11, 30), "ON_SITE", "ALIVE", answers, ticks, reason)


def test_a_visit_has_the_sections_its_protocol_asks_for() -> None:
    whole = sections(_point("R", "E", "L", "V", "C", "P", "Q", "PE"))
    assert list(whole) == list(Section)
    assert whole[Section.CELLS] == ("V", "C")
    assert whole[Section.OTHER] == ("PE",), "what has no section of its own is not forgotten"
    assert list(sections(_point("E", "L"))) == [
        Section.SURVIVAL,
        Section.BLOOD,
        Section.CHEMISTRY,
        Section.IMMUNE,
        Section.EVENTS,
        Section.THERAPIES,
    ]
    assert list(sections(None)) == [Section.SURVIVAL, Section.EVENTS, Section.THERAPIES]


def test_no_assessment_code_of_the_table_is_empty() -> None:
    assert all(ASSESSMENTS.values())


@pytest.mark.parametrize(
    ("done", "total", "expected"),
    [
        (0, 7, Progress.NOT_STARTED),
        (1, 7, Progress.STARTED),
        (6, 7, Progress.STARTED),
        (7, 7, Progress.DONE),
        (0, 0, Progress.NOT_STARTED),
    ],
)
def test_counted_parts(done: int, total: int, expected: Progress) -> None:
    assert counted(done, total) is expected


def test_questions_of_several_contacts_add_up() -> None:
    point = _point("E", "L", "Q")
    codes = ("E",)
    assert answered(point, codes, []) is Progress.NOT_STARTED
    half = _record(new_malignancy="NO")
    assert answered(point, codes, [half]) is Progress.STARTED
    both = _record(new_malignancy="NO", other_event="NO")
    assert answered(point, codes, [half, both]) is Progress.DONE
    unknown = _record(new_malignancy="UNKNOWN", other_event="NO")
    assert answered(point, codes, [unknown]) is Progress.STARTED, "not known, and no reason"
    assert answered(point, codes, [_record(**unknown.answers, reason="电话中断")]) is Progress.DONE


def test_a_tick_of_another_assessment_says_nothing() -> None:
    point = _point("L", "PE")
    assert answered(point, ("PE",), [_record(L="DONE")]) is Progress.NOT_STARTED
    assert answered(point, ("PE",), [_record(PE="DONE")]) is Progress.DONE
    assert answered(point, ("PE",), [_record(PE="NOT_DONE")]) is Progress.STARTED
    assert answered(point, ("PE",), [_record(PE="NOT_DONE", reason="拒绝")]) is Progress.DONE
