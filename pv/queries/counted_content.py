"""The part of a stored message that counts are made of, cut out by the database.

A count over a hundred thousand cases reads what its rules ask for and no more; a case that is
listed is read whole. The part has the shape of a message (`pv.domain.e2b.storage`).
"""

from django.db.models import Func, JSONField

from pv.domain.cases import flags

# What `pv.domain.periodic.events` and `pv.domain.cases.flags` ask of a message.
ROOT = ("C.1.3", *flags.DEATH_ELEMENTS)
TERM = ("E.i.2.1b", "E.i.2.1a", "E.i.1.1a", "E.i.1.2")
ASSESSED = (*flags.CRITERIA, flags.OUTCOME)
REACTION = (*TERM, *ASSESSED)
GROUPS = flags.CAUSES


def _pairs(names: tuple[str, ...], source: str) -> str:
    return ", ".join(f"'{name}', {source}->'{name}'" for name in names)


_PART = """(SELECT jsonb_strip_nulls(jsonb_build_object('code', '',
    'values', jsonb_build_object(OF_ROOT),
    'groups', jsonb_build_object('E.i', (
        SELECT jsonb_agg(jsonb_build_object('code', 'E.i',
            'values', jsonb_build_object(OF_REACTION)) ORDER BY place)
        FROM jsonb_array_elements(part.groups->'E.i') WITH ORDINALITY AS each(one, place)),
        OF_GROUPS)))
    FROM jsonb_to_record(%(expressions)s) AS part("values" jsonb, groups jsonb))"""
for _place, _names, _source in (
    ("OF_ROOT", ROOT, 'part."values"'),
    ("OF_REACTION", REACTION, "one->'values'"),
    ("OF_GROUPS", GROUPS, "part.groups"),
):
    _PART = _PART.replace(_place, _pairs(_names, _source))


class CountedContent(Func):
    """Of the column of a message the part that is counted."""

    template = _PART
    arity = 1
    output_field = JSONField()
