"""Who a patient is: names, phones and identity numbers normalised, checked, masked, searched.

The product's own rule.
"""

from followup.domain.identity.ages import Age, AgeUnit, age_at
from followup.domain.identity.documents import (
    RESIDENT,
    Document,
    DocumentKind,
    kinds_of,
    read_document,
)
from followup.domain.identity.marks import visible
from followup.domain.identity.masking import (
    mask_birth_date,
    mask_name,
    mask_national_id,
    mask_phone,
)
from followup.domain.identity.names import (
    name_tokens,
    name_units,
    normalise_name,
    pinyin_spellings,
    search_token,
    sounds,
)
from followup.domain.identity.national_ids import (
    NationalId,
    NationalIdError,
    NationalIdProblem,
    check_digit,
    normalise_national_id,
    read_national_id,
)
from followup.domain.identity.phones import PhoneError, PhoneProblem, normalise_phone, phone_tokens

__all__ = [
    "RESIDENT",
    "Document",
    "DocumentKind",
    "Age",
    "AgeUnit",
    "NationalId",
    "NationalIdError",
    "NationalIdProblem",
    "PhoneError",
    "PhoneProblem",
    "age_at",
    "check_digit",
    "kinds_of",
    "mask_birth_date",
    "mask_name",
    "mask_national_id",
    "mask_phone",
    "name_tokens",
    "name_units",
    "normalise_name",
    "normalise_national_id",
    "normalise_phone",
    "phone_tokens",
    "pinyin_spellings",
    "read_document",
    "read_national_id",
    "search_token",
    "sounds",
    "visible",
]
