"""The part of a message the database cuts out counts as the whole message does."""

import json
from dataclasses import replace
from datetime import date

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from pv.domain.cases.flags import Flags
from pv.domain.e2b import storage
from pv.domain.e2b.message import Message, Node, Null
from pv.domain.periodic import CaseRecord, Gathered, Tabulation, events
from pv.queries.counted_content import GROUPS, REACTION, ROOT, CountedContent
from tests.examples import at_most

DAY = date(2026, 6, 1)
VALUES = st.sampled_from(
    ("true", "false", "1", "5", "发热", " two  words", Null("NI"), Null("MSK"))
)


def nodes(code, names):
    made = st.dictionaries(st.sampled_from((*names, "X.1")), VALUES)
    return made.map(lambda values: Node(code, "one", values=values))


@st.composite
def messages(draw):
    root = Node("", values=draw(st.dictionaries(st.sampled_from((*ROOT, "D.1")), VALUES)))
    for group, names in (("E.i", REACTION), *((each, ("D.9.2.r.2",)) for each in GROUPS)):
        if found := draw(st.lists(nodes(group, names), max_size=3)):
            root.groups[group] = found
    root.groups["G.k"] = [Node("G.k", values={"G.k.1": "1"})]
    return Message(root)


def cut(message: Message) -> Message:
    data = json.dumps(storage.to_data(message.root))
    with connection.cursor() as cursor:
        text = CountedContent.template % {"expressions": "%s::jsonb"}
        cursor.execute(f"SELECT {text}", [data])
        (part,) = cursor.fetchone()
    return Message(storage.from_data(json.loads(part) if isinstance(part, str) else part))


@pytest.mark.django_db
@settings(max_examples=at_most(60), deadline=None)
@given(messages(), st.sampled_from((True, False, None)))
def test_counts_of_the_part_are_counts_of_the_whole(message, serious) -> None:
    whole = CaseRecord("C1", 1, DAY, DAY, Flags(serious, serious and False, None), message)
    part = replace(whole, message=cut(message))
    assert part.flags == whole.flags
    assert list(events(part)) == list(events(whole))
    counted = [Gathered(Tabulation(DAY, DAY), "en", listing=False) for _one in range(2)]
    for gathered, record in zip(counted, (part, whole), strict=True):
        gathered.take(record)
    assert counted[0].text == counted[1].text
    assert counted[0].counts == counted[1].counts
    assert "G.k" not in part.message.root.groups
