"""Sampling kits registered as they were packed: contents, lots, last day, the three places."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from followup.actions.samples import chain, kit_chain
from followup.actions.samples.serials import next_serial
from followup.core import clock, confirmations
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.confirmations import Question
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.domain.dates import add_months
from followup.domain.samples import Moment
from followup.domain.samples.kits import KitState, KitStepKind, last_day
from followup.domain.samples.kits import KitStep as Given
from followup.domain.samples.numbers import format_kit_number
from followup.models import Kit, KitItem, KitStep, Site
from followup.models.states import KIT
from followup.queries import samples

MOST_PARTS = 12
AT_ONCE = 50
FAR_YEARS = 10  # an expiry later than this is asked about; project default


@dataclass(frozen=True, slots=True, kw_only=True)
class KitPart:
    """The tubes for one planned sample as the packing list names them."""

    specimen: str
    tubes: str
    lot: str
    expires_on: date | None = None


def _part_problems(
    actor: Actor, parts: Sequence[KitPart], packed_on: date | None
) -> dict[str, Any]:
    """What is wrong with the packing list, by field and place from 1."""
    if not 1 <= len(parts) <= MOST_PARTS:
        text = _("Say what is in the kit: between 1 and %(n)s lines.") % {"n": MOST_PARTS}
        return {"specimen_1": text}
    known = samples.rules(actor).definitions
    problems: dict[str, Any] = {}
    for place, each in enumerate(parts, start=1):
        if each.specimen not in known:
            problems[f"specimen_{place}"] = _("Choose the specimen from the list.")
        if not each.tubes.strip():
            problems[f"tubes_{place}"] = _("Which tubes, and how many?")
        if not each.lot.strip():
            problems[f"lot_{place}"] = _("Enter the lot of these tubes.")
        if packed_on and each.expires_on and each.expires_on < packed_on:
            text = _("These tubes had expired before the kit was assembled.")
            problems[f"expires_on_{place}"] = text
    return problems


def _far(parts: Sequence[KitPart], packed_on: date) -> list[Question]:
    """What of a packing list is possible but unlikely: tubes that last for very many years."""
    limit = add_months(packed_on, 12 * FAR_YEARS)
    text = _("These tubes expire on %(day)s, more than %(n)s years after the kit was assembled.")
    return [
        Question(
            "kit_expires_late",
            text % {"day": each.expires_on.isoformat(), "n": FAR_YEARS},
            f"expires_on_{place}",
            about=each.expires_on,
        )
        for place, each in enumerate(parts, start=1)
        if each.expires_on and each.expires_on > limit
    ]


@action("kit.assemble", needs=Perm.SAMPLE_WRITE)
def assemble(
    actor: Actor,
    site: Site,
    *,
    parts: Sequence[KitPart],
    assembler: str,
    return_to: str,
    happened_at: Moment,
    copies: int = 1,
    code: str = "",
    note: str = "",
    confirmed: Collection[str] = (),
) -> list[Kit]:
    """Register kits packed for a site, `copies` of one packing list, each with its own number.

    Refused without its contents, for tubes that had expired when they were packed, in the future,
    and for a `code` the site has already or that is given to several.
    """
    problems = _part_problems(actor, parts, happened_at.on)
    if not assembler.strip():
        problems["assembler"] = _("Who assembled it? Enter the laboratory or site.")
    if not return_to.strip():
        problems["return_to"] = _("Where do the filled tubes go back to?")
    if not 1 <= copies <= AT_ONCE:
        problems["copies"] = _("Between 1 and %(n)s.") % {"n": AT_ONCE}
    if said := chain.moment_problem(happened_at):
        problems["happened_on"] = said
    label = code.strip()
    if label and copies > 1:
        problems["code"] = _("A code belongs to one kit: register them one by one.")
    elif label and Kit.objects.filter(site=site, code__iexact=label).exists():
        problems["code"] = _("This site has a kit of that code.")
    if problems:
        raise Refused(problems)
    assert happened_at.on is not None
    confirmations.settle(_far(parts, happened_at.on), confirmed)
    first = Given(kind=KitStepKind.ASSEMBLE, happened=happened_at, place=assembler.strip())
    return _make(actor, site, parts, first, return_to.strip(), copies, label, note.strip())


def _make(
    actor: Actor,
    site: Site,
    parts: Sequence[KitPart],
    first: Given,
    return_to: str,
    copies: int,
    code: str,
    note: str,
) -> list[Kit]:
    """The kits with their contents and the first row of each, in one INSERT a table."""
    now, year = clock.now(), clock.today().year
    serial = next_serial(Kit, "K", year)
    made = Kit.objects.bulk_create(
        Kit(
            number=format_kit_number(year, serial + index),
            code=code,
            site=site,
            assembler=first.place,
            return_to=return_to,
            expires_on=last_day(each.expires_on for each in parts),
            state=KIT.start(KitState.ASSEMBLED),
            created_by_id=actor.id,
            created_at=now,
        )
        for index in range(copies)
    )
    KitItem.objects.bulk_create(
        KitItem(
            kit=kit,
            site=site,
            number=place,
            specimen=each.specimen,
            tubes=each.tubes.strip(),
            lot=each.lot.strip(),
            expires_on=each.expires_on,
        )
        for kit in made
        for place, each in enumerate(parts, start=1)
    )
    KitStep.objects.bulk_create(kit_chain.new_row(actor, kit, first, 1, note=note) for kit in made)
    return made
