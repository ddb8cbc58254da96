"""Practice patients count nowhere and are told to nobody, whatever is recorded of them."""

import ast
import re
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import resolve, reverse

from dev.paths import ROOT
from followup.actions import events as event_actions
from followup.actions import (
    practice,
    registrations,
    retractions,
)
from followup.actions.patients import infusion_problems
from followup.core import clock, guards, scope
from followup.core.actor import Actor
from followup.core.models import User
from followup.core.permissions import ROLES, Basis, Role
from followup.core.problems import Refused
from followup.core.row_security import contexts
from followup.domain import facts
from followup.domain.consents import Purpose
from followup.domain.patient_messages import Obstacle
from followup.domain.practice import code_prefix, is_invented, is_practice_code
from followup.domain.visits import SEARCHED
from followup.models import (
    AdverseEvent,
    Infusion,
    Patient,
    PlannedVisit,
    PracticePatient,
    Sample,
    Visit,
)
from followup.queries import (
    amendments,
    data_queries,
    duplicates,
    exports,
    identity,
    left_out,
    quality,
    visit_locks,
    worklist,
)
from followup.queries import patient_messages as messages
from followup.queries.exports import ExportChoice
from followup.queries.reminders import visits as visit_reminders
from pv.actions.cases import drafting
from pv.models import Case, WatchItem, WorkUp
from pv.queries import aggregates, centres, cohorts, lots
from pv.queries.aggregate_reports import people_tables
from pv.queries.datasets import subjects
from pv.queries.datasets.choices import DatasetChoice
from pv.queries.signals import board
from tests import factories
from tests.architecture.test_consent_matrix import ROWS, record_follow_up
from tests.architecture.test_matrix import ADDRESSES, OWN_SPACE

pytestmark = pytest.mark.django_db
EVERY = tuple(purpose.value for purpose in Purpose)
OUTSIDE = [role for role, spec in ROLES.items() if spec.basis is not Basis.CARE]


def _everything(nurse: Actor, patient: Patient) -> None:
    """What a nurse records to learn: a call, tubes, values, a grade, a malignancy and a death."""
    record_follow_up(nurse, patient)
    factories.malignancy(nurse, patient)


def _figures(lead: Actor, auditor: Actor, site: Any) -> dict[str, Any]:
    """Every number a hospital or a holder reads, as a reader who is shown every patient has it."""
    today, product = clock.today(), factories.product()
    filters = cohorts.Filters(product)
    lot = lots.one(auditor, product.id, "A2608-17")
    choice = ExportChoice(site.id)
    data = DatasetChoice(product.id, "", "sdtm", 0)
    start = today - timedelta(days=400)
    return {
        "quality": quality.board(lead, site, today=today),
        "worklist": worklist.counts(lead, today=today),
        "signed": visit_locks.share(lead, site),
        "queries": (data_queries.counts(lead), data_queries.ages(lead, site.id, today)),
        "exports": [exports.count(lead, choice, dataset) for dataset in exports.MODELS],
        "left out of exports": exports.left_out_count(lead, choice),
        "left out": [left_out.counts(lead, purpose) for purpose in Purpose],
        "protocols": amendments.use(lead),
        "duplicates": duplicates.pairs(lead),
        "exposure": aggregates.exposure(product, start, today),
        "person-time": people_tables.treated(product.id, today),
        "visits": people_tables._visits(product.id, start, today),
        "states": people_tables._states(product.id, today),
        "cohort": cohorts.people(auditor, filters),
        "left out of cohorts": cohorts.left_out(auditor, filters),
        "centres": centres.performance(auditor, filters),
        "lot": ([row.id for row in lot.infusions], lot.cases, lot.reached),
        "special interest": board.board(auditor, filters),
        "data set": {row.id for row in subjects._treated(auditor, data)},
        "cases": Case.objects.count(),
        "work-ups": WorkUp.objects.count(),
        "monitoring": WatchItem.objects.count(),
    }


@dataclass
class World:
    """A hospital with a real patient and one of practice, of both the same is recorded."""

    nurse: Actor
    lead: Actor
    real: Patient
    practice: Patient
    before: dict[str, Any]
    after: dict[str, Any]


@pytest.fixture(scope="module")
def world(module_transaction: None) -> World:
    site = factories.make_site()
    nurse = factories.make_actor(Role.NURSE, site=site)
    lead = factories.make_actor(Role.SITE_LEAD, site=site)
    auditor = factories.make_actor(Role.AUDITOR)
    real = factories.register(nurse, site, purposes=EVERY)
    _everything(nurse, real)
    before = _figures(lead, auditor, site)
    invented = factories.register(nurse, site, purposes=EVERY, training=True)
    _everything(nurse, invented)
    return World(nurse, lead, real, invented, before, _figures(lead, auditor, site))


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("SH01-PRACTICE-00001", True),
        ("SH-01-PRACTICE-1", True),
        ("SH01-00001", False),
        ("PRACTICE-00001", False),
        ("SH01-PRACTICE-", False),
        ("", False),
        ("SH01-PRACTICE-١", False),
    ],
)
def test_the_number_says_what_it_is(code: str, said: bool) -> None:
    assert is_practice_code(code) is said
    assert is_practice_code(f"{code_prefix('SH01')}00007")
    assert is_invented(" practice-1")
    assert not is_invented("COI-1")


def test_no_figure_changes(world: World) -> None:
    changed = [name for name, was in world.before.items() if world.after[name] != was]
    assert changed == []
    assert Case.objects.filter(patient=world.real).count() == 1  # the same was told of the other


def _tables() -> list[tuple[Any, str]]:
    """Every table whose rows are about a patient, and the path to the patient."""
    found = [(model, scope.of(model).patient) for model in guards.own_models()]
    return [(model, path) for model, path in found if path]


@pytest.mark.parametrize("role", OUTSIDE)
def test_whoever_is_outside_sees_no_row_by_either_wall(role: Role, world: World) -> None:
    reader, held, seen = factories.make_actor(role), 0, 0
    for model, path in _tables():
        rows = model._default_manager.filter(**{path: world.practice.id})
        held += rows.count()
        real = model._default_manager.filter(**{path: world.real.id})
        perm = scope.of(model).read
        if perm not in reader.permissions:
            continue
        assert not scope.visible(reader, rows).exists(), model
        with contexts.using(contexts.person(reader)):
            assert not rows.exists(), model  # the database, asked without a filter of ours
            seen += real.exists()
    assert held > 40
    assert seen > 8  # of the real patient, who agreed, the same tables


def test_nobody_is_told(world: World) -> None:
    assert not Case.objects.filter(patient=world.practice).exists()
    assert not WorkUp.objects.filter(event__patient=world.practice).exists()
    assert messages.obstacle_to_any(world.practice) is Obstacle.PRACTICE
    assert messages.obstacle_to_any(world.real) is None
    assert duplicates.alike(world.nurse, world.practice) == []
    event = AdverseEvent.objects.get(patient=world.practice)
    told = facts.AdverseEventRestored(**event_actions.fact_of(event, world.nurse), reason="错")
    with pytest.raises(Refused, match="练习|practice"):
        drafting.draft(Actor.process("test"), told)


def test_no_reminder_is_due(world: World) -> None:
    """Of the obligations of both, each source is silent about the practice patient's."""
    states = [state.value for state in SEARCHED]
    for source in visit_reminders.SOURCES:
        condition = "visit.patient_id = %(patient)s"
        values = {
            "patient": world.practice.id,
            "today": clock.today(),
            "subject_states": states,
        }
        with connection.cursor() as cursor:
            cursor.execute(source.statement(condition), values)
            columns = [column.name for column in cursor.description or ()]
            said = {row[columns.index("silence")] for row in cursor.fetchall()}
        assert said == {"closed"}, source.kind


# Counts over rows of patients that hold practice patients on purpose: a work list, a place that
# is taken, one patient, rows that were drawn without them.
COUNTED_AS_THEY_ARE = {
    "followup/queries/batches.py:standing": "the rows of one batch",
    "followup/queries/erasure_files.py:count": "files of a hospital",
    "followup/queries/erasure_searches.py:counts": "one person",
    "followup/queries/erasure_searches.py:sought": "one person",
    "followup/queries/erasure_searches.py:texts": "one person",
    "followup/queries/erasures.py:outdated": "files of a hospital",
    "followup/queries/exports.py:count": "of _rows, which leaves them out",
    "followup/queries/exports.py:left_out_count": "of patients, which leaves them out",
    "followup/queries/kits.py:_as_they_are": "steps of a kit",
    "followup/queries/kits.py:page": "what a kit holds",
    "followup/queries/kits.py:stock": "kits on the shelf",
    "followup/queries/laboratory/files.py:columns": "columns of a file",
    "followup/queries/laboratory/files.py:unmapped": "items of a file",
    "followup/queries/laboratory/files.py:waiting": "items of files and messages that wait",
    "followup/queries/left_out.py:counts": "of _reachable, which leaves them out",
    "followup/queries/person_records.py:images": "one person",
    "followup/queries/recovery.py:smoke": "whether a restored copy answers",
    "followup/queries/registrations.py:preview": "one person",
    "followup/queries/registrations.py:waiting": "decisions that wait",
    "followup/queries/signables.py:_cut": "one patient",
    "followup/queries/signables.py:_visit": "one visit",
    "followup/queries/source_verifications.py:counts": "of a sample, drawn without them",
    "followup/queries/source_verifications.py:patients": "of a sample, drawn without them",
    "followup/queries/source_verifications.py:unchecked": "of a sample, drawn without them",
    "followup/queries/storage.py:boxes": "positions that are taken",
    "pv/queries/aggregates.py:count": "cases, of which they have none",
    "pv/queries/aggregates.py:nullified": "cases",
    "pv/queries/aggregates.py:state": "cases",
    "pv/queries/cases.py:boxes": "cases",
    "pv/queries/cases.py:count": "cases",
    "pv/queries/centres.py:_by_month": "of _visits, which leaves them out",
    "pv/queries/centres.py:_overdue": "of _visits, which leaves them out",
    "pv/queries/centres.py:_lost": "of a cohort, which leaves them out",
    "pv/queries/centres.py:performance": "of _visits, which leaves them out",
    "pv/queries/cohort_curves.py:_by_days": "of a cohort, which leaves them out",
    "pv/queries/cohort_happenings.py:last_alive": "of contacts given to it",
    "pv/queries/counted_cases.py:portion": "cases, of which they have none",
    "pv/queries/follow_up_requests.py:box_counts": "questions about cases",
    "pv/queries/integration_sites.py:count": "one infusion",
    "pv/queries/lots.py:search": "of _infusions, which leaves them out",
    "pv/queries/obligations.py:learned_at": "one case",
    "pv/queries/work_up_tasks.py:_item": "one work-up",
}
COUNTS = {"Count", "Sum", "Avg", "Max", "Min", "aggregate", "count"}


def _attributes(node: ast.AST) -> set[str]:
    return {each.attr for each in ast.walk(node) if isinstance(each, ast.Attribute)}


def _names(node: ast.AST) -> set[str]:
    named = {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
    return named | _attributes(node)


def _counting_queries() -> set[str]:
    """Query functions that count and name, in their module, a table of patients' rows."""
    of_patients = {model.__name__ for model, _path in _tables()}
    found = set()
    for package in ("followup", "pv"):
        for path in sorted((ROOT / package / "queries").rglob("*.py")):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            if not _names(tree) & of_patients:
                continue
            for node in ast.walk(tree):
                if not isinstance(node, ast.FunctionDef):
                    continue
                if _names(node) & COUNTS and not _attributes(node) & {"counting", "counted"}:
                    found.add(f"{path.relative_to(ROOT)}:{node.name}")
    return found


def test_every_query_that_counts_leaves_them_out_or_says_why_not() -> None:
    found = _counting_queries()
    assert found - set(COUNTED_AS_THEY_ARE) == set()
    assert set(COUNTED_AS_THEY_ARE) - found == set(), "take it off the list"


def test_statements_by_hand_that_leave_out_voided_ones_leave_out_practice() -> None:
    by_hand = [
        path
        for package in ("followup/queries", "pv/queries")
        for path in (ROOT / package).rglob("*.py")
        if "FROM followup_retiredpatient" in path.read_text(encoding="utf-8")
    ]
    without = [
        path.name
        for path in by_hand
        if "FROM followup_practicepatient" not in path.read_text(encoding="utf-8")
    ]
    assert len(by_hand) >= 3
    assert without == ["monitoring_items.py"]  # no fact of a practice patient opens one


def test_what_was_real_stays_real_and_what_was_practice_stays_practice(world: World) -> None:
    nurse, real, invented = world.nurse, world.real, world.practice
    given = factories.infusion_of(invented)
    event = AdverseEvent.objects.get(patient=real)
    for patient in (real, invented):
        with pytest.raises(Refused):
            practice.change(nurse, patient, practice=not patient.practice)
        other = real if patient is invented else invented
        with pytest.raises(Refused) as refused:
            registrations.ask_merge(nurse, patient, survivor=other, reason="同一人")
        assert "study_code" in refused.value.fields
    with pytest.raises(Refused) as refused:
        retractions.move(nurse, event, to=given, version=event.version, reason="错")
    assert "to" in refused.value.fields
    with pytest.raises(Refused):
        practice.end(nurse, real)
    for statement in (
        f"INSERT INTO followup_practicepatient VALUES ('{real.id}')",
        f"UPDATE followup_practicepatient SET patient_id = '{real.id}'",
        "DELETE FROM followup_practicepatient",
    ):
        with pytest.raises(IntegrityError, match="practice patient"), transaction.atomic():
            connection.cursor().execute(statement)
    assert set(PracticePatient.objects.values_list("patient_id", flat=True)) == {invented.id}


def test_it_has_no_document_and_no_real_bag(world: World) -> None:
    nurse, site = world.nurse, world.real.site
    somebody = replace(factories.person(), national_id="11010519491231002X")
    with pytest.raises(Refused) as refused:
        factories.register(nurse, site, identity=somebody, training=True)
    assert "national_id" in refused.value.fields
    assert infusion_problems({"chain_of_identity": "PRACTICE-9"}, None, clock.today())
    assert infusion_problems({"chain_of_identity": "COI-9"}, None, clock.today(), training=True)
    again = replace(factories.person(), name=identity.reveal(nurse, world.real, purpose="t").name)
    assert factories.register(nurse, site, identity=again, training=True).practice


# Where an address says what its key is of; elsewhere each row of the patient is tried.
KEY_OF = {
    "patients/": Patient,
    "events/": AdverseEvent,
    "samples/": Sample,
    "infusions/": Infusion,
    "contacts/": Visit,
}


def _pages(client: Client, patient: Patient) -> dict[str, str]:
    """Every page with one id, asked for the rows of the patient until one is found."""
    key_of: dict[Any, Any] = {}
    for model in ROWS:
        rows = model._default_manager.filter(**{scope.of(model).patient: patient.id})
        if (row := rows.first()) is not None and not isinstance(row.pk, int):
            key_of[model] = row.pk
    planned = PlannedVisit.objects.filter(patient=patient, state="PLANNED").first()
    found = {}
    for address in ADDRESSES:
        if len(address.parameters) != 1 or address.name in OWN_SPACE or "api" in address.route:
            continue
        kind, name = address.parameters[0]
        model = next((m for start, m in KEY_OF.items() if address.route.startswith(start)), None)
        keys = [planned.id] if kind == "int" else [key_of[model]] if model else key_of.values()
        path = address.path({name: planned.id if kind == "int" else patient.id})
        ours = resolve(path).func.__module__.startswith("followup.web.")
        for key in keys if ours and kind in ("int", "uuid") and ".pdf" not in path else ():
            answer = client.get(address.path({name: key}))
            if answer.status_code == 403:
                break
            if answer.status_code == 200 and answer["Content-Type"].startswith("text/html"):
                found[address.route] = answer.content.decode()
                break
    return found


def test_every_page_about_it_says_so(world: World) -> None:
    client = Client()
    client.force_login(User.objects.get(id=world.nurse.id))
    pages = _pages(client, world.practice)
    about = {path: text for path, text in pages.items() if "<h1" in text}
    silent = [path for path, text in about.items() if "Practice patient" not in text]
    assert len(about) > 25
    assert silent == []
    listed = client.get(reverse("patients")).content.decode()
    rows = re.findall(r"<tr>.*?</tr>", listed, re.DOTALL)
    marked = {bool("PRACTICE" in row): "Practice" in row for row in rows if 'scope="row"' in row}
    assert marked == {True: True, False: False}
    real = client.get(reverse("patient", args=[world.real.id])).content.decode()
    assert "Practice patient" not in real


def test_ended_it_is_out_of_every_list(world: World) -> None:
    client = Client()
    client.force_login(User.objects.get(id=world.nurse.id))
    page = client.post(reverse("practice-end", args=[world.practice.id]))
    assert page.status_code == 302
    assert client.get(reverse("patient", args=[world.practice.id])).status_code == 404
    client.get(reverse("patients"))  # says that it is ended
    assert world.practice.study_code not in client.get(reverse("patients")).content.decode()
    answer = client.post(reverse("practice-end", args=[world.real.id]))
    assert answer["Location"] == reverse("patient", args=[world.real.id])
    assert "no practice patient" in client.get(answer["Location"]).content.decode()
    assert Patient.objects.filter(id=world.real.id, retired=None).exists()


def test_over_the_api(world: World) -> None:
    client = Client()
    client.force_login(User.objects.get(id=world.nurse.id))
    of = {p: reverse("api-patient", args=[p.id]) for p in (world.real, world.practice)}
    for patient, address in of.items():
        assert client.get(address).json()["practice"] is patient.practice
        body = {"practice": not patient.practice}
        answer = client.patch(address, body, content_type="application/json")
        assert answer.status_code == 422
    ended = [client.post(f"{address}practice/end/") for address in of.values()]
    assert [answer.status_code for answer in ended] == [422, 204]
    assert client.get(of[world.practice]).status_code == 404
