"""One patient's twenty years: every window on record beside what was reckoned by hand.

Two infusions, a corrected infusion date, an amendment, a time at a hospital outside, loss and
return, a transfer to another site of the register, and death. The dates below are those of a
calendar, not of the planner: day zero plus days or calendar months, clamped to the end of a shorter
month, and the days of the window around them. Where the amendment of 2013 shortened the windows of
years 6 to 15 to 30 days, they are the shorter ones.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from followup.actions import (
    amendment_jobs,
    amendments,
    infusions,
    protocols,
    schedules,
    transfers,
)
from followup.actions.follow_up_status import tracing
from followup.actions.follow_up_status.tracing import AttemptInput
from followup.actions.patients import InfusionInput
from followup.actions.transfers import TransferInput
from followup.core import clock, confirmations, jobs
from followup.core.permissions import Role
from followup.core.security.accounts import actor_of
from followup.domain import contents
from followup.domain.dates import PartialDate
from followup.models import Infusion, Patient, PlannedVisit, Schedule
from followup.queries import protocols as protocol_queries
from followup.queries import worklist
from tests import factories

pytestmark = pytest.mark.django_db

# First day of the window, target, last day. The infusion of 2006-03-01.
FIRST = {
    "BL": ("2005-12-31", "2006-02-28", "2006-02-28"),
    "D0": ("2006-03-01", "2006-03-01", "2006-03-01"),
    "D7": ("2006-03-06", "2006-03-08", "2006-03-10"),
    "D14": ("2006-03-12", "2006-03-15", "2006-03-18"),
    "D28": ("2006-03-26", "2006-03-29", "2006-04-05"),
    "M2": ("2006-04-24", "2006-05-01", "2006-05-08"),
    "M3": ("2006-05-25", "2006-06-01", "2006-06-26"),
    "M6": ("2006-08-02", "2006-09-01", "2006-10-01"),
    "M9": ("2006-11-01", "2006-12-01", "2006-12-31"),
    "M12": ("2007-03-01", "2007-03-01", "2007-04-30"),
    "M18": ("2007-08-02", "2007-09-01", "2007-10-01"),
    "M24": ("2008-01-31", "2008-03-01", "2008-03-31"),
    "M30": ("2008-08-02", "2008-09-01", "2008-10-01"),
    "M36": ("2009-01-30", "2009-03-01", "2009-03-31"),
    "M42": ("2009-08-02", "2009-09-01", "2009-10-01"),
    "M48": ("2010-01-30", "2010-03-01", "2010-03-31"),
    "M54": ("2010-08-02", "2010-09-01", "2010-10-01"),
    "M60": ("2011-01-30", "2011-03-01", "2011-03-31"),
    "Y6": ("2012-01-01", "2012-03-01", "2012-04-30"),
    "Y7": ("2013-01-30", "2013-03-01", "2013-03-31"),
    "Y8": ("2014-01-30", "2014-03-01", "2014-03-31"),
    "Y9": ("2015-01-30", "2015-03-01", "2015-03-31"),
    "Y10": ("2016-01-31", "2016-03-01", "2016-03-31"),
    "Y11": ("2017-01-30", "2017-03-01", "2017-03-31"),
    "Y12": ("2018-01-30", "2018-03-01", "2018-03-31"),
    "Y13": ("2019-01-30", "2019-03-01", "2019-03-31"),
    "Y14": ("2020-01-31", "2020-03-01", "2020-03-31"),
    "Y15": ("2021-01-30", "2021-03-01", "2021-03-31"),
    "Y16": ("2021-12-01", "2022-03-01", "2022-05-30"),
    "Y17": ("2022-12-01", "2023-03-01", "2023-05-30"),
    "Y18": ("2023-12-02", "2024-03-01", "2024-05-30"),
    "Y19": ("2024-12-01", "2025-03-01", "2025-05-30"),
    "Y20": ("2025-12-01", "2026-03-01", "2026-05-30"),
    "Y21": ("2026-12-01", "2027-03-01", "2027-05-30"),
}
# The infusion of 2010-08-31: February has no 31st.
SECOND = {
    "BL": ("2010-07-02", "2010-08-30", "2010-08-30"),
    "D0": ("2010-08-31", "2010-08-31", "2010-08-31"),
    "D7": ("2010-09-05", "2010-09-07", "2010-09-09"),
    "D14": ("2010-09-11", "2010-09-14", "2010-09-17"),
    "D28": ("2010-09-25", "2010-09-28", "2010-10-05"),
    "M2": ("2010-10-24", "2010-10-31", "2010-11-07"),
    "M3": ("2010-11-23", "2010-11-30", "2010-12-25"),
    "M6": ("2011-01-29", "2011-02-28", "2011-03-30"),
    "M9": ("2011-05-01", "2011-05-31", "2011-06-30"),
    "M12": ("2011-08-31", "2011-08-31", "2011-10-30"),
    "M18": ("2012-01-30", "2012-02-29", "2012-03-30"),
    "M24": ("2012-08-01", "2012-08-31", "2012-09-30"),
    "M30": ("2013-01-29", "2013-02-28", "2013-03-30"),
    "M36": ("2013-08-01", "2013-08-31", "2013-09-30"),
    "M42": ("2014-01-29", "2014-02-28", "2014-03-30"),
    "M48": ("2014-08-01", "2014-08-31", "2014-09-30"),
    "M54": ("2015-01-29", "2015-02-28", "2015-03-30"),
    "M60": ("2015-08-01", "2015-08-31", "2015-09-30"),
    "Y6": ("2016-08-01", "2016-08-31", "2016-09-30"),
    "Y7": ("2017-08-01", "2017-08-31", "2017-09-30"),
    "Y8": ("2018-08-01", "2018-08-31", "2018-09-30"),
    "Y9": ("2019-08-01", "2019-08-31", "2019-09-30"),
    "Y10": ("2020-08-01", "2020-08-31", "2020-09-30"),
    "Y11": ("2021-08-01", "2021-08-31", "2021-09-30"),
    "Y12": ("2022-08-01", "2022-08-31", "2022-09-30"),
    "Y13": ("2023-08-01", "2023-08-31", "2023-09-30"),
    "Y14": ("2024-08-01", "2024-08-31", "2024-09-30"),
    "Y15": ("2025-08-01", "2025-08-31", "2025-09-30"),
    "Y16": ("2026-06-02", "2026-08-31", "2026-11-29"),
    "Y17": ("2027-06-02", "2027-08-31", "2027-11-29"),
}


@contextmanager
def day(text: str) -> Iterator[date]:
    """A day at noon, after its nightly run."""
    on = date.fromisoformat(text)
    with clock.pinned(datetime.combine(on, time(12), clock.SHANGHAI)):
        while schedules.extend(factories.SYSTEM, today=on):
            pass
        schedules.close_missed(factories.SYSTEM, today=on)
        yield on


def nights(first: str, last: str) -> None:
    """The nightly run twice a year, as the horizon needs it."""
    on, end = date.fromisoformat(first), date.fromisoformat(last)
    while on < end:
        with day(on.isoformat()):
            on += timedelta(days=170)


def windows(infusion: Infusion) -> dict[str, tuple[str, str, str]]:
    rows = PlannedVisit.objects.filter(schedule__infusion=infusion).exclude(state="CANCELLED")
    return {r.code: (str(r.window_start), str(r.target), str(r.due)) for r in rows}


def known(table: dict[str, Any], infusion: Infusion) -> dict[str, Any]:
    """The part of a table that is planned already."""
    codes = PlannedVisit.objects.filter(schedule__infusion=infusion).values_list("code", flat=True)
    return {code: table[code] for code in codes}


def state(infusion: Infusion, code: str) -> str:
    return PlannedVisit.objects.get(schedule__infusion=infusion, code=code).state


def done(nurse: Any, infusion: Infusion, code: str, **answers: Any) -> None:
    """A visit on site with everything its protocol asks for."""
    rows = PlannedVisit.objects.select_related("schedule__protocol")
    planned = rows.get(schedule__infusion=infusion, code=code)
    point = protocol_queries.of(planned.schedule.protocol).by_code[code]
    given: dict[str, Any] = {
        "contact_on": clock.today(),
        "contact_type": "ON_SITE",
        "informant": "PATIENT",
        "vital_status": "ALIVE",
        "disease_status": "REMISSION",
        "new_malignancy": "NO",
        "other_event": "NO",
        "new_therapy": "NO",
        "assessments": dict.fromkeys(contents.ticked(point), contents.DONE),
    }
    said = factories.VisitInput(**given | answers)
    factories.visits.record(nurse, infusion, given=said, planned=planned)
    assert state(infusion, code) == "DONE_IN_WINDOW"


def given_of(infusion: Infusion, infused_on: date) -> InfusionInput:
    return InfusionInput(
        product=infusion.product,
        indication=infusion.indication,
        infused_on=infused_on,
        lot=infusion.lot,
        chain_of_identity=infusion.chain_of_identity,
        dose_cells=infusion.dose_cells,
        lymphodepletion=infusion.lymphodepletion,
    )


def listed(nurse: Any, patient: Patient, today: date) -> set[str]:
    page = worklist.page(nurse, today=today)
    return {item.code for item in page.items if item.patient_id == patient.id}


def amended(lead: Any, other: Any, site: Any) -> None:
    """Years 6 to 15 get windows of 30 days; the patients move in one job."""
    source = protocol_queries.latest()
    row = protocols.draft(actor_of(lead), source, purpose="Committee of 2013")
    place = [e["code"] for e in row.data["points"]].index("Y{year}")
    point = {**row.data["points"][place], "before": 30, "after": 30}
    row = protocols.put_point(actor_of(lead), row, place=place, point=point, version=row.version)
    target = protocols.release(actor_of(other), row, version=row.version)
    move = amendments.propose(
        actor_of(lead),
        factories.product(),
        site=site,
        source=source,
        target=target,
        purpose="Committee of 2013",
    )
    for trial in (True, False):
        job = amendment_jobs.request(actor_of(lead), move, trial=trial)
        assert jobs.run(job.id) is not None
        move.refresh_from_db()
    assert move.counts["schedules"] == 2


def test_twenty_years_of_one_patient() -> None:
    site = factories.make_site()
    nurse = factories.make_actor(Role.NURSE, site=site)
    lead = factories.make_user(Role.SITE_LEAD, site=site)
    other = factories.make_user(Role.SITE_LEAD, site=site)

    with day("2006-03-10") as today:
        sure = confirmations.ALL_CONFIRMED  # the product was approved later
        patient = factories.register(nurse, site, infused_on=today, confirmed=sure)
        first = Infusion.objects.select_related("product", "indication").get(patient=patient)
        assert windows(first)["M3"][1] == "2006-06-10"
    with day("2006-03-16"):
        first = infusions.correct(
            nurse,
            first,
            given=given_of(first, date(2006, 3, 1)),
            version=first.version,
            reason="The chart says 1 March",
            confirmed=confirmations.ALL_CONFIRMED,
        )
        assert windows(first) == known(FIRST, first)
        assert state(first, "BL") == "BEFORE_REGISTER"
        assert state(first, "D14") == "PLANNED"

    with day("2006-06-05"):
        done(nurse, first, "M3")
    nights("2006-08-01", "2010-08-31")
    assert windows(first) == known(FIRST, first)
    assert state(first, "M12") == "MISSED"

    with day("2010-08-31") as today:
        again = replace(given_of(first, today), chain_of_identity="COI-AGAIN")
        second = infusions.reinfuse(
            nurse, patient, given=again, confirmed=confirmations.ALL_CONFIRMED
        )
        assert windows(first) == known(FIRST, first)
        assert windows(second) == known(SECOND, second)
    with day("2011-02-28"):
        done(nurse, second, "M6")
    nights("2011-06-01", "2013-01-10")

    with day("2013-01-10"):
        amended(lead, other, site)
        assert windows(first) == known(FIRST, first)
        assert windows(second) == known(SECOND, second)
        assert Schedule.objects.filter(patient=patient, amendment__isnull=False).count() == 2
    with day("2013-02-20"):
        done(nurse, first, "Y7")

    with day("2014-05-01") as today:
        tracing.transfer(nurse, patient, on=today, reason="Hospital in Chengdu")
    nights("2014-06-01", "2015-03-05")
    with day("2015-03-05") as today:
        assert listed(nurse, patient, today) == set()
        done(nurse, first, "Y9")
        patient.refresh_from_db()
        assert patient.follow_up_state == "ACTIVE"
        assert windows(first) == known(FIRST, first)
        assert windows(second) == known(SECOND, second)

    nights("2015-08-01", "2017-01-10")
    for text, method in (
        ("2017-01-10", "PHONE"),
        ("2017-02-20", "FAMILY"),
        ("2017-05-02", "PHONE"),
    ):
        with day(text) as today:
            found = AttemptInput(attempted_on=today, method=method, result="NO_ANSWER")
            tracing.record_attempt(nurse, patient, given=found)
    with day("2017-05-03") as today:
        looked = AttemptInput(attempted_on=today, method="REGISTRY_LINKAGE", result="NO_ENTRY")
        tracing.record_attempt(nurse, patient, given=looked)
        tracing.declare_lost(nurse, patient)
        patient.refresh_from_db()
        assert patient.follow_up_state == "LOST"
    nights("2017-06-01", "2019-02-20")
    with day("2019-02-20"):
        done(nurse, first, "Y13")
        patient.refresh_from_db()
        assert patient.follow_up_state == "ACTIVE"
        assert windows(first) == known(FIRST, first)

    nights("2019-06-01", "2020-05-01")
    away = factories.make_site()
    before, nurse = nurse, factories.make_actor(Role.NURSE, site=away)
    with day("2020-05-01") as today:
        wanted = TransferInput(to_site=away, effective_on=today, reason="Moved to Xi'an")
        asked = transfers.ask(before, patient, given=wanted)
        assert transfers.accept(nurse, transfer=asked, effective_on=today).state == "IN_FORCE"
        for row in (patient, first, second):
            row.refresh_from_db()
        kept = PlannedVisit.objects.filter(patient=patient, site=site)
        assert set(kept.values_list("code", flat=True)) >= {"M3", "M12", "Y7", "Y9", "Y13"}
        assert not kept.filter(state="PLANNED").exists()
        assert windows(first) == known(FIRST, first), "no date moved, none was lost"
        assert windows(second) == known(SECOND, second)

    nights("2020-06-01", "2026-02-20")
    with day("2026-02-20") as today:
        assert listed(before, patient, today) == set()
        assert "Y20" in listed(nurse, patient, today)
        assert windows(first) == known(FIRST, first)
        assert windows(second) == known(SECOND, second)
        factories.visits.record(
            nurse,
            first,
            given=factories.VisitInput(
                contact_on=today,
                informant="FAMILY",
                vital_status="DEAD",
                died_on=PartialDate(2026, 2, 14),
            ),
        )
        patient.refresh_from_db()
        assert patient.follow_up_state == "DEAD"
        assert state(first, "Y20") == "CANCELLED"
        assert listed(nurse, patient, today) == set()
        assert not Schedule.objects.filter(patient=patient, ended_on__isnull=True).exists()
    # Death cancelled what lay ahead and moved no date.
    rows = PlannedVisit.objects.filter(patient=patient).select_related("schedule")
    for row in rows:
        table = FIRST if row.schedule.infusion_id == first.id else SECOND
        assert (str(row.window_start), str(row.target), str(row.due)) == table[row.code], row.code
    recorded = {(r.schedule.infusion_id, r.code) for r in rows if r.state.startswith("DONE")}
    assert recorded == {
        (first.id, "M3"),
        (second.id, "M6"),
        (first.id, "Y7"),
        (first.id, "Y9"),
        (first.id, "Y13"),
    }
