"""Coding of verbatim terms: a customer's dictionary release, its search keys, what is to be coded.

Source: MedDRA distribution file format (MSSO), ICH E2B(R3) implementation guide 3.3.6 for the pair
of version and code. No dictionary comes with the product: a customer loads a licensed one.
"""

from pv.domain.coding.coded_elements import (
    CodedPlace,
    code_number,
    coded_places,
    reaction_code,
    takes_code,
    verbatim_of,
    version_path,
)
from pv.domain.coding.drug_releases import (
    DrugFault,
    DrugName,
    DrugProblem,
    DrugRelease,
    read_drug_release,
)
from pv.domain.coding.findings import dictionary_findings
from pv.domain.coding.releases import (
    Placement,
    Release,
    ReleaseFault,
    ReleaseProblem,
    Term,
    read_release,
    version_key,
)
from pv.domain.coding.search_keys import folded_term, initials_of, lexemes, tsquery
from pv.domain.coding.standardised_queries import Queries, read_queries
from pv.domain.coding.upgrades import TAKEN_OVER, TermFacts, UpgradeOutcome, upgrade_outcome

__all__ = [
    "TAKEN_OVER",
    "DrugFault",
    "DrugName",
    "DrugProblem",
    "DrugRelease",
    "Queries",
    "TermFacts",
    "UpgradeOutcome",
    "read_drug_release",
    "read_queries",
    "upgrade_outcome",
    "CodedPlace",
    "Placement",
    "Release",
    "ReleaseFault",
    "ReleaseProblem",
    "Term",
    "code_number",
    "coded_places",
    "dictionary_findings",
    "folded_term",
    "initials_of",
    "lexemes",
    "read_release",
    "reaction_code",
    "takes_code",
    "tsquery",
    "verbatim_of",
    "version_key",
    "version_path",
]
