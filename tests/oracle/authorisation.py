"""The authorisation matrix: addresses x actors x records x places where a number can enter.

The addresses come from the resolver, so a new page is in it. What must be answered is not asked of
the product's policy but reckoned by `sees` and `READERS`, written down here once more by hand.
Runs on a database of its own, each process with the logins of the product (`authorisation_parts`).
"""

import gc
import io
import json
import re
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from random import Random
from typing import Any
from unittest import mock
from uuid import uuid4

import pypdf
from django.test import Client
from psycopg.errors import InsufficientPrivilege

from followup.core import audit, clock, scope, statements
from followup.core.http.tokens import digest, fresh
from followup.core.models import ApiToken, Change, User
from followup.core.permissions import Perm, Role
from followup.core.row_security import contexts
from followup.models import Patient, PlannedVisit, Sample, Visit
from pv.models import Case
from tests import factories
from tests.oracle.two_walls import walk

HOSPITAL = frozenset({Role.NURSE, Role.PHYSICIAN, Role.SITE_LEAD})
SAFETY = frozenset({Role.SAFETY_OFFICER, Role.MEDICAL_REVIEWER})
HOLDER = SAFETY | {Role.STUDY_MANAGER, Role.REGULATORY}
EVERYBODY = HOSPITAL | HOLDER | {Role.AUDITOR}
OF_A_CASE = SAFETY | {Role.REGULATORY, Role.AUDITOR}
# Who opens the page of a record at home, by the name of the address. What is not named is only
# asked for records of others.
READERS: dict[str, frozenset[Role]] = {
    "patient": EVERYBODY,
    "patient-identity": HOSPITAL,
    "patient-telephones": HOSPITAL,
    "patient-standing": EVERYBODY,
    "contact": EVERYBODY,
    "event": EVERYBODY,
    "sample": EVERYBODY,
    "patient-samples": EVERYBODY,
    "laboratory": EVERYBODY,
    "contact-record": HOSPITAL,
    "event-report": HOSPITAL,
    "case": OF_A_CASE,
    "case-cioms": OF_A_CASE,
    "api-patient": EVERYBODY,
    "api-patient-identity": HOSPITAL,
    "api-infusion": EVERYBODY,
    "api-visit": EVERYBODY,
    "api-event": EVERYBODY,
    "api-case": OF_A_CASE,
}
LEFT_OUT = {
    "session",
    "session-left",
    "draft",
    "draft-discard",
    "api-docs",
    "logout",  # they end the session of whoever asks the other cells
    "sessions-end",
    "api-schema",
    "element",
}
NAMES = ("q", "after", "patient", "site", "product", "case", "before", "key")
CHANGING = re.compile(
    r"csrf[^>]*>|name=._(?:draft|tab)[^>]*|[0-9a-f]{8}-[0-9a-f-]{27}|\b[0-9a-f]{12}\b|"
    r"2000000000|\b\d{1,9}\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Record:
    """A patient with all that hangs on it, at one site for one product; its own secret words."""

    name: str
    canaries: tuple[str, ...]
    keys: dict[str, Any]


@dataclass
class Actor:
    """Somebody at the door, the records that are at home there, and as which role."""

    name: str
    client: Client
    sees: frozenset[str] = frozenset()
    role: Role | None = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Cell:
    """One question."""

    address: str
    route: str
    method: str
    place: str
    actor: str
    record: str


def record_at(name: str, site: Any, product: Any) -> Record:
    """A patient of a site and product with a visit, an event, a sample and a case."""
    word = f"卡纳瑞{name}"
    nurse = factories.make_actor(Role.NURSE, site=site)
    patient = factories.register(
        nurse,
        site,
        product_row=product,
        identity=factories.person(f"王{word}"),
        purposes=("LTFU", "HOLDER"),
    )
    factories.call(nurse, patient)
    event = factories.malignancy(nurse, patient, verbatim=f"{word}肿瘤")
    keys = {
        "patients": patient.id,
        "infusions": factories.infusion_of(patient).id,
        "events": event.id,
        "samples": Sample.objects.filter(patient=patient).values_list("id", flat=True).first(),
        "contacts": Visit.objects.get(patient=patient).id,
        "cases": Case.objects.get(patient=patient).id,
        "planned": PlannedVisit.objects.filter(patient=patient, state="PLANNED").first().id,
    }
    canaries = (f"王{word}", f"{word}肿瘤", Patient.objects.get(id=patient.id).study_code)
    return Record(name, canaries, keys)


class World:
    """The records and whoever may stand at the door; as text, so that several may ask at once."""

    def __init__(self, records: dict[str, Record], actors: dict[str, Actor]) -> None:
        self.records, self.actors = records, actors

    def text(self) -> str:
        """All of it, for another process on a copy of the database."""
        actors = [
            {
                "name": actor.name,
                "sees": sorted(actor.sees),
                "role": actor.role,
                "headers": actor.headers,
                "cookies": {key: morsel.value for key, morsel in actor.client.cookies.items()},
            }
            for actor in self.actors.values()
        ]
        records = [asdict(record) for record in self.records.values()]
        return json.dumps({"records": records, "actors": actors}, default=str)

    @classmethod
    def of(cls, text: str) -> "World":
        """The world another process wrote down."""
        known = json.loads(text)
        actors = {}
        for one in known["actors"]:
            client = Client(raise_request_exception=False)
            client.cookies.load(one["cookies"])
            role = Role(one["role"]) if one["role"] else None
            actors[one["name"]] = Actor(
                one["name"], client, frozenset(one["sees"]), role, one["headers"]
            )
        records = {
            one["name"]: Record(one["name"], tuple(one["canaries"]), one["keys"])
            for one in known["records"]
        }
        return cls(records, actors)


class NewWorld(World):
    """Four records (two sites, two products) and everybody, made now."""

    def __init__(self) -> None:
        sites = [factories.make_site(), factories.make_site()]
        products = list(factories.Product.objects.filter(is_car_t=True).order_by("code")[:2])
        places = {"A": (0, 0), "B": (0, 1), "C": (1, 0), "D": (1, 1)}
        records = {n: record_at(n, sites[s], products[p]) for n, (s, p) in places.items()}
        super().__init__(records, {})
        self._add("anonymous", None, frozenset())
        for role in HOSPITAL | {Role.AUDITOR}:
            self._add(f"{role} at home", role, frozenset("AB"), site=sites[0])
        self._add(
            "nurse of one product", Role.NURSE, frozenset("A"), site=sites[0], product=products[0]
        )
        self._add(
            "auditor of one product",
            Role.AUDITOR,
            frozenset("A"),
            site=sites[0],
            product=products[0],
        )
        for role in HOLDER:
            self._add(f"{role} of one product", role, frozenset("AC"), product=products[0])
        self._add("administrator", Role.ADMINISTRATOR, frozenset())
        self._add("closed account", Role.NURSE, frozenset(), site=sites[0], is_active=False)
        self._add(
            "first password", Role.NURSE, frozenset(), site=sites[0], must_change_password=True
        )
        ended = self._add("right ended yesterday", Role.NURSE, frozenset(), site=sites[0])
        self._change(ended.grants.all(), ends_on=clock.today() - timedelta(days=1))
        # The first look ends the session and says so once: no record's answer, whichever is asked.
        self.actors["right ended yesterday"].client.get("/")
        self._tokens(sites[0])

    def _change(self, rows: Any, **values: Any) -> None:
        with factories.transaction.atomic(), audit.acting(factories.SYSTEM, "test.change"):
            rows.update(**values)

    def _add(
        self,
        name: str,
        role: Role | None,
        sees: frozenset[str],
        *,
        site: Any = None,
        product: Any = None,
        **values: Any,
    ) -> Any:
        client, user = Client(raise_request_exception=False), None
        if role is not None:
            user = factories.make_user(role, site=site, product=product)
            client.force_login(user)
            if values:
                self._change(User.objects.filter(id=user.id), **values)
        self.actors[name] = Actor(name, client, sees, role)
        return user

    def _tokens(self, site: Any) -> None:
        user = factories.make_user(Role.NURSE, site=site)
        now = clock.now()
        for name, sees, values in (
            ("token that may read patients", frozenset("AB"), {"permissions": [Perm.PATIENT_READ]}),
            ("token of yesterday", frozenset(), {"expires_at": now - timedelta(days=1)}),
            ("token taken back", frozenset(), {"revoked_at": now}),
        ):
            secret = fresh()
            ends = values.pop("expires_at", now + timedelta(days=1))
            with factories.transaction.atomic(), audit.acting(factories.SYSTEM, "test.token"):
                ApiToken.objects.create(
                    user=user,
                    label="t",
                    digest=digest(secret),
                    created_at=now,
                    expires_at=ends,
                    **values,
                )
            client = Client(raise_request_exception=False)
            self.actors[name] = Actor(
                name, client, sees, None, {"Authorization": f"Bearer {secret}"}
            )


def cells(world: World) -> list[Cell]:
    """Every question, in a fixed order."""
    found = []
    for route, name in walk():
        if name in LEFT_OUT:
            continue
        api, takes = route.startswith("api/"), bool(re.search(r"<\w+:\w+>", route))
        methods = ("get", "post", "patch") if api else ("get", "post")
        places = [("path", m) for m in methods] if takes else []
        if not takes:
            places = [(f"query {n}", "get") for n in NAMES] + [("header", "get")]
            places.append(("json" if api else "form", "post"))
        for actor in world.actors.values():
            for record in world.records.values():
                for place, method in places:
                    at_home = record.name in actor.sees
                    if at_home and (method != "get" or place != "path"):
                        continue  # it would change the record, or rightly show it
                    found.append(Cell(name, route, method, place, actor.name, record.name))
    return found


def _address(route: str, keys: dict[str, Any] | None) -> str:
    words = route.removeprefix("api/v1/").split("/")
    table = "contacts" if route.startswith("api/v1/visits") else words[0]
    planned = words[0] == "visits" or words[0] == "planned-visits"

    def fill(match: re.Match[str]) -> str:
        kind, name = match[1], match[2]
        if kind == "uuid":
            return str(keys.get(table, keys["patients"]) if keys else uuid4())
        if kind == "int":
            return str(keys["planned"]) if keys and planned else "2000000000"
        if name == "row":
            return str(keys["patients"] if keys else uuid4())
        return {"table": "followup_patient"}.get(name, "general")

    return "/" + re.sub(r"<(\w+):(\w+)>", fill, route)


def decoded(response: Any) -> str:
    """All the text of an answer, of a PDF, a spreadsheet or an archive too, and of its headers."""
    raw = b"".join(response) if response.streaming else response.content
    text = json.dumps(dict(response.headers), ensure_ascii=False)
    if raw[:4] == b"%PDF":
        return text + "".join(
            page.extract_text() for page in pypdf.PdfReader(io.BytesIO(raw)).pages
        )
    if raw[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            return text + "".join(
                archive.read(n).decode("utf-8", "replace") for n in archive.namelist()
            )
    return text + raw.decode("utf-8", "replace")


class Matrix:
    """Asks the cells of a world and judges the answers."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._missing: dict[tuple[str, ...], tuple[int, str]] = {}

    def _send(self, cell: Cell, keys: dict[str, Any] | None) -> Any:
        actor = self.world.actors[cell.actor]
        address, values = _address(cell.route, keys if cell.place == "path" else None), {}
        headers = dict(actor.headers)
        key = str(keys["patients"]) if keys else str(uuid4())
        if cell.place.startswith("query"):
            values = {cell.place.split()[1]: key}
        elif cell.place in ("form", "json"):
            values = dict.fromkeys(
                ("patient", "infusion", "site", "sample", "case", "subject"), key
            )
        elif cell.place == "header":
            headers |= {"Referer": f"http://testserver/patients/{key}/", "If-Match": key}
        how = (
            {}
            if cell.method == "get" or not cell.route.startswith("api/")
            else {"content_type": "application/json"}
        )
        return getattr(actor.client, cell.method)(address, values, headers=headers, **how)

    def wrong(self, cell: Cell, *, strict: bool = True) -> str:
        """What is wrong with the answer; empty when nothing is."""
        actor, record = self.world.actors[cell.actor], self.world.records[cell.record]
        changed = _newest_change() if cell.method != "get" else 0
        response = self._send(cell, record.keys)
        text = decoded(response)
        if response.status_code >= 500 and (strict or not _refused_by_the_database(response)):
            return f"status {response.status_code}"
        if cell.record in actor.sees:
            return self._at_home(cell, actor, response.status_code)
        if any(word in text for word in record.canaries):
            return f"shows {cell.record} (status {response.status_code})"
        if cell.method != "get":
            rows = Change.objects.filter(id__gt=changed)
            touched = {str(value) for row in rows for value in (row.after or {}).values()}
            if touched & {str(value) for value in record.keys.values()}:
                return "changed something of another"
        if strict and cell.place == "path" and cell.address != "history":
            answer = response.status_code, CHANGING.sub("#", text)
            if answer != self._of_missing(cell) and answer != self._of_missing(cell, again=True):
                missing = self._of_missing(cell)
                return f"differs from a missing one ({response.status_code}, {missing[0]})"
        return ""

    def _of_missing(self, cell: Cell, *, again: bool = False) -> tuple[int, str]:
        """The answer to a missing record; `again` for one who has changed the language since."""
        key = (cell.route, cell.method, cell.actor)
        if again or key not in self._missing:
            answer = self._send(cell, None)
            self._missing[key] = answer.status_code, CHANGING.sub("#", decoded(answer))
        return self._missing[key]

    def _at_home(self, cell: Cell, actor: Actor, status: int) -> str:
        readers = READERS.get(cell.address)
        if readers is None or actor.role is None:
            return ""
        may = actor.role in readers
        return "" if may is (status == 200) else f"at home: {status}, may read: {may}"

    def run(self, chosen: Sequence[Cell], *, strict: bool = True) -> list[tuple[Cell, str]]:
        """The cells that are wrong."""
        answers = ((cell, self.wrong(cell, strict=strict)) for cell in chosen)
        return [(cell, answer) for cell, answer in answers if answer]


def _refused_by_the_database(response: Any) -> bool:
    """Whether a defect is that the login may not read a table: so the wall that stands answers."""
    error = response.exc_info[1] if response.exc_info else None
    return isinstance(getattr(error, "__cause__", None), InsufficientPrivilege)


def _newest_change() -> int:
    return Change.objects.order_by("-id").values_list("id", flat=True).first() or 0


def sample(every: Sequence[Cell], count: int) -> list[int]:
    """The places of a fixed sample, or of all of them."""
    places = range(len(every))
    return list(places) if count >= len(every) else Random(9).sample(places, count)


def forget_statements() -> None:
    """Let statements be written again: one written while a wall stood has the wall in it."""
    gc.unfreeze()  # what was frozen is not listed
    for each in gc.get_objects():
        if type(each) is statements.Written:
            each._statement.cache_clear()


@contextmanager
def written_again() -> Iterator[None]:
    """Statements written inside the block belong to it, and those before it do not reach in."""
    forget_statements()
    try:
        yield
    finally:
        forget_statements()


@contextmanager
def django_sees_all() -> Iterator[None]:
    """The first wall left out: `visible` gives every row."""

    def every_row(_actor: Any, rows: Any, _needs: Any = None, **_how: Any) -> Any:
        return rows

    with mock.patch.object(scope, "visible", every_row), written_again():
        yield


@contextmanager
def no_row_security() -> Iterator[None]:
    """The second wall left out: every login is the system."""
    with mock.patch.object(contexts, "present", return_value=contexts.SYSTEM):
        yield
