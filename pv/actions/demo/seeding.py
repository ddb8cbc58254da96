"""Filling an empty database with the demo's world, all or nothing."""

from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext as _

from followup.core import clock
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.models import Patient
from followup.queries import protocols
from pv.actions.demo import stage as staging
from pv.actions.demo.facts import World
from pv.actions.demo.lives import lives
from pv.actions.demo.stories import stories
from pv.actions.demo.telling import Telling, run, upkeep
from pv.actions.demo.world import SITES


@dataclass(frozen=True, slots=True)
class Seeded:
    """What was made."""

    patients: int
    steps: int


def is_empty() -> bool:
    """Whether no patient is on file."""
    return not Patient.objects.exists()


@action("demo.seed", needs=Perm.SYSTEM)
def seed(actor: Actor, *, count: int, seed: int) -> Seeded:
    """Make the demo's hospitals, people, patients and cases; the system may, never in production.

    The same count, seed and day give the same facts. Refused when patients are on file.
    """
    refuse_production()
    if not is_empty():
        raise Refused(_("There are patients on file already; the demo needs an empty database."))
    today = clock.today()
    stage = staging.build(actor)
    world = World(
        seed=seed,
        today=today,
        sites=SITES,
        uses=staging.treatments(actor),
        protocol=protocols.of(protocols.latest()),
    )
    told = [*stories(world)][:count]
    told += lives(world, max(0, count - len(told)))
    telling = Telling(stage)
    steps = [step for life in told for step in telling.steps(life)]
    done = run([*steps, *upkeep(actor, today)])
    return Seeded(patients=len(told), steps=done)


def refuse_production() -> None:
    """The demo's passwords are public: Refused where real patients are."""
    if settings.PRODUCTION:
        raise Refused(_("The demo is never put into a production database."))
