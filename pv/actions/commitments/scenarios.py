"""Keeping a scenario beside the record of a trial, and taking it away again."""

from typing import Any

from django.utils.translation import gettext as _

from followup.core import clock
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.core.problems import Refused
from pv.domain.forecasts import Forecast, ForecastError, Scenario, TrialMilestone
from pv.models import Commitment, ForecastScenario
from pv.queries import commitments as queries


@action("commitment.keep_scenario", needs=Perm.COMMITMENT_WRITE)
def keep_scenario(
    actor: Actor,
    row: Commitment,
    *,
    name: str,
    scenario: Scenario,
    window_months: int | None,
) -> ForecastScenario:
    """Keep a scenario with what follows from it today, and with the record's own forecast.

    Refused without a change, for a name that is taken, a centre that is not recorded, and while
    the record itself has no forecast.
    """
    name = name.strip()
    held = Commitment.objects.select_for_update().get(id=row.id)
    if problems := _problems(held, name, scenario):
        raise Refused(problems)
    recorded, tried, basis = _forecasts(actor, held, scenario, window_months)
    record, result = (found.dates[TrialMilestone.SUBMITTED] for found in (recorded, tried))
    return ForecastScenario.objects.create(
        commitment=held,
        product_id=held.product_id,
        name=name,
        changes=scenario.to_dict(),
        window=window_months,
        counted_on=basis.trial.as_of,
        seed=basis.seed,
        p50=result.p50,
        p80=result.p80,
        chance=tried.probability,
        recorded_p50=record.p50,
        recorded_p80=record.p80,
        recorded_chance=recorded.probability,
        kept_by_id=actor.id,
        kept_at=clock.now(),
    )


def _problems(row: Commitment, name: str, scenario: Scenario) -> dict[str, Any]:
    problems: dict[str, Any] = {}
    if not name:
        problems["name"] = _("Give it a name.")
    elif row.scenarios.filter(name=name, removed_at__isnull=True).exists():
        problems["name"] = _("A scenario of this name is kept already.")
    if scenario.changes_nothing:
        problems[""] = _("A scenario changes something: this is the record itself.")
    names = set(row.centres.values_list("name", flat=True))
    if unknown := [centre for centre in scenario.close_centres if centre not in names]:
        problems["close_centres"] = _("Not a centre of this trial: %(names)s") % {
            "names": ", ".join(unknown)
        }
    if scenario.more_centres and not names:
        problems["more_centres"] = _("Record the centres first: the trial is counted as one.")
    return problems


def _forecasts(
    actor: Actor, row: Commitment, scenario: Scenario, window_months: int | None
) -> tuple[Forecast, Forecast, queries.ForecastBasis]:
    """The forecast of the record, that of the scenario, and what both are made of."""
    try:
        basis = queries.basis(row, queries.enrolment(actor, row), window_months=window_months)
        if basis is None:
            raise Refused(_("There is not enough data for a forecast yet."))
        return basis.forecast(), basis.forecast(scenario), basis
    except ForecastError as error:
        text = _("No forecast is possible from these numbers: %(error)s")
        raise Refused(text % {"error": error}) from error


@action("commitment.remove_scenario", needs=Perm.COMMITMENT_WRITE)
def remove_scenario(actor: Actor, row: ForecastScenario) -> ForecastScenario:
    """Take a scenario out of the list; its row and its history stay. Refused when it is out."""
    held = ForecastScenario.objects.select_for_update().get(id=row.id)
    if held.removed_at is not None:
        raise Refused(_("This scenario is removed already."))
    held.removed_at, held.removed_by_id = clock.now(), actor.id
    held.save(update_fields=["removed_at", "removed_by"])
    return held


@action("commitment.restore_scenario", needs=Perm.COMMITMENT_WRITE)
def restore_scenario(actor: Actor, row: ForecastScenario) -> ForecastScenario:
    """Undo a removal. Refused when the scenario is in the list, or its name is taken meanwhile."""
    held = ForecastScenario.objects.select_for_update().get(id=row.id)
    if held.removed_at is None:
        raise Refused(_("This scenario is not removed."))
    standing = ForecastScenario.objects.filter(
        commitment_id=held.commitment_id, name=held.name, removed_at__isnull=True
    )
    if standing.exists():
        raise Refused(_("A scenario of this name is kept already."))
    held.removed_at, held.removed_by = None, None
    held.save(update_fields=["removed_at", "removed_by"])
    return held
