"""Practice patients: invented people on whom staff learn the product, and how their numbers read.

Source: project rule; training subjects are kept apart from real ones so that no figure of a study
or a register can hold them.
"""

WORD = "PRACTICE"


def code_prefix(site: str) -> str:
    """What the study code of a practice patient of a site begins with: a series of its own."""
    return f"{site}-{WORD}-"


def is_practice_code(study_code: str) -> bool:
    """Whether a study code is of the series of practice patients: `SH01-PRACTICE-00001`."""
    site, _, number = study_code.rpartition(f"-{WORD}-")
    return bool(site) and number.isascii() and number.isdigit()


def is_invented(chain_of_identity: str) -> bool:
    """Whether a chain-of-identity number says that it is no bag's: `PRACTICE-1`."""
    return chain_of_identity.strip().upper().startswith(f"{WORD}-")
