"""What a person changes about the own account: language, keys, password."""

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from followup.core.action import action
from followup.core.actor import Actor
from followup.core.errors import Denied, Refused
from followup.core.models import User
from followup.core.permissions import Perm

# Every role holds REFERENCE_READ: whoever may sign in with a role may set up the own account.
_ANY_ROLE = Perm.REFERENCE_READ


def _own(actor: Actor, user: User) -> None:
    if actor.id != user.id:
        raise Denied(_ANY_ROLE)


@action("account.choose_language", needs=_ANY_ROLE)
def choose_language(actor: Actor, user: User, *, language: str) -> None:
    """Keep the language of the own pages; empty follows the browser. Refused for an unknown one."""
    _own(actor, user)
    if language and language not in User.Language.values:
        raise Refused({"language": f"unknown language {language[:20]}"})
    user.language = language
    user.save(update_fields=["language"])


@action("account.choose_keys", needs=_ANY_ROLE)
def choose_keys(actor: Actor, user: User, *, digit_keys: bool) -> None:
    """Turn keyboard shortcuts and digit keys of the own pages on or off."""
    _own(actor, user)
    user.digit_keys = digit_keys
    user.save(update_fields=["digit_keys"])


@action("account.change_password", needs=_ANY_ROLE)
def change_password(actor: Actor, user: User, *, old: str, new: str) -> None:
    """Set a new own password; Refused when the old one is wrong or the new one too weak."""
    _own(actor, user)
    if not user.check_password(old):
        raise Refused({"old_password": "wrong"}, code="wrong_password")
    try:
        validate_password(new, user)
    except ValidationError as error:
        raise Refused({"new_password1": list(error.messages)}) from error
    user.set_password(new)
    user.save(update_fields=["password"])
