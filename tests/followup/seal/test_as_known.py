"""As known at a number of the seal: by the views, and by a second way that shares nothing."""

import os
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from django.db import DatabaseError, connection, transaction

from followup.actions import data_locks, seals
from followup.core import audit, clock
from followup.core.actor import Actor
from followup.core.models import Change, Seal
from followup.core.trail import asof
from followup.models import Patient, PlannedVisit, Site
from followup.queries import data_locks as locks
from followup.queries import seals as queries
from tests import factories

SYSTEM = Actor.process("test")
EDITS = int(os.environ.get("EVERWATCH_TRUST_EDITS", "150"))
PROBES = int(os.environ.get("EVERWATCH_TRUST_PROBES", "24"))
WRITERS = 8


def live() -> dict[str, dict]:
    return {str(row["id"]): row for row in Site.objects.values()}


def at(seq: int) -> dict[str, dict]:
    with asof.known_at(seq, passed=queries.passed()):
        return live()


def forward(seq: int) -> dict[str, str]:
    """The second way: play every sealed change from the beginning; name by row."""
    order = Seal.objects.filter(seq__lte=seq).order_by("seq").values_list("change_id", flat=True)
    changes = Change.objects.filter(table_name="followup_site").in_bulk(list(order))
    state: dict[str, str] = {}
    for number in order:
        change = changes.get(number)
        if change is None:
            continue
        if change.after is None:
            state.pop(change.row_id, None)
        else:
            state[change.row_id] = change.after["name_en"]
    return state


class TakenBack(Exception):
    """The transaction is rolled back after its writes."""


def edit(dice: random.Random) -> None:
    """One to three random writes in a transaction, one in five of which is rolled back."""
    with (
        suppress(TakenBack),
        transaction.atomic(),
        audit.acting(SYSTEM, "test.edit"),
    ):
        for _ in range(dice.randint(1, 3)):
            codes = list(Site.objects.filter(code__startswith="R").values_list("code", flat=True))
            kind = dice.choice(("add", "change", "change", "change", "remove"))
            if kind == "add" or not codes:
                Site.objects.create(
                    code=f"R{dice.getrandbits(40):x}", name_zh="甲", name_en=f"{dice.random()}"
                )
            elif kind == "change":
                rows = Site.objects.filter(code=dice.choice(codes))
                rows.update(name_en=f"{dice.random()}", is_active=dice.random() < 0.5)
            else:
                Site.objects.filter(code=dice.choice(codes)).delete()
        if dice.random() < 0.2:
            raise TakenBack


@pytest.mark.figure("F21")
def test_random_edits_are_rebuilt_at_each_number_without_difference(committed, measured) -> None:
    dice, kept = random.Random(20261128), []
    for number in range(EDITS):
        edit(dice)
        if number % 3 == 0 or number == EDITS - 1:
            seals.seal_all(SYSTEM)
            kept.append((queries.head().seq, live()))
    differences = sum(at(seq) != state for seq, state in kept)
    text = f"{differences} differences at {len(kept)} numbers of {EDITS} edits"
    measured("F21", text, edits=EDITS)
    assert differences == 0
    for seq, state in dice.sample(kept, min(40, len(kept))):
        assert forward(seq) == {key: row["name_en"] for key, row in state.items()}


@pytest.mark.figure("F21")
def test_no_probe_changes_its_answer_later_under_eight_writers(committed, measured) -> None:
    for _ in range(20):
        edit(random.Random(_))
    stop = threading.Event()

    def write(seed: int) -> None:
        dice = random.Random(seed)
        try:
            while not stop.is_set():
                try:
                    edit(dice)
                except DatabaseError:  # two were in each other's way
                    continue
        finally:
            connection.close()

    kept = []
    with ThreadPoolExecutor(WRITERS) as pool:
        running = [pool.submit(write, seed) for seed in range(WRITERS)]
        try:
            while len(kept) < PROBES:
                last = kept[-1][0] if kept else 0
                limit = time.monotonic() + 30
                while (seq := queries.head().seq) == last and time.monotonic() < limit:
                    seals.seal_all(SYSTEM, seconds=1)
                kept.append((seq, at(seq)))
        finally:
            stop.set()
        for future in running:
            future.result()
    seals.seal_all(SYSTEM)
    later = sum(at(seq) != state for seq, state in kept)
    measured("F21", f"{later} of {len(kept)} probes changed later", probes=len(kept))
    assert later == 0
    assert len({seq for seq, _state in kept}) > 3, "the writers wrote between the probes"
    seq, state = kept[-1]
    assert forward(seq) == {key: row["name_en"] for key, row in state.items()}


def test_visits_planned_in_a_batch_are_known_from_their_batch_on(committed) -> None:
    site = factories.make_site()
    nurse = factories.make_actor(factories.Role.NURSE, site=site)
    before = data_locks.make(SYSTEM, name="before")
    patient = factories.register(nurse, site)
    planned = data_locks.make(SYSTEM, name="planned")
    rows = list(PlannedVisit.objects.order_by("id").values())
    assert rows
    with transaction.atomic(), audit.acting(SYSTEM, "test.move"):
        PlannedVisit.objects.filter(patient=patient).update(due_version=9)
    with locks.known_at(before):
        assert not Patient.objects.exists()
        assert not PlannedVisit.objects.exists()
    with locks.known_at(planned):
        assert list(PlannedVisit.objects.order_by("id").values()) == rows
    assert list(PlannedVisit.objects.order_by("id").values()) != rows


def test_nothing_is_written_in_the_past_and_the_present_comes_back(committed) -> None:
    site = factories.make_site()
    row = data_locks.make(SYSTEM, name="one")
    with (
        pytest.raises(DatabaseError, match="cannot update view"),
        locks.known_at(row),
        audit.acting(SYSTEM, "test.edit"),
    ):
        Site.objects.filter(id=site.id).update(name_en="never")
    assert Site.objects.get(id=site.id).name_en == site.name_en
    factories.make_site()
    assert Site.objects.count() == 2
    assert clock.now() > row.made_at
