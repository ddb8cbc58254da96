"""Laboratory values: recorded, corrected, retracted; what they gave to look after, answered."""

from followup.actions.laboratory import files, imports, lines, messages
from followup.actions.laboratory.findings import answer, report
from followup.actions.laboratory.value_parsing import Specimen, ValueInput, read
from followup.actions.laboratory.values import Recorded, correct, preview, record, take_back

__all__ = [
    "Recorded",
    "Specimen",
    "ValueInput",
    "answer",
    "correct",
    "files",
    "imports",
    "lines",
    "messages",
    "preview",
    "read",
    "record",
    "report",
    "take_back",
]
