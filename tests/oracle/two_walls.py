"""Each page of each role with both walls, and without the database's: the answers are equal.

A row that the database wrongly hides from a person would be missing in one of them. Works on the
database the environment names, which the demo has filled; `python -c` sets Django up before.
"""

import difflib
import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from unittest import mock

from django.apps import apps
from django.test import Client
from django.urls import URLPattern, get_resolver

from followup.core import scope
from followup.core.models import Grant, User
from followup.core.permissions import Role
from followup.core.row_security import contexts
from followup.core.security.accounts import actor_of

# The table behind the number in an address, by the first word of the address.
BEHIND = {
    "patients": "followup.Patient",
    "infusions": "followup.Infusion",
    "events": "followup.AdverseEvent",
    "samples": "followup.Sample",
    "kits": "followup.Kit",
    "kit-steps": "followup.KitStep",
    "sample-steps": "followup.CustodyEvent",
    "sample-results": "followup.MolecularResult",
    "contacts": "followup.Visit",
    "visits": "followup.PlannedVisit",
    "planned-visits": "followup.PlannedVisit",
    "laboratory-results": "followup.LaboratoryResult",
    "laboratory-lines": "followup.LaboratoryLine",
    "laboratory-messages": "followup.LaboratoryMessage",
    "laboratory-sources": "followup.LaboratorySource",
    "assessments": "followup.ClinicalAssessment",
    "care": "followup.ConcomitantCare",
    "laboratory-findings": "followup.LaboratoryFinding",
    "cases": "pv.Case",
    "submissions": "pv.Submission",
    "received": "pv.ReceivedReport",
    "acknowledgements": "pv.Acknowledgement",
    "commitments": "pv.Commitment",
    "users": "core.User",
    "jobs": "core.Job",
    "locks": "core.DataLock",
    "signatures": "core.Signature",
}
API = {"visits": "followup.Visit"}
LEFT_OUT = {"session", "metrics", "api-docs", "api-schema", "job-file", "report-file"}
CHANGING = re.compile(
    r"csrfmiddlewaretoken[^>]*|<meta name=.csrf-token[^>]*|name=._(?:draft|tab)[^>]*|"
    r"data-options=[^>]*|[0-9a-f]{12}\b|nonce-[^\s\"']+|\d\d:\d\d(?::\d\d)?|\d+ 秒|\"left\": \d+"
)


def walk(patterns: list | None = None, before: str = "") -> Iterator[tuple[str, str]]:
    """Every address of the resolver, with its name."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield route, pattern.name or ""
        else:
            yield from walk(pattern.url_patterns, route)


def addresses(actor, each: int) -> Iterator[str]:
    """Every address without a parameter, and those with one number, of rows at both ends."""
    for route, name in walk():
        if name in LEFT_OUT:
            continue
        parameters = re.findall(r"<\w+:\w+>", route)
        if not parameters:
            yield f"/{route}"
        words = route.removeprefix("api/v1/").split("/")
        label = (API if route.startswith("api/") else {}).get(words[0]) or BEHIND.get(words[0])
        if len(parameters) != 1 or label is None or "slug" in route or "str:" in route:
            continue
        rows = scope.visible(actor, apps.get_model(label)._base_manager.all()).order_by("pk")
        keys = list(rows.values_list("pk", flat=True)[: 400 if each > 1 else 40])
        for key in dict.fromkeys([*keys[: each - each // 2], *keys[len(keys) - each // 2 :]]):
            yield "/" + re.sub(r"<\w+:\w+>", str(key), route)


@contextmanager
def without_the_database() -> Iterator[None]:
    """Every login sees every row."""
    with mock.patch.object(contexts, "present", return_value=contexts.SYSTEM):
        yield


def _answer(client: Client, address: str) -> tuple[int, str]:
    response = client.get(address)
    body = b"".join(response) if response.streaming else response.content
    if not response.get("Content-Type", "").startswith(("text/", "application/json")):
        body = b""
    return response.status_code, CHANGING.sub("#", body.decode("utf-8", "replace"))


def compare(role: Role, each: int) -> Iterator[tuple[str, int, int, str]]:
    """Address, status with both walls and without the database's, and what differs first."""
    grants = Grant.objects.filter(role=role, user__is_active=True).order_by("granted_at")
    user = User.objects.get(id=grants[0].user_id)
    client = Client(raise_request_exception=False)
    client.force_login(user)
    wanted = list(addresses(actor_of(user), each))
    for address in wanted:
        both, text = _answer(client, address)
        with without_the_database():
            one, other = _answer(client, address)
        lines = difflib.unified_diff(other.splitlines(), text.splitlines(), lineterm="", n=0)
        difference = "\n".join([line for line in lines if line[:1] in "+-"][2:8])
        yield address, both, one, difference


def main(each: int, roles: Sequence[str]) -> int:
    """Print a line a role, and each answer that differs; how many did."""
    contexts.declare()
    wrong = 0
    for role in map(Role, roles or list(Role)):
        asked = 0
        for address, both, one, difference in compare(role, each):
            asked += 1
            if both != one or difference or both >= 500:
                wrong += 1
                print(f"{role} {address} {both} {one}\n{difference}", flush=True)
        print(json.dumps({"role": role, "pages": asked}), flush=True)
    print(json.dumps({"differences": wrong}))
    return wrong
