"""What a page costs the tree it is run from: `python .../bench/_page_cost.py PATIENTS`.

Only what the oldest commit compared with has too is imported: engines of its own, the patients of
its own demo, the nurse of the busiest hospital. Then each line of input is an address, and each
line of output the CPU microseconds for it: of the process, and with those of the database.
"""

import os
import sys
import tempfile
import time
from importlib import import_module
from pathlib import Path

from django.core.management import call_command
from django.db import connection
from django.test import Client

sys.path[0] = os.getcwd()  # the modules of the tree, and not those beside this file


def main() -> None:
    """Serve until the input ends; the first line of output says that it is ready."""
    prepare = import_module("bench.__main__").prepare
    with tempfile.TemporaryDirectory(prefix="everwatch-", dir="/tmp") as name:
        folder = Path(name)
        folder.chmod(0o711)
        database, valkey = prepare(folder)
        try:
            valkey.start()
            database.start()
            database.wait()
            database.copy("everwatch_bench")
            (note,) = folder.rglob("postmaster.pid")
            _serve(int(sys.argv[1]), note.read_text().split()[0])
        finally:
            valkey.stop()
            database.stop()


def _of_database(postmaster: str) -> int:
    """Nanoseconds of CPU of the backends that run: they live as long as their connections."""
    children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
    return sum(int(Path(f"/proc/{one}/schedstat").read_text().split()[0]) for one in children)


def _serve(patients: int, postmaster: str) -> None:
    nurse = import_module("bench.worklist")._nurse
    call_command("seed_demo", patients=patients, seed=1, bulk=True, identities=True, verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    client = Client()
    client.force_login(nurse())
    print("ready", flush=True)
    for line in sys.stdin:
        before, begun = _of_database(postmaster), time.process_time_ns()
        answer = client.get(line.strip())
        spent = time.process_time_ns() - begun
        whole = spent + _of_database(postmaster) - before
        said = f"{spent / 1000} {whole / 1000}"
        print(said if answer.status_code == 200 else f"status {answer.status_code}", flush=True)


if __name__ == "__main__":
    main()
