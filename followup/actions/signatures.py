"""Signing: the record as shown, the password and the second factor, in one transaction."""

from django.conf import settings
from django.utils.translation import gettext as _

from followup.actions import second_factors
from followup.actions.second_factors import Proof
from followup.core import clock, facts, scope
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.limits import within
from followup.core.models import Signature, User
from followup.core.permissions import Perm
from followup.core.problems import Conflict, Denied, Refused
from followup.core.security import bindings
from followup.domain.facts import RecordSigned
from followup.domain.signatures import sha256, state_of, text_of
from followup.queries import signatures as queries
from followup.queries.second_factors import POLICY


@action("signature.sign", needs=Perm.OWN_ACCOUNT)
def sign(
    actor: Actor,
    user: User,
    *,
    kind: str,
    record: str,
    meaning: str,
    shown_sha256: str,
    password: str,
    proof: Proof,
    reason: str = "",
) -> Signature:
    """Sign a record as it was shown (`shown_sha256` is the hash of that text).

    Denied without the right the meaning asks for; Conflict when the record is no longer what was
    shown; Refused for a wrong password or code, which are asked at every signing, and without a
    second factor where they are asked for (EVERWATCH_SECOND_FACTOR). What the signature brings
    about (a reviewed case moves on) happens in the same transaction, by the fact it publishes.
    """
    signable, found = queries.find(actor, kind, record)
    row = type(found)._default_manager.select_for_update().get(pk=found.pk)
    if meaning not in signable.meanings:
        raise Refused({"meaning": _("Choose what your signature means.")})
    site, product = scope.keys(row)
    if meaning not in queries.may_sign(actor, signable, row):
        raise Denied(signable.meanings[meaning].needs)
    content = queries.content(actor, signable, row)
    text = text_of(content)
    if sha256(text) != shown_sha256:
        raise Conflict()
    state = state_of(content)
    if queries.has_signed(actor, content, meaning=meaning, state_sha256=state):
        raise Refused(_("You have signed this version with this meaning already."))
    factors = second_factors.check_person(actor, user, password=password, proof=proof)
    if factors == "password" and settings.EVERWATCH_SECOND_FACTOR == POLICY:
        raise Refused(_("Signing needs a second factor: add one under My settings."))
    signature = Signature(
        kind=kind,
        record_id=content.record,
        title=content.title[:200],
        content=text,
        content_sha256=sha256(text),
        state_sha256=state,
        signer=user,
        printed_name=user.display_name,
        roles=", ".join(sorted(actor.roles)),
        meaning=meaning,
        reason=within(reason, 500),
        signed_at=clock.now(),
        zone=settings.TIME_ZONE,
        factors=factors,
        site_id=site,
        product_id=product,
    )
    signature.binding = bindings.binding(signature)
    signature.save(force_insert=True)
    facts.publish(
        actor, RecordSigned(kind=kind, record=content.record, meaning=meaning, reason=reason)
    )
    return signature
