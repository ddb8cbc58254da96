"""Treatments, procedures and stays as facts the mapping names.

The product's own rule where the guide leaves a choice: radiotherapy and transplantations are
procedures, every other treatment is a medication; what goes on does so on the day it was recorded.

Source: CDISC SDTM implementation guide 3.4, sections 6.1.2 (CM), 6.1.6 (PR), 6.2.5 (HO), 4.4.7.
"""

from collections.abc import Iterable, Mapping

from followup.domain.concomitant_care import STAYS, CareKind
from pv.domain.datasets.facts import Row, exact, plain
from pv.domain.datasets.records import KEY, Facts

PROCEDURES = frozenset({"RADIATION", "AUTO_HSCT", "ALLO_HSCT", "STEM_CELL_BOOST"})
_CODES = ("CM", "PR", "HO")


def by_dataset(rows: Iterable[Row], names: Mapping[str, str]) -> dict[str, list[Facts]]:
    """The facts of a subject's treatments and stays by data set.

    `names` are the words for what was given without a name, by the code of its list or kind.
    """
    found: dict[str, list[Facts]] = {code: [] for code in _CODES}
    for row in rows:
        found[dataset_of(row)].append(care(row, names))
    return found


def dataset_of(row: Row) -> str:
    """The data set of a treatment or stay."""
    if row["kind"] in STAYS:
        return "HO"
    return "PR" if row["detail"] in PROCEDURES else "CM"


def care(row: Row, names: Mapping[str, str]) -> Facts:
    """A treatment or stay: an answer nobody gave is empty, a dose has its unit or is none."""
    kind, detail = CareKind(row["kind"]), row["detail"]
    route = detail if kind is CareKind.IMMUNOGLOBULIN else None
    stay = kind in STAYS
    subcategory = None if stay or route is not None else detail
    ended = row["ended_on_text"] or None
    relative = None if ended else row["ongoing"] or None
    words = names.get(subcategory or kind.value) if not stay else None
    return {
        KEY: str(row["id"]),
        "treatment": row["name"] or words,
        "category": kind.value,
        "subcategory": subcategory,
        "indication": row["given_for"],
        "dose": exact(plain(row["dose"])),
        "dose_unit": row["dose_unit"],
        "route": route,
        "started": row["started_on_text"],
        "ended": ended,
        "end_relative": relative,
        "end_reference": row["told_on"] if relative else None,
        "mutagenic": row["mutagenic"],
        "live_vaccine": row["live_vaccine"],
        "level": detail if kind is CareKind.HOSPITAL_STAY else None,
        "later_therapy": "YES" if kind is CareKind.SUBSEQUENT_THERAPY else None,
    }
