"""A state moves in one place: every other write of a state column in the code is found here."""

import ast
import re
from pathlib import Path

import pytest
from django.apps import apps
from django.db import connection

from followup.core.models.jobs import JOB
from followup.models.states import (
    APPOINTMENT,
    DATA_QUERY,
    ERASURE,
    KIT,
    PATIENT_MESSAGE,
    PATIENT_REPORT,
    REGISTRATION,
    SOURCE_VERIFICATION,
)
from followup.models.states import COLUMNS as FOLLOW_UP_COLUMNS
from followup.models.transfer_states import TRANSFER
from pv.domain.approvals import CommitmentState
from pv.models.states import COLUMNS as SAFETY_COLUMNS

ROOT = Path(__file__).resolve().parents[2]
HOME = ROOT / "followup/core/states.py"
# Mail has a lease in SQL and no table of states: `notice` and `outbox` are not machines.
MAIL = ("followup/core/mail/", "followup/actions/notices/", "followup/actions/reminders/")
COLUMNS = (*FOLLOW_UP_COLUMNS, *SAFETY_COLUMNS, JOB)
NAMES = {column.column for column in COLUMNS}
SQL = re.compile(rf"\bSET\s+({'|'.join(NAMES)})\s*=", re.I)
MAKERS = {"create", "get_or_create", "update_or_create", "PlannedVisit", "Patient", "Sample"}
MAKERS |= {"LaboratoryFinding", "LaboratoryLine", "Transmission"}
MAKERS |= {"LaboratoryMessage", "IdentifierFinding"}
MAKERS |= {"DataQuery", "SourceVerification", "Kit"}
MAKERS |= {"WorkUp", "Case", "Submission", "ReceivedReport", "Commitment", "Job", "AggregateReport"}
TABLES = {
    "followup_plannedvisit": ("state", FOLLOW_UP_COLUMNS[0].machine.states),
    "followup_patient": ("follow_up_state", FOLLOW_UP_COLUMNS[1].machine.states),
    "followup_sample": ("state", FOLLOW_UP_COLUMNS[2].machine.states),
    "followup_laboratoryfinding": ("state", FOLLOW_UP_COLUMNS[3].machine.states),
    "followup_laboratoryline": ("state", FOLLOW_UP_COLUMNS[4].machine.states),
    "followup_laboratorymessage": ("state", FOLLOW_UP_COLUMNS[5].machine.states),
    "followup_identifierfinding": ("state", FOLLOW_UP_COLUMNS[6].machine.states),
    "followup_dataquery": ("state", DATA_QUERY.machine.states),
    "followup_identityerasure": ("state", ERASURE.machine.states),
    "followup_appointment": ("state", APPOINTMENT.machine.states),
    "followup_patientmessage": ("state", PATIENT_MESSAGE.machine.states),
    "followup_patientreport": ("state", PATIENT_REPORT.machine.states),
    "followup_kit": ("state", KIT.machine.states),
    "followup_sourceverification": ("state", SOURCE_VERIFICATION.machine.states),
    "followup_registrationdecision": ("state", REGISTRATION.machine.states),
    "followup_patienttransfer": ("state", TRANSFER.machine.states),
    "pv_workup": ("state", SAFETY_COLUMNS[0].machine.states),
    "pv_case": ("stage", SAFETY_COLUMNS[1].machine.states),
    "pv_submission": ("state", SAFETY_COLUMNS[2].machine.states),
    "pv_receivedreport": ("state", SAFETY_COLUMNS[3].machine.states),
    "pv_acknowledgement": ("state", SAFETY_COLUMNS[4].machine.states),
    "pv_transmission": ("state", SAFETY_COLUMNS[5].machine.states),
    "pv_signal": ("state", SAFETY_COLUMNS[6].machine.states),
    "pv_aggregatereport": ("state", SAFETY_COLUMNS[7].machine.states),
    "pv_followuprequest": ("state", SAFETY_COLUMNS[8].machine.states),
    "pv_commitment": ("state", CommitmentState),
    "core_job": ("state", JOB.machine.states),
}


def writes(source: str) -> list[str]:
    """Every place in a module that gives a state column a value, apart from new rows' `start`."""
    found = []
    for node in ast.walk(ast.parse(source)):
        targets: list[ast.expr] = []
        if isinstance(node, ast.Assign):
            targets = [
                part
                for target in node.targets
                for part in (target.elts if isinstance(target, ast.Tuple) else [target])
            ]
        elif isinstance(node, ast.AugAssign | ast.AnnAssign):
            targets = [node.target]
        found += [f"{node.lineno}: .{t.attr} =" for t in targets if _state(t)]
        if isinstance(node, ast.Call):
            found += [f"{node.lineno}: {text}" for text in _call(node)]
        if isinstance(node, ast.Constant) and SQL.search(str(node.value)):
            found.append(f"{node.lineno}: SQL")
    return found


def _state(target: ast.expr) -> bool:
    mine = isinstance(target, ast.Attribute) and target.attr in NAMES
    return mine and not (isinstance(target.value, ast.Name) and target.value.id == "self")


def _call(node: ast.Call) -> list[str]:
    name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
    if isinstance(node.func, ast.Name):
        name = node.func.id
    if name == "setattr" and isinstance(node.args[1], ast.Constant):
        return [f"setattr {node.args[1].value}"] if node.args[1].value in NAMES else []
    if name == "update":
        return [f"update({k.arg}=)" for k in node.keywords if k.arg in NAMES]
    if name in MAKERS:
        given = [(k.arg, k.value) for k in node.keywords]
        for keyword in node.keywords:
            if isinstance(keyword.value, ast.Dict):
                pairs = zip(keyword.value.keys, keyword.value.values, strict=True)
                given += [(k.value, v) for k, v in pairs if isinstance(k, ast.Constant)]
        return [f"{name}({k}=)" for k, value in given if k in NAMES and not _start(value)]
    return []


def _start(value: ast.expr) -> bool:
    """A new row begins with what `StateColumn` allows: a first state, or a folded history."""
    return (
        isinstance(value, ast.Call)
        and isinstance(value.func, ast.Attribute)
        and value.func.attr in ("start", "folded")
    )


@pytest.mark.parametrize(
    "wrong",
    [
        "row.state = 'DONE'",
        "case.stage, case.lock_version = 'entry', 2",
        "rows.update(state='MISSED')",
        "setattr(patient, 'follow_up_state', 'DEAD')",
        "Case.objects.create(stage='closed')",
        "Sample(number=1, state='STORED')",
        "WorkUp.objects.get_or_create(case=case, defaults={'state': 'CLOSED'})",
        "cursor.execute('UPDATE followup_plannedvisit SET state = %s', [x])",
    ],
)
def test_a_write_beside_the_home_is_found(wrong: str) -> None:
    assert writes(wrong)


@pytest.mark.parametrize(
    "right",
    [
        "self.state = state",
        "rows.filter(state='PLANNED')",
        "Sample.objects.create(state=SAMPLE_CUSTODY.start(CustodyState.PLANNED))",
        "PLANNED_VISIT.move(row, VisitEvent.RECORDED, state)",
    ],
)
def test_reading_and_moving_by_the_table_are_none(right: str) -> None:
    assert not writes(right)


def test_states_are_written_in_one_place() -> None:
    found = {}
    for package in ("followup", "pv"):
        for path in (ROOT / package).rglob("*.py"):
            name = str(path.relative_to(ROOT))
            if path == HOME or "/migrations/" in name or name.startswith(MAIL):
                continue
            if wrong := writes(path.read_text(encoding="utf-8")):
                found[name] = wrong
    assert found == {}


def test_every_column_of_a_machine_is_in_the_list_of_tables() -> None:
    machines = {column.machine.states for column in COLUMNS} | {CommitmentState}
    assert {states for _column, states in TABLES.values()} == machines


@pytest.mark.django_db
@pytest.mark.parametrize("table", TABLES)
def test_the_database_knows_exactly_the_states_of_the_table(table: str) -> None:
    """One CHECK names each state of the machine and no other."""
    column, states = TABLES[table]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_get_constraintdef(c.oid) FROM pg_constraint c "
            "JOIN pg_attribute a ON a.attrelid = c.conrelid AND c.conkey = ARRAY[a.attnum] "
            "WHERE c.conrelid = %s::regclass AND c.contype = 'c' AND a.attname = %s",
            [table, column],
        )
        checks = [set(re.findall(r"'([^']*)'", text)) for (text,) in cursor.fetchall()]
    assert {state.value for state in states} in checks


@pytest.mark.parametrize("table", TABLES)
def test_the_choices_of_the_field_are_the_states_of_the_table(table: str) -> None:
    column, states = TABLES[table]
    (model,) = [m for m in apps.get_models() if m._meta.db_table == table]
    choices = [code for code, _word in model._meta.get_field(column).choices]
    assert choices == [state.value for state in states]
