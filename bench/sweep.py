"""J2: the sweep over a register of open visits against the bare INSERT ... SELECT of the same rows.

The bare statement fills a copy of the notice table with the same indexes and the same foreign
key, but without audit, outbox, look at older rungs or watermark. Every round is rolled back.
Times are wall microseconds, since the server does the work.
"""

import os
from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial
from typing import Any

import psycopg
from django.db import connection, transaction

from bench._measure import alternate, row, wall
from bench._writes import rolled_back
from followup.actions import notices, reminders
from followup.actions.notices import steps
from followup.core import audit, clock
from followup.core.actor import Actor
from followup.core.mail import outbox

DATABASE = True
BENCH = Actor.process("bench")
TODAY = date(2026, 11, 22)
SITES, SPREAD = 20, 60
STATEMENTS = (
    """INSERT INTO followup_site (id, code, name_zh, name_en, province, is_active)
    SELECT gen_random_uuid(), 'B' || n, '测' || n, 'Bench ' || n, '', TRUE
    FROM generate_series(1, %(sites)s) AS n""",
    """INSERT INTO core_user (id, username, password, display_name, email, language, digit_keys,
        is_active, created_at, must_change_password)
    SELECT gen_random_uuid(), 'bench' || n, '!', 'Bench', 'bench' || n || '@example.org', 'en',
        TRUE, TRUE, now(), FALSE FROM generate_series(1, %(sites)s) AS n""",
    """INSERT INTO core_grant (id, user_id, role, site_id, all_sites, all_products, granted_at)
    SELECT gen_random_uuid(), person.id, 'nurse', site.id, FALSE, TRUE, now()
    FROM core_user AS person JOIN followup_site AS site ON 'bench' || substr(site.code, 2)
        = person.username""",
    """INSERT INTO followup_patient (id, site_id, study_code, sex, vital_status, follow_up_state,
        state_since, died_on_text, death_cause, death_cause_code, autopsy, death_related,
        version, registered_at)
    SELECT gen_random_uuid(), site.id, site.code || '-' || n, 'UNKNOWN', 'ALIVE', 'ACTIVE',
        %(today)s, '', '', '', '', '', 1, now()
    FROM followup_site AS site, generate_series(1, %(patients)s) AS n WHERE site.code LIKE 'B%%'""",
    """INSERT INTO followup_infusion (id, patient_id, site_id, product_id, off_label_reason,
        infused_on, lot, chain_of_identity, lymphodepletion, version, recorded_at,
        retired, manufacturing_site, apheresis_on_text, out_of_specification,
        out_of_specification_note, bridging_therapy, bridging_note, prior_hsct, prior_alkylator,
        prior_radiation)
    SELECT gen_random_uuid(), patient.id, patient.site_id, product.id, 'bench', %(today)s, '1',
        patient.id::text, '', 1, now(), false, '', '', '', '', '', '', '', '', ''
    FROM followup_patient AS patient, (SELECT id FROM followup_product WHERE is_car_t
        ORDER BY code LIMIT 1) AS product""",
    """INSERT INTO followup_schedule (id, infusion_id, patient_id, site_id, product_id, protocol_id,
        day_zero, planned_to, end_reason, created_at)
    SELECT gen_random_uuid(), infusion.id, infusion.patient_id, infusion.site_id,
        infusion.product_id, protocol.id, %(today)s, '2100-01-01', '', now()
    FROM followup_infusion AS infusion, (SELECT id FROM followup_referenceitem
        WHERE kind = 'protocol' LIMIT 1) AS protocol""",
    # Of ten points of a patient one has opened in the last two months, none ends soon.
    """INSERT INTO followup_plannedvisit (schedule_id, patient_id, site_id, product_id, code,
        window_start, target, due, state, unanswered, due_version)
    SELECT schedule.id, schedule.patient_id, schedule.site_id, schedule.product_id, 'P' || n,
        day, day + 30, day + 90, 'PLANNED', 0, 1
    FROM followup_schedule AS schedule, generate_series(0, 9) AS n,
        LATERAL (SELECT %(today)s::date + n * 400
            - (hashtext(schedule.id::text) & 32767) %% %(spread)s AS day) AS opening""",
)
_COLUMNS = """id, obligation, rung, channel, recipient_id, due_version, due, label, target, state,
    reason, created_at"""
_BARE = f"""
INSERT INTO bench_notice ({_COLUMNS})
SELECT gen_random_uuid(), 'visit:' || visit.id, 'opens', 'in_app', given.user_id,
    visit.due_version, visit.due, visit.code || ' ' || patient.study_code, visit.id::text, 'sent',
    '', now()
FROM followup_plannedvisit AS visit
JOIN followup_patient AS patient ON patient.id = visit.patient_id
    AND patient.follow_up_state = 'ACTIVE' AND patient.vital_status <> 'DEAD'
JOIN core_grant AS given ON given.site_id = visit.site_id AND given.role = 'nurse'
    AND given.revoked_at IS NULL
JOIN core_user AS person ON person.id = given.user_id AND person.is_active
WHERE visit.state = 'PLANNED' AND visit.window_start BETWEEN %s AND %s
ON CONFLICT DO NOTHING"""
_BARE_CLAIM = """UPDATE bench_outbox SET state = 'sending', attempt = attempt + 1,
    lease_until = now() + interval '1 minute'
WHERE notice_id IN (SELECT notice_id FROM bench_outbox WHERE state = 'pending'
    AND not_before <= now() ORDER BY not_before, notice_id FOR UPDATE SKIP LOCKED LIMIT 100)
RETURNING notice_id"""


def _execute(statement: str, *values: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return int(cursor.rowcount)


def _fill(obligations: int) -> None:
    values: dict[str, Any] = {
        "sites": SITES,
        "patients": obligations // SITES,
        "today": TODAY,
        "spread": SPREAD,
    }
    with transaction.atomic(), audit.acting(BENCH, "bench.fill"), connection.cursor() as cursor:
        for statement in STATEMENTS:
            cursor.execute(statement, values)
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as owner:
        owner.execute("CREATE TABLE bench_notice (LIKE core_notice INCLUDING ALL)")
        owner.execute(
            "ALTER TABLE bench_notice ADD FOREIGN KEY (recipient_id) "
            "REFERENCES core_user (id) DEFERRABLE INITIALLY DEFERRED"
        )
        owner.execute("CREATE TABLE bench_outbox (LIKE core_outbox INCLUDING ALL)")
        owner.execute(
            "GRANT SELECT, INSERT, UPDATE, DELETE ON bench_notice, bench_outbox "
            "TO everwatch_app, everwatch_worker"
        )
        owner.execute("VACUUM ANALYZE")


def _sweep(today: date) -> int:
    return reminders.sweep(BENCH, kind="visit", today=today).live


def _bare(first: date, last: date) -> int:
    return _execute(_BARE, first, last)


def cases(quick: bool = False) -> Iterator[dict[str, Any]]:
    """First sweep, the same day again, the next day, the daily look back, a claim."""
    obligations, rounds = (2_000, 3) if quick else (100_000, 5)
    _fill(obligations)
    start = TODAY - timedelta(days=SPREAD)
    ours, bare = partial(_sweep, TODAY), partial(_bare, start, TODAY)
    times = alternate(
        [rolled_back(BENCH, ours), rolled_back(BENCH, bare)], rounds=rounds, clock=wall
    )
    yield row("J2", "first sweep, in-app; limit is the bare INSERT", obligations, *times, target=2)
    made, _ = ours(), bare()
    assert made == obligations, f"{made} notices of {obligations} visits"
    yield from _afterwards(obligations, rounds)
    yield from _claims(obligations, rounds)


def _afterwards(obligations: int, rounds: int) -> Iterator[dict[str, Any]]:
    again = partial(_bare, TODAY - timedelta(days=SPREAD), TODAY)
    contenders = [rolled_back(BENCH, partial(_sweep, TODAY)), rolled_back(BENCH, again)]
    times = alternate(contenders, rounds=rounds, clock=wall)
    name = "same day again, whole call; limit is the bare INSERT meeting its conflicts"
    yield row("J2", name, 1, *times, target=1)

    tomorrow = TODAY + timedelta(days=1)
    _open_tomorrow(obligations // SPREAD)
    contenders = [
        rolled_back(BENCH, partial(_sweep, tomorrow)),
        rolled_back(BENCH, partial(_bare, tomorrow, tomorrow)),
    ]
    times = alternate(contenders, rounds=rounds, clock=wall)
    name = "next day, whole call; limit is the bare INSERT of that day"
    yield row("J2", name, 1, *times, new=obligations // SPREAD)

    look = partial(reminders.look_back, BENCH, kind="visit", today=TODAY)
    times = alternate(
        [rolled_back(BENCH, look), rolled_back(BENCH, again)], rounds=rounds, clock=wall
    )
    name = "daily look back with a check of every unread notice, per open visit"
    yield row("J2", name, obligations, *times)


def _open_tomorrow(count: int) -> None:
    """Move the opening of some later points to tomorrow, long before any sweep."""
    with transaction.atomic(), audit.acting(BENCH, "bench.move"):
        _execute(
            "UPDATE followup_plannedvisit SET window_start = %s, target = %s, due = %s "
            "WHERE id IN (SELECT id FROM followup_plannedvisit WHERE code = 'P5' LIMIT %s)",
            TODAY + timedelta(days=1),
            TODAY + timedelta(days=30),
            TODAY + timedelta(days=90),
            count,
        )
    _sweep(TODAY)  # takes note of the change, as a tick of that day did


def _claims(obligations: int, rounds: int) -> Iterator[dict[str, Any]]:
    mails = min(obligations, 2_000)
    with transaction.atomic(), audit.acting(BENCH, "bench.mail"):
        _execute(
            f"INSERT INTO core_notice ({_COLUMNS}) SELECT gen_random_uuid(), obligation, "
            "'bench', 'email', recipient_id, due_version, due, label, target, 'pending', '', "
            "created_at FROM core_notice LIMIT %s",
            mails,
        )
        for table in ("core_outbox", "bench_outbox"):
            _execute(
                f"INSERT INTO {table} (notice_id, state, attempt, not_before, ambiguous, error) "
                "SELECT id, 'pending', 0, now(), FALSE, '' FROM core_notice "
                "WHERE channel = 'email'"
            )
    bare = rolled_back(BENCH, partial(_execute, _BARE_CLAIM))
    claim = rolled_back(BENCH, partial(outbox.claim, 100, steps.lease()))
    checked = partial(notices.claim, BENCH, today=clock.today(), limit=100)
    for name, ours in (
        ("claim of 100 mails; limit is the bare SKIP LOCKED claim", claim),
        ("claim of 100 mails with the check that each is still true", rolled_back(BENCH, checked)),
    ):
        times = alternate([ours, bare], rounds=rounds * 3, clock=wall)
        yield row("J2", name, 100, *times)
