"""The CIOMS I form: the boxes of a case, what fits on the first page, what follows after it.

Source: domain 6 (CIOMS I, 1990).
"""

from pv.domain.cioms.boxes import CiomsForm, CiomsSheet, Continuation, form
from pv.domain.cioms.drugs import Answer
from pv.domain.cioms.fitting import Box

__all__ = ["Answer", "Box", "CiomsForm", "CiomsSheet", "Continuation", "form"]
