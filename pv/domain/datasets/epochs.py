"""The epoch a record falls in, and the elements a subject has passed through.

The design has a first element, which is the day of the first infusion, and a second, which begins
the day after and lasts until the participation ends; a further infusion changes neither. A date
known in part has an epoch when every day it may be lies in it; before the first infusion, and
without one, there is none.

Source: CDISC SDTM implementation guide 3.4, sections 5.3 (no gap between elements), 7.1.2 (epoch).
"""

from collections.abc import Iterator
from datetime import date, timedelta

from pv.domain.datasets.trial_design import Element, Facts, TrialDesign

FULL_DATE = len("2026-11-05")


def epoch(design: TrialDesign, on: object, reference: object) -> str | None:
    """The epoch of a date, `on`, as far as it is known; None where it can have several or none.

    `reference` is the day of the first infusion.
    """
    if not isinstance(on, str) or not isinstance(reference, str):
        return None
    if not on or len(reference) != FULL_DATE:
        return None
    first, then = design.elements[0], design.elements[-1]
    if on[:FULL_DATE] == reference:
        return first.epoch
    return then.epoch if on[:FULL_DATE] > reference[: len(on)] else None


def passed(
    design: TrialDesign, reference: str, ended: str | None, language: str
) -> Iterator[Facts]:
    """The elements of a subject; the last has no end before the participation has one."""
    if len(reference) != FULL_DATE:
        return
    day = date.fromisoformat(reference)
    starts = [day, day + timedelta(days=1)]
    ends = [starts[1].isoformat(), ended]
    chosen = (design.elements[0], design.elements[-1])
    for number, (element, start, end) in enumerate(zip(chosen, starts, ends, strict=True), 1):
        yield _element(element, number, start, end, language)


def _element(element: Element, number: int, start: date, end: str | None, language: str) -> Facts:
    return {
        "key": str(number),
        "order": number,
        "element": element.code,
        "name": element.name(language),
        "epoch": element.epoch,
        "start": start.isoformat(),
        "end": end,
    }
