"""Expectedness of a case by the labels that count for each receiver, with what people decided."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from followup.core import scope
from followup.core.actor import Actor
from followup.models import Product
from pv.domain.cases import receptions
from pv.domain.cases.flags import UNEXPECTED
from pv.domain.cases.label_events import Pair, label_event, pairs
from pv.domain.e2b import storage
from pv.domain.e2b.checks import Profile
from pv.domain.e2b.message import Message, Node
from pv.domain.labels import (
    Basis,
    Expectedness,
    LabelAnswer,
    LabelKind,
    LabelText,
    Why,
    expectedness,
    read_bases,
)
from pv.models import Case, CaseVersion, ExpectednessDecision
from pv.queries import authorisations, labels, rules

# The receiver whose message has an element for the answer.
WRITTEN = Profile.NMPA.value


@dataclass(frozen=True, slots=True)
class Line:
    """One pair for one receiver: by the labels, and what stands."""

    pair: Pair
    receiver: str
    basis: Basis | None
    derived: Expectedness
    unexpected: bool | None
    decision: ExpectednessDecision | None

    @property
    def overruled(self) -> bool:
        """Whether a person decided it."""
        return self.decision is not None and self.decision.decided_by_id is not None

    @property
    def differs(self) -> bool:
        """Whether what stands is not what the labels give, and nobody gave a reason."""
        derived = self.derived.unexpected
        same = self.unexpected is derived or self.unexpected is None
        return derived is not None and not same and not self.overruled


def names_of(product: Product) -> frozenset[str]:
    """What a message may call a product, in lower case."""
    texts = (product.inn, product.generic_zh, product.brand_en, product.brand_zh)
    return frozenset(t.strip().casefold() for t in (*texts, product.approval_number) if t.strip())


def bases() -> dict[str, Basis]:
    """Which label each receiver asks for, as loaded."""
    return read_bases(rules.data("labels"))


def derive(
    product: Product, root: Node, last: date, texts: Sequence[LabelText], known: Mapping[str, Basis]
) -> list[tuple[Pair, dict[str, Expectedness]]]:
    """Each pair of a message with the answer for each receiver of `known`."""
    found = list(pairs(root, names_of(product)))
    preferred = labels.preferred(pair.coded for pair in found if pair.coded)
    answers = []
    for pair in found:
        event = label_event(pair, preferred.get(pair.coded) if pair.coded else None, last)
        answers.append(
            (pair, {name: expectedness(event, texts, basis) for name, basis in known.items()})
        )
    return answers


def receivers_of(case: Case) -> list[str]:
    """To whom a case is reported; China's authority where nobody said."""
    return list(case.receivers) or [WRITTEN]


def asked_of(case: Case, root: Node) -> list[str]:
    """For whom the expectedness of a case is to be said: its receivers, and the authorities whose
    rules ask for it wherever its product may be sold or tried."""
    setting = receptions.setting(Message(root))
    held = authorisations.authorised(case.product_id)
    abroad = [
        code
        for each in held
        if each.market != authorisations.HOME and each.setting is setting
        for code in authorisations.receivers(each.market, setting, asking="unexpected")
    ]
    return list(dict.fromkeys((*receivers_of(case), *abroad)))


def latest(case: Case, until: int | None = None) -> dict[tuple[str, str], ExpectednessDecision]:
    """The decision that counts of each pair and receiver, in the versions up to `until`."""
    rows = ExpectednessDecision.objects.filter(case=case).select_related("decided_by")
    if until is not None:
        rows = rows.filter(case_version__lte=until)
    return {(r.pair, r.receiver): r for r in rows.order_by("decided_at", "id")}


def lines(actor: Actor, case: Case, version: CaseVersion) -> list[Line]:
    """Every pair of a case the actor has read, for each receiver it is to be said for."""
    scope.one(actor, Case.objects.all(), id=case.id)
    if case.product is None:
        return []
    known = bases()
    root = storage.from_data(version.message)
    chosen = asked_of(case, root)
    texts = labels.texts_of(case.product.id)
    derived = derive(
        case.product, root, case.received_on, texts, {n: known[n] for n in chosen if n in known}
    )
    decided = latest(case)
    return [
        Line(
            pair,
            name,
            known.get(name),
            answers.get(name, Expectedness(None, Why.NO_BASIS)),
            _standing(pair, name, answers.get(name), decided.get((pair.key, name))),
            decided.get((pair.key, name)),
        )
        for pair, answers in derived
        for name in chosen
    ]


def _standing(
    pair: Pair,
    receiver: str,
    derived: Expectedness | None,
    decision: ExpectednessDecision | None,
) -> bool | None:
    """What is sent where the message has an element; else what a person decided or it follows."""
    if receiver == WRITTEN:
        return {"1": True, "0": False}.get(pair.link.text(UNEXPECTED) or "")
    if decision is not None and decision.decided_by_id is not None:
        return decision.unexpected
    return derived.unexpected if derived else None


def of_receiver(case: Case, receiver: str, version: CaseVersion) -> bool | None:
    """Whether anything in a version is unexpected for a receiver, chosen or not.

    None when no pair has an answer; a pair that has none beside one that is expected leaves the
    case undecided too, for the unanswered one may be the unexpected one.
    """
    known, product = bases(), case.product
    if product is None or receiver not in known:
        return None
    root = storage.from_data(version.message)
    texts, decided = labels.texts_of(product.id), latest(case, version.number)
    derived = derive(product, root, case.received_on, texts, {receiver: known[receiver]})
    answers = [
        _standing(pair, receiver, found[receiver], decided.get((pair.key, receiver)))
        for pair, found in derived
    ]
    if True in answers:
        return True
    return False if answers and None not in answers else None


def stored(answers: Sequence[LabelAnswer]) -> list[dict[str, Any]]:
    """What each label said, as it is kept."""
    rows = [asdict(answer) for answer in answers]
    for row in rows:
        row["valid_from"] = row["valid_from"].isoformat() if row["valid_from"] else None
    return rows


def periodic_basis() -> Basis:
    """The reference information of periodic reports: one for all countries."""
    row = rules.data("labels")["periodic"]
    return Basis(LabelKind(row["kind"]), "", ("",), ("",), row["citation"])
