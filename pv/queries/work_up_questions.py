"""What a person assesses in a work-up and how its class was derived, in words.

For its page, its dossier, the trail and a signature.
"""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pv.domain.malignancies import Suspicion, WhyAsked

SUSPICIOUS = gettext_lazy("What raised the suspicion")
NOT_TESTED = gettext_lazy("If nothing can be tested, why")
QUESTIONS: Mapping[str, str | Promise] = {
    "malignant_histology": gettext_lazy("Does the histology show a malignant tumour?"),
    "t_cell_pathology": gettext_lazy("Does the pathology report name a T- or NK-cell neoplasm?"),
    "t_cell_immunophenotype": gettext_lazy("Is the immunophenotype that of T or NK cells?"),
    "independent_primary": gettext_lazy("Is it an independent primary?"),
    "after_infusion": gettext_lazy("Did it begin after the infusion?"),
    "relapse": gettext_lazy("Is it a relapse or progression of the treated disease?"),
    "reactive": gettext_lazy("Is it a reactive change, no tumour?"),
    "lineage_switch": gettext_lazy("Is it a lineage switch of the treated disease?"),
    "gut_biopsy": gettext_lazy("Was a biopsy of the gut taken and read?"),
    "enterocolitis": gettext_lazy("Is the diagnosis enterocolitis of the immune cells (IEC-EC)?"),
    "non_melanoma_skin": gettext_lazy("Is it a skin cancer other than melanoma?"),
    "in_situ": gettext_lazy("Is it a carcinoma in situ?"),
    "conflicting": gettext_lazy("Do the molecular results contradict each other?"),
    "same_driver_before": gettext_lazy("Was the driver mutation there before the treatment?"),
    "chip_before": gettext_lazy("Was there clonal haematopoiesis before the treatment?"),
    "ebv_driven": gettext_lazy("Is the tumour driven by EBV?"),
    "prior_genotoxic": gettext_lazy("Was there a genotoxic treatment before?"),
}
SUSPICIONS = (
    (Suspicion.LYMPHADENOPATHY.value, gettext_lazy("Unexplained enlarged lymph nodes")),
    (Suspicion.SKIN_OR_GI_LESION.value, gettext_lazy("Lesion of the skin or the gut")),
    (Suspicion.CLONAL_T_EXPANSION.value, gettext_lazy("Persistent clonal T-cell expansion")),
    (Suspicion.LATE_RISE_OF_CAR_COPIES.value, gettext_lazy("Late rise of CAR copies")),
    (
        Suspicion.CYTOPENIA_WITH_T_INFILTRATE.value,
        gettext_lazy("Cytopenia with an infiltrate of T cells"),
    ),
    (
        Suspicion.ENTEROCOLITIS.value,
        gettext_lazy("Enterocolitis (IEC-EC) that does not respond to treatment"),
    ),
    (Suspicion.GUT_T_CELL_LYMPHOMA.value, gettext_lazy("T-cell lymphoma of the gut")),
)
WHY_ASKED: Mapping[WhyAsked, str | Promise] = {
    WhyAsked.LEVEL: gettext_lazy("Asked because the answer moves the level."),
    WhyAsked.GUT: gettext_lazy("Asked because the gut is suspected: only a biopsy tells."),
    WhyAsked.MARK: gettext_lazy("Asked because many cohorts leave such a cancer out."),
    WhyAsked.CLASS: gettext_lazy("Asked because the answer moves the attribution class."),
    WhyAsked.FLAG: gettext_lazy("Asked for the flags that stand beside the class."),
    WhyAsked.ANSWERED: gettext_lazy("Answered; it moves nothing at present."),
}
MISSING: Mapping[str, str | Promise] = {
    **QUESTIONS,
    "suspicions": gettext_lazy("a finding that raises the suspicion"),
    "tcr_clonal": gettext_lazy("the TCR clonality of the tumour"),
    "tested": gettext_lazy("a CAR transgene test of material from the event"),
    "transgene_detected": gettext_lazy("a clear result of the CAR transgene test"),
    "lod_met": gettext_lazy("whether the test reached its limit of detection"),
    "tumour_content": gettext_lazy("the tumour content of the sample"),
    "vcn": gettext_lazy("the copies per malignant cell"),
    "car_positive_malignant": gettext_lazy("the share of CAR-positive malignant cells"),
    "car_positive_all": gettext_lazy("the share of CAR-positive cells of all cells"),
    "same_tcr_clone": gettext_lazy("whether CAR-positive cells carry the tumour's TCR"),
    "sites": gettext_lazy("the integration sites of the clone"),
}
STEPS: Mapping[str, str | Promise] = {
    "TESTED": gettext_lazy("Was material of the event tested for the transgene?"),
    "CONFLICTING": gettext_lazy("Do the molecular results contradict each other?"),
    "TRANSGENE_DETECTED": gettext_lazy("Is the transgene detected?"),
    "ADEQUATE_SAMPLE": gettext_lazy("Is the sample adequate for a negative result?"),
    "TRANSGENE_IN_CLONE": gettext_lazy("Is the transgene in the malignant clone?"),
    "SAME_TCR_CLONE": gettext_lazy("Do CAR-positive cells carry the tumour's TCR?"),
    "LOW_LEVEL": gettext_lazy("Is the transgene at a low level only?"),
    "DRIVER_INTEGRATION": gettext_lazy(
        "Is there an integration in or near a cancer gene with changed expression?"
    ),
}


def derivation(work_up: Any) -> list[dict[str, Any]]:
    """The questions of the attribution with their answers and what leaves them open."""
    words = {True: _("Yes"), False: _("No"), None: _("open")}
    return [
        {
            "text": STEPS.get(step["rule"], step["rule"]),
            "answer": words[step["answer"]],
            "missing": [str(MISSING.get(name, name)) for name in step["missing"]],
        }
        for step in work_up.reasoning.get("attribution", {}).get("steps", ())
    ]


def answered(work_up: Any) -> list[tuple[str, str]]:
    """Every question a person answered, with the answer, in the order they are asked."""
    said = {"YES": _("Yes"), "NO": _("No"), "UNKNOWN": _("Not known")}
    suspicions = dict(SUSPICIONS)
    raised = [str(suspicions.get(one, one)) for one in work_up.evidence.get("suspicions", ())]
    found = [(str(SUSPICIOUS), "\n".join(raised))] if raised else []
    answers = ((text, work_up.evidence.get(name, "")) for name, text in QUESTIONS.items())
    return found + [(str(text), str(said.get(one, one))) for text, one in answers if one]


def place_name(place: str, language: str) -> str:
    """The question a place inside the answers stands for, or "" for what is none of them."""
    name = place.lstrip(".").partition("[")[0]
    asked = {**QUESTIONS, "suspicions": SUSPICIOUS, "not_tested_reason": NOT_TESTED}
    return str(asked.get(name, ""))
