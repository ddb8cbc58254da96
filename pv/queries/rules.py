"""Versioned reference documents of safety: rule sets, commitments, thresholds."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import lru_cache
from typing import Any, TypeVar, cast
from uuid import UUID

from django.db.models import F, Q
from django.utils.translation import pgettext

from followup.core.actor import Actor
from followup.core.naming import reader_language
from followup.core.request_answers import once_a_request
from followup.models import ReferenceItem
from followup.queries import reference
from pv.domain import agreements
from pv.domain.clocks import Limit, RuleSet

_SYSTEM = Actor.process("clocks")
Read = TypeVar("Read")


@once_a_request
def document(code: str) -> ReferenceItem:
    """The newest loaded version of a reference document, read-only; DoesNotExist before loading."""
    rows = ReferenceItem.objects.filter(kind="document", code=code)
    return rows.order_by("-loaded_at", "-version")[0:1].get()


@lru_cache(maxsize=128)
def _parsed(read: Callable[[Any], Any], item_id: UUID, sha256: str) -> Any:
    return read(ReferenceItem.objects.get(id=item_id).data)


@once_a_request
def document_of(code: str, version: str) -> ReferenceItem:
    """A version that something was reckoned by; the newest where that one was never loaded."""
    rows = ReferenceItem.objects.filter(kind="document", code=code, version=version)
    return rows.order_by("-loaded_at")[0:1].first() or document(code)


@once_a_request
def document_on(code: str, day: date) -> ReferenceItem:
    """The version in force on a day; the first there is for a day before all of them."""
    rows = ReferenceItem.objects.filter(kind="document", code=code)
    in_force = rows.filter(Q(valid_from__isnull=True) | Q(valid_from__lte=day))
    in_force = in_force.filter(Q(valid_to__isnull=True) | Q(valid_to__gte=day))
    latest = in_force.order_by(F("valid_from").desc(nulls_last=True), "-loaded_at", "-version")
    earliest = rows.order_by("valid_from", "-loaded_at", "-version")
    return latest[0:1].first() or earliest[0:1].get()


def document_for(code: str, version: str, day: date) -> ReferenceItem:
    """The version something was reckoned by, or where it has none yet the one of a day."""
    return document_of(code, version) if version else document_on(code, day)


def read_of(item: ReferenceItem, read: Callable[[Any], Read]) -> Read:
    """A loaded version as `read` understands it, read once per process and content.

    `read` is a function of a module: one made for the call would be asked each time.
    """
    return cast(Read, _parsed(read, item.id, item.sha256))


def parsed(code: str, read: Callable[[Any], Read]) -> Read:
    """The newest version of a reference document as `read` understands it."""
    return read_of(document(code), read)


def rule_set() -> RuleSet:
    """The reporting rules as loaded, with China's holidays where a limit counts working days.

    Parsed once per process and content.
    """
    made = parsed("rule_sets", RuleSet.from_dict)
    if not made.counts_working_days:
        return made
    return replace(made, holidays=reference.holidays(_SYSTEM))


def words(rule: str) -> str:
    """A rule of a clock in the reader's language, its code behind: "Death, domestic (CN-D)".

    A duty beside the report (`CN-D:investigation`) is named after its rule. A rule that the
    documents do not know any more stays its code.
    """
    code, _mark, duty = rule.partition(":")
    spoken = reader_language()
    editions = [row for row in parsed("rule_sets", RuleSet.from_dict).rules if row.id == code]
    found = max(editions, key=lambda row: row.valid_from or date.min, default=None)
    event = found.event if found else agreements.event_of(code)
    if not event:
        return rule
    labels = [limit.label[spoken] for limit in found.limits if limit.code == duty] if found else []
    text = pgettext("punctuation", ": ").join([event[spoken], *labels[:1]])
    return text + pgettext("punctuation", " (%(text)s)") % {"text": code}


def limit_where(fact: str, day: date) -> Limit | None:
    """The limit of the rule in force on a day that asks for a fact such as `overseas_action`."""
    found = [row for row in rule_set().in_force(day) if row.when.get(fact)]
    return found[0].limits[0] if found else None


def data(code: str) -> dict[str, Any]:
    """The content of a reference document."""
    return dict(document(code).data)


def receiver_names() -> dict[str, str]:
    """Every receiver by code, named in the reader's language."""
    label = f"label_{reader_language()}"
    return {code: str(row[label]) for code, row in data("receivers")["receivers"].items()}


def authority(profile: str) -> str:
    """Whose clocks a file for this receiver meets once sent; empty for a test gateway or anyone."""
    row = data("receivers")["receivers"].get(profile, {})
    return str(row.get("authority", "")) if row.get("environment") == "production" else ""
