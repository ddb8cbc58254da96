"""Twenty-seven ways to falsify the trail with the rights of a superuser, each found and named."""

from collections.abc import Iterator

import psycopg
import pytest

from followup.actions import seals, verifications
from followup.core.actor import Actor
from followup.core.models import Change
from followup.domain import seals as rules
from followup.queries import seals as queries
from tests import factories

SYSTEM = Actor.process("test")
COLUMNS = {
    "id": "id = 900000",
    "at": "at = at + interval '1 second'",
    "transaction": "transaction = transaction + 1",
    "database_user": "database_user = 'everwatch_owner'",
    "actor_id": "actor_id = gen_random_uuid()",
    "actor_name": "actor_name = 'somebody'",
    "action": "action = 'visit.other'",
    "reason": "reason = reason || '.'",
    "request_id": "request_id = 'other'",
    "table_name": "table_name = 'followup_visit'",
    "operation": "operation = 'DELETE'",
    "row_id": "row_id = row_id || '0'",
    "before": """before = '{"a": 1}'""",
    "after": """after = jsonb_set(after, '{code}', '"T999"')""",
    "site_id": "site_id = gen_random_uuid()",
    "product_id": "product_id = gen_random_uuid()",
}
EDITS = {
    f"column {name}": f"UPDATE core_change SET {text} WHERE id = %(id)s"
    for name, text in COLUMNS.items()
}
OTHERS = {
    "change deleted": "DELETE FROM core_change WHERE id = %(id)s",
    "change and seal deleted": "DELETE FROM core_change WHERE id = %(id)s;"
    "DELETE FROM core_seal WHERE change_id = %(id)s",
    "seal moved to another change": "DELETE FROM core_seal WHERE seq = (SELECT max(seq) FROM "
    "core_seal); UPDATE core_seal SET change_id = (SELECT max(id) FROM core_change) "
    "WHERE change_id = %(id)s",
    "hash of a content altered": r"UPDATE core_seal SET content = decode(repeat('ab', 32), 'hex')"
    " WHERE change_id = %(id)s",
    "hash of the chain altered": r"UPDATE core_seal SET chain = decode(repeat('ab', 32), 'hex')"
    " WHERE change_id = %(id)s",
    "change put into the past": "INSERT INTO core_change SELECT 900001, at - interval '2 days', "
    "transaction, database_user, actor_id, actor_name, action, reason, request_id, table_name, "
    "operation, '7', before, after, site_id, product_id FROM core_change WHERE id = %(id)s",
    "row edited behind the trail": "UPDATE followup_site SET name_en = 'x' WHERE code = %(code)s",
    "row deleted behind the trail": "DELETE FROM followup_site WHERE code = %(code)s",
    "row added behind the trail": "INSERT INTO followup_site SELECT (jsonb_populate_record(s, "
    """jsonb_build_object('id', gen_random_uuid(), 'code', 'Z'))).* FROM followup_site s """
    "WHERE code = %(code)s",
}
# The last site with all that was written of it and after it: nothing is left that contradicts.
END_CUT = (
    "DELETE FROM followup_site WHERE code = %(last)s;"
    "DELETE FROM core_seal WHERE change_id IN (SELECT id FROM core_change WHERE id >= %(end)s);"
    "DELETE FROM core_change WHERE id >= %(end)s"
)
WHOLE = "chain rewritten as a whole"
TAMPERINGS = {**EDITS, **OTHERS, "end cut off": END_CUT, WHOLE: EDITS["column reason"]}
ONLY_WITH_ANCHOR = {"end cut off", WHOLE}
NOT_IN_THE_CHAIN = {name for name in OTHERS if "behind" in name}
COPIES = ("core_change", "core_seal", "followup_site", "core_verification")


def _rewrite(admin: psycopg.Connection) -> None:
    """What a database administrator with our source would do: reckon the whole chain anew."""
    chain = rules.START
    names = ", ".join(
        f"c.{n}::text" if n in ("before", "after") else f"c.{n}" for n in rules.COLUMNS
    )
    rows = admin.execute(
        f"SELECT s.seq, {names} FROM core_seal s JOIN core_change c ON c.id = s.change_id "
        "ORDER BY s.seq"
    ).fetchall()
    for seq, *row in rows:
        content = rules.content_of(row)
        chain = rules.link(chain, seq, content)
        admin.execute(
            "UPDATE core_seal SET content = %s, chain = %s WHERE seq = %s", [content, chain, seq]
        )


@pytest.fixture
def admin(committed) -> Iterator[psycopg.Connection]:
    with psycopg.connect(committed.admin, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        yield connection


@pytest.mark.requirement("P11-10a", "A11-7.1")
@pytest.mark.figure("F19")
def test_every_tampering_is_found_and_the_first_wrong_row_named(admin, measured) -> None:
    site = None
    for _ in range(20):
        site = site or factories.make_site()
        factories.make_site()
    last = factories.make_site()
    end = Change.objects.get(row_id=str(last.id)).id
    seals.seal_all(SYSTEM)
    head = queries.head()
    anchors = {head.seq: head.chain}
    change = Change.objects.get(table_name="followup_site", row_id=str(site.id))
    seq = admin.execute("SELECT seq FROM core_seal WHERE change_id = %s", [change.id]).fetchone()[0]
    for table in COPIES:
        admin.execute(f"CREATE TABLE kept_{table} AS TABLE {table}")
    found, without = {}, {}
    for name, statement in TAMPERINGS.items():
        for one in statement.split(";"):
            values = {"id": change.id, "code": site.code, "last": last.code, "end": end}
            admin.execute(one, {k: v for k, v in values.items() if f"%({k})s" in one})
        if name == WHOLE:
            _rewrite(admin)
        seals.seal_all(SYSTEM)
        found[name] = verifications.verify(SYSTEM, anchors=anchors)
        without[name] = verifications.verify(SYSTEM, anchors={})
        for table in COPIES:
            admin.execute(
                f"TRUNCATE {table} CASCADE" if "site" not in table else f"DELETE FROM {table}"
            )
            admin.execute(f"INSERT INTO {table} SELECT * FROM kept_{table}")
    seen = sum(bool(done.fault) for done in found.values())
    text = f"{seen} of {len(TAMPERINGS)} found with the anchor"
    measured("F19", text, tamperings=len(TAMPERINGS))
    assert len(TAMPERINGS) >= 26
    assert {name for name, done in found.items() if not done.fault} == set()
    assert {name for name, done in without.items() if not done.fault} == ONLY_WITH_ANCHOR
    for name in {*EDITS, "change deleted", "change and seal deleted"} - {WHOLE}:
        assert found[name].fault_seq == seq, name
    for name in NOT_IN_THE_CHAIN:
        assert found[name].fault_row.startswith("followup_site "), name
    assert verifications.verify(SYSTEM, anchors=anchors).fault == ""


def test_a_row_renamed_by_its_action_is_sound(committed) -> None:
    factories.make_site()
    seals.seal_all(SYSTEM)
    done = verifications.verify(SYSTEM, anchors={})
    assert (done.fault, done.fault_row) == ("", "")
    assert done.checked == queries.head().seq
