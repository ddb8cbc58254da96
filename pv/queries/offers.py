"""What a source of a case offers beside what its current version says."""

from dataclasses import dataclass

from pv.domain.cases import editing, pairing
from pv.domain.e2b import storage
from pv.domain.e2b.elements import ELEMENTS, Element
from pv.domain.e2b.message import Null, Value
from pv.models import CaseSource, CaseVersion


@dataclass(frozen=True, slots=True)
class Offer:
    """One value a source offers beside what the version has; None retracts the value."""

    path: str
    element: Element
    offered: str
    present: str
    offered_value: Value | None
    present_value: Value | None

    @property
    def differs(self) -> bool:
        """Whether adopting it would change anything."""
        return self.offered != self.present


def _as_text(value: Value | None) -> str:
    if isinstance(value, Null):
        return f"∅ {value.flavor}"
    return value if isinstance(value, str) else ""


def of(row: CaseSource, current: CaseVersion) -> list[Offer]:
    """What a hospital source offers, the differing values first; an import offers nothing."""
    root = storage.from_data(current.message)
    found = []
    said = pairing.offered(row.values)
    places = pairing.places(root, said, said)
    for path, offered in said.items():
        place = places[path]
        try:
            _node, element = editing.locate(root, place, create=offered is not None)
        except editing.PathError:
            continue
        present = editing.value_at(root, place)
        texts = (_as_text(offered), _as_text(present))
        found.append(Offer(path, ELEMENTS[element], *texts, offered, present))
    return sorted(found, key=lambda offer: not offer.differs)
