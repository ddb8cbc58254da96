"""Safety's tasks: its kinds of jobs, and the round of the channels that beat asks for."""

from celery import shared_task

from followup.core.actor import Actor
from pv.actions import (
    clock_sources,
    datasets,
    default_rule_changes,
    exchanges,
    faers,
    inspection_packs,
    listings,
    report_files,
    reports,
)

KINDS = (
    reports.KIND,
    listings.KIND,
    datasets.KIND,
    faers.KIND,
    inspection_packs.KIND,
    report_files.KIND,
    clock_sources.KIND,
    default_rule_changes.KIND,
)  # importing a module registers the handler of its kind of job


def _exchange() -> None:
    """Send and take once; what there is to do is in the database and in the folders."""
    exchanges.sweep(Actor.process("exchange"))


exchange = shared_task(name="everwatch.exchange")(_exchange)
