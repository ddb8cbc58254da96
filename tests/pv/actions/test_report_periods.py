"""Periodic reports cover every day once: what is wrong between two of them is said."""

from datetime import date

import pytest
from django.test import Client

from followup.core.permissions import Role
from followup.core.security.accounts import actor_of
from pv.actions import aggregate_reports as actions
from pv.domain.aggregates import CoverageFault, Fault
from pv.queries.aggregate_reports import register
from tests import factories

pytestmark = pytest.mark.django_db


def test_days_no_report_covers_and_days_two_cover_are_shown() -> None:
    day = date.fromisoformat
    author = factories.make_user(Role.REGULATORY, language="en")
    actor, product = actor_of(author), factories.product()
    first, _second, third = (
        actions.open_report(actor, product, kind="PSUR", start=day(start), end=day(end))
        for start, end in (
            ("2024-01-01", "2024-06-30"),
            ("2024-07-03", "2024-12-31"),
            ("2024-12-31", "2025-06-30"),
        )
    )
    assert register.coverage_faults(actor, first) == ()
    assert register.coverage_faults(actor, third) == (
        CoverageFault(Fault.GAP, day("2024-07-01"), day("2024-07-02")),
        CoverageFault(Fault.OVERLAP, day("2024-12-31"), day("2024-12-31")),
    )
    update = actions.open_report(
        actor, product, kind="RMP_UPDATE", start=day("2025-01-01"), end=day("2025-06-30")
    )
    assert register.coverage_faults(actor, update) == ()
    client = Client(headers={"accept-language": "en"})
    client.force_login(author)
    page = client.get(f"/reports/written/{third.id}/").content.decode()
    assert "No report of this kind covers these days" in page
    assert "2024-07-02" in page
    assert "covers these days" not in client.get(f"/reports/written/{first.id}/").content.decode()
