"""An oracle that knows nothing of the element table: all a document says, as a multiset."""

from collections import Counter

from lxml import etree

HL7 = "{urn:hl7-org:v3}"
# What steers a parser or repeats what a code says; none of it is a word about the case.
STRUCTURE = {"classCode", "moodCode", "determinerCode", "typeCode", "contextControlCode"}
UNSAID = STRUCTURE | {"ITSVersion", "codeSystemName"}
# Wrapper parts that every message repeats, whatever the case.
CONSTANT = {"interactionId", "processingModeCode"}
Leaf = tuple[str, str, str]


def leaves(data: bytes) -> Counter[Leaf]:
    """Every attribute and text of a document, by element, name and value."""
    parser = etree.XMLParser(remove_comments=True, remove_pis=True, huge_tree=True)
    found: Counter[Leaf] = Counter()
    for element in etree.fromstring(data, parser).iter():
        tag = etree.QName(element).localname
        if tag in CONSTANT and element.tag.startswith(HL7):
            continue
        for name, value in element.attrib.items():
            if _says(element, tag, str(name)):
                found[tag, str(name), str(value)] += 1
        for name, text in (("text()", element.text), ("tail()", element.tail)):
            if text and not text.isspace():
                found[tag if name == "text()" else "", "text()", " ".join(text.split())] += 1
    return found


def _says(element: etree._Element, tag: str, name: str) -> bool:
    if name in UNSAID or name.startswith("{http://www.w3.org/2001/XMLSchema-instance}"):
        return False
    if name == "mediaType":
        return element.get(name) != "text/plain"
    if name == "representation":
        return element.get(name) != "TXT"
    if name == "displayName":
        # Beside a fixed code of ICH's or a region's lists it only repeats the code.
        return element.get("codeSystem") in (None, "2.16.840.1.113883.6.163")
    if name == "codeSystem" and element.get("nullFlavor") and not element.get("code"):
        return False  # the list of a code that is not there
    if name == "codeSystemVersion":
        system = element.get("codeSystem", "")
        return not system.startswith("2.16.840.1.113883.3.989.") and "3.26.1.1" not in system
    return True


def lost(source: bytes, written: bytes) -> list[Leaf]:
    """What the source said that the written file does not say as often."""
    return sorted((leaves(source) - leaves(written)).elements())
