"""Laboratory values: measures and units, what a text says, what a value means in follow-up.

The product's own rules; figures are cited in `laboratory.json`.
"""

from followup.domain.laboratory.columns import NEEDED, Role, heading_row, propose
from followup.domain.laboratory.finding_states import FINDINGS, FindingEvent, FindingState
from followup.domain.laboratory.findings import assess, ends_episode, is_new
from followup.domain.laboratory.haematotoxicity import near_a_limit, toxicities
from followup.domain.laboratory.haematotoxicity_course import (
    END_OPEN,
    MEASURES,
    CountingEnd,
    EndReason,
    Haematotoxicity,
    course,
)
from followup.domain.laboratory.line_states import LINES, LineEvent, LineState
from followup.domain.laboratory.measures import (
    LaboratoryRules,
    Measure,
    MeasureKind,
    MissingBecause,
    Plausibility,
    folded_unit,
    read_laboratory_rules,
    storable,
)
from followup.domain.laboratory.pasted import (
    PastedCell,
    PastedFault,
    PasteProblem,
    read_pasted,
)
from followup.domain.laboratory.points import (
    EVENTS,
    Finding,
    FindingRule,
    Point,
    Rules,
    grade_of,
    lines,
)
from followup.domain.laboratory.ranges import (
    RangeTurnedDate,
    ReferenceRange,
    limits_as_written,
    read_range,
)
from followup.domain.laboratory.readings import (
    BELOW,
    Reading,
    ValueProblem,
    names_unit,
    quantity,
    read_value,
    says_nothing,
)
from followup.domain.laboratory.sheet_rows import read_rows
from followup.domain.laboratory.spreadsheets import (
    Sheet,
    SheetFault,
    SheetProblem,
    SheetRow,
    read_sheet,
)
from followup.domain.laboratory.trends import Picture, TrendValue, picture

__all__ = [
    "BELOW",
    "END_OPEN",
    "EVENTS",
    "FINDINGS",
    "CountingEnd",
    "EndReason",
    "Finding",
    "FindingEvent",
    "FindingState",
    "FindingRule",
    "Haematotoxicity",
    "LINES",
    "MEASURES",
    "NEEDED",
    "LaboratoryRules",
    "LineEvent",
    "LineState",
    "Measure",
    "MeasureKind",
    "MissingBecause",
    "PasteProblem",
    "PastedCell",
    "PastedFault",
    "Picture",
    "Plausibility",
    "Point",
    "RangeTurnedDate",
    "Reading",
    "ReferenceRange",
    "Role",
    "Rules",
    "Sheet",
    "SheetFault",
    "SheetProblem",
    "SheetRow",
    "TrendValue",
    "ValueProblem",
    "assess",
    "course",
    "ends_episode",
    "folded_unit",
    "grade_of",
    "heading_row",
    "is_new",
    "limits_as_written",
    "lines",
    "names_unit",
    "near_a_limit",
    "picture",
    "propose",
    "quantity",
    "read_laboratory_rules",
    "read_pasted",
    "read_range",
    "read_rows",
    "read_sheet",
    "read_value",
    "says_nothing",
    "storable",
    "toxicities",
]
