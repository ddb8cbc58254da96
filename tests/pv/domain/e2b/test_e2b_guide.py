"""Every conformance, nullFlavor and value line of the guide against the element table, by machine.

What differs is listed with its reason in docs/e2b-guide-differences.md, no more and no less.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path

from pv.domain.e2b.elements import CODE_LISTS, ELEMENTS, Element

DIFFERENCES = Path(__file__).parents[4] / "docs" / "e2b-guide-differences.md"
FLAVORS = ("MSK", "ASKU", "NASK", "UNK", "NI", "NA", "NINF", "PINF", "OTH")
LEVELS = {"Mandatory": "M", "Required": "M", "Conditional-Mandatory": "C", "Optional": "O"}
Line = tuple[str, str, str, str]


def _flavors(text: str) -> set[str]:
    """The nullFlavors a value line names after the word."""
    _before, mark, after = text.partition("nullFlavor")
    return {name for name in FLAVORS if re.search(rf"\b{name}\b", after)} if mark else set()


def _codes(text: str) -> set[str]:
    """The codes of a closed list that a value line spells out: ``1=Yes``, ``C41260=Asian``."""
    return set(re.findall(r"(?<![\w>.])(C?\d+)\s*=", text.split("nullFlavor")[0]))


def _lines(row: dict[str, str], element: Element) -> Iterator[Line]:
    code, values = element.code, row.get("values") or ""
    level = LEVELS.get(row.get("ich_conformance") or "")
    if level and level != element.conformance.value:
        yield code, "conformance", level, element.conformance.value
    ours = set(element.nulls)
    if "nullFlavor" in values and _flavors(values) != ours:
        yield code, "nullFlavor", " ".join(sorted(_flavors(values))), " ".join(sorted(ours))
    labels = {label.code for label in CODE_LISTS.get(element.code_list or "", ())}
    spelled = _codes(values)
    if len(spelled) > 1 and spelled != labels:
        yield code, "codes", " ".join(sorted(spelled)), " ".join(sorted(labels))
    if "alpha-2" in values and ("EU" in values) is not (element.code_list == "COUNTRY"):
        yield code, "country", values.split("nullFlavor")[0].strip(), "ISO 3166-1 alpha-2, EU"
    if "UCUM" in values and not (element.code_list or "").endswith("UNIT"):
        yield code, "unit", "UCUM", element.code_list or "any"
    if values.strip().lower() == "true" and element.code_list != "TRUE":
        yield code, "true only", "true", "true false"


def _kept() -> set[Line]:
    rows = [line.split("|")[1:-1] for line in DIFFERENCES.read_text().splitlines()[4:]]
    cells = [tuple(cell.strip() for cell in row) for row in rows if len(row) == 5]
    assert all(row[4] for row in cells), "each difference has its reason"
    return {(row[0], row[1], row[2], row[3]) for row in cells}


def test_what_differs_from_the_guide_is_listed_with_its_reason(e2b_shared: Path) -> None:
    rows = json.loads((e2b_shared / "tables" / "e2br3_elements.json").read_text())
    known = [row for row in rows if row["code"] in ELEMENTS and row.get("data_type")]
    assert len(known) > 240
    found = {line for row in known for line in _lines(row, ELEMENTS[row["code"]])}
    assert found == _kept()
