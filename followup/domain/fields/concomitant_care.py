"""The fields of treatments and stays beside the product.

The product's own rule.
"""

from functools import partial

from followup.domain.concomitant_care import ANY_DETAIL
from followup.domain.fields.kinds import Dataset, Field, Kind, Need, Personal, who

_P, _I, _R, _S = Need.PROTOCOL, Need.ICSR, Need.REGISTRY, Need.STUDY
_ANSWER = "yes_no_unknown"
_FREE, _NONE = Personal.FREE_TEXT, Personal.NONE


def care() -> tuple[Field, ...]:
    """Later therapies, exposures, supportive care, vaccinations and stays."""
    d, field = Dataset.CARE, partial(Field, Dataset.CARE)
    kinds, needs = "concomitant_care_kind", (_P, _I, _R, _S)
    return (
        *who(d),
        field("kind", "kind", Kind.CODE, kinds, needs=needs),
        field("detail", "detail", Kind.CODE, ANY_DETAIL, needs=needs),
        field("name", "name", Kind.TEXT, needs=(_P, _I, _R), personal=_FREE),
        field("started_on_text", "started_on_text", Kind.PARTIAL, needs=needs),
        field("ended_on_text", "ended_on_text", Kind.PARTIAL, needs=needs),
        field("ongoing", "ongoing", Kind.CODE, _ANSWER, needs=(_P, _R, _S)),
        field("dose", "dose", Kind.NUMBER, low=0, needs=(_P, _I)),
        field("dose_unit", "dose_unit", Kind.CODE, "care_dose_unit", needs=(_P, _I)),
        field("mutagenic", "mutagenic", Kind.CODE, _ANSWER, needs=(_P, _S)),
        field("live_vaccine", "live_vaccine", Kind.CODE, _ANSWER, needs=(_P, _S)),
        field("given_for", "given_for", Kind.TEXT, needs=(_P, _I), personal=_FREE),
        field("recorded_at", "recorded_at", Kind.MOMENT, needs=(_S,), personal=_NONE),
    )
