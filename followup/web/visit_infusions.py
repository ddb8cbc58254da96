"""Which infusion a planned visit belongs to: each of several has a visit of the same code."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from followup.core.naming import localized_name
from followup.queries import patients


def words(actor: Any, patient: Any) -> Mapping[UUID, str]:
    """What follows the code of a visit in a choice, by id of the infusion; nothing for one."""
    rows = patients.infusions(actor, patient)
    if len(rows) < 2:
        return {}
    text = _(" · infusion of %(day)s, %(product)s")
    return {
        row.id: text % {"day": row.infused_on, "product": localized_name(row.product)}
        for row in rows
    }
