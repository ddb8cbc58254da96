"""How rights are given and looked through, as loaded."""

from followup.core.actor import Actor
from followup.domain.access_rules import AccessRules, read_access_rules
from followup.queries import reference


def rules() -> AccessRules:
    """The rules in force today; NotFound when the reference data are not loaded."""
    return read_access_rules(reference.document(Actor.process("access"), "access"))
