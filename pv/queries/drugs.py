"""Looking up a loaded drug dictionary, and the drugs of a case with what was chosen for them."""

from dataclasses import dataclass

from followup.core import scope
from followup.core.actor import Actor
from pv.domain.coding import folded_term
from pv.domain.e2b.message import DRUG_GROUP, Node
from pv.models import Case, DrugCodingDecision, DrugDictionary, DrugName
from pv.queries import type_ahead

SHOWN = 20
VERSION, IDENTIFIER = "2.1.1a", "2.1.1b"  # of G.k: version and code of the medicinal product
_CONCOMITANT = "2"
_BEGINS = """SELECT id FROM pv_drugname
WHERE release_id = %s AND folded LIKE %s ORDER BY folded LIMIT %s"""
_CONTAINS = """SELECT id FROM pv_drugname
WHERE keys @@ %s::tsquery ORDER BY preferred DESC, length(folded), folded LIMIT %s"""


@dataclass(frozen=True, slots=True)
class CodedDrug:
    """A drug of a case: where it stands, the reporter's words, what was chosen."""

    path: str
    key: str
    words: str
    concomitant: bool
    version: str
    identifier: str
    decision: DrugCodingDecision | None

    @property
    def changed(self) -> bool:
        """Whether the words are others than those it was coded for."""
        return self.decision is not None and self.decision.folded != folded_term(self.words)[:250]


def releases() -> list[DrugDictionary]:
    """What is loaded, the newest version first."""
    return list(DrugDictionary.objects.select_related("loaded_by").order_by("-version", "form"))


def release(key: str) -> DrugDictionary | None:
    """A release by its name (C3 2026-09), the newest one for any other text; None without any."""
    rows = releases()
    return next((row for row in rows if name_of(row) == key), next(iter(rows), None))


def name_of(row: DrugDictionary) -> str:
    """A release as an address names it."""
    return f"{row.form} {row.version}"


def suggest(chosen: DrugDictionary, text: str, limit: int = SHOWN) -> list[DrugName]:
    """Names for what was typed, best first; empty for less than two characters."""
    key = folded_term(text)
    ids = type_ahead.matches(
        _BEGINS,
        _CONTAINS,
        release_id=chosen.id,
        number=chosen.number,
        text=text,
        limit=limit,
    )
    rows = DrugName.objects.in_bulk(ids)
    return sorted(
        (rows[number] for number in ids),
        key=lambda row: (row.folded != key, not row.preferred, len(row.folded)),
    )


def one(name_id: int) -> DrugName | None:
    """One name of a loaded release; None when there is none."""
    return DrugName.objects.select_related("release").filter(id=name_id).first()


def words_of(drug: Node) -> str:
    """What the reporter called a drug."""
    return drug.text("G.k.2.2") or drug.text("G.k.CN.1") or ""


def of_case(actor: Actor, case: Case, root: Node) -> list[CodedDrug]:
    """The drugs of a case the actor has read, concomitant ones first."""
    rows = scope.visible(actor, DrugCodingDecision.objects.filter(case=case))
    decided = {row.drug: row for row in rows.select_related("decided_by", "release")}
    found = [
        CodedDrug(
            f"G.k[{number}]",
            key_of(drug),
            words_of(drug),
            drug.text("G.k.1") == _CONCOMITANT,
            drug.text("G.k.2.1.1a") or "",
            drug.text("G.k.2.1.1b") or "",
            decided.get(key_of(drug)),
        )
        for number, drug in enumerate(root.each(DRUG_GROUP), 1)
    ]
    return sorted(found, key=lambda row: (not row.concomitant, row.path))


def key_of(drug: Node) -> str:
    """What names a drug wherever the message has it."""
    return (drug.id or "")[:100]
