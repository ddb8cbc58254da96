"""What a process beside the machines does: it makes the people, orders mail, looks at the end.

Started through `manage.py shell` on the primary. Each line on standard input is a step with its
arguments as JSON; each step says one line of JSON.
"""

import json
import sys
from typing import Any

from django.db import OperationalError, connection, connections, transaction
from django.db.models import Count

from followup.actions import seals, tokens, verifications
from followup.core import audit
from followup.core.actor import Actor
from followup.core.models import Notice, Outbox
from followup.core.permissions import Role
from followup.core.row_security import contexts
from followup.models import CallBack, PlannedVisit
from pv.config.celery import send
from tests import factories


def say(value: Any) -> None:
    sys.stdout.write(json.dumps(value, default=str) + "\n")
    sys.stdout.flush()


def people(count: int) -> list[dict[str, str]]:
    """Nurses with a token and a patient, of one hospital each."""
    made = []
    for _number in range(count):
        site = factories.make_site()
        nurse = factories.make_user(Role.NURSE, site=site)
        actor = factories.actor_of(nurse)
        patient = factories.register(actor, site)
        _row, token = tokens.issue_token(actor, nurse, label="machines")
        made.append({"token": token, "patient": str(patient.pk), "nurse": str(nurse.pk)})
    return made


def mail(count: int, batch: str) -> list[str]:
    """So many reminders that wait for their way out."""
    visit = PlannedVisit.objects.filter(state="PLANNED").order_by("due")[0]
    nurse = factories.User.objects.filter(grants__role="nurse", grants__site_id=visit.site_id)[0]
    with transaction.atomic(), audit.acting(factories.SYSTEM, "test.mail"):
        made = [
            Notice(
                obligation=f"visit:{visit.id}",
                rung=f"{batch}-{number}",
                channel="email",
                recipient=nurse,
                due=visit.due,
                label="test",
                target=str(visit.id),
                created_at=factories.clock.now(),
            )
            for number in range(count)
        ]
        Notice.objects.bulk_create(made)
        Outbox.objects.bulk_create(Outbox(notice=n, not_before=n.created_at) for n in made)
    for _worker in range(2):  # both set out at once; else the next tick would
        send("everwatch.send")
    return [str(notice.id) for notice in made]


def open_mail() -> int:
    """How much has not gone out yet."""
    return Outbox.objects.exclude(state__in=("sent", "dead", "dropped")).count()


def outcome(system: str = "machines") -> dict[str, Any]:
    """What is there after it all."""
    key = ("obligation", "rung", "channel", "recipient", "due_version")
    twins = Notice.objects.values(*key).annotate(n=Count("id")).filter(n__gt=1).count()
    actor = Actor.process(system)
    seals.seal_all(actor)
    ambiguous = Outbox.objects.filter(ambiguous=True).values_list("notice_id", flat=True)
    return {
        "rows": list(CallBack.objects.values_list("about", flat=True)),
        "reminders": Notice.objects.count(),
        "in_app_twins": twins,
        "ambiguous": [str(notice) for notice in ambiguous],
        "fault": verifications.verify(actor, anchors={}).fault,
    }


def work() -> None:
    """One step for each line, until the input ends; a lost connection is opened again."""
    contexts.declare()
    steps = {f.__name__: f for f in (people, mail, open_mail, outcome)}
    say("ready")
    for line in sys.stdin:
        name, arguments = json.loads(line)
        for attempt in range(20):
            try:
                say(steps[name](*arguments))
                break
            except OperationalError:
                connections.close_all()
                if attempt == 19:
                    raise
        connection.close()
