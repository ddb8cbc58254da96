"""The logins of PostgreSQL: which one serves whom, and what each may touch at all."""

from enum import StrEnum

from followup.core.actor import Actor
from followup.core.permissions import Role


class Login(StrEnum):
    """A class of people or processes with a login of its own."""

    SIGN_IN = "application"  # before it is known who asks
    HOSPITAL = "hospital"
    HOLDER = "holder"
    AUDIT = "audit"
    ADMINISTRATION = "administration"
    WORKER = "worker"


OF_ROLE = {
    Role.NURSE: Login.HOSPITAL,
    Role.PHYSICIAN: Login.HOSPITAL,
    Role.SITE_LEAD: Login.HOSPITAL,
    Role.STUDY_MANAGER: Login.HOLDER,
    Role.REGULATORY: Login.HOLDER,
    Role.SAFETY_OFFICER: Login.HOLDER,
    Role.MEDICAL_REVIEWER: Login.HOLDER,
    Role.AUDITOR: Login.AUDIT,
    Role.ADMINISTRATOR: Login.ADMINISTRATION,
}
# Of several roles the one that reaches most; a policy still asks each row.
_WIDEST = (Login.HOSPITAL, Login.HOLDER, Login.AUDIT, Login.ADMINISTRATION)


def role_name(login: Login, application: str) -> str:
    """The role in PostgreSQL; `application` is the one the settings name."""
    return application if login is Login.SIGN_IN else f"everwatch_{login.value}"


def of(actor: Actor) -> Login:
    """The login a person's requests use. A person of both houses must write in both."""
    if actor.system:
        return Login.WORKER
    mine = {OF_ROLE[role] for role in actor.roles}
    return next((login for login in _WIDEST if login in mine), Login.SIGN_IN)
