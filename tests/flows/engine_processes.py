"""What the processes of the engine tests do: they write for real while an engine is taken away.

Started through `manage.py shell`; each line they print is one thing that was acknowledged.
"""

import json
import sys
import time
from itertools import count

from django.db import InterfaceError, OperationalError, connection, transaction
from django.test import Client

from followup.actions import scheduler, seals, verifications
from followup.actions import trail as exports
from followup.core import audit, clock, jobs
from followup.core.actor import Actor
from followup.core.models import Change, Job
from followup.core.permissions import Role
from followup.core.security.accounts import actor_of
from followup.models import Site
from followup.queries import trail
from tests import factories

SYSTEM = Actor.process("fault")
STARTS = "R-"


def say(value: object) -> None:
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


def write() -> None:
    """Write one row after the other; a row whose commit got no answer is looked up, not repeated.

    Says each number once it is known to be committed, until the process is ended.
    """
    for number in count():
        code = f"{STARTS}{number}"
        while True:
            try:
                if not Site.objects.filter(code=code).exists():
                    with transaction.atomic(), audit.acting(SYSTEM, "test.site"):
                        Site.objects.create(code=code, name_zh="甲", name_en=code)
                break
            except (OperationalError, InterfaceError):
                connection.close()
                time.sleep(0.02)
        say(number)


def sound(numbers: int) -> None:
    """After it all: rows once, trail once, the seal verifies."""
    sites = list(Site.objects.filter(code__startswith=STARTS).values_list("code", flat=True))
    made = Change.objects.filter(table_name="followup_site", operation="INSERT")
    entries = [c.after["code"] for c in made if (c.after or {})["code"].startswith(STARTS)]
    seals.seal_all(SYSTEM)
    done = verifications.verify(SYSTEM, anchors={})
    wanted = {f"{STARTS}{number}" for number in range(numbers)}
    say(
        {
            "lost": len(wanted - set(sites)),
            "twice": len(sites) - len(set(sites)),
            "trail": sorted(entries) == sorted(sites),
            "fault": done.fault,
        }
    )


def work_without_broker() -> None:
    """For each line on standard input: a page, a save with a job, and a run of the scheduler.

    At "end": every job there was is found by a run of the scheduler and done once.
    """
    user = factories.make_user(Role.AUDITOR)
    actor, client = actor_of(user), Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    asked: list[str] = []
    say("ready")
    for line in sys.stdin:
        if line.strip() == "end":
            break
        began = time.monotonic()
        page = client.get("/trail/").status_code
        filters = trail.Filters(reason=f"{len(asked)}")
        asked.append(str(exports.request(actor, filters).id))
        ran = scheduler.tick(Actor.process("tick"), seconds=5).failed
        say({"page": page, "failed": ran, "seconds": time.monotonic() - began})
    later = clock.now() + jobs.work.UNSEEN * 2
    with clock.pinned(later):
        found = {str(job_id) for job_id in jobs.waiting()}
        for job_id in jobs.waiting():
            jobs.run(job_id)
    done = Job.objects.filter(id__in=asked, state="done", attempts=1).count()
    say({"asked": len(asked), "found": len(found & set(asked)), "done": done})
