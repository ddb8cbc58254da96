"""The CIOMS I form: the boxes of a case, what fits on the first page, what follows after it."""

from pv.domain.cioms.boxes import CiomsForm, CiomsSheet, Continuation, form
from pv.domain.cioms.drugs import Answer
from pv.domain.cioms.fitting import Box

__all__ = ["Answer", "Box", "CiomsForm", "CiomsSheet", "Continuation", "form"]
