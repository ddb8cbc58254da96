"""The field dictionary in words: names in both languages, the codes an answer may have."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.apps import apps
from django.utils import translation

from followup.core import naming
from followup.core.actor import Actor
from followup.domain.fields import FIELDS, Dataset, Field, Kind
from followup.queries import codes
from followup.queries.codes import Code
from followup.queries.laboratory import rules

LABORATORY = {"measure": "measures", "missing_because": "missing", "finding": "findings"}


def words(field: Field) -> str:
    """A field in the reader's language."""
    return naming.column(field.name, field.table)


def both(field: Field) -> tuple[str, str]:
    """A field in English and in Chinese."""
    found = []
    for language in ("en", "zh-hans"):
        with translation.override(language):
            found.append(words(field))
    return found[0], found[1]


def answers(field: Field) -> tuple[Code, ...]:
    """The codes a field may hold with both labels; nothing for one that is not coded.

    They are those of the code list of the reference data, of `names.json`, or of the choices of the
    column, in this order.
    """
    if field.kind not in (Kind.CODE, Kind.CODES):
        return ()
    if field.codes:
        return codes.items(field.codes)
    if field.dataset is Dataset.LABORATORY and field.name in LABORATORY:
        known = rules(Actor.process("fields")).laboratory
        listed: Any = getattr(known, LABORATORY[field.name])
        rows: Iterable[Any] = listed.values() if isinstance(listed, Mapping) else listed
        return tuple((row.code, row.label_en, row.label_zh) for row in rows)
    spelled = naming.values(field.path, field.table)
    if spelled:
        return tuple((code, both["en"], both["zh"]) for code, both in spelled.items())
    return _choices(field)


def _choices(field: Field) -> tuple[Code, ...]:
    model = next(m for m in apps.get_models() if m._meta.db_table == field.table)
    column: Any = model._meta.get_field(field.path)
    offered = list(column.flatchoices)
    found = []
    for code, label in offered:
        with translation.override("en"):
            english = str(label)
        with translation.override("zh-hans"):
            found.append((str(code), english, str(label)))
    return tuple(found)


def label(field: Field, code: str) -> str:
    """A code of a field in the reader's language; the code itself where it has no label."""
    chinese = naming.reads_chinese()
    for known, english, of_chinese in answers(field):
        if known == code:
            return of_chinese if chinese else english
    return code


def dictionary(actor: Actor) -> list[tuple[Field, str, str, tuple[Code, ...]]]:
    """Every field with its names and codes, for whoever is signed in: it tells of no patient."""
    return [(field, *both(field), answers(field)) for field in FIELDS]
