"""What a person tries beside the record of a trial: a scenario, in the units it is typed in.

The product's own rule, on the model of Anisimov and Fedorov (Stat Med 2007;26:4958).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Self

from pv.domain.forecasts.trials import Centre, ForecastError, Span, Trial, WhatIf

GIVEN_WEIGHT = 10_000.0
"""Patients a share of drop-outs counts as once a scenario states it: what is counted hardly moves
it, since the question is what follows if that share holds."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """Changes to try; None or empty: as recorded."""

    rate_percent: int | None = None
    """Enrolment to come, in percent of what the past predicts."""
    more_centres: int | None = None
    opening_on: date | None = None
    """Planned opening of the further centres; their delay is that of every centre."""
    close_centres: tuple[str, ...] = ()
    """Names of centres that stop enrolling at the cut-off."""
    target: int | None = None
    """Evaluable patients needed."""
    loss_percent: int | None = None
    """Patients lost before the primary endpoint, in percent."""
    maturity_days: int | None = None
    """Follow-up until the primary endpoint, in calendar days."""
    reporting_days: int | None = None
    """From the endpoint to the submission, in calendar days."""
    review_days: int | None = None
    """From the submission to the decision, in calendar days."""

    @property
    def changes_nothing(self) -> bool:
        """Whether it is the record itself."""
        return self == Scenario()

    def to_dict(self) -> dict[str, Any]:
        """What is changed, as JSON keeps it; nothing for what stays as recorded."""
        found = {name: getattr(self, name) for name in self.__slots__}
        if self.opening_on:
            found["opening_on"] = self.opening_on.isoformat()
        found["close_centres"] = list(self.close_centres)
        return {name: value for name, value in found.items() if value not in (None, [])}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Read what `to_dict` wrote; TypeError for a name it does not know."""
        values = dict(data)
        if "opening_on" in values:
            values["opening_on"] = date.fromisoformat(values["opening_on"])
        return cls(**{**values, "close_centres": tuple(values.get("close_centres", ()))})

    def what_if(self, trial: Trial) -> WhatIf:
        """The changes as the forecast takes them.

        Raises ForecastError when further centres have no day of opening, or one that is not after
        the cut-off: a centre that opened is recorded, not tried.
        """
        return WhatIf(
            more_centres=self._further(trial),
            close_centres=frozenset(self.close_centres),
            rate_factor=None if self.rate_percent is None else self.rate_percent / 100,
            target=self.target,
            maturity_days=self.maturity_days,
            dropout=None
            if self.loss_percent is None
            else replace(
                trial.dropout, expected_share=self.loss_percent / 100, weight=GIVEN_WEIGHT
            ),
            reporting=_exactly(self.reporting_days),
            review=_exactly(self.review_days),
        )

    def _further(self, trial: Trial) -> tuple[Centre, ...]:
        if not self.more_centres:
            return ()
        if self.opening_on is None or self.opening_on <= trial.as_of:
            raise ForecastError("further centres open on a day after the cut-off")
        known = {centre.name for centre in trial.centres}
        names = (f"+{number}" for number in range(1, self.more_centres + len(known) + 1))
        free = [name for name in names if name not in known][: self.more_centres]
        return tuple(Centre(name, planned=self.opening_on) for name in free)


def _exactly(days: int | None) -> Span | None:
    return None if days is None else Span(days, days, days)
