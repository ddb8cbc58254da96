"""Whose regional elements a message carries, told by its own codes and its receiver."""

from lxml import etree

from pv.domain.e2b.elements import Profile
from pv.domain.e2b.read.plans import qualified
from pv.domain.e2b.systems import oid

EVENT = "/".join(map(qualified, ("controlActProcess", "subject", "investigationEvent")))
OBSERVED = "/".join(map(qualified, ("observationEvent", "code")))
RECEIVER = "/".join(map(qualified, ("receiver", "device", "id")))
COMPONENT = qualified("component")


def region_of(element: etree._Element) -> Profile:
    """The region of a message element: first its regional items, then the receiver's identifier.

    FDA's reading is the last resort: only the reporter's e-mail has one place in two regions.
    """
    event = element.find(EVENT)
    if event is not None:
        for component in event.iterchildren(COMPONENT):
            code = component.find(OBSERVED)
            if code is None:
                continue
            if code.get("code", "").startswith("CN-"):
                return Profile.NMPA
            if code.get("codeSystem") == oid("NCIT"):
                return Profile.FDA
    receiver = element.find(RECEIVER)
    name = (receiver.get("extension") or "").upper() if receiver is not None else ""
    if any(mark in name for mark in ("NMPA", "CDR", "CDE_")):
        return Profile.NMPA
    if name.startswith(("EV", "EMA", "EU")):
        return Profile.EU
    return Profile.FDA
