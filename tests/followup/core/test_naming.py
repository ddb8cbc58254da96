"""The trail is read by people: every table, column and action has its words in both languages."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.utils import translation

from followup.core import action, guards, naming
from followup.core.models import DataLock, Job, TrailReview
from followup.core.permissions import Role
from followup.models import ReferenceItem
from pv.queries import rules

BOTH = ("en", "zh-hans")


def audited():
    return [m for m in guards.own_models() if m._meta.db_table not in guards.UNAUDITED]


@pytest.mark.parametrize("language", BOTH)
def test_every_audited_table_and_column_has_its_words(language) -> None:
    with translation.override(language):
        tables = [m._meta.db_table for m in audited() if naming.table(m._meta.db_table).islower()]
        columns = [
            f"{m._meta.db_table}.{f.column}"
            for m in audited()
            for f in m._meta.concrete_fields
            if naming.column(f.column, m._meta.db_table) == f.column
        ]
    assert (tables, columns) == ([], [])


@pytest.mark.parametrize("language", BOTH)
def test_every_action_has_its_words(language) -> None:
    with translation.override(language):
        bare = [name for name in action.REGISTRY if naming.action(name) == name]
    assert [name for name in bare if not name.startswith("test.")] == []


def test_what_a_job_writes_has_its_words() -> None:
    """A job writes outside an action, under a name of its own; the trail shows that too."""
    codes = {"job.request", "job.cancel", "job.claim", "job.forget_file"}
    codes |= {f"job.{state}" for state in Job.State if state != Job.State.RUNNING}
    assert sorted(code for code in codes if naming.action(code) == code) == []


def test_sources_joined_in_one_text_are_each_named() -> None:
    """A source may hold the joint itself: the longest run that is known is one source."""
    one, two = "Xinhua 2025-01-03; China Journal of Pharmaceuticals site", "Xinhua 2025-01-03"
    with translation.override("zh-hans"):
        assert naming.citation(f"{one}; {two}") == f"{naming.citation(one)}；{naming.citation(two)}"
        assert (
            naming.citation(f"{two}; a partner's letter") == "新华社 2025-01-03；a partner's letter"
        )
    with translation.override("en"):
        assert naming.citation(f"{one}; {two}") == f"{one}; {two}"


def test_a_name_of_a_table_comes_before_that_of_all() -> None:
    with translation.override("zh-hans"):
        assert naming.column("target", "followup_product") == "靶点"
        assert naming.column("target", "followup_plannedvisit") == "目标日"
        assert naming.column("target", "core_notice") == "对象"


def test_a_place_inside_a_report_is_named_by_its_element() -> None:
    place = "message.groups.E.i[2].values.E.i.7"
    with translation.override("en"):
        assert naming.column(place, "pv_caseversion").endswith("E.i.7 [2]")
        assert naming.column("parameters.last", "core_job") == "Parameters · last"
    with translation.override("zh-hans"):
        assert naming.column(place, "pv_caseversion").startswith("报告内容 · 末次观察时的转归")


def test_a_value_inside_a_report_is_shown_in_words() -> None:
    place = "message.groups.E.i[2].values.E.i"
    with translation.override("en"):
        assert naming.value("true", f"{place}.3.2f", "pv_caseversion") == ("Yes", "")
        assert naming.value("NASK", f"{place}.3.2a.null", "pv_caseversion") == ("Not asked", "")
        assert naming.value("202609", f"{place}.4", "pv_caseversion") == ("2026-09", "")
        assert naming.value("x", "message.groups.E.i[2].id", "pv_caseversion") == ("", "")


def test_the_roles_of_a_signer_are_named() -> None:
    with translation.override("en"):
        several = naming.value("nurse, safety_officer", "roles", "core_signature")
        assert several == ("Nurse, Safety officer", "")
        assert naming.value("unknown", "roles", "core_signature") == ("unknown", "")
    for language in BOTH:
        with translation.override(language):
            assert all(naming.value(role, "role")[0] for role in Role)


def _cited(data: Any) -> Iterator[str]:
    if isinstance(data, dict):
        for key, value in data.items():
            if key == "citation" and value:
                yield value
            else:
                yield from _cited(value)
    elif isinstance(data, list):
        for value in data:
            yield from _cited(value)


@pytest.mark.parametrize("where", ["followup", "pv"])
def test_every_source_the_reference_data_cite_has_its_chinese(where: str) -> None:
    named = naming._shipped()["citations"]
    files = sorted((Path(settings.BASE_DIR) / where / "reference").glob("*.json"))
    cited = {one for file in files for one in _cited(json.loads(file.read_text("utf-8")))}
    assert cited
    assert sorted(cited - set(named)) == []


def test_what_has_no_words_is_shown_as_it_is() -> None:
    assert naming.table("another") == "another"
    assert naming.column("message.unknown", "pv_caseversion").endswith("unknown")


@pytest.mark.parametrize("model", [DataLock, TrailReview])
def test_what_is_signed_of_the_seal_has_words_for_every_column(model) -> None:
    table = model._meta.db_table
    names = {field.attname for field in model._meta.concrete_fields} - {"id", "reviewer_id"}
    bare = sorted(name for name in names if naming.column(name, table) == name)
    assert bare == []


@pytest.mark.django_db
def test_sets_of_reference_data_are_named_in_words() -> None:
    codes = ReferenceItem.objects.filter(kind="document").values_list("code", flat=True)
    for language in BOTH:
        with translation.override(language):
            assert [code for code in codes if naming.document(code) == code] == []
            assert not naming.edition(rules.rule_set().edition).startswith("REPORTING")
    with translation.override("en"):
        said = naming.edition("rule_sets 2026-11.5, CN 2026-11-28, other 1")
    assert said == "Reporting rules 2026-11.5, Official holidays CN 2026-11-28, other 1"
