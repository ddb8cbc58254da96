"""What the rules of an assessment are called, what leaves them open, and the instruments."""

from django.utils.translation import pgettext_lazy

NAMES = {
    "ECOG": pgettext_lazy("assessment", "Performance status (ECOG)"),
    "CRS": pgettext_lazy("assessment", "Cytokine release syndrome (ASTCT)"),
    "ICANS": pgettext_lazy("assessment", "ICANS by ICE, or by CAPD under 12 years (ASTCT)"),
    "IEC_HS": pgettext_lazy("assessment", "IEC-HS"),
    "CTCAE_CRS": pgettext_lazy("assessment", "Cytokine release syndrome (CTCAE)"),
    "CTCAE_MALIGNANCY": pgettext_lazy("assessment", "Treatment-related second malignancy (CTCAE)"),
    "LUGANO_PET": pgettext_lazy("assessment", "Lymphoma, PET (Lugano 2014)"),
    "LUGANO_CT": pgettext_lazy("assessment", "Lymphoma, CT (Lugano 2014)"),
    "IMWG": pgettext_lazy("assessment", "Myeloma (IMWG 2016)"),
    "B_ALL": pgettext_lazy("assessment", "B-ALL (NCCN)"),
    "RECIST": pgettext_lazy("assessment", "Solid tumour (RECIST 1.1)"),
}
RULES = {
    "ECOG_POINTS": pgettext_lazy("assessment rule", "Score as the physician gives it"),
    "CRS.DEATH": pgettext_lazy("assessment rule", "Death due to CRS"),
    "CRS.ENTRY": pgettext_lazy(
        "assessment rule", "Fever of 38.0 °C or more, now or before treatment: it is CRS"
    ),
    "CRS.NO_ENTRY": pgettext_lazy("assessment rule", "No fever without another cause: no CRS"),
    "CRS.ENTRY_OPEN": pgettext_lazy(
        "assessment rule", "Whether there is a fever without another cause"
    ),
    "CRS.HYPOTENSION": pgettext_lazy("assessment rule", "Hypotension and vasopressors"),
    "CRS.HYPOXIA": pgettext_lazy("assessment rule", "Hypoxia and oxygen"),
    "ICANS.DEATH": pgettext_lazy("assessment rule", "Death due to ICANS"),
    "ICANS.OTHER_CAUSE": pgettext_lazy("assessment rule", "Explained by another cause"),
    "ICANS.ICE_POINTS": pgettext_lazy("assessment rule", "ICE score, points of 10"),
    "ICANS.CAPD_POINTS": pgettext_lazy("assessment rule", "CAPD score, points of 32"),
    "ICANS.SCORE": pgettext_lazy("assessment rule", "ICE or CAPD score"),
    "ICANS.ICE": pgettext_lazy("assessment rule", "ICE score"),
    "ICANS.CAPD": pgettext_lazy("assessment rule", "CAPD score"),
    "ICANS.ICE_UNABLE": pgettext_lazy("assessment rule", "Cannot be roused for the ICE test"),
    "ICANS.CAPD_UNABLE": pgettext_lazy("assessment rule", "Cannot be roused for the CAPD test"),
    "ICANS.CONSCIOUSNESS": pgettext_lazy("assessment rule", "Level of consciousness"),
    "ICANS.SEIZURE": pgettext_lazy("assessment rule", "Seizure"),
    "ICANS.MOTOR": pgettext_lazy("assessment rule", "Motor findings"),
    "ICANS.PRESSURE": pgettext_lazy("assessment rule", "Intracranial pressure or oedema"),
    "IEC_HS.DEFINITION": pgettext_lazy(
        "assessment rule", "Definition: ferritin, a common manifestation, no other explanation"
    ),
    "IEC_HS.SEVERITY": pgettext_lazy("assessment rule", "Severity"),
    "CTCAE.CRS": pgettext_lazy("assessment rule", "Item cytokine release syndrome"),
    "CTCAE.SECOND_MALIGNANCY": pgettext_lazy(
        "assessment rule", "Item treatment-related second malignancy"
    ),
    "LUGANO.PET.NEW_LESION": pgettext_lazy("assessment rule", "New lesion with uptake"),
    "LUGANO.PET.DEAUVILLE_LOW": pgettext_lazy("assessment rule", "Deauville 1 to 3"),
    "LUGANO.PET.DEAUVILLE_HIGH": pgettext_lazy("assessment rule", "Deauville 4 or 5"),
    "LUGANO.PET.INCREASED": pgettext_lazy("assessment rule", "Uptake increased"),
    "LUGANO.PET.REDUCED": pgettext_lazy("assessment rule", "Uptake reduced"),
    "LUGANO.PET.UNCHANGED": pgettext_lazy("assessment rule", "Uptake unchanged"),
    "LUGANO.CT.NEW_LESION": pgettext_lazy("assessment rule", "New lesion"),
    "LUGANO.CT.GROWTH": pgettext_lazy("assessment rule", "A target has grown from its smallest"),
    "LUGANO.CT.TARGETS_NORMAL": pgettext_lazy("assessment rule", "All targets normal"),
    "LUGANO.CT.OTHER_SITES": pgettext_lazy("assessment rule", "Other sites normal"),
    "LUGANO.CT.SPD_FALL": pgettext_lazy(
        "assessment rule", "Sum of products fallen by half or more"
    ),
    "LUGANO.CT.STABLE": pgettext_lazy("assessment rule", "None of the above"),
    "IMWG.IFX_SERUM_NEGATIVE": pgettext_lazy("assessment rule", "Serum immunofixation negative"),
    "IMWG.IFX_URINE_NEGATIVE": pgettext_lazy("assessment rule", "Urine immunofixation negative"),
    "IMWG.NO_PLASMACYTOMA": pgettext_lazy("assessment rule", "No plasmacytoma"),
    "IMWG.PLASMA_CELLS": pgettext_lazy("assessment rule", "Plasma cells below 5 %"),
    "IMWG.FLC_RATIO": pgettext_lazy("assessment rule", "Free light-chain ratio normal"),
    "IMWG.NO_CLONAL_CELLS": pgettext_lazy("assessment rule", "No clonal plasma cells"),
    "IMWG.PROGRESSION": pgettext_lazy(
        "assessment rule", "Rise from the lowest value, or a new lesion"
    ),
    "IMWG.VGPR": pgettext_lazy(
        "assessment rule",
        "M protein by immunofixation only, or serum fallen by 90 % and urine below 100 mg/24 h",
    ),
    "IMWG.PR": pgettext_lazy(
        "assessment rule", "Serum fallen by 50 %, and urine by 90 % or below 200 mg/24 h"
    ),
    "IMWG.MR": pgettext_lazy("assessment rule", "Serum fallen by 25 % and urine by 50 %"),
    "IMWG.STABLE": pgettext_lazy("assessment rule", "None of the above"),
    "B_ALL.BLASTS": pgettext_lazy("assessment rule", "Marrow blasts below 5 %"),
    "B_ALL.NO_EXTRAMEDULLARY": pgettext_lazy("assessment rule", "No extramedullary disease"),
    "B_ALL.ACTIVE_DISEASE": pgettext_lazy(
        "assessment rule", "Active disease in marrow or elsewhere"
    ),
    "B_ALL.EARLIER_REMISSION": pgettext_lazy("assessment rule", "There had been a remission"),
    "B_ALL.CR_NEUTROPHILS": pgettext_lazy("assessment rule", "Neutrophils above 1.0"),
    "B_ALL.CR_PLATELETS": pgettext_lazy("assessment rule", "Platelets above 100"),
    "B_ALL.CRH_NEUTROPHILS": pgettext_lazy("assessment rule", "Neutrophils above 0.5"),
    "B_ALL.CRH_PLATELETS": pgettext_lazy("assessment rule", "Platelets above 50"),
    "B_ALL.MRD_NEGATIVE": pgettext_lazy("assessment rule", "Residual disease below 0.01 %"),
    "RECIST.NEW_LESION": pgettext_lazy("assessment rule", "New lesion"),
    "RECIST.TARGET_GROWTH": pgettext_lazy(
        "assessment rule", "Sum of targets grown by 20 % and 5 mm"
    ),
    "RECIST.NON_TARGET_PROGRESSION": pgettext_lazy(
        "assessment rule", "Other lesions clearly progressing"
    ),
    "RECIST.CR": pgettext_lazy("assessment rule", "All targets and other lesions gone"),
    "RECIST.PR": pgettext_lazy(
        "assessment rule", "Sum of targets fallen by 30 %, or targets gone with others left"
    ),
    "RECIST.SD": pgettext_lazy("assessment rule", "None of the above"),
    "RECIST.NE": pgettext_lazy("assessment rule", "A target was not measured"),
}
GAPS = {
    "ice": pgettext_lazy("assessment", "ICE score"),
    "capd": pgettext_lazy("assessment", "CAPD score"),
    "transaminases": pgettext_lazy("assessment", "Transaminases"),
    "course": pgettext_lazy("assessment", "Course of the second malignancy"),
    "findings": pgettext_lazy("assessment", "Findings"),
    "metabolic change": pgettext_lazy("assessment", "Uptake against baseline"),
    "diameters of a target": pgettext_lazy("assessment", "Diameters of a target lesion"),
    "serum M protein": pgettext_lazy("assessment", "Serum M protein"),
    "urine M protein": pgettext_lazy("assessment", "Urine M protein"),
    "hypotension contradicts vasopressors": pgettext_lazy(
        "assessment", "Hypotension is denied, but vasopressors are given: one of the two is wrong"
    ),
}
