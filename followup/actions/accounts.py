"""Accounts: what a person changes about one's own, what an administrator does for others."""

import re
import unicodedata
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from followup.actions.sessions import end_access, end_sessions, end_tokens
from followup.core import clock
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.models import User
from followup.core.permissions import Perm
from followup.core.problems import Denied, Refused


def _own(actor: Actor, user: User) -> None:
    if actor.id != user.id:
        raise Denied(Perm.OWN_ACCOUNT)


@action("account.choose_language", needs=Perm.OWN_ACCOUNT)
def choose_language(actor: Actor, user: User, *, language: str) -> None:
    """Keep the language of one's pages; empty follows the browser. Refused for an unknown one."""
    _own(actor, user)
    if language and language not in User.Language.values:
        raise Refused({"language": f"unknown language {language[:20]}"})
    user.language = language
    user.save(update_fields=["language"])


@action("account.choose_keys", needs=Perm.OWN_ACCOUNT)
def choose_keys(actor: Actor, user: User, *, digit_keys: bool) -> None:
    """Turn keyboard shortcuts and digit keys of one's own pages on or off."""
    _own(actor, user)
    user.digit_keys = digit_keys
    user.save(update_fields=["digit_keys"])


@action("account.change_password", needs=Perm.OWN_ACCOUNT)
def change_password(actor: Actor, user: User, *, old: str, new: str, keep: str = "") -> None:
    """Set a new own password; Refused when the old one is wrong or the new one too weak.

    Every session but the one with the key `keep`, and every API token, ends at once: whoever
    knew the old password may have opened them.
    """
    _own(actor, user)
    if not user.check_password(old):
        wrong = _("The present password is wrong. Try again.")
        raise Refused({"old_password": wrong}, code="wrong_password")
    try:
        validate_password(new, user)
    except ValidationError as error:
        raise Refused({"new_password1": list(error.messages)}) from error
    if new == old:
        raise Refused({"new_password1": _("Choose another password than the present one.")})
    user.set_password(new)
    user.must_change_password = False
    user.save(update_fields=["password", "must_change_password"])
    end_sessions(user, keep=keep)
    end_tokens(user)


def _password_problems(password: str, user: User) -> list[str]:
    try:
        validate_password(password, user)
    except ValidationError as error:
        return list(error.messages)
    return []


def _name_problem(username: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9._-]{2,59}", username, re.ASCII):
        return _("Use 3 to 60 small letters, digits, dots, dashes; a letter or digit first.")
    if User.objects.filter(username=username).exists():
        return _("This user name was given before; names are never used twice.")
    return ""


@action("user.create", needs=Perm.USER_WRITE)
def create_user(
    actor: Actor,
    *,
    username: str,
    display_name: str,
    password: str,
    email: str = "",
    language: str = "",
) -> User:
    """Open an account without any rights; administrators may. Grants are given one by one.

    Refused for a name used before (even by somebody who left), a weak password (the policy is in
    the settings), an impossible e-mail address and an unknown language.
    A password that another person thought of is changed at the first sign-in.
    """
    name = unicodedata.normalize("NFKC", username).strip().lower()
    user = User(
        username=name,
        display_name=display_name.strip(),
        email=email.strip(),
        language=language,
        created_at=clock.now(),
    )
    problems: dict[str, Any] = {}
    if problem := _name_problem(name):
        problems["username"] = problem
    if not 1 <= len(user.display_name) <= 60:
        problems["display_name"] = _("Give the person's name with at most 60 characters.")
    if weak := _password_problems(password, user):
        problems["password"] = weak
    if language and language not in User.Language.values:
        problems["language"] = _("We do not have this language.")
    try:
        if user.email:
            validate_email(user.email)
    except ValidationError as error:
        problems["email"] = list(error.messages)
    if problems:
        raise Refused(problems)
    user.set_password(password)
    user.must_change_password = not actor.system
    user.save(force_insert=True)
    return user


@action("user.set_password", needs=Perm.USER_WRITE)
def set_password(actor: Actor, user: User, *, password: str, reason: str) -> None:
    """Set another person's forgotten password; ends that person's sessions and tokens at once.

    The person chooses another at the next sign-in.
    """
    if not reason.strip():
        raise Refused({"reason": _("Say why the password is set.")})
    if weak := _password_problems(password, user):
        raise Refused({"password": weak})
    user.set_password(password)
    user.must_change_password = True
    user.save(update_fields=["password", "must_change_password"])
    end_sessions(user)
    end_tokens(user)


@action("user.deactivate", needs=Perm.USER_WRITE)
def deactivate(actor: Actor, user: User, *, reason: str) -> None:
    """Close an account; the history stays.

    Sessions, API tokens, the calendar feed and running jobs end at once.
    """
    if actor.id == user.id:
        raise Refused(_("Your own account must be closed by another administrator."))
    if not reason.strip():
        raise Refused({"reason": _("Say why the account is closed.")})
    row = User.objects.select_for_update().get(id=user.id)
    row.is_active = False
    row.save(update_fields=["is_active"])
    end_access(row)


@action("user.reactivate", needs=Perm.USER_WRITE)
def reactivate(actor: Actor, user: User, *, reason: str) -> None:
    """Open a closed account again, with the grants it has left; tokens stay revoked."""
    if not reason.strip():
        raise Refused({"reason": _("Say why the account is opened again.")})
    row = User.objects.select_for_update().get(id=user.id)
    row.is_active = True
    row.save(update_fields=["is_active"])
