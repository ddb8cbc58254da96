"""Channels with their light, and the sendings that are due or wait for a person."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Count, Max, Min, Q

from followup.core import clock, scope
from followup.core.actor import Actor
from followup.core.http import addresses
from followup.core.row_security import contexts
from pv.adapters.carriers import Route
from pv.domain.agreements import PREFIX
from pv.domain.e2b.channels import (
    LOOKED_INTO,
    SIGNING_IN,
    ChannelFacts,
    ChannelKind,
    Environment,
    Light,
    fits,
    light,
)
from pv.domain.e2b.sendings import OPEN, WAITING, Patience, patience
from pv.models import (
    Channel,
    ChannelCertificate,
    ChannelCredential,
    ChannelTest,
    InboundFile,
    Submission,
    Transmission,
    TransmissionEvent,
)
from pv.queries import agreements, rules
from pv.queries import channel_certificates as certificates
from pv.queries import channel_credentials as credentials

DOCUMENT = "channels"
AS2_ROUTE = "as2/"
HERE = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class ChannelStanding:
    """A channel with everything its light is made of."""

    channel: Channel
    light: Light
    queued: int
    waiting: int
    last_success: datetime | None
    oldest_answer_due: date | None
    last_test: ChannelTest | None
    certificate_days: int | None
    keys_missing: bool


def route(channel: Channel) -> Route:
    """Where a channel leads, with the keys of both sides where its kind has them."""
    return Route(
        ChannelKind(channel.kind),
        channel.settings,
        Path(settings.EXCHANGE_ROOT),
        partners=certificates.partners(channel),
        inbound_url=settings.PUBLIC_URL + addresses.address(AS2_ROUTE),
        answer_seconds=float(rules_of_kind(channel.kind).get("answer_seconds", 60)),
        credential=credentials.opened(channel) if channel.kind in SIGNING_IN else None,
        production=channel.environment == Environment.PRODUCTION,
        hosts=gateway_hosts(channel.kind),
    )


def gateway_hosts(kind: str) -> frozenset[str]:
    """The hosts a kind of channel may speak to, and this machine."""
    return frozenset(rules_of_kind(kind).get("hosts", ())) | HERE


def rules_of_kind(kind: str) -> Mapping[str, Any]:
    """What reference data says of a kind of channel: its waits, how often it is asked."""
    found: Mapping[str, Any] = rules.data(DOCUMENT)["kinds"][kind]
    return found


def refusing_words(channel: Channel) -> list[str]:
    """The words of a gateway's status that say it took nothing."""
    return list(rules_of_kind(channel.kind)["refusing_words"])


def awaiting_answers() -> dict[Channel, list[Transmission]]:
    """The submissions whose gateway is to be asked, by its channel, the oldest first.

    Their files are not read: most are asked about again and again until an answer comes.
    """
    rows = Transmission.objects.filter(
        channel__active=True,
        channel__kind=ChannelKind.FDA,
        state__in=("unproven", "ambiguous", "delivered"),
        submission__state__in=("generated", "sent", "received"),
    ).exclude(reference="")
    found: dict[Channel, list[Transmission]] = {}
    for row in rows.select_related("channel").order_by("queued_at", "id"):
        found.setdefault(row.channel, []).append(row)
    return found


def has_answer(row: Transmission, number: str) -> bool:
    """Whether an acknowledgement of the gateway was taken before."""
    events = TransmissionEvent.objects.filter(submission_id=row.submission_id)
    files = InboundFile.objects.filter(door=InboundFile.Door.FDA, file_name=f"{number}.xml")
    return events.filter(details__acknowledgement=number).exists() or files.exists()


def rules_of(channel: Channel) -> Patience:
    """How its kind retries, from reference data."""
    return patience(rules_of_kind(channel.kind))


def rest_seconds(channel: Channel) -> float:
    """How long a file of its inbox must look the same before it is taken."""
    return float(rules_of_kind(channel.kind).get("rest_seconds", 60))


def standings(actor: Actor, *, today: date) -> list[ChannelStanding]:
    """All channels, those in use first, each with its light; counts only, nothing of a case."""
    channels = list(scope.visible(actor, Channel.objects.order_by("-active", "name")))
    counted = _counts()
    latest = {
        test.channel_id: test
        for test in ChannelTest.objects.order_by("channel", "-tested_at").distinct("channel")
    }
    kept: dict[UUID, list[ChannelCertificate]] = {}
    for row in ChannelCertificate.objects.defer("key_sealed", "content"):
        kept.setdefault(row.channel_id, []).append(row)
    signed_in = set(ChannelCredential.objects.values_list("channel_id", flat=True))
    return [
        _standing(
            channel,
            counted.get(channel.id, {}),
            latest.get(channel.id),
            today,
            kept.get(channel.id, []),
            signs_in=channel.id in signed_in,
        )
        for channel in channels
    ]


@contexts.counts_as_system
def _counts() -> dict[UUID, Mapping[str, Any]]:
    rows = Transmission.objects.values("channel_id").annotate(
        queued=Count("id", filter=Q(state__in=[state.value for state in OPEN])),
        waiting=Count("id", filter=Q(state__in=[state.value for state in WAITING])),
        last=Max("delivered_at"),
        due=Min("submission__answer_due"),
    )
    return {row["channel_id"]: row for row in rows}


def _standing(
    channel: Channel,
    counted: Mapping[str, Any],
    test: ChannelTest | None,
    today: date,
    kept: list[ChannelCertificate],
    *,
    signs_in: bool,
) -> ChannelStanding:
    warning = rules.data(DOCUMENT)["certificate_warning_days"]
    days, missing = None, channel.kind in SIGNING_IN and not signs_in
    if channel.kind == ChannelKind.AS2:
        days, missing = certificates.validity(kept, clock.now())
    facts = ChannelFacts(
        used=counted.get("last") is not None,
        waiting=counted.get("waiting", 0),
        last_test_passed=None if test is None else test.passed,
        oldest_answer_due=counted.get("due"),
        certificate_days=days,
        keys_missing=missing,
    )
    return ChannelStanding(
        channel,
        light(facts, today, warning),
        counted.get("queued", 0),
        facts.waiting,
        counted.get("last"),
        facts.oldest_answer_due,
        test,
        days,
        missing,
    )


def standing(actor: Actor, channel_id: UUID | str, *, today: date) -> ChannelStanding:
    """One channel with its light; NotFound otherwise."""
    channel = one(actor, channel_id)
    counted = _counts().get(channel.id, {})
    test = ChannelTest.objects.filter(channel=channel).order_by("-tested_at").first()
    kept = list(ChannelCertificate.objects.filter(channel=channel).defer("key_sealed", "content"))
    signs_in = ChannelCredential.objects.filter(channel=channel).exists()
    return _standing(channel, counted, test, today, kept, signs_in=signs_in)


def one(actor: Actor, channel_id: UUID | str) -> Channel:
    """One channel; NotFound otherwise."""
    return scope.one(actor, Channel.objects.all(), id=channel_id)


def tests(actor: Actor, channel: Channel) -> list[ChannelTest]:
    """Its latest tests, the newest first."""
    rows = scope.visible(actor, ChannelTest.objects.filter(channel=channel))
    return list(rows.select_related("tested_by").order_by("-tested_at")[:10])


def offered(actor: Actor, submission: Submission) -> list[Channel]:
    """The channels a released file may be sent by: its receiver's, of the right environment.

    A partner's file travels by a channel of that partner alone.
    """
    rows = scope.visible(actor, Channel.objects.filter(active=True, profile=submission.profile))
    return [row for row in rows.order_by("name") if leads_to(row, submission)]


def leads_to_partners(channel: Channel) -> bool:
    """Whether its receiver is no authority, so that a partner may have it."""
    return channel.profile in agreements.receivers()


def leads_to(channel: Channel, submission: Submission) -> bool:
    """Whether a channel leads to whoever a file is for, in the environment of its identifiers."""
    receiver = rules.data("receivers")["receivers"].get(submission.profile, {})
    if channel.profile != submission.profile or not channel.active:
        return False
    if not fits(Environment(channel.environment), receiver):
        return False
    agreed = agreements.partnership(submission.product_id)
    if agreed is None:
        return not channel.partner
    whose = agreed.whose(submission.profile, submission.partner, clock.today())
    return f"{PREFIX}{channel.partner}" in whose if whose else not channel.partner


def transmission(submission: Submission) -> Transmission | None:
    """The sending of a released file the actor has found, if a channel was asked."""
    rows = Transmission.objects.filter(submission=submission)
    return rows.select_related("channel").first()


def due(now: datetime) -> list[UUID]:
    """Sendings to be tried now, and those whose worker was lost; the oldest first."""
    waiting = Q(state="queued", not_before__lte=now, channel__active=True)
    return _oldest(waiting | Q(state="sending", lease_until__lte=now))


def of_closed_channels(now: datetime) -> list[UUID]:
    """Sendings that would be tried now, had their channel not been closed; the oldest first."""
    return _oldest(Q(state="queued", not_before__lte=now, channel__active=False))


def _oldest(condition: Q) -> list[UUID]:
    rows = Transmission.objects.filter(condition).order_by("not_before", "id")
    return list(rows.values_list("id", flat=True)[:200])


def inboxes() -> list[Channel]:
    """The channels whose inbox is looked into."""
    rows = Channel.objects.filter(active=True, kind__in=LOOKED_INTO).order_by("name")
    return [row for row in rows if row.settings.get("inbox")]
