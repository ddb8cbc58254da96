"""The on-time share: what counts, what is late, cause and action, both files, both languages."""

import io
from datetime import date, timedelta
from decimal import Decimal

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from followup.core import clock
from followup.core.naming import localized_name
from followup.core.permissions import Role
from followup.core.problems import Conflict, NotFound, Refused
from pv.actions import late_reports
from pv.domain.compliance import Tally, on_time, summed
from pv.models import Case, ReportClock
from pv.queries import compliance
from tests import factories

BACKEND = "django.contrib.auth.backends.ModelBackend"
SAID = {"cause": "entry", "explanation": "排队", "corrective_action": "增加人员"}


def test_a_share_is_never_rounded_up_to_all():
    assert Tally(0, 0).percent is None
    assert Tally(3, 3).percent == Decimal(100)
    assert Tally(3000, 2999).percent == Decimal("99.9")


def test_the_last_day_is_on_time():
    due = date(2026, 2, 14)
    assert (on_time(due, due), on_time(due, due + timedelta(days=1))) == (True, False)


TALLIES = st.builds(
    lambda due, part: Tally(due, due * part // 10), st.integers(0, 50), st.integers(0, 10)
)


@given(st.lists(st.tuples(st.sampled_from("ABC"), TALLIES)))
def test_the_parts_make_the_whole_in_any_order(rows):
    whole = sum((tally for _key, tally in rows), Tally())
    assert sum(summed(rows).values(), Tally()) == whole
    assert dict(summed(rows)) == dict(summed(reversed(rows)))


@pytest.fixture
def officer():
    return factories.make_actor(Role.SAFETY_OFFICER)


def sent(case: Case, days: int | None) -> ReportClock:
    """The clock of a case, met so many days after its due day; None leaves it open."""
    row = case.clocks.get(rule="CN-S", stopped_at=None)
    with factories.transaction.atomic(), factories.audit.acting(factories.SYSTEM, "test"):
        met = None if days is None else row.due + timedelta(days=days)
        ReportClock.objects.filter(id=row.id).update(met_on=met)
    row.refresh_from_db()
    return row


@pytest.fixture
def clocks() -> list[ReportClock]:
    """On time, on the last day, a day late, and never sent though its day has passed."""
    site = factories.make_site("CMP")
    nurse = factories.make_actor(Role.NURSE, site=site)
    rows = []
    for number, days in enumerate((-3, 0, 1, None)):
        aware_on = clock.today() - timedelta(days=40 - number)
        patient = factories.register(nurse, site)
        event = factories.malignancy(nurse, patient, aware_on=aware_on)
        rows.append(sent(Case.objects.get(sources__event=event), days))
    return rows


def year() -> compliance.Period:
    today = clock.today()
    return compliance.Period(today - timedelta(days=200), today)


@pytest.mark.django_db
def test_the_tables_count_the_same_clocks(officer, clocks):
    result = compliance.of(officer, year(), today=clock.today())
    assert result.total == Tally(4, 2)
    assert result.by_receiver == {"NMPA": Tally(4, 2)}
    assert result.by_partner == {f"{localized_name(clocks[0].site)} (CMP)": Tally(4, 2)}
    assert sum(result.by_month.values(), Tally()) == Tally(4, 2)
    assert [row.id for row in result.late] == [row.id for row in clocks[2:]]
    other = factories.make_actor(
        Role.SAFETY_OFFICER,
        product=factories.Product.objects.filter(is_car_t=True).order_by("code")[3],
    )
    assert compliance.of(other, year(), today=clock.today()).total == Tally()


@pytest.mark.django_db
def test_a_late_report_has_its_cause_and_action(officer, clocks):
    punctual, late = clocks[0], clocks[2]
    with pytest.raises(NotFound):
        late_reports.explain(officer, punctual, version=0, **SAID)
    with pytest.raises(Refused) as refused:
        late_reports.explain(officer, late, version=0, **SAID | {"cause": "", "explanation": " "})
    assert set(refused.value.fields) == {"cause", "explanation"}
    late_reports.explain(officer, late, version=0, **SAID)
    with pytest.raises(Conflict):
        late_reports.explain(officer, late, version=0, **SAID | {"cause": "review"})
    kept = late_reports.explain(officer, late, version=1, **SAID | {"cause": "review"})
    assert (kept.cause, kept.version) == ("review", 2)


@pytest.mark.django_db
def test_page_form_and_files(officer, clocks):
    where = reverse("compliance-late", args=[clocks[3].id])
    for language, word in (
        ("en", "Case entry or quality check"),
        ("zh-hans", "增加人员"),
    ):
        client = Client()
        user = factories.make_user(Role.SAFETY_OFFICER, language=language)
        client.force_login(user, backend=BACKEND)
        answer = client.post(where, {"version": "0", "cause": "entry", "explanation": "排队"})
        assert answer.status_code == 422
        assert "排队" in answer.content.decode()
        if language == "en":
            assert client.post(where, {"version": "0", **SAID}).status_code == 302
        text = client.get(reverse("compliance")).content.decode()
        assert word in text
        assert "50 %" in text
        answer = client.get(reverse("compliance-export", args=["xlsx"]))
        book = openpyxl.load_workbook(io.BytesIO(answer.content))
        cells = {cell.value for sheet in book for row in sheet.rows for cell in row}
        assert {word, "排队"} <= cells
        assert any(str(cell).endswith(" (CMP)") for cell in cells)
        assert client.get(reverse("compliance-export", args=["pdf"])).content.startswith(b"%PDF")
    assert client.get(reverse("compliance-export", args=["exe"])).status_code == 404
    assert client.get(reverse("compliance") + "?from=x&to=&product=y").status_code == 200
    said = [
        client.get(reverse("compliance") + query).context["misread"]
        for query in ("?from=2026-02-30", "?from=2026-03-01&to=2026-01-01", "?from=2026-01-01")
    ]
    assert [bool(text) for text in said] == [True, True, False]
    assert said[0] != said[1]
