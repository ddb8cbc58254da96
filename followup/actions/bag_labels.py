"""The scanned label of an infusion bag against what was typed: a mismatch is never recorded."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from followup.domain import scans
from followup.domain.scans import ScanKind

_FIELDS = {ScanKind.LOT: "lot", ScanKind.CHAIN_OF_IDENTITY: "chain_of_identity"}


def problems(known: Mapping[str, Any]) -> dict[str, Any]:
    """What the label says otherwise, at the field it differs from; nothing without a scan.

    Which of the two is right nobody here can tell, so neither is taken.
    """
    label = known.get("bag_label", "").strip(" ")
    if not label or not {"lot", "chain_of_identity"} <= set(known):
        return {}
    scan = scans.read(label)
    if scan.problem is not None:
        text = _("This scan cannot be right: switch the input method off and scan again.")
        return {"bag_label": text}
    if not scan.value(ScanKind.LOT) and not scan.value(ScanKind.CHAIN_OF_IDENTITY):
        text = _("This code names neither lot nor chain of identity: scan the other one.")
        return {"bag_label": text}
    wrong = scans.differs(label, lot=known["lot"], chain_of_identity=known["chain_of_identity"])
    text = _("The label of the bag says %(value)s: stop and check bag and patient.")
    return {_FIELDS[kind]: text % {"value": scan.value(kind)} for kind in wrong}
