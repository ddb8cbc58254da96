"""What a follow-up visit measures: quantities, disease response, markers of monitoring.

Source: domain 2.
"""

from followup.domain.assessments.leukaemia import Residual, leukaemia_response, residual_disease
from followup.domain.assessments.lymphoma import (
    MetabolicChange,
    TargetLesion,
    ct_response,
    pet_response,
)
from followup.domain.assessments.markers import (
    Answer,
    Flag,
    b_cell_aplasia,
    hypogammaglobulinaemia,
    low_cd4,
    vector_positive,
)
from followup.domain.assessments.myeloma import MyelomaFindings, Protein, imwg_response
from followup.domain.assessments.quantities import Quantity, Relation
from followup.domain.assessments.responses import (
    Criteria,
    DatedResponse,
    LandmarkResponse,
    Reason,
    Response,
    landmark_response,
)
from followup.domain.assessments.rules import AssessmentRules, read_assessment_rules
from followup.domain.assessments.solid_tumours import NonTarget, Target, recist_response

__all__ = [
    "Answer",
    "AssessmentRules",
    "Criteria",
    "DatedResponse",
    "Flag",
    "LandmarkResponse",
    "MetabolicChange",
    "MyelomaFindings",
    "NonTarget",
    "Protein",
    "Quantity",
    "Reason",
    "Relation",
    "Residual",
    "Response",
    "Target",
    "TargetLesion",
    "b_cell_aplasia",
    "ct_response",
    "hypogammaglobulinaemia",
    "imwg_response",
    "landmark_response",
    "leukaemia_response",
    "low_cd4",
    "pet_response",
    "read_assessment_rules",
    "recist_response",
    "residual_disease",
    "vector_positive",
]
