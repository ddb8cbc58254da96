"""Who a patient is: judged, compared, sealed, kept, corrected; telephone numbers over the years."""

from followup.actions.identity import telephones
from followup.actions.identity.comparing import DuplicateWarning, likeness, taken
from followup.actions.identity.corrections import correct, keep, typed_again, with_contacts_of
from followup.actions.identity.persons import (
    Contact,
    IdentityInput,
    Judged,
    checked,
    guardian_questions,
    judge,
    readable,
    readings_of,
)
from followup.actions.identity.renewal import renew_tokens
from followup.actions.identity.rotation import rotate_keys
from followup.actions.identity.sealing import COLUMNS, sealed, tokens_of

__all__ = [
    "COLUMNS",
    "Contact",
    "DuplicateWarning",
    "IdentityInput",
    "Judged",
    "checked",
    "correct",
    "guardian_questions",
    "judge",
    "keep",
    "likeness",
    "readable",
    "readings_of",
    "renew_tokens",
    "rotate_keys",
    "sealed",
    "taken",
    "telephones",
    "tokens_of",
    "typed_again",
    "with_contacts_of",
]
