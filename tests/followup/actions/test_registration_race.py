"""Four sites register one identity number at the same moment: one patient, three are told."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
RACE = """
import threading
import django
django.setup()
from followup.core.row_security import contexts
contexts.declare()
from dataclasses import replace
from django.db import connection
from followup.core.permissions import Role
from followup.core.problems import Refused
from followup.domain.identity import check_digit
from followup.models import Identity, Patient
from tests import factories

first = "11010519680504123"
number = first + check_digit(first)
sites = [factories.make_site() for _ in range(4)]
actors = [factories.make_actor(Role.NURSE, site=site) for site in sites]
people = [replace(factories.person(), national_id=number) for _ in sites]
told, problems, start = [], [], threading.Barrier(4)

def register(turn):
    try:
        start.wait()
        factories.register(actors[turn], sites[turn], identity=people[turn], not_a_duplicate=True)
    except Refused as refused:
        told.append(sorted(refused.fields))
    except BaseException as error:
        problems.append(repr(error))
    finally:
        connection.close()

threads = [threading.Thread(target=register, args=(turn,)) for turn in range(4)]
[t.start() for t in threads]
[t.join() for t in threads]
print(problems, told, Patient.objects.count(), Identity.objects.count())
"""


def test_one_number_at_four_sites_at_once_is_one_patient(cloned_database) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", RACE],
        env=cloned_database.environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    told = [["national_id"]] * 3
    assert ran.stdout.strip() == f"[] {told} 1 1", ran.stderr[-2000:]
