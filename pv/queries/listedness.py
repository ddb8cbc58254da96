"""Whether the reference safety information of periodic reports names the reactions of a case."""

from dataclasses import dataclass, field
from datetime import date
from typing import Self
from uuid import UUID

from pv.domain.cases.label_events import reaction_code, reaction_event
from pv.domain.e2b.message import REACTION_GROUP, Message
from pv.domain.labels import Basis, LabelText, expectedness
from pv.queries import expectedness as rules
from pv.queries import labels


@dataclass(slots=True)
class Listedness:
    """The reference safety information of a product in force at the end of a report's period."""

    texts: list[LabelText]
    basis: Basis
    end: date
    _preferred: dict[tuple[str, int], int | None] = field(default_factory=dict)

    @classmethod
    def at(cls, product_id: UUID, end: date) -> Self:
        """As it is read now; inside of a data lock, as the lock knew it."""
        return cls(labels.texts_of(product_id), rules.periodic_basis(), end)

    def of(self, message: Message) -> tuple[bool | None, ...]:
        """Of each reaction whether it is listed; None where that cannot be said."""
        reactions = message.each(REACTION_GROUP)
        if not self.texts:
            return (None,) * len(reactions)
        keys = [reaction_code(reaction) for reaction in reactions]
        wanted = {key for key in keys if key is not None} - self._preferred.keys()
        if wanted:
            known = labels.preferred(wanted)
            self._preferred |= {key: known.get(key) for key in wanted}
        answers = []
        for reaction, key in zip(reactions, keys, strict=True):
            event = reaction_event(reaction, self._preferred[key] if key else None, self.end)
            unexpected = expectedness(event, self.texts, self.basis).unexpected
            answers.append(None if unexpected is None else not unexpected)
        return tuple(answers)
