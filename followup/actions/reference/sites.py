"""Treating centres: adding one."""

import re

from django.utils.translation import gettext as _

from followup.core.action import action
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.models import Site


@action("site.add", needs=Perm.REFERENCE_WRITE)
def add_site(actor: Actor, *, code: str, name_zh: str, name_en: str, province: str = "") -> Site:
    """Add a treating centre; administrators may. The code is part of study codes and never reused.

    Refused for a code of other characters than capital letters, digits and dashes, for a code
    in use, and for a missing name.
    """
    problems: dict[str, str] = {}
    if not re.fullmatch(r"[A-Z0-9][A-Z0-9-]{1,19}", code, re.ASCII):
        problems["code"] = _("Use 2 to 20 capital letters, digits and dashes.")
    elif Site.objects.filter(code=code).exists():
        problems["code"] = _("This code is in use.")
    if not name_zh.strip() and not name_en.strip():
        problems["name_zh"] = _("Give the name of the hospital.")
    if problems:
        raise Refused(problems)
    return Site.objects.create(
        code=code, name_zh=name_zh.strip(), name_en=name_en.strip(), province=province.strip()
    )
