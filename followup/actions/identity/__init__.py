"""Who a patient is: assessed, compared, encrypted, saved, corrected; telephone numbers by date."""

from followup.actions.identity import telephones
from followup.actions.identity.comparing import DuplicateWarning, likeness, taken
from followup.actions.identity.corrections import correct, save, typed_again, with_contacts_of
from followup.actions.identity.encryption import COLUMNS, encrypted, sealed, tokens_of
from followup.actions.identity.persons import (
    Contact,
    IdentityCheck,
    IdentityInput,
    guardian_questions,
    readable,
    readings_of,
    validate,
    validated,
)
from followup.actions.identity.renewal import renew_tokens
from followup.actions.identity.rotation import released_files, rotate_files, rotate_keys

__all__ = [
    "COLUMNS",
    "Contact",
    "DuplicateWarning",
    "IdentityInput",
    "IdentityCheck",
    "validated",
    "correct",
    "guardian_questions",
    "validate",
    "save",
    "likeness",
    "readable",
    "readings_of",
    "released_files",
    "renew_tokens",
    "rotate_files",
    "rotate_keys",
    "encrypted",
    "sealed",
    "taken",
    "telephones",
    "tokens_of",
    "typed_again",
    "with_contacts_of",
]
