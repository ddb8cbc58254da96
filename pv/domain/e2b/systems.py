"""Short names for the code systems and identifier roots that E2B(R3) paths speak of.

Source: domain 6.
"""

ICH_LIST = "2.16.840.1.113883.3.989.2.1.1."
# Where ICH gives each region's authority a branch of its own: EU 1.1, FDA 1.2, MFDS 1.10 ...
REGIONAL = "2.16.840.1.113883.3.989.5."
ICH_IDENTIFIER = "2.16.840.1.113883.3.989.2.1.3."

NAMED = {
    "MEDDRA": "2.16.840.1.113883.6.163",
    "NCIT": "2.16.840.1.113883.3.26.1.1",
    "COUNTRY": "1.0.3166.1.2.2",
    "SEX": "1.0.5218",
    "UCUM": "2.16.840.1.113883.6.8",
    "FORM": "0.4.0.127.0.16.1.1.2.1",
    "ROUTE": "0.4.0.127.0.16.1.1.2.6",
    "RANGE": "2.16.840.1.113883.5.83",
    "PARENT": "2.16.840.1.113883.5.111",
    "ACT": "2.16.840.1.113883.5.4",
    "MPID": "TBD-MPID",
    "PHPID": "TBD-PhPID",
    "SUBSTANCE": "TBD-Substance",
    "FDA_REPORT": "2.16.840.1.113883.3.989.5.1.2.2.1.1.1",
    "FDA_IND": "2.16.840.1.113883.3.989.5.1.2.2.1.2.1",
    "FDA_PREANDA": "2.16.840.1.113883.3.989.5.1.2.2.1.2.2",
    "FDA_CROSS_IND": "2.16.840.1.113883.3.989.5.1.2.2.1.2.3",
    "FDA_OUTCOME": "2.16.840.1.113883.3.989.5.1.2.2.1.3",
    "FDA_REMEDIAL": "2.16.840.1.113883.3.989.5.1.2.1.1.3",
    "FDA_USAGE": "2.16.840.1.113883.3.989.5.1.2.1.1.4",
    "FDA_FOLLOWUP": "2.16.840.1.113883.3.989.5.1.2.1.1.5",
    "FDA_OPERATOR": "2.16.840.1.113883.3.989.5.1.2.1.1.6",
    "FDA_DRUG_INFO": "2.16.840.1.113883.3.989.5.1.2.1.1.7",
    "FDA_ROLE": "2.16.840.1.113883.3.989.5.1.2.1.1.8",
    "EU_MESSAGE": "2.16.840.1.113883.3.989.5.1.1.5.1",
    "EU_METHOD": "2.16.840.1.113883.3.989.5.1.1.5.2",
    "EU_RESULT": "2.16.840.1.113883.3.989.5.1.1.5.3",
    "EU_SOURCE": "2.16.840.1.113883.3.989.5.1.1.5.4",
}


def foreign(system: str | None, own: str | None) -> bool:
    """Whether a code system is a regional authority's and not the one an element is written with.

    A number of another authority's list means something else, whatever ICH means by it.
    """
    return bool(own and system and system != own and system.startswith(REGIONAL))


def oid(name: str) -> str:
    """The identifier behind a short name: ``L19`` a list of ICH, ``N5`` an ICH id root."""
    if name[:1] == "L" and name[1:].isdigit():
        return ICH_LIST + name[1:]
    if name[:1] == "N" and name[1:].isdigit():
        return ICH_IDENTIFIER + name[1:]
    return NAMED[name]
