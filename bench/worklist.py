"""J3: the worklist page at two sizes of the register, page and API, first page and a deep one.

`./run bench worklist --against COMMIT` builds COMMIT beside this tree and asks both in turn for the
same page over the patients of their own demos; `ratio` is our CPU by theirs.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import connection
from django.test import Client

from bench import _many_hospitals
from bench._measure import Call, alternate, row
from bench.light import AGAINST, Tree, tree_of
from dev.paths import ROOT
from followup.core.models import Grant, User
from followup.core.permissions import Role
from followup.core.security.accounts import actor_of
from followup.models import PlannedVisit
from followup.queries import worklist

DATABASE = True
SIZES = (10_000, 1_000_000)
QUICK = (300, 1_200)
TODAY = date(2026, 11, 22)
# What one page may cost of what it cost at the commit compared with, by the address asked.
PAGES = {"/worklist/": 0.6, "/api/v1/worklist/": 0.5}
COMPARED, COMPARED_QUICK = 2_000, 100  # patients


def _nurse() -> User:
    """The demo nurse of the busiest site."""
    grant = Grant.objects.filter(role=Role.NURSE, site_id__isnull=False).order_by("granted_at")[0]
    return grant.user


def _sites(user: User) -> list[UUID]:
    return [grant.site_id for grant in user.grants.all() if grant.site_id]


def _deep_key(user: User) -> str:
    """The key of a line far down the list of the nurse's site."""
    rows = PlannedVisit.objects.filter(site_id__in=_sites(user), state="PLANNED").order_by(
        "-due", "-id"
    )
    last = rows[200:201].values_list("due", "id").first()
    return f"{last[0]}.{last[1]}" if last else ""


_SMALL: dict[str, list[float]] = {}


def sizes(quick: bool) -> tuple[int, int]:
    """Patients in the register: small first, since the large is measured against it."""
    return QUICK if quick else SIZES


def at(patients: int, quick: bool = False) -> Iterator[dict[str, Any]]:
    """CPU of one page; the ratio is this size against the small one, for that is the claim."""
    _many_hospitals.seed(patients)
    user = _nurse()
    client = Client()
    client.force_login(user)
    actor, key = actor_of(user), _deep_key(user)
    contenders: dict[str, Call] = {
        "worklist, page of 50, HTML": lambda: client.get("/worklist/"),
        "worklist, deep page of 50, HTML": lambda: client.get(f"/worklist/?after={key}"),
        "worklist, page of 50, API": lambda: client.get("/api/v1/worklist/"),
        "worklist, query and names": lambda: worklist.page(actor, today=TODAY),
    }
    for call in contenders.values():
        call()
    times = alternate(list(contenders.values()), rounds=5 if quick else 30)
    asked: list[str] = []

    def count(execute: Any, sql: str, *rest: Any) -> Any:
        asked.append(sql)
        return execute(sql, *rest)

    with connection.execute_wrapper(count):
        client.get("/worklist/")
    visits = PlannedVisit.objects.count()
    for name, ours in zip(contenders, times, strict=True):
        limit = _SMALL.setdefault(name, ours)
        more = {"patients": patients, "visits": visits, "queries": len(asked)}
        yield row("J3", name, 1, ours, limit, target=1.3, **more)
    if os.environ.get(AGAINST) and patients == sizes(quick)[0]:
        yield from _compared(os.environ[AGAINST], quick)


def _compared(commit: str, quick: bool) -> Iterator[dict[str, Any]]:
    """Both trees in turn, so that a busy machine slows both alike."""
    patients = COMPARED_QUICK if quick else COMPARED
    with ExitStack() as opened:
        other = opened.enter_context(tree_of(commit))
        pair = [opened.enter_context(_Served(t, patients)) for t in (Tree(ROOT, other.var), other)]
        for address, target in PAGES.items():
            for each in pair * 3:
                each.cost(address)  # compiles, and fills what is kept
            ours, theirs = zip(
                *(tuple(each.cost(address) for each in pair) for _ in range(10 if quick else 150)),
                strict=True,
            )
            more = {"patients": patients, "target": target}
            name = f"{address} against {commit[:8]}"
            for place, part in enumerate(("", ", with the database")):
                a, b = ([cost[place] for cost in costs] for costs in (ours, theirs))
                yield row("J3", f"{name}{part}", 1, a, b, **more)


class _Served:
    """A tree that runs beside this process and says what its pages cost (`_page_cost.py`)."""

    def __init__(self, tree: Tree, patients: int) -> None:
        script = str(Path(__file__).with_name("_page_cost.py"))
        self._log = tree.var.parent / f"{tree.root.name}.log"
        self._process = subprocess.Popen(
            [sys.executable, script, str(patients)],
            cwd=tree.root,
            env=tree.environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log.open("w"),
            text=True,
        )

    def __enter__(self) -> "_Served":
        while (line := self._line()) != "ready\n":  # the seeding says how many patients it wrote
            if not line:
                raise RuntimeError(self._log.read_text()[-4000:])
        return self

    def __exit__(self, *error: object) -> None:
        self._process.communicate(timeout=90)

    def cost(self, address: str) -> tuple[float, float]:
        """CPU microseconds of one page, alone and with the database; ValueError unless 200."""
        print(address, file=self._process.stdin, flush=True)
        spent, whole = map(float, self._line().split())
        return spent, whole

    def _line(self) -> str:
        if self._process.stdout is None:
            raise RuntimeError("the output is piped")
        return self._process.stdout.readline()
