"""Who is to be reminded of what: one SELECT for the sweep that writes and the one that tells."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from psycopg import sql

from followup.domain.reminders import Ladder, Rung
from followup.queries.reminders.sources import ObligationSource

# The sweep and the dry run share these rows, so that one cannot promise what the other omits.
_CANDIDATES = """
owed AS MATERIALIZED (
    SELECT o.*, coalesce(o.site_id, {nil}) AS at_site, coalesce(o.product_id, {nil}) AS on_product
    FROM ({owed}) AS o
    WHERE o.silence = '' AND {day} >= o.opens AND {day} > %(after)s AND {day} <= %(today)s
),
place AS (SELECT DISTINCT site_id, product_id, at_site, on_product FROM owed),
audience AS MATERIALIZED (
    SELECT DISTINCT place.at_site, place.on_product, person.id AS person,
        (person.email <> '' OR person.message_channel_id IS NOT NULL) AS reachable
    FROM place
    JOIN core_grant AS given ON given.revoked_at IS NULL
        AND (given.ends_on IS NULL OR given.ends_on >= %(today)s)
        AND given.role = ANY(%(roles)s)
        AND (given.all_sites OR place.site_id IS NULL OR given.site_id = place.site_id)
        AND (given.all_products OR place.product_id IS NULL
            OR given.product_id = place.product_id)
    JOIN core_user AS person ON person.id = given.user_id AND person.is_active
),
candidate AS (
    SELECT %(kind)s || ':' || owed.key AS obligation, %(rung)s::text AS rung, way.channel,
        audience.person AS recipient_id, owed.due_version, owed.due,
        left(owed.label, 120) AS label, owed.target,
        CASE WHEN {overtaken} THEN 'superseded'
            WHEN way.channel = 'email' THEN 'pending' ELSE 'sent' END AS state
    FROM owed JOIN audience USING (at_site, on_product)
    CROSS JOIN unnest(%(channels)s::text[]) AS way (channel)
    WHERE (way.channel <> 'email' OR audience.reachable) AND {concerned}
)
"""
# What belongs to somebody is told to that person, and to whoever is the deputy today; to everybody
# where that person is no longer there to be told.
_PERSONAL = """(owed.person IS NULL OR owed.person = audience.person OR EXISTS (
    SELECT FROM followup_cover AS cover WHERE cover.absent_id = owed.person
        AND cover.deputy_id = audience.person AND cover.ended_at IS NULL
        AND %(today)s BETWEEN cover.first AND cover.last)
    OR NOT EXISTS (SELECT FROM audience AS mine WHERE mine.person = owed.person
        AND mine.at_site = owed.at_site AND mine.on_product = owed.on_product))"""


@dataclass(frozen=True, slots=True)
class Span:
    """The rungs to look at: with a day after `after` and up to `today`, of some keys or of all."""

    after: date
    today: date
    keys: tuple[str, ...] | None = None


def _shifted(day: date, days: int) -> date:
    try:
        return day + timedelta(days=days)
    except OverflowError:
        return date.min if day.year < 5000 else date.max


def _day(row: str, rung: Rung) -> sql.Composed:
    return sql.SQL("({row}.{anchor} + {offset})").format(
        row=sql.Identifier(row),
        anchor=sql.Identifier(rung.anchor.value),
        offset=sql.Literal(rung.offset),
    )


def _overtaken(ladder: Ladder, rung: Rung) -> sql.Composable:
    parts = [
        sql.SQL("{} BETWEEN owed.opens AND %(today)s").format(_day("owed", later))
        for later in ladder.later(rung)
    ]
    return sql.SQL(" OR ").join(parts) if parts else sql.SQL("FALSE")


def common_rows(source: ObligationSource, ladder: Ladder, rung: Rung, span: Span) -> sql.Composed:
    """The common table expressions that end in `candidate`; needs `parameters`."""
    condition = source.crossing[rung.anchor] if span.keys is None else source.open_keys
    return sql.SQL(_CANDIDATES).format(
        owed=source.statement(condition),
        nil=sql.Literal(UUID(int=0)),
        day=_day("o", rung),
        overtaken=_overtaken(ladder, rung),
        concerned=sql.SQL(_PERSONAL if source.personal else "TRUE"),
    )


def parameters(
    source: ObligationSource, ladder: Ladder, rung: Rung, span: Span
) -> Mapping[str, Any]:
    """The values of one statement."""
    return {
        "kind": source.kind,
        "rung": rung.code,
        "roles": source.roles(rung),
        "channels": [channel.value for channel in rung.channels],
        "subject_states": list(ladder.subject_states),
        "after": span.after,
        "today": span.today,
        "first": _shifted(span.after, 1 - rung.offset),
        "last": _shifted(span.today, -rung.offset),
        "keys": list(span.keys or ()),
    }
