"""Versions of a site's consent forms: put into use, taken out of use."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from followup.core import clock, versions
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.core.templatetags.everwatch import listed
from followup.domain.consents import Purpose
from followup.models import ConsentVersion, Product, ReferenceItem, Site


@dataclass(frozen=True, slots=True)
class ConsentVersionInput:
    """A form as the ethics committee approved it. `document_sha256` is that of its document."""

    code: str
    name_zh: str
    name_en: str
    purposes: Sequence[str]
    valid_from: date
    document_sha256: str
    valid_until: date | None = None
    product: Product | None = None
    protocol: str = ""
    renews: bool = False


def _problems(given: ConsentVersionInput) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in ("code", "name_zh", "name_en"):
        if not getattr(given, name).strip():
            found[name] = _("This field is needed.")
    if not given.purposes:
        found["purposes"] = _("Tick what this form asks for.")
    elif unknown := set(given.purposes) - set(Purpose):
        text = _("This is no purpose of a consent: %(codes)s")
        found["purposes"] = text % {"codes": listed(sorted(unknown))}
    if given.valid_until is not None and given.valid_until < given.valid_from:
        found["valid_until"] = _("The last day lies before the first.")
    if not re.fullmatch(r"[0-9a-f]{64}", given.document_sha256):
        found["document_sha256"] = _("This is no SHA-256 of a document: 64 digits and letters a-f.")
    known = ReferenceItem.objects.filter(kind="protocol", code=given.protocol)
    if given.protocol and not known.exists():
        found["protocol"] = _("This protocol is not known.")
    return found


@action("consent_version.add", needs=Perm.PROTOCOL_WRITE)
def add(actor: Actor, site: Site, *, given: ConsentVersionInput) -> ConsentVersion:
    """Put a version into use at a site.

    One that `renews` lets everybody who signed an earlier one appear on the list of those who
    sign again, from its first day.
    """
    problems = _problems(given)
    same = ConsentVersion.objects.filter(
        site=site, product=given.product, protocol=given.protocol, code=given.code.strip()
    )
    if same.exists():
        problems["code"] = _("This site has a version of this name already.")
    if problems:
        raise Refused(problems)
    return ConsentVersion.objects.create(
        site=site,
        product=given.product,
        protocol=given.protocol,
        code=given.code.strip(),
        name_zh=given.name_zh.strip(),
        name_en=given.name_en.strip(),
        purposes=list(dict.fromkeys(given.purposes)),
        valid_from=given.valid_from,
        valid_until=given.valid_until,
        document_sha256=given.document_sha256,
        renews=given.renews,
        recorded_by_id=actor.id,
        recorded_at=clock.now(),
    )


@action("consent_version.close", needs=Perm.PROTOCOL_WRITE)
def close(
    actor: Actor, form: ConsentVersion, *, valid_until: date | None, version: int
) -> ConsentVersion:
    """Say until which day a version is in use, or that it stays in use."""
    row = ConsentVersion.objects.select_for_update(of=("self",)).get(id=form.id)
    versions.must_be(row, version)
    if valid_until is not None and valid_until < row.valid_from:
        raise Refused({"valid_until": _("The last day lies before the first.")})
    row.valid_until = valid_until
    row.version += 1
    row.save(update_fields=["valid_until", "version"])
    return row
