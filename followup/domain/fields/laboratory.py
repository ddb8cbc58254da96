"""The fields of samples, molecular results and laboratory values.

The product's own rule.
"""

from functools import partial

from followup.domain.fields.kinds import Dataset, Field, Kind, Need, Personal, who

_P, _I, _R, _S = Need.PROTOCOL, Need.ICSR, Need.REGISTRY, Need.STUDY
_T, _C = Need.TRACEABILITY, Need.CARE
_FREE, _NONE, _PSEUDONYM = Personal.FREE_TEXT, Personal.NONE, Personal.PSEUDONYM


def samples() -> tuple[Field, ...]:
    """The fields of a sample."""
    d, field = Dataset.SAMPLES, partial(Field, Dataset.SAMPLES)
    return (
        *who(d),
        field("number", "number", Kind.TEXT, needs=(_T,), personal=_PSEUDONYM),
        field("code", "code", Kind.TEXT, needs=(_P, _T)),
        field("phase", "phase", Kind.CODE, needs=(_P, _T)),
        field("visit_code", "visit_code", Kind.TEXT, needs=(_P,)),
        field("planned_for", "planned_for", Kind.DAY, needs=(_P,)),
        field("held", "held", Kind.CODE, needs=(_P, _T)),
        field("state", "state", Kind.CODE, needs=(_T,)),
    )


def _measured(dataset: Dataset, limits: Personal) -> tuple[Field, ...]:
    """How a laboratory wrote a value: a bound is no measurement, and missing is no zero."""
    return (
        Field(dataset, "comparator", "comparator", Kind.CODE, needs=(_P, _I)),
        Field(dataset, "value", "value", Kind.NUMBER, low=0, needs=(_P, _I)),
        Field(dataset, "unit", "unit", Kind.TEXT, needs=(_P, _I), personal=limits),
        Field(dataset, "lower_limit", "lower_limit", Kind.NUMBER, needs=(_P,), personal=limits),
        Field(
            dataset, "detection_limit", "detection_limit", Kind.NUMBER, needs=(_P,), personal=limits
        ),
    )


def results() -> tuple[Field, ...]:
    """The fields of a molecular result."""
    d, field = Dataset.RESULTS, partial(Field, Dataset.RESULTS)
    return (
        *who(d),
        field("sample", "sample__number", Kind.TEXT, needs=(_T,), personal=_PSEUDONYM),
        field("assay", "assay", Kind.TEXT, needs=(_P, _I)),
        field("finding", "finding", Kind.CODE, needs=(_P, _I)),
        *_measured(d, Personal.HEALTH),
        field("below_quantification", "below_quantification", Kind.YES_NO, needs=(_P, _I)),
        field("same_clone", "same_clone", Kind.YES_NO, needs=(_I,)),
        field("final", "final", Kind.YES_NO, needs=(_I,)),
        field("resulted_on", "resulted_on", Kind.DAY, needs=(_P, _I)),
        field("comment", "comment", Kind.TEXT, needs=(_C,), personal=_FREE),
    )


def laboratory() -> tuple[Field, ...]:
    """The fields of a laboratory value."""
    d, field = Dataset.LABORATORY, partial(Field, Dataset.LABORATORY)
    return (
        *who(d),
        field("measure", "measure", Kind.CODE, needs=(_P, _R, _S)),
        field("specimen_on", "specimen_on", Kind.DAY, needs=(_P, _R, _S)),
        *_measured(d, _NONE),
        field("finding", "finding", Kind.CODE, needs=(_P,)),
        field("missing_because", "missing_because", Kind.CODE, needs=(_P,)),
        field("written", "written", Kind.TEXT, needs=(_C,)),
        field("status", "status", Kind.CODE, needs=(_P,), personal=_NONE),
    )
