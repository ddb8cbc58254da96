"""Golden vectors of the seal: what stands here is verified outside the product for ever."""

from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest

from followup.domain import seals

ROW = (
    7,
    datetime(2026, 11, 28, 16, 0, 0, 42, tzinfo=UTC),
    1122,
    "everwatch_app",
    UUID("01890a5d-ac96-774b-bcce-b302099a8057"),
    "nurse",
    "visit.record",
    "核对",
    "req",
    "followup_visit",
    "UPDATE",
    "1",
    None,
    '{"dose": 1.10, "n": 2, "name": "é", "b": {"z": 1, "a": [true, null]}}',
    None,
    None,
)
CANONICAL = (
    '{"action":"visit.record","actor_id":"01890a5d-ac96-774b-bcce-b302099a8057",'
    '"actor_name":"nurse","after":{"b":{"a":[true,null],"z":1},"dose":"\\u00001.10","n":2,'
    '"name":"é"},"at":"2026-11-28T16:00:00.000042Z","before":null,'
    '"database_user":"everwatch_app","id":7,"operation":"UPDATE","product_id":null,'
    '"reason":"核对","request_id":"req","row_id":"1","site_id":null,'
    '"table_name":"followup_visit","transaction":1122}'
)
CONTENT = "2b268a920e70efca1da53f3af6de8511c95b4c1ec02bae618edcc6a7d870befa"
FIRST = "1cfb6a0264afea97ad2182baebc15c1ecf89da55e6f1fb64dd3d8e0c50a2a3c7"
SECOND = "63c447fe16feec7cdf2b3edfd63a85d3c5f19da9b20ad155d3fe393619a692e6"


def changed(**values):
    row = list(ROW)
    for name, value in values.items():
        row[seals.COLUMNS.index(name)] = value
    return row


def test_the_canonical_text_is_this_for_ever() -> None:
    assert seals.canonical(ROW).decode() == CANONICAL


@pytest.mark.requirement("ASVS-11.4.3")
def test_the_hashes_are_these_for_ever() -> None:
    content = seals.content_of(ROW)
    first = seals.link(seals.START, 1, content)
    assert content.hex() == CONTENT
    assert first.hex() == FIRST
    assert seals.link(first, 2, content).hex() == SECOND


def test_the_same_moment_in_another_zone_is_the_same_text() -> None:
    at = ROW[1].astimezone(timezone(timedelta(hours=8)))
    assert seals.canonical(changed(at=at)) == seals.canonical(ROW)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('{"a": 1.10}', '{"a": 1.1}'),
        ('{"a": 1.10}', '{"a": "1.10"}'),
        ('{"a": 1}', '{"a": "1"}'),
        ('{"a": null}', "{}"),
        ('{"a": "\u00e9"}', '{"a": "e\u0301"}'),
        ('{"a": 12345678901234567890}', '{"a": 12345678901234567891}'),
        ('{"a": true}', '{"a": 1}'),
    ],
)
def test_what_differs_in_the_database_differs_in_the_text(one: str, other: str) -> None:
    assert seals.content_of(changed(after=one)) != seals.content_of(changed(after=other))


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        seals.canonical(changed(at=datetime.fromisoformat("2026-01-01T00:00")))


def test_anchor_lines_are_read_among_other_text() -> None:
    at = ROW[1]
    line = seals.Head(5, "ab" * 32).line(at)
    assert seals.anchors_of(f"Subject: x\n\n{line}\n\nhttps://x/seal/\n") == {5: "ab" * 32}
    with pytest.raises(ValueError, match="two different"):
        seals.anchors_of(f"{line}\n{seals.Head(5, 'cd' * 32).line(at)}")


def test_the_head_is_printed_as_number_and_chain():
    assert seals.Head(7, "ab").text == "7:ab"
