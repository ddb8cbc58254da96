"""Samples with their custody and their results."""

from followup.models.samples import STATES, STEPS
from followup.queries.samples.deviations import deviating
from followup.queries.samples.lists import Filters, SampleLine, by_number, page, scanned
from followup.queries.samples.result_words import facts, measured
from followup.queries.samples.rows import (
    Described,
    ResultLine,
    StepLine,
    about,
    corrections,
    custody,
    described,
    many,
    of_event,
    of_patient,
    of_visit,
    one,
    pairs,
    pre_treatment,
    result,
    results,
    results_about,
    step,
    warnings,
)
from followup.queries.samples.rules import SampleRuleSet, rules
from followup.queries.samples.visits import VisitChoice, needed, visits

__all__ = [
    "STATES",
    "STEPS",
    "Described",
    "Filters",
    "Page",
    "ResultLine",
    "SampleRuleSet",
    "SampleLine",
    "StepLine",
    "VisitChoice",
    "about",
    "by_number",
    "corrections",
    "custody",
    "described",
    "deviating",
    "facts",
    "many",
    "measured",
    "needed",
    "of_event",
    "of_patient",
    "of_visit",
    "one",
    "page",
    "pairs",
    "pre_treatment",
    "result",
    "results",
    "results_about",
    "rules",
    "scanned",
    "step",
    "visits",
    "warnings",
]
