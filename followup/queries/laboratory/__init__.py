"""Laboratory values, what they gave to look after, and the rules both follow."""

from followup.queries.laboratory import files, findings, haematotoxicity, messages
from followup.queries.laboratory.grid import Cell, Column, Grid, Line, cell, grid
from followup.queries.laboratory.patient_series import TOGETHER, PatientSeries
from followup.queries.laboratory.results import (
    below_quantification,
    infusion_at,
    infusion_on,
    infusions_of,
    of_infusion,
    of_measure,
    of_patient,
    one,
    point,
    points,
    quantity_of,
    standing,
)
from followup.queries.laboratory.rules import rules

__all__ = [
    "TOGETHER",
    "PatientSeries",
    "Cell",
    "Column",
    "Grid",
    "Line",
    "below_quantification",
    "cell",
    "files",
    "findings",
    "grid",
    "haematotoxicity",
    "messages",
    "infusion_at",
    "infusion_on",
    "infusions_of",
    "of_infusion",
    "of_measure",
    "of_patient",
    "one",
    "point",
    "points",
    "quantity_of",
    "rules",
    "standing",
]
