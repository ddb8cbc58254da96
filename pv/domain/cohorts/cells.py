"""Counts too small to be shown to whoever does not care for the patients.

Source: the product's own rule; the threshold is reference data (`cohorts.json`).
"""

from collections.abc import Sequence


def masked(count: int, least: int) -> str:
    """The count as shown: a true zero and counts from `least` on as they are, others as "<5"."""
    return str(count) if count == 0 or count >= least else f"<{least}"


def masked_row(counts: Sequence[int], least: int) -> list[str]:
    """A row whose total is shown elsewhere: where one cell is hidden a second one is too.

    A single hidden cell is the total less the others; the next smallest count, a zero only when
    nothing else is left, is hidden with it. No threshold (0) hides nothing.
    """
    hidden = {place for place, count in enumerate(counts) if 0 < count < least}
    if len(hidden) == 1 and len(counts) > 1:
        others = [place for place in range(len(counts)) if place not in hidden]
        hidden.add(min(others, key=lambda place: (counts[place] == 0, counts[place])))
    texts = []
    for place, count in enumerate(counts):
        small = count < least
        texts.append((f"<{least}" if small else "–") if place in hidden else str(count))
    return texts
