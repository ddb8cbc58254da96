"""What a planned visit asks for and what is still missing, in the reader's language."""

from collections.abc import Collection, Sequence
from typing import Any

from django.utils.translation import gettext as _

from followup.core.actor import Actor
from followup.core.naming import reads_chinese
from followup.core.templatetags.everwatch import listed
from followup.domain.contents import CONTACT_TYPE, ticked
from followup.domain.protocols import Point
from followup.queries import protocols, reference
from followup.web.code_choices import choices


def _words(actor: Actor) -> dict[str, str]:
    chinese = reads_chinese()
    rows = reference.document(actor, "protocols")["assessments"]
    return {row["code"]: str(row["zh" if chinese else "en"]) for row in rows}


def point(planned: Any) -> Point | None:
    """The protocol's point of a planned visit; None when its version no longer knows it."""
    return protocols.of(planned.schedule.protocol).by_code.get(planned.code)


def ticks(actor: Actor, planned: Any) -> list[tuple[str, str]]:
    """The assessments a visit demands beside the questions, with their names."""
    found = point(planned)
    if found is None:
        return []
    words = _words(actor)
    return [(code, words.get(code, code)) for code in ticked(found)]


def ways(planned: Any) -> str:
    """The ways of contact the protocol allows for a visit."""
    found = point(planned)
    names = dict(choices("contact_type")())
    return listed(names.get(c.value, c.value) for c in found.contact_types) if found else ""


def missing(actor: Actor, planned: Any) -> Sequence[str]:
    """What recorded contacts leave open of a visit, each in words."""
    codes: Collection[str] = planned.missing or ()
    if not codes:
        return []
    if CONTACT_TYPE in codes:
        return [_("a contact in a way the protocol allows (%(ways)s)") % {"ways": ways(planned)}]
    words = _words(actor)
    return [words.get(code, code) for code in codes]


def by_phone(planned: Any) -> bool:
    """Whether the protocol lets the visit be made by telephone."""
    found = point(planned)
    return found is None or any(c.value == "PHONE" for c in found.contact_types)
