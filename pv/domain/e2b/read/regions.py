"""Whose regional elements a message carries, told by its own codes and its receiver.

Source: domain 6.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from followup.lazy_modules import lazy
from pv.domain.e2b.elements import Profile
from pv.domain.e2b.read.compiled_reader import qualified
from pv.domain.e2b.skeleton import NAMESPACE
from pv.domain.e2b.systems import REGIONAL, oid

if TYPE_CHECKING:
    from lxml import etree
else:
    etree = lazy("lxml.etree")

EVENT = "/".join(map(qualified, ("controlActProcess", "subject", "investigationEvent")))
OBSERVED = "/".join(map(qualified, ("observationEvent", "code")))
COMPONENT = qualified("component")
RECEIVER = "/".join(map(qualified, ("receiver", "device", "id")))
# Each authority's own lists: FDA's are in the branch 1.2 and NCI's thesaurus, the EU's in 1.1.
AMERICAN = f"boolean(.//@codeSystem[. = '{oid('NCIT')}' or starts-with(., '{REGIONAL}1.2.')])"
EUROPEAN = f"boolean(.//@codeSystem[starts-with(., '{REGIONAL}1.1.')])"
CHINESE = "boolean(.//h:code/@code[starts-with(., 'CN-')])"


@cache
def _compiled(path: str) -> etree.XPath:
    return etree.XPath(path, namespaces={"h": NAMESPACE})


def region_of(element: etree._Element) -> Profile:
    """The region of a message element: first its regional items, then the receiver's identifier.

    FDA's reading is the last resort: only the reporter's e-mail has one place in two regions.
    """
    event = element.find(EVENT)
    for component in event.iterchildren(COMPONENT) if event is not None else ():
        code = component.find(OBSERVED)
        if code is not None and code.get("code", "").startswith("CN-"):
            return Profile.NMPA
        if code is not None and code.get("codeSystem") == oid("NCIT"):
            return Profile.FDA
    for path, region in ((CHINESE, Profile.NMPA), (AMERICAN, Profile.FDA), (EUROPEAN, Profile.EU)):
        if _compiled(path)(element):
            return region
    receiver = element.find(RECEIVER)
    name = (receiver.get("extension") or "").upper() if receiver is not None else ""
    if any(mark in name for mark in ("NMPA", "CDR", "CDE_")):
        return Profile.NMPA
    if name.startswith(("EV", "EMA", "EU")):
        return Profile.EU
    return Profile.FDA
