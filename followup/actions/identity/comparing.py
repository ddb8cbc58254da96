"""One person is registered once: the document decides, other likeness is asked about."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from followup.actions.identity.persons import IdentityInput, readings_of
from followup.core import audit, scope
from followup.core.action import part
from followup.core.actor import Actor
from followup.core.advisory_locks import wait_for
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.core.security import secrets
from followup.domain.identity import Document
from followup.models import Patient
from followup.queries import duplicates
from followup.queries.duplicates import Likeness

DOUBT = gettext_lazy("This may be a patient you already follow. Please compare before saving.")


class DuplicateWarning(Refused):
    """Somebody known may be the same person: carries who, and which fields agree."""

    def __init__(
        self,
        candidates: Sequence[duplicates.PossibleDuplicate],
        problems: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__({**(problems or {}), "": DOUBT}, code="" if problems else "duplicate")
        self.duplicates = tuple(candidates)


def likeness(person: IdentityInput, document: Document | None, site: Any) -> Likeness:
    """What the person is compared by."""
    readings = person.readings or readings_of(person.name)
    return Likeness(
        site=site,
        name=person.name,
        readings=tuple(tuple(r) for r in readings),
        birth_date=person.birth_date.isoformat() if person.birth_date else "",
        document=document.key if document else "",
        phones=frozenset(c.phone for c in person.contacts if not c.ended_on),
        hospital_number=person.hospital_number,
    )


@part
def _one_at_a_time(document: str) -> None:
    """Two who write the same document at once follow each other, so that the second is told."""
    wait_for("identity document", secrets.blind_index(document, "national_id").hex())


def taken(actor: Actor, document: Document | None, *, other_than: Any = None) -> dict[str, Any]:
    """One document is one person: what to say when it is in the register already.

    Never overridden by a comparison. Of a patient the actor may not see only that there is one.
    """
    if document is None or not document.unique:
        return {}
    if audit.is_acting():  # a look beforehand stores nothing
        _one_at_a_time(document.key)
    known = duplicates.holder_of(document.key, other_than=other_than)
    if known is None:
        return {}
    patient = scope.visible(actor, Patient.objects.filter(id=known[0])).first()
    if patient is not None and actor.may(Perm.IDENTITY_READ, site=patient.site_id):
        text = _(
            "This identity document belongs to %(code)s. It is the same person: open that patient "
            "and record there, a further infusion too."
        )
        return {"national_id": text % {"code": patient.study_code}}
    return {
        "national_id": _(
            "The person with this identity document is registered elsewhere in this register. "
            "Do not register them again: ask the administrator for a transfer of the follow-up."
        )
    }
