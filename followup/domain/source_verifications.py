"""Source data verification: a reproducible sample, what was compared, the error rate of it.

A sample of patients is compared field by field with the source documents at the hospital. Fields,
which of them are critical, and the limits are reference data (`source_verification.json`). A field
without a source cannot be compared: it is counted apart or as an error, as the document says.

Source: the citation of `source_verification.json`; the interval as cited at its function.
"""

import hashlib
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from followup.domain.fields import BY_KEY, Dataset, Field
from followup.state_machines import Machine, row

DATASETS = (Dataset.PATIENTS, Dataset.INFUSIONS, Dataset.VISITS, Dataset.EVENTS)


class CheckResult(StrEnum):
    """What the comparison of one field came to."""

    AGREES = "AGREES"
    DIFFERS = "DIFFERS"
    SOURCE_MISSING = "SOURCE_MISSING"


class MissingSource(StrEnum):
    """What a field without a source document counts as."""

    APART = "APART"  # neither right nor wrong; counted beside the rate
    ERROR = "ERROR"


class VerificationState(StrEnum):
    """Where a verification stands."""

    OPEN = "OPEN"
    CLOSED = "CLOSED"
    CANCELLED = "CANCELLED"


class VerificationEvent(StrEnum):
    """What happens to a verification."""

    CLOSE = "CLOSE"
    REOPEN = "REOPEN"
    CANCEL = "CANCEL"


_S, _E = VerificationState, VerificationEvent
VERIFICATIONS: Machine[VerificationState, VerificationEvent] = Machine(
    VerificationState,
    VerificationEvent,
    initial=(_S.OPEN,),
    rows=(
        row(_E.CLOSE, _S.OPEN, _S.CLOSED, "nothing_unchecked"),
        row(_E.REOPEN, (_S.CLOSED, _S.CANCELLED), _S.OPEN),
        row(_E.CANCEL, _S.OPEN, _S.CANCELLED, "reason"),
    ),
)


@dataclass(frozen=True, slots=True)
class VerificationRules:
    """One version of `source_verification.json`; limits and confidence are in percent."""

    version: str
    fields: tuple[tuple[Field, bool], ...]  # each with whether it is critical
    confidence_percent: float
    no_action_percent: float
    passes_percent: float
    missing_source: MissingSource

    def of(self, dataset: Dataset) -> tuple[tuple[Field, bool], ...]:
        """The fields of a dataset in the order of the document."""
        return tuple(
            (field, critical) for field, critical in self.fields if field.dataset is dataset
        )


def read_verification_rules(data: Mapping[str, Any]) -> VerificationRules:
    """The rules in a document; ValueError for a field nobody knows or who verifies may not read."""
    fields: dict[str, tuple[Field, bool]] = {}
    for entry in data["fields"]:
        key = entry["field"]
        if key not in BY_KEY or BY_KEY[key].dataset not in DATASETS:
            raise ValueError(f"{key} is no field that is verified")
        if not BY_KEY[key].usual:
            raise ValueError(f"{key} tells who somebody is or was typed freely")
        if key in fields:
            raise ValueError(f"{key} stands there twice")
        if type(entry["critical"]) is not bool:
            raise ValueError(f"{key}: critical must be true or false")
        fields[key] = BY_KEY[key], entry["critical"]
    if not any(critical for _field, critical in fields.values()):
        raise ValueError("no field is critical")
    numbers = [data[n] for n in ("no_action_percent", "passes_percent", "confidence_percent")]
    if any(type(n) not in (int, float) for n in numbers) or not (
        0 <= numbers[0] <= numbers[1] < 100 and 50 <= numbers[2] < 100
    ):
        raise ValueError("the limits must be percentages in order, the confidence from 50 to 99.9")
    return VerificationRules(
        version=data["version"],
        fields=tuple(fields.values()),
        confidence_percent=float(numbers[2]),
        no_action_percent=float(numbers[0]),
        passes_percent=float(numbers[1]),
        missing_source=MissingSource(data["missing_source"]),
    )


def sample_size(patients: int, *, number: int | None = None, percent: float | None = None) -> int:
    """How many of `patients` are drawn: a number, or a share rounded up; never more than all.

    ValueError for both or neither.
    """
    if (number is None) == (percent is None):
        raise ValueError("either a number or a share")
    wanted = number if number is not None else math.ceil(round(patients * (percent or 0) / 100, 9))
    return max(0, min(patients, wanted))


def draw(codes: Iterable[str], size: int, seed: str) -> tuple[str, ...]:
    """The first `size` codes in the order of SHA-256("seed:code"): anybody can draw them again.

    The order the codes come in does not matter, and a larger sample holds the smaller one.
    """

    def place(code: str) -> tuple[str, str]:
        return hashlib.sha256(f"{seed}:{code}".encode()).hexdigest(), code

    return tuple(sorted(set(codes), key=place)[:size])


def frame_digest(codes: Iterable[str]) -> str:
    """SHA-256 of all codes a sample was drawn from, sorted, a line each."""
    return hashlib.sha256("\n".join(sorted(set(codes))).encode()).hexdigest()


def exact_interval(errors: int, fields: int, confidence_percent: float) -> tuple[float, float]:
    """Clopper-Pearson interval of a proportion, from 0 to 1; ValueError without fields.

    Clopper & Pearson, Biometrika 1934; 26: 404. Fields of one patient are taken as independent.
    """
    if fields <= 0 or not 0 <= errors <= fields:
        raise ValueError("errors of at least one field")
    tail = (1 - confidence_percent / 100) / 2
    low = 0.0 if errors == 0 else _solve(errors, fields - errors + 1, tail)
    high = 1.0 if errors == fields else _solve(errors + 1, fields - errors, 1 - tail)
    return low, high


def _solve(a: int, b: int, share: float) -> float:
    """Where the beta distribution of `a` and `b` reaches a share, by halving."""
    low, high = 0.0, 1.0
    for _step in range(60):
        middle = (low + high) / 2
        if _beta(a, b, middle) < share:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _beta(a: int, b: int, x: float) -> float:
    """Regularised incomplete beta function, by its continued fraction (DLMF 8.17.22)."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):
        return 1 - _beta(b, a, 1 - x)
    tiny = 1e-300
    c, d = 1.0, 1 / ((1 - (a + b) * x / (a + 1)) or tiny)
    value = d
    for m in range(1, 2000):
        step = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        for part in (step, -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))):
            d = 1 / ((1 + part * d) or tiny)
            c = (1 + part / c) or tiny
            value *= c * d
        if abs(c * d - 1) < 1e-15:
            break
    front = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    return math.exp(front + a * math.log(x) + b * math.log1p(-x)) * value / a


class Verdict(StrEnum):
    """What the error rate of the critical fields asks for."""

    NO_ACTION = "NO_ACTION"
    PASSED = "PASSED"
    CORRECTIVE_ACTION = "CORRECTIVE_ACTION"


@dataclass(frozen=True, slots=True)
class ErrorRate:
    """Errors among the fields that count, with those that do not; None where nothing counts."""

    errors: int
    fields: int
    source_missing: int
    unchecked: int
    confidence_percent: float

    @property
    def percent(self) -> float | None:
        """Errors per hundred fields; None where no field counts."""
        return 100 * self.errors / self.fields if self.fields else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """The exact interval in percent; None where no field counts."""
        if not self.fields:
            return None
        low, high = exact_interval(self.errors, self.fields, self.confidence_percent)
        return 100 * low, 100 * high


def error_rate(results: Mapping[str, int], rules: VerificationRules) -> ErrorRate:
    """The rate of counts by result; the empty result is what nobody compared yet."""
    differs = results.get(CheckResult.DIFFERS, 0)
    missing = results.get(CheckResult.SOURCE_MISSING, 0)
    counted = missing if rules.missing_source is MissingSource.ERROR else 0
    return ErrorRate(
        errors=differs + counted,
        fields=results.get(CheckResult.AGREES, 0) + differs + counted,
        source_missing=missing,
        unchecked=results.get("", 0),
        confidence_percent=rules.confidence_percent,
    )


def verdict(critical: ErrorRate, rules: VerificationRules) -> Verdict | None:
    """What follows from the critical fields; None while none was compared. Limits are included."""
    if critical.percent is None:
        return None
    # In whole numbers: a rate of exactly the limit must not fail by a rounding of fractions.
    if critical.errors * 100 <= rules.no_action_percent * critical.fields:
        return Verdict.NO_ACTION
    if critical.errors * 100 <= rules.passes_percent * critical.fields:
        return Verdict.PASSED
    return Verdict.CORRECTIVE_ACTION
