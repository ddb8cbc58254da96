"""The second wall: PostgreSQL gives a person's pages no row that the scope table does not."""

import subprocess
import sys
from collections.abc import Iterable
from random import Random
from uuid import UUID, uuid4

import psycopg
import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection, models, transaction
from django.db.utils import ProgrammingError

from followup.core import guards, scope
from followup.core.actor import Actor
from followup.core.models import Change, Draft, User
from followup.core.permissions import Perm, Role
from followup.core.row_security import contexts, logins, policies
from followup.core.row_security.contexts import Context, Mode
from followup.core.row_security.logins import Login
from followup.models import AdverseEvent, Consent, Identity, Patient, PlannedVisit, Sample, Visit
from pv.models import Case
from tests import factories

pytestmark = pytest.mark.django_db
MODELS = [m for m in guards.own_models() if policies.protected(m)]
CLINICAL = (Patient, PlannedVisit, Visit, AdverseEvent, Sample, Consent)


@pytest.mark.figure("F4")
def test_no_scoped_table_is_without_its_policies(measured) -> None:
    with connection.cursor() as cursor:
        lacking = policies.lacking(cursor, guards.own_models())
    measured("F4", f"{len(lacking)} of {len(MODELS)} tables without row security")
    assert lacking == []


def test_a_new_table_without_policies_is_named() -> None:
    class Newcomer(models.Model):
        site_id = models.UUIDField()
        scope = scope.Scope(read=Perm.PATIENT_READ, site="site_id")

        class Meta:
            app_label = "followup"
            managed = False

    try:
        with connection.cursor() as cursor:
            assert policies.lacking(cursor, [Newcomer]) == ["followup_newcomer"]
    finally:
        del apps.all_models["followup"]["newcomer"]


@pytest.mark.parametrize("model", MODELS, ids=lambda m: m._meta.label)
def test_without_a_context_there_are_no_rows(model) -> None:
    with contexts.using(Context(login=Login.WORKER)):
        assert model._base_manager.count() == 0
    if model is Change:
        assert model._base_manager.count() > 0


@pytest.fixture
def two_sites():
    home, away = factories.make_site(), factories.make_site()
    one, other = list(factories.Product.objects.filter(is_car_t=True).order_by("code")[:2])
    rows = []
    for site, product in ((home, one), (away, other)):
        nurse = factories.make_actor(Role.NURSE, site=site)
        patient = factories.register(nurse, site, product_row=product)
        factories.call(nurse, patient)
        factories.malignancy(nurse, patient)
        rows.append((site, product, nurse, patient))
    return rows


@pytest.mark.parametrize("role", [Role.NURSE, Role.SITE_LEAD, Role.AUDITOR])
def test_everybody_of_a_hospital_sees_its_rows_and_no_others(two_sites, role: Role) -> None:
    """Django is left out: `objects` asks for every row there is."""
    site, _product, _nurse, patient = two_sites[0]
    actor = factories.make_actor(role, site=site)
    with contexts.using(contexts.person(actor)):
        for model in CLINICAL:
            found = {getattr(row, "patient_id", row.pk) for row in model.objects.all()}
            assert found == {patient.id}, model
        assert {row.site_id for row in Change.objects.all()} <= {site.id}


@pytest.mark.parametrize("role", [Role.STUDY_MANAGER, Role.REGULATORY, Role.SAFETY_OFFICER])
def test_a_holder_sees_its_product_and_no_other(two_sites, role: Role) -> None:
    _site, product, _nurse, patient = two_sites[0]
    actor = factories.make_actor(role, product=product)
    with contexts.using(contexts.person(actor)):
        for model in (Patient, PlannedVisit, Visit, AdverseEvent, Sample):
            found = {getattr(row, "patient_id", row.pk) for row in model.objects.all()}
            assert found == {patient.id}, model
        assert {row.product_id for row in Case.objects.all()} == {product.id}


def test_a_holder_sees_nobody_who_has_neither_agreed_nor_an_event() -> None:
    site, product = factories.make_site(), factories.product()
    nurse = factories.make_actor(Role.NURSE, site=site)
    silent = factories.register(nurse, site, product_row=product)
    agreed = factories.register(nurse, site, product_row=product, purposes=("LTFU", "HOLDER"))
    manager = factories.make_actor(Role.STUDY_MANAGER, product=product)
    with contexts.using(contexts.person(manager)):
        seen = set(Patient.objects.values_list("id", flat=True))
    assert agreed.id in seen
    assert silent.id not in seen


@pytest.mark.parametrize("role", [Role.STUDY_MANAGER, Role.SAFETY_OFFICER, Role.AUDITOR])
def test_their_login_reaches_no_identity_whatever_is_claimed(two_sites, role: Role) -> None:
    """An injected statement may set any of our settings: the login has no right to the table."""
    actor = factories.make_actor(role)
    forged = Context(Mode.SYSTEM, logins.of(actor))
    parts = [f"set_config('everwatch.asof_{name}', '0', true)" for name in ("seq", "floor")]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}")
    with contexts.using(forged):
        for table in ("followup_identity", "asof.followup_identity"):
            with (
                pytest.raises(ProgrammingError, match="permission denied"),
                transaction.atomic(),
                connection.cursor() as cursor,
            ):
                cursor.execute(f"SELECT count(*) FROM {table}")
        if logins.of(actor) is Login.HOLDER:
            assert not Change.objects.filter(table_name="followup_identity").exists()
    assert Identity.objects.count() == 2
    assert Change.objects.filter(table_name="followup_identity").exists()


@pytest.mark.parametrize("login", list(Login))
def test_everybody_keeps_what_is_their_own(login: Login) -> None:
    """A saved view of an auditor is written by a login that writes no record."""
    for model in guards.own_models():
        if scope.of(model).own:
            assert policies.rights(login, model) == policies.WRITE, model


def test_administration_reaches_no_patient(two_sites) -> None:
    actor = factories.make_actor(Role.ADMINISTRATOR)
    with (
        contexts.using(contexts.person(actor)),
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
    ):
        Patient.objects.count()


@pytest.mark.requirement("ASVS-8.3.1")
def test_a_write_outside_of_home_is_refused(two_sites) -> None:
    """The first wall is left out: the action was let in with a row of another site."""
    _site, _product, nurse, patient = two_sites[0]
    other_site = two_sites[1][0]
    acting = contexts.action_of(nurse)
    with (
        contexts.using(acting),
        pytest.raises(ProgrammingError, match="row-level security"),
        transaction.atomic(),
        factories.audit.acting(nurse, "test.move"),
    ):
        Patient.objects.filter(id=patient.id).update(site_id=other_site.id)
    assert Patient.objects.get(id=patient.id).site_id == patient.site_id


def test_of_a_transferred_patient_the_sites_of_that_patient_alone_are_written_too(
    two_sites,
) -> None:
    _site, _product, nurse, patient = two_sites[0]
    other_site = two_sites[1][0]

    def move(*sites: UUID) -> int:
        with contexts.using(contexts.action_of(nurse, crossing=sites)), transaction.atomic():
            with factories.audit.acting(nurse, "test.move"):
                moved = Patient.objects.filter(id=patient.id).update(site_id=other_site.id)
            transaction.set_rollback(True)  # the rows beside it stay where they are
        return moved

    with pytest.raises(ProgrammingError, match="row-level security"):
        move(uuid4())
    assert move(uuid4(), other_site.id) == 1


def _interrupted(other: Context, patient: Patient) -> None:
    with transaction.atomic(), contexts.using(other):
        assert Patient.objects.get().id == patient.id
        raise ZeroDivisionError


def test_a_context_survives_a_rollback(two_sites) -> None:
    """What was said inside a transaction that is rolled back is said again."""
    _site, _product, nurse, patient = two_sites[0]
    other = contexts.person(two_sites[1][2])
    with contexts.using(contexts.person(nurse)):
        for _ in range(3):
            with pytest.raises(ZeroDivisionError):
                _interrupted(other, two_sites[1][3])
            assert Patient.objects.get().id == patient.id


def _of_session(names: Iterable[str]) -> dict[str, str]:
    """What PostgreSQL holds, asked past Django: nothing is said before it."""
    raw = connection.connection
    question = "SELECT current_setting(%s)"
    return {name: raw.execute(question, [name]).fetchone()[0] for name in names}


def test_the_session_holds_the_whole_context_whatever_was_told_before() -> None:
    """Only what differs is told: each step is compared with every setting there is."""
    site, product = factories.make_site(), factories.product()
    actors = [factories.make_actor(role, site=site) for role in (Role.NURSE, Role.AUDITOR)]
    actors += [factories.make_actor(Role.SAFETY_OFFICER, product=product), Actor.process("x")]
    every = [contexts.person(actor) for actor in actors]
    every += [contexts.action_of(actor, nested=True) for actor in actors]
    every += [contexts.NOTHING, Context(Mode.SIGN_IN), contexts.SYSTEM]
    chance = Random(8)
    for _ in range(60):
        context, undone = chance.choice(every), chance.random() < 0.3
        with contexts.using(context), transaction.atomic():
            User.objects.exists()
            assert _of_session(context.settings()) == context.settings()
            if undone:
                transaction.set_rollback(True)
        if undone:
            with contexts.using(context):
                User.objects.exists()
                assert _of_session(context.settings()) == context.settings()


def test_a_draft_is_its_writers(two_sites) -> None:
    _site, _product, nurse, _patient = two_sites[0]
    other = two_sites[1][2]
    assert Draft._base_manager.count() == 0
    with contexts.using(contexts.person(other)):
        assert Draft.objects.count() == 0
    assert nurse.id != other.id


def test_the_command_finds_no_gap_and_names_one(capsys) -> None:
    call_command("row_security")
    out = capsys.readouterr().out
    assert "no gap" in out
    assert "holder=-" in next(line for line in out.splitlines() if "followup_identity" in line)


def test_a_right_too_many_and_a_missing_policy_are_named(cloned_database, capsys) -> None:
    with psycopg.connect(cloned_database.owner, autocommit=True) as owner:
        owner.execute("DROP POLICY rows_read ON followup_visit")
        owner.execute("GRANT SELECT ON followup_identity TO everwatch_holder")
        owner.execute("ALTER TABLE followup_sample NO FORCE ROW LEVEL SECURITY")
    done = subprocess.run(
        [sys.executable, "manage.py", "row_security", "--check"],
        env=cloned_database.environment,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert sorted(done.stdout.splitlines()) == [
        "GAP everwatch_holder may SELECT followup_identity",
        "GAP followup_sample has not all its policies",
        "GAP followup_visit has not all its policies",
    ]


@pytest.mark.requirement("ASVS-13.2.2")
def test_each_class_connects_by_its_own_login(cloned_database) -> None:
    """Processes of the product: what a person's page asks runs under the login of the class."""
    done = subprocess.run(
        [sys.executable, "-c", LOGINS],
        env=cloned_database.environment | {"DJANGO_SETTINGS_MODULE": "pv.config.settings"},
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [
        "everwatch_app",
        "everwatch_holder",
        "everwatch_holder",
        "everwatch_worker",
        "everwatch_app",
    ]


LOGINS = """
import django
django.setup()
from uuid import uuid4
from django.db import connection, transaction
from followup.core.actor import Actor, Grant
from followup.core.permissions import Role
from followup.core.row_security import contexts

def login():
    with connection.cursor() as cursor:
        cursor.execute("SELECT session_user")
        print(cursor.fetchone()[0])

manager = Actor(id=uuid4(), name="m", roles=frozenset({Role.STUDY_MANAGER}),
                grants=(Grant(Role.STUDY_MANAGER, all_sites=True, all_products=True),))
login()
with contexts.using(contexts.person(manager)):
    login()
    with transaction.atomic(), contexts.using(contexts.action_of(Actor.process("x"), nested=True)):
        login()
    with contexts.using(contexts.action_of(Actor.process("seal"))):
        login()
login()
"""
