"""What each version of a case says of expectedness and causality, for the clocks."""

from collections.abc import Callable
from functools import cache

from pv.domain import clocks
from pv.domain.cases.causality_opinions import related
from pv.domain.cases.flags import unexpected
from pv.domain.e2b import storage
from pv.domain.e2b.message import Node
from pv.models import Case, CaseVersion
from pv.queries import authorisations, causality, expectedness


class Assessed:
    """What the versions of a case say of expectedness and causality, each read once."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.current = case.current_version
        self.version = cache(self._version)
        self.unexpected = cache(self._unexpected)
        self.related = cache(self._related)

    def _version(self, number: int) -> CaseVersion:
        return self.case.versions.get(number=number)

    def _root(self, number: int) -> Node:
        return storage.from_data(self.version(number).message)

    def related_by(self, number: int) -> bool | None:
        """Of the first version from `number` on that says it: a late answer is of the same news."""
        return self._first(number, self.related)

    def unexpected_by(self, market: str, setting: clocks.Setting, number: int) -> bool | None:
        """Against the labels of a market, in the first version from `number` on that says it."""
        return self._first(number, lambda each: self.unexpected(market, setting, each))

    def _first(self, number: int, ask: Callable[[int], bool | None]) -> bool | None:
        answers = map(ask, range(number, self.current + 1))
        return next((answer for answer in answers if answer is not None), None)

    def _related(self, number: int) -> bool | None:
        if number == self.current:
            return self.case.related
        return related(causality.causality_rules(), self._root(number))

    def _unexpected(self, market: str, setting: clocks.Setting, number: int) -> bool | None:
        """By the labels of a market; None: nobody can say yet."""
        if market == authorisations.HOME:
            if number == self.current:
                return self.case.unexpected
            return unexpected(self._root(number))
        names = authorisations.receivers(market, setting)
        answers = [expectedness.of_receiver(self.case, n, self.version(number)) for n in names]
        if True in answers:
            return True
        return False if answers and None not in answers else None
