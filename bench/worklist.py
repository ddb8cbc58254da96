"""J3: the worklist page at two sizes of the register, page and API, first page and a deep one."""

from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection
from django.test import Client

from bench import _many_hospitals
from bench._measure import Call, alternate, row
from followup.core.models import Grant, User
from followup.core.permissions import Role
from followup.core.security.accounts import actor_of
from followup.models import PlannedVisit
from followup.queries import worklist

DATABASE = True
SIZES = (10_000, 1_000_000)
QUICK = (300, 1_200)
TODAY = date(2026, 11, 22)


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
