"""Asking again who sits here: the password and a second factor, on a page and from its form."""

import json
from collections.abc import Callable, Mapping
from typing import Any, cast

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy, pgettext_lazy

from followup.actions.second_factors import WRONG, Proof
from followup.core.actor import Actor
from followup.core.forms import Form
from followup.core.http.requests import ActingRequest
from followup.core.models import User
from followup.core.problems import NotFound, Refused
from followup.core.security import lockout, passkeys
from followup.queries import accounts
from followup.queries.second_factors import Ways

_STATE = "passkey_state"
LONGEST_ANSWER = 20_000


def origin(request: HttpRequest) -> str:
    """What a browser signs as the page it is on."""
    return f"{request.scheme}://{request.get_host()}"


def host(request: HttpRequest) -> str:
    """The name a passkey belongs to."""
    name = request.get_host()
    return name if name.endswith("]") else name.rsplit(":", 1)[0]


class CodeField(forms.CharField):
    """A code of an app or a recovery code, as a text box that takes pasting and groups."""

    def __init__(self, **more: Any) -> None:
        attrs = {"autocomplete": "one-time-code", "class": "w-medium", "spellcheck": "false"}
        super().__init__(max_length=60, widget=forms.TextInput(attrs=attrs), **more)


class ProofForm(Form):
    """The present password, and a code or a passkey when the person has a second factor."""

    password = forms.CharField(
        label=pgettext_lazy("account", "Password"),
        strip=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "class": "w-medium"}),
    )
    code = CodeField(
        label=gettext_lazy("Code of the app, or a recovery code"),
        required=False,
        help_text=gettext_lazy("Leave it empty when you use a passkey."),
    )
    answer = forms.CharField(required=False, max_length=LONGEST_ANSWER, widget=forms.HiddenInput)

    def __init__(self, *args: Any, ways: Ways, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not ways:
            del self.fields["code"], self.fields["answer"]
        elif not ways.passkeys:
            self.fields["code"].help_text = ""
            self.fields["code"].required = True


def who(request: HttpRequest) -> tuple[Actor, User]:
    """Who asks, with the account whose password is asked; NotFound for a process."""
    actor = cast(ActingRequest, request).actor
    user = accounts.own(actor)
    if user is None:
        raise NotFound()
    return actor, user


def parsed(text: str) -> Mapping[str, Any] | None:
    """The answer of a browser's passkey; None when it is no JSON object."""
    try:
        answer = json.loads(text) if text else None
    except ValueError:
        return None
    return answer if isinstance(answer, dict) else None


def ask_passkey(request: HttpRequest, ways: Ways) -> str:
    """What the page hands to the browser, as JSON; the question is kept in the session."""
    if not ways.passkeys:
        return ""
    asked = passkeys.ask(origin(request), ways.passkeys)
    request.session[_STATE] = asked.state
    return json.dumps(asked.options)


def proof(request: HttpRequest, values: Mapping[str, Any]) -> Proof:
    """What was typed or touched; a passkey's question is answered once."""
    answer = parsed(values.get("answer") or "")
    state = request.session.pop(_STATE, None) if answer else None
    return Proof(
        code=values.get("code") or "",
        answer=answer,
        state=state,
        origin=origin(request),
        host=host(request),
    )


def counting(request: HttpRequest, username: str) -> Callable[[Refused], None]:
    """What a form does on a refusal: a wrong password or factor counts like one at the sign-in."""

    def count(refused: Refused) -> None:
        if refused.code == WRONG:
            lockout.note_failure(request, username)

    return count
