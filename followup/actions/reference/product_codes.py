"""A site's licensed table of ISBT 128 product codes becomes reference data of its installation."""

import csv
import hashlib

from django.utils.translation import gettext as _

from followup.core import clock
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.domain.product_codes import read_code_table
from followup.models import ReferenceItem
from followup.queries.product_codes import CODE, KIND

SHOWN = 10
LONGEST = 20  # of the name of a release


@action("reference.load_product_codes", needs=Perm.REFERENCE_WRITE)
def load_product_codes(actor: Actor, *, content: bytes, release: str) -> tuple[ReferenceItem, bool]:
    """All of a table or nothing of it; whether it is new. A loaded release is never rewritten."""
    release = release.strip()
    if not release or len(release) > LONGEST:
        raise Refused({"release": _("Name the release of the table, such as 7.50.")})
    try:
        table = read_code_table(content)
    except (ValueError, csv.Error) as error:
        raise Refused({"file": _("This is no table of text in UTF-8 or GB18030.")}) from error
    if table.wrong or not table.codes:
        lines = ", ".join(map(str, table.wrong[:SHOWN])) or "1"
        text = _("No code of five characters with its description in line %(lines)s.")
        raise Refused({"file": text % {"lines": lines}})
    sha256 = hashlib.sha256(content).hexdigest()
    known = ReferenceItem.objects.filter(kind=KIND, code=CODE, version=release).first()
    if known is not None:
        if known.sha256 != sha256:
            raise Refused({"release": _("This release was loaded with other content.")})
        return known, False
    item = ReferenceItem(kind=KIND, code=CODE, version=release, sha256=sha256)
    item.data, item.loaded_at = {"codes": table.codes}, clock.now()
    item.citation = "ICCBBA, ISBT 128 product description codes, loaded by the installation"
    item.save(force_insert=True)
    return item, True
