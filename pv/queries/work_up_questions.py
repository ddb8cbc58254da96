"""What a person assesses in a work-up, in words: on its page, in the trail, under a signature."""

from collections.abc import Mapping

from django.utils.functional import Promise
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


def place_name(place: str, language: str) -> str:
    """The question a place inside the answers stands for, or "" for what is none of them."""
    name = place.lstrip(".").partition("[")[0]
    asked = {**QUESTIONS, "suspicions": SUSPICIOUS, "not_tested_reason": NOT_TESTED}
    return str(asked.get(name, ""))
