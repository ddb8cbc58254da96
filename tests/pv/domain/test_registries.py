"""Items of a registry: each answered or missing with its reason; no code of ours as theirs."""

import json
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pv.domain.datasets.registries import Missing, answers, read_registries

DOCUMENT = json.loads(
    (Path(__file__).parents[3] / "pv/reference/registries.json").read_text(encoding="utf-8")
)
REGISTRY = read_registries(DOCUMENT)["cibmtr"]
CONTACTS = st.fixed_dictionaries(
    {
        "key": st.text("abc", min_size=1),
        "contact_on": st.sampled_from([None, "2026-01-02", "2026-03"]),
        "status": st.sampled_from([None, "", "ALIVE", "DEAD", "UNKNOWN"]),
    }
)


@given(st.lists(CONTACTS, max_size=4))
def test_each_item_is_answered_or_missing_with_its_reason(contacts: list[Any]) -> None:
    made = list(answers(REGISTRY, {"SS": contacts}))
    of_contacts = [item for item in REGISTRY.items if item.level.value == "SS"]
    assert len(made) == len(contacts) * len(of_contacts)
    for each in made:
        assert (each.missing is None) == bool(each.answer)
        if each.item.terms:
            assert each.answer in {"", *each.item.terms.values()}
        if each.item.fact == "status" and each.value == "UNKNOWN":
            assert each.missing is Missing.NO_TERM
        assert (each.missing is Missing.NOT_COLLECTED) == (not each.item.fact)


def test_an_item_asked_of_some_is_not_missing_of_others() -> None:
    alive = {"key": "1", "dead": None, "sex": "MALE", "birth": "1968"}
    forms = {each.item.form for each in answers(REGISTRY, {"DM": [alive]})}
    assert "2900" not in forms
    dead = alive | {"dead": "YES", "died_on": "2026-03"}
    told = {e.item.code: e for e in answers(REGISTRY, {"DM": [dead]})}
    assert told["death_date"].answer == "2026-03"
    assert told["death_cause"].missing is Missing.NOT_RECORDED
