"""The signatures of a record on its page: `{% signatures "case" case %}`."""

import re
from collections.abc import Mapping
from typing import Any

from django import template

from followup.core.trail import signables
from followup.core.whole_dates import WholeDates
from followup.queries import signatures as queries

register = template.Library()
_MOMENT = re.compile(r"\b(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d)?)(?:\.\d+)?([+-]\d\d:\d\d)(?!\d)")


@register.filter
def moments(text: Any) -> str:
    """A text whose moments are written for people: signed content keeps them as ISO 8601 does."""
    return WholeDates(_MOMENT.sub(r"\1 \2 (UTC\3)", str(text)))


@register.inclusion_tag("parts/signatures.html", takes_context=True)
def signatures(
    context: Mapping[str, Any], kind: str, row: Any, *, closed: Any = None
) -> dict[str, Any]:
    """Who signed what, whether the record is still as signed, and the way to sign.

    A record that is `closed` (signed and locked, or done with) is not signed once more.
    """
    actor = context["request"].actor
    signable = signables.of(kind)
    return {
        "kind": kind,
        "record": str(row.pk),
        "signed": queries.of(actor, signable, row),
        "closed": closed,
        "may_sign": not closed and bool(queries.offered(actor, signable, row)),
    }
