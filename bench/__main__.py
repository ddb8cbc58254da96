"""`./run bench [job ...] [--quick] [--peers]`: one JSON line for each case of each job.

A job is a module of this folder with `cases(quick: bool = False)`, a generator of dicts with
the keys job, case, n, ours_us, limit_us, ratio, peer, peer_us, rss_mb. With `DATABASE = True`
the module gets a throw-away PostgreSQL that is migrated and holds the reference data; with
`sizes(quick)` and `at(size, quick)` instead of `cases` it gets a fresh one for each size.
"""

import argparse
import importlib
import json
import os
import pkgutil
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import django
from django.db import connections

import bench
from bench.light import AGAINST, TESTS
from dev.engines.private_database import PrivateDatabase, remember_given_server
from dev.engines.valkey import Valkey
from dev.environments import test_environment
from dev.paths import ROOT, VAR
from followup.core import memory
from followup.core.row_security import contexts


def jobs() -> list[str]:
    """The names of the jobs, in alphabetical order."""
    found = (module.name for module in pkgutil.iter_modules(bench.__path__))
    return sorted(name for name in found if not name.startswith("_"))


def parse(arguments: list[str]) -> argparse.Namespace:
    """The options of `./run bench`."""
    parser = argparse.ArgumentParser(prog="./run bench", description=__doc__)
    parser.add_argument("job", nargs="*", help=f"of {', '.join(jobs()) or 'none yet'}")
    parser.add_argument("--quick", action="store_true", help="small sizes, to see that it works")
    parser.add_argument("--peers", action="store_true", help="install and measure other tools too")
    parser.add_argument("--against", metavar="COMMIT", help="light, worklist: this commit in turn")
    parser.add_argument("--tests", action="store_true", help="light: the whole test run too")
    options = parser.parse_args(arguments)
    if unknown := set(options.job) - set(jobs()):
        parser.error(f"no such job: {', '.join(sorted(unknown))}")
    return options


def add_peers() -> None:
    """Install the peers beside the product, once per list; what both need stays the product's."""
    names = ROOT / "bench" / "peers.txt"
    folder, mark = VAR / "peers", VAR / "peers" / "installed"
    if not mark.exists() or mark.read_text() != names.read_text():
        shutil.rmtree(folder, ignore_errors=True)
        uv = str(Path(sys.executable).with_name("uv"))
        install = (uv, "pip", "install", "--quiet", "--python", sys.executable)
        subprocess.run([*install, "--target", str(folder), "-r", str(names)], check=True)
        mark.write_text(names.read_text())
    sys.path.append(str(folder))


def prepare(folder: Path) -> tuple[PrivateDatabase, Valkey]:
    """Name the engines and set up Django on them; nothing is started."""
    remember_given_server()
    database = PrivateDatabase.in_folder(folder)
    valkey = Valkey(folder, folder / "valkey.log", keep=False)
    own = database.named("everwatch_bench")
    os.environ.update(
        test_environment(folder),
        DJANGO_SETTINGS_MODULE="pv.config.settings",
        DATABASE_URL=own.application,
        DATABASE_OWNER_URL=own.owner,
        REDIS_URL=valkey.url,
        DATABASE_POOL="true",  # as in the web server
    )
    django.setup()
    contexts.declare()
    return database, valkey


def run(names: list[str], quick: bool, database: PrivateDatabase, valkey: Valkey) -> None:
    """Run the jobs; each with a database begins on a fresh copy."""
    for name in names:
        job = importlib.import_module(f"bench.{name}")
        memory.freeze()  # as web server, workers and listener do
        for row in _rows(job, quick, database, valkey):
            print(json.dumps(row, ensure_ascii=False), flush=True)
        connections.close_all()


def _rows(job: Any, quick: bool, database: PrivateDatabase, valkey: Valkey) -> Iterator[Any]:
    """The rows of a job; a job with `sizes` gets a fresh database for each of them."""
    if not getattr(job, "DATABASE", False):
        yield from job.cases(quick=quick)
        return
    if valkey.process is None:
        valkey.start()
    database.start()
    database.wait()
    if not hasattr(job, "sizes"):
        database.copy("everwatch_bench")
        yield from job.cases(quick=quick)
        return
    for size in job.sizes(quick):
        connections.close_all()
        database.copy("everwatch_bench")
        yield from job.at(size, quick=quick)


def main() -> int:
    """All jobs or the named ones."""
    options = parse(sys.argv[1:])
    if options.peers:
        add_peers()
    if options.against:
        os.environ[AGAINST] = options.against
    if options.tests:
        os.environ[TESTS] = "1"
    folder = Path(tempfile.mkdtemp(prefix="everwatch-", dir="/tmp"))
    folder.chmod(0o711)
    database, valkey = prepare(folder)
    try:
        run(options.job or jobs(), options.quick, database, valkey)
    finally:
        valkey.stop()
        database.stop()
        shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
