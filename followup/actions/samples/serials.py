"""Serial numbers of what carries a label: one row of numbers per letter and year."""

from django.db.models import Max
from django.db.models.functions import Collate

from followup.core.advisory_locks import wait_for
from followup.models import Kit, Sample


def next_serial(model: type[Sample] | type[Kit], letter: str, year: int) -> int:
    """The next free serial of a year; who asks meanwhile waits until this transaction ends."""
    # "." follows "-" in every order; the index is on the number as its bytes.
    start, end = f"{letter}{year % 100:02d}-", f"{letter}{year % 100:02d}."
    wait_for(f"{model._meta.model_name} number", start)
    rows = model.objects.annotate(ordered=Collate("number", "C"))
    last = rows.filter(ordered__gte=start, ordered__lt=end).aggregate(last=Max("ordered"))["last"]
    return int(last[4:10]) + 1 if last else 1
