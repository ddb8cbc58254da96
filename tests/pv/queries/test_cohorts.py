"""Whom a cohort holds and at which day, who may read what of it, and its files."""

import io
from datetime import date, timedelta
from types import SimpleNamespace
from typing import cast

import openpyxl
import pytest
from django.test import Client
from django.utils import translation

from followup.actions import data_locks as lock_actions
from followup.actions import registrations
from followup.core import clock
from followup.core.models import Access
from followup.core.permissions import Role
from followup.core.problems import Denied
from followup.domain.dates import PartialDate
from followup.models import Patient
from pv.domain.cohorts.times import Endpoint, times_of
from pv.domain.periodic.blocks import Grid
from pv.queries import centres, cohorts, figures
from pv.queries.aggregate_reports import people_tables
from pv.queries.aggregate_reports.basis import Basis
from pv.queries.cohort_curves import followed
from pv.queries.cohorts import Filters
from tests import factories

pytestmark = pytest.mark.django_db
AGREED = ("LTFU", "HOLDER")
WANTED = {"figure": "survival"}


def treated(nurse, site, count: int = 1, **more):
    values = {"purposes": AGREED} | more
    return [factories.register(nurse, site, **values) for _ in range(count)]


def codes(actor, **more) -> set[str]:
    filters = Filters(factories.product(), **more)
    with cohorts.reading(filters):
        return {member.code for member in cohorts.members(actor, filters)}


def test_the_holder_reads_those_who_agreed_and_the_inspector_all(nurse, site) -> None:
    (agreed,) = treated(nurse, site)
    (silent,) = treated(nurse, site, purposes=("LTFU",))
    factories.malignancy(nurse, silent)  # the duty to report makes no member of a cohort
    for role in (Role.STUDY_MANAGER, Role.SAFETY_OFFICER, Role.REGULATORY):
        assert codes(factories.make_actor(role)) == {agreed.study_code}
    everyone = {agreed.study_code, silent.study_code}
    assert codes(factories.make_actor(Role.AUDITOR)) == everyone
    with pytest.raises(Denied):
        codes(nurse)


def test_the_cohort_of_another_product_or_period_is_another(nurse, site) -> None:
    (one,) = treated(nurse, site)
    manager = factories.make_actor(Role.STUDY_MANAGER)
    day = factories.infusion_of(one).infused_on
    assert codes(manager, start=day, end=day) == {one.study_code}
    assert codes(manager, start=day + timedelta(days=1)) == set()
    assert codes(manager, end=day - timedelta(days=1)) == set()
    assert codes(manager, cutoff=day - timedelta(days=1)) == set()
    other = factories.Product.objects.exclude(id=factories.product().id).first()
    assert cohorts.members(manager, Filters(other)) == []


def test_a_withdrawn_event_and_an_excluded_malignancy_do_not_count(nurse, site) -> None:
    (ill,) = treated(nurse, site)
    last = clock.today().replace(day=1) - timedelta(days=1)  # on its first day a month is whole
    month = PartialDate(last.year, last.month)
    event = factories.malignancy(nurse, ill, onset=month)
    auditor, filters = factories.make_actor(Role.AUDITOR), Filters(factories.product())
    found = cohorts.malignancies(auditor, filters)
    assert found[ill.id].text == month.isoformat()
    times = times_of(cohorts.members(auditor, filters), Endpoint.MALIGNANCY, filters.last_day)
    assert (times.events, times.partial) == (1, 1)
    with factories.transaction.atomic(), factories.audit.acting(factories.SYSTEM, "test.exclude"):
        cohorts.WorkUp.objects.filter(event=event).update(level="EXCLUDED")
    assert cohorts.malignancies(auditor, filters) == {}


def test_a_death_known_in_part_is_after_the_contact_alive_and_by_the_one_that_told(
    nurse, site
) -> None:
    today = clock.today()
    infused = today - timedelta(days=700)
    (dead,) = treated(nurse, site, infused_on=infused)
    alive, told = infused + timedelta(days=600), infused + timedelta(days=660)
    factories.call(nurse, dead, contact_on=alive)
    year = PartialDate(told.year)
    factories.call(
        nurse, dead, contact_on=told, vital_status="DEAD", died_on=year, informant="FAMILY"
    )
    auditor, filters = factories.make_actor(Role.AUDITOR), Filters(factories.product())
    treated(nurse, site, 2)  # nothing happened to them

    def seen() -> tuple[int, int, int]:
        members = cohorts.members(auditor, filters)
        times = times_of(members, Endpoint.DEATH, filters.last_day)
        counted = followed(auditor, filters)
        assert counted.size == len(members)
        parts = (counted.quiet, counted.dead)
        again = times_of(counted.members, Endpoint.DEATH, filters.last_day, *parts)
        for name in ("days", "states", "earliest", "latest"):
            assert sorted(getattr(again, name)) == sorted(getattr(times, name))
        return times.events, int(times.earliest[0]), int(times.latest[0])

    first = max((date(told.year, 1, 1) - infused).days, 600)
    assert seen() == (1, first, 660)
    with factories.transaction.atomic(), factories.audit.acting(factories.SYSTEM, "test.undated"):
        cohorts.Visit.objects.filter(patient=dead).update(died_on_text="")
        Patient.objects.filter(id=dead.id).update(died_on_text="")
    assert seen() == (1, 600, 660)
    (lane,) = cohorts.lanes(auditor, filters, skip=0, size=1)
    assert lane.member == cohorts.members(auditor, filters)[0]
    with translation.override("en"):
        table = figures.figure(auditor, filters, "swimmer").tables[0]
    assert table.rows[0][-1] == "day not known"
    counted, *_quiet = people_tables.treated(filters.product.id, today)
    assert counted.person.member.death == lane.member.death
    # Known to the day, before the infusion, after the data, and no day of any calendar.
    for text in (told.isoformat(), infused.replace(year=2000).isoformat(), "2099-01-01"):
        with factories.transaction.atomic(), factories.audit.acting(factories.SYSTEM, "test.day"):
            Patient.objects.filter(id=dead.id).update(died_on_text=text)
        seen()
        assert sum(followed(auditor, filters).dead.values()) == (text < "2099")


def test_a_voided_registration_is_nobody_treated_in_a_report(nurse, site) -> None:
    kept, wrong = treated(nurse, site, 2)
    asked = registrations.ask_void(nurse, wrong, reason="未回输")
    registrations.decide(factories.make_actor(Role.PHYSICIAN, site=site), asked, confirm=True)
    product, today = factories.product(), clock.today()
    (counted,) = people_tables.treated(product.id, today)
    assert counted.person.member.day0 == factories.infusion_of(kept).infused_on
    basis = cast(Basis, SimpleNamespace(product=product, start=today, end=today))
    (grid,) = people_tables.follow_up(basis)
    assert isinstance(grid, Grid)
    assert [row[-1] for row in grid.rows][-1] == "1"


def test_a_cohort_at_a_lock_stays_as_it_was_known(nurse, site) -> None:
    (one,) = treated(nurse, site)
    lock = lock_actions.make(factories.SYSTEM, name="cohort")
    (two,) = treated(nurse, site)
    manager = factories.make_actor(Role.STUDY_MANAGER)
    assert codes(manager, lock=lock) == {one.study_code}
    assert codes(manager) == {one.study_code, two.study_code}


def test_small_groups_are_hidden_from_the_holder_alone(nurse, site) -> None:
    treated(nurse, site, 4)
    filters = Filters(factories.product())
    manager, auditor = (factories.make_actor(r) for r in (Role.STUDY_MANAGER, Role.AUDITOR))
    with translation.override("en"):
        hidden = figures.figure(manager, filters, "survival")
        open_to = figures.figure(auditor, filters, "survival")
    assert hidden.picture is None
    assert not hidden.tables
    assert open_to.tables[0].rows[0] == ["Patients", "4"]
    rows = centres.performance(manager, filters).centres
    assert (rows[0].hidden, rows[0].patients) == (True, "<5")
    assert centres.performance(auditor, filters).centres[0].patients == "4"


def test_a_centre_shows_visits_due_and_done(nurse, site) -> None:
    day = clock.today() - timedelta(days=120)
    patient = factories.register_in_time(nurse, site, infused_on=day, purposes=AGREED)
    planned = patient.planned_visits.filter(state="MISSED").count()
    (row,) = centres.performance(
        factories.make_actor(Role.AUDITOR), Filters(factories.product())
    ).centres
    cells = [cell for cell in row.cells if cell]
    assert sum(cell.due for cell in cells) >= planned > 0
    assert all(cell.done == 0 for cell in cells)
    assert all((cell.share == 0) == (cell.due > 0) for cell in cells)


def page(role, path, query=WANTED, language="en"):
    client = Client(raise_request_exception=False, headers={"accept-language": language})
    client.force_login(factories.make_user(role, language=language))
    return client.get(path, query)


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_figure_has_a_page_and_files(nurse, site, language) -> None:
    for patient in treated(nurse, site, 6):
        factories.call(nurse, patient)
    with translation.override("en"):
        known = [kind for kind, _words in figures.kinds()]
    for kind in known:
        query = {"figure": kind, "measure": "ldh"}
        shown = page(Role.STUDY_MANAGER, "/cohort/", query, language)
        assert shown.status_code == 200, kind
        if kind in ("survival", "swimmer"):
            assert 'role="img"' in shown.content.decode()
            assert "<table" in shown.content.decode()
    for kind in ("malignancy", "swimmer"):
        pdf = page(Role.STUDY_MANAGER, "/cohort/file/pdf/", {"figure": kind}, language)
        assert pdf.content.startswith(b"%PDF"), kind
    book = page(Role.STUDY_MANAGER, "/cohort/file/xlsx/", language=language)
    sheets = openpyxl.load_workbook(io.BytesIO(book.content)).worksheets
    assert len(sheets) == 3
    assert Access.objects.filter(kind="figure.download").count() == 3
    assert page(Role.STUDY_MANAGER, "/centres/", {}, language).status_code == 200


def test_a_figure_there_is_not_is_no_other_one(nurse, site) -> None:
    treated(nurse, site)
    for place in ("/cohort/", "/cohort/file/pdf/"):
        assert page(Role.STUDY_MANAGER, place, {"figure": "survivall"}).status_code == 404
        assert page(Role.STUDY_MANAGER, place, {}).status_code == 200
    assert Access.objects.filter(kind="figure.download").count() == 1


def test_a_filter_that_cannot_be_read_says_so(nurse, site) -> None:
    treated(nurse, site)
    shown = page(Role.STUDY_MANAGER, "/cohort/", {"start": "05/11/2026"})
    assert shown.status_code == 422
    assert "05/11/2026" in shown.content.decode()
    assert page(Role.STUDY_MANAGER, "/cohort/file/pdf/", {"site": "x"}).status_code == 404
    assert page(Role.STUDY_MANAGER, "/cohort/file/exe/").status_code == 404
    assert page(Role.NURSE, "/cohort/").status_code == 403
    assert page(Role.ADMINISTRATOR, "/centres/").status_code == 403
