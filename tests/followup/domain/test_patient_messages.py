"""What a message to a patient may say and when it may be sent."""

import json
from copy import deepcopy
from datetime import date, datetime, time
from pathlib import Path

import pytest

from followup.domain.patient_messages import (
    MessageAbout,
    allowed_from,
    day_words,
    names_illness,
    read_patient_message_rules,
    sender,
    text_of,
)

PLACE = Path(__file__).parents[3] / "followup" / "reference" / "messages.json"
DOCUMENT = json.loads(PLACE.read_text(encoding="utf-8"))
RULES = read_patient_message_rules(DOCUMENT)
SAYS = "nothing could be sent|a word is needed|the texts are|needs .* and no illness"
VALUES = {"sender": "S", "call": "1", "day": "D", "hour": "H", "link": "L", "until": "U"}


def changed(**values: object) -> dict:
    document = deepcopy(DOCUMENT)
    document["patients"] |= values
    return document


def text(code: str, en: str) -> list[dict[str, str]]:
    texts = deepcopy(DOCUMENT["patients"]["texts"])
    for each in texts:
        if each["code"] == code:
            each["en"] = en
    return texts


@pytest.mark.parametrize(
    "values",
    [
        {"tries": 0},
        {"most_a_week": 0},
        {"never_named": [*DOCUMENT["patients"]["never_named"], " "]},
        {"texts": DOCUMENT["patients"]["texts"][:1]},
        {"texts": text("APPOINTMENT", "{sender} {call} {day}")},
        {
            "texts": text(
                "APPOINTMENT",
                "{sender} {call} {day} {hour} " + DOCUMENT["patients"]["never_named"][0],
            )
        },
    ],
)
def test_rules_by_which_nothing_or_too_much_would_be_said_are_refused(values) -> None:
    with pytest.raises(ValueError, match=SAYS):
        read_patient_message_rules(changed(**values))


@pytest.mark.requirement("ASVS-1.3.7")
def test_an_unknown_mark_of_a_text_is_refused() -> None:
    rules = changed(texts=text("APPOINTMENT", "{sender} {call} {day} {hour} {name}"))
    with pytest.raises(KeyError):
        read_patient_message_rules(rules)


@pytest.mark.parametrize("about", MessageAbout)
@pytest.mark.parametrize("chinese", [True, False])
def test_a_text_holds_its_values_and_names_no_illness(about, chinese: bool) -> None:
    said = text_of(RULES, about, chinese=chinese, values=VALUES)
    assert "{" not in said
    assert not names_illness(RULES, said)
    assert text_of(RULES, about, chinese=chinese, values={}) != said


def test_a_hospital_whose_name_tells_the_illness_is_named_neutrally() -> None:
    told = f"City {RULES.never_named[0].upper()} Hospital"
    assert sender(RULES, told, chinese=True) == RULES.sender_zh
    assert sender(RULES, told, chinese=False) == RULES.sender_en
    assert sender(RULES, "City Hospital", chinese=False) == "City Hospital"


def test_a_day_is_written_as_its_reader_writes_it() -> None:
    day = date(2026, 3, 9)
    assert day_words(day, chinese=True) == "2026年3月9日"
    assert day_words(day, chinese=False) == "2026-03-09"


@pytest.mark.parametrize(
    ("begin", "end", "at", "expected"),
    [
        ("21:00", "08:00", "20:59", (9, "20:59")),
        ("21:00", "08:00", "21:00", (10, "08:00")),
        ("21:00", "08:00", "07:59", (9, "08:00")),
        ("21:00", "08:00", "08:00", (9, "08:00")),
        ("12:00", "14:00", "11:59", (9, "11:59")),
        ("12:00", "14:00", "12:00", (9, "14:00")),
        ("12:00", "14:00", "14:00", (9, "14:00")),
    ],
)
def test_quiet_hours_end_on_the_right_day(begin, end, at, expected) -> None:
    rules = read_patient_message_rules(changed(quiet_from=begin, quiet_until=end))
    day, hour = expected
    moment = datetime.combine(date(2026, 3, 9), time.fromisoformat(at))
    allowed = datetime.combine(date(2026, 3, day), time.fromisoformat(hour))
    assert allowed_from(rules, moment) == allowed
