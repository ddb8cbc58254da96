"""Second factors: added, proven, removed by their owner; reset by two administrators."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from followup.actions.administrator_requests import close_late
from followup.actions.sessions import end_sessions
from followup.core import clock
from followup.core.action import action, part
from followup.core.actor import Actor
from followup.core.models import FactorReset, RecoveryCode, SecondFactor, User
from followup.core.permissions import Perm
from followup.core.problems import Denied, Refused
from followup.core.security import one_time_codes, passkeys, secrets
from followup.core.security.passkeys import Credential, WrongPasskey
from followup.queries import second_factors as queries

WRONG = "wrong_factor"
MOST = 10


@dataclass(frozen=True, slots=True)
class Proof:
    """What was typed or touched: a code of an app, a recovery code, or a passkey's answer.

    `state` is what the passkey was asked, from the session, at the page `origin`, on `host`.
    """

    code: str = ""
    answer: Mapping[str, Any] | None = None
    state: Mapping[str, Any] | None = None
    origin: str = ""
    host: str = ""


def _own(actor: Actor, user: User) -> None:
    if actor.id != user.id:
        raise Denied(Perm.OWN_ACCOUNT)


def _by_app(row: SecondFactor, code: str, drift: int) -> bool:
    key = secrets.decrypt(row.secret, queries.place(row))
    seconds = clock.now().timestamp()
    step = one_time_codes.matching_step(key, code, seconds, after=row.counter, drift=drift)
    if step is None:
        return False
    row.counter, row.used_at = step, clock.now()
    row.save(update_fields=["counter", "used_at"])
    return True


def _by_passkey(rows: list[SecondFactor], proof: Proof) -> bool:
    if proof.answer is None or proof.state is None:
        return False
    known = queries.credentials(rows, proof.host)
    try:
        used = passkeys.accept(proof.origin, proof.state, known, proof.answer)
    except WrongPasskey:
        return False
    row = next(row for row in rows if row.credential == used.identifier)
    row.counter, row.used_at = used.counter, clock.now()
    row.save(update_fields=["counter", "used_at"])
    return True


def _by_recovery_code(user: User, code: str) -> bool:
    digest = one_time_codes.recovery_digest(code, user.id)
    row = (
        RecoveryCode.objects.select_for_update()
        .filter(user=user, digest=digest, ended_at__isnull=True)
        .first()
    )
    if row is None:
        return False
    row.ended_at, row.used = clock.now(), True
    row.save(update_fields=["ended_at", "used"])
    return True


@part
def prove(actor: Actor, user: User, proof: Proof) -> str:
    """How the person proved it: "app", "passkey" or "recovery"; Refused (`WRONG`) otherwise.

    The rows are locked, so that two requests never use one code.
    """
    rows = list(
        SecondFactor.objects.select_for_update()
        .filter(user=user, removed_at__isnull=True)
        .order_by("added_at", "id")
    )
    drift = queries.rules(actor).drift_steps
    if rows and _by_passkey(rows, proof):
        return "passkey"
    if proof.code.strip():
        apps = [row for row in rows if row.kind == SecondFactor.Kind.APP]
        if any(_by_app(row, proof.code, drift) for row in apps):
            return "app"
        if rows and _by_recovery_code(user, proof.code):
            return "recovery"
    text = _("This code is wrong or was used before. Wait for the next one and enter it.")
    raise Refused({"code": text}, code=WRONG)


@action("second_factor.prove", needs=Perm.OWN_ACCOUNT)
def prove_at_sign_in(actor: Actor, user: User, *, proof: Proof) -> str:
    """Use up the proof of a second factor at sign-in; the way it was given. Refused otherwise."""
    _own(actor, user)
    return prove(actor, user, proof)


@part
def check_person(actor: Actor, user: User, *, password: str, proof: Proof) -> str:
    """Who sits here now: the password, and the second factor when there is one.

    The ways used, as "password+app"; Refused (`WRONG`) when either part is wrong.
    """
    _own(actor, user)
    if not user.is_active or not user.check_password(password):
        raise Refused({"password": _("The password is wrong. Try again.")}, code=WRONG)
    if not queries.has_any(actor):
        return "password"
    return f"password+{prove(actor, user, proof)}"


def _label(label: str) -> str:
    text = label.strip()
    if not 1 <= len(text) <= 60:
        raise Refused({"label": _("Name the device, with at most 60 characters.")})
    return text


def _room(user: User) -> None:
    if SecondFactor.objects.filter(user=user, removed_at__isnull=True).count() >= MOST:
        raise Refused(_("You have too many devices; remove one you no longer use."))


@action("second_factor.add_app", needs=Perm.OWN_ACCOUNT)
def add_app(
    actor: Actor, user: User, *, key: str, label: str, first_code: str, password: str, proof: Proof
) -> list[str]:
    """Add an authenticator app that showed `first_code`; new recovery codes when it is the first.

    Refused for a wrong password, a wrong proof of a factor there is already, or a wrong code.
    """
    check_person(actor, user, password=password, proof=proof)
    _room(user)
    if not one_time_codes.is_key(key):
        raise Refused(_("The key has expired. Open the page again."))
    drift = queries.rules(actor).drift_steps
    now = clock.now()
    step = one_time_codes.matching_step(key, first_code, now.timestamp(), after=0, drift=drift)
    if step is None:
        text = _("The app shows another code. Check the clock of the phone and enter a new one.")
        raise Refused({"first_code": text})
    row = SecondFactor(
        user=user, kind=SecondFactor.Kind.APP, label=_label(label), counter=step, added_at=now
    )
    row.secret = secrets.encrypt(key, queries.place(row))
    row.save(force_insert=True)
    return _first_codes(actor, user)


@action("second_factor.add_passkey", needs=Perm.OWN_ACCOUNT)
def add_passkey(
    actor: Actor,
    user: User,
    *,
    made: Credential,
    host: str,
    label: str,
    password: str,
    proof: Proof,
) -> list[str]:
    """Add a passkey the browser made; new recovery codes when it is the first factor."""
    check_person(actor, user, password=password, proof=proof)
    _room(user)
    SecondFactor.objects.create(
        user=user,
        kind=SecondFactor.Kind.PASSKEY,
        label=_label(label),
        credential=made.identifier,
        public=made.public,
        host=host,
        counter=made.counter,
        added_at=clock.now(),
    )
    return _first_codes(actor, user)


def _first_codes(actor: Actor, user: User) -> list[str]:
    if RecoveryCode.objects.filter(user=user, ended_at__isnull=True).exists():
        return []
    return _new_codes(actor, user)


def _new_codes(actor: Actor, user: User) -> list[str]:
    now, rules = clock.now(), queries.rules(actor)
    for row in RecoveryCode.objects.filter(user=user, ended_at__isnull=True):
        row.ended_at = now
        row.save(update_fields=["ended_at"])
    codes = [
        one_time_codes.new_recovery_code(rules.recovery_length)
        for _number in range(rules.recovery_codes)
    ]
    for code in codes:
        digest = one_time_codes.recovery_digest(code, user.id)
        RecoveryCode.objects.create(user=user, digest=digest, made_at=now)
    return codes


@action("second_factor.new_codes", needs=Perm.OWN_ACCOUNT)
def new_codes(actor: Actor, user: User, *, password: str, proof: Proof) -> list[str]:
    """Replace the recovery codes; the texts are kept nowhere and shown once."""
    check_person(actor, user, password=password, proof=proof)
    if not queries.has_any(actor):
        raise Refused(_("Add a device first; recovery codes replace a lost one."))
    return _new_codes(actor, user)


@action("second_factor.remove", needs=Perm.OWN_ACCOUNT)
def remove(actor: Actor, factor: SecondFactor, *, user: User, password: str, proof: Proof) -> None:
    """Remove a device of one's own; the last one only where the roles need none."""
    check_person(actor, user, password=password, proof=proof)
    row = SecondFactor.objects.select_for_update().get(id=factor.id, user=user)
    others = SecondFactor.objects.filter(user=user, removed_at__isnull=True).exclude(id=row.id)
    if not others.exists() and queries.required(actor):
        raise Refused(_("Your role needs a second factor: add another device first."))
    if row.removed_at is None:
        row.removed_at = clock.now()
        row.save(update_fields=["removed_at"])
    if not others.exists():
        _end_codes(user)


def _end_codes(user: User) -> None:
    for row in RecoveryCode.objects.filter(user=user, ended_at__isnull=True):
        row.ended_at = clock.now()
        row.save(update_fields=["ended_at"])


@action("second_factor.ask_reset", needs=Perm.USER_WRITE)
def ask_reset(actor: Actor, user: User, *, reason: str) -> FactorReset:
    """Ask a second administrator to take a person's lost second factors away."""
    if actor.id is None:
        raise Denied(Perm.USER_WRITE)  # two persons, and a process is none
    if actor.id == user.id:
        raise Refused(_("Another administrator asks for the reset of your own devices."))
    if not reason.strip():
        raise Refused({"reason": _("Say why the devices are reset and how you know the person.")})
    if not SecondFactor.objects.filter(user=user, removed_at__isnull=True).exists():
        raise Refused(_("This person has no second factor."))
    waiting = FactorReset.objects.select_for_update().filter(user=user, decided_at__isnull=True)
    close_late(waiting, _("A reset already waits for a second administrator."))
    now = clock.now()
    return FactorReset.objects.create(
        user=user,
        asked_by_id=actor.id,
        asked_at=now,
        reason=reason.strip(),
        expires_at=now + queries.rules(actor).reset_within,
    )


@action("second_factor.decide_reset", needs=Perm.USER_WRITE)
def decide_reset(actor: Actor, reset: FactorReset, *, agree: bool, reason: str = "") -> None:
    """Agree to a reset asked by another administrator, or turn it down.

    Agreed, every device and recovery code ends, and every session of the person; the person
    enrols again at the next sign-in. Whoever asked may only turn it down.
    """
    row = FactorReset.objects.select_for_update().select_related("user").get(id=reset.id)
    now = clock.now()
    if row.decided_at is not None or row.expires_at <= now:
        raise Refused(_("This request is no longer open."))
    if agree and actor.id in (row.asked_by_id, row.user_id):
        raise Refused(_("A second administrator has to agree: not the one who asked."))
    row.decided_by_id, row.decided_at, row.agreed = actor.id, now, agree
    row.save(update_fields=["decided_by", "decided_at", "agreed"])
    if not agree:
        return
    factors = SecondFactor.objects.select_for_update().filter(user=row.user)
    for factor in factors.filter(removed_at__isnull=True):
        factor.removed_at = now
        factor.save(update_fields=["removed_at"])
    _end_codes(row.user)
    end_sessions(row.user)
