"""What the items of an assessment are called, and their answers."""

from django.utils.translation import pgettext_lazy

ITEMS = {
    "ecog": pgettext_lazy("assessment", "ECOG performance status"),
    "temperature": pgettext_lazy("assessment", "Temperature"),
    "fever_other_cause": pgettext_lazy("assessment", "Does another cause explain the fever?"),
    "treated": pgettext_lazy(
        "assessment", "Has an antipyretic, tocilizumab or a steroid been given?"
    ),
    "fever_earlier": pgettext_lazy("assessment", "Was there a fever in this episode before that?"),
    "hypotension": pgettext_lazy("assessment", "Is there hypotension without another cause?"),
    "vasopressors": pgettext_lazy("assessment", "Vasopressors, vasopressin not counted"),
    "vasopressin": pgettext_lazy("assessment", "Vasopressin given?"),
    "oxygen": pgettext_lazy("assessment", "Oxygen for hypoxia without another cause"),
    "flow": pgettext_lazy("assessment", "Flow through the nasal cannula"),
    "death_due_to_crs": pgettext_lazy(
        "assessment", "Did the patient die of CRS, with no other principal cause?"
    ),
    "age": pgettext_lazy(
        "assessment", "Age in completed years, where the year of birth leaves it open"
    ),
    "ice_year": pgettext_lazy("assessment", "Orientation: year"),
    "ice_month": pgettext_lazy("assessment", "Orientation: month"),
    "ice_city": pgettext_lazy("assessment", "Orientation: city"),
    "ice_hospital": pgettext_lazy("assessment", "Orientation: hospital"),
    "ice_object_1": pgettext_lazy("assessment", "Names the first object"),
    "ice_object_2": pgettext_lazy("assessment", "Names the second object"),
    "ice_object_3": pgettext_lazy("assessment", "Names the third object"),
    "ice_command": pgettext_lazy("assessment", "Follows a simple command"),
    "ice_writing": pgettext_lazy("assessment", "Writes a standard sentence"),
    "ice_counting": pgettext_lazy("assessment", "Counts backwards from 100 by ten"),
    "capd_eye_contact": pgettext_lazy(
        "assessment", "Does the child make eye contact with the caregiver?"
    ),
    "capd_purposeful": pgettext_lazy("assessment", "Are the child's actions purposeful?"),
    "capd_aware": pgettext_lazy("assessment", "Is the child aware of the surroundings?"),
    "capd_communicates": pgettext_lazy("assessment", "Does the child communicate needs and wants?"),
    "capd_restless": pgettext_lazy("assessment", "Is the child restless?"),
    "capd_inconsolable": pgettext_lazy("assessment", "Is the child inconsolable?"),
    "capd_underactive": pgettext_lazy(
        "assessment", "Is the child underactive, moving very little while awake?"
    ),
    "capd_slow": pgettext_lazy(
        "assessment", "Does it take the child a long time to respond to interactions?"
    ),
    "capd": pgettext_lazy("assessment", "CAPD score, where the total alone is known"),
    "consciousness": pgettext_lazy("assessment", "Level of consciousness"),
    "seizure": pgettext_lazy("assessment", "Worst seizure"),
    "motor": pgettext_lazy("assessment", "Motor findings; tremor and myoclonus do not count"),
    "pressure": pgettext_lazy(
        "assessment", "Intracranial pressure or oedema; haemorrhage does not count"
    ),
    "other_cause": pgettext_lazy("assessment", "Does another cause explain the whole picture?"),
    "death_due_to_icans": pgettext_lazy("assessment", "Did the patient die of ICANS?"),
    "ferritin": pgettext_lazy("assessment", "Ferritin"),
    "ferritin_uln": pgettext_lazy("assessment", "Upper limit of normal of ferritin"),
    "ferritin_baseline": pgettext_lazy("assessment", "Ferritin at infusion"),
    "ferritin_rapidly_rising": pgettext_lazy("assessment", "Is ferritin rising rapidly?"),
    "transaminases_times": pgettext_lazy(
        "assessment", "Transaminases as a multiple of the upper limit, or of an abnormal baseline"
    ),
    "fibrinogen": pgettext_lazy("assessment", "Fibrinogen"),
    "fibrinogen_lln": pgettext_lazy("assessment", "Lower limit of normal of fibrinogen"),
    "haemophagocytosis": pgettext_lazy("assessment", "Haemophagocytosis seen?"),
    "cytopenia_grade_4": pgettext_lazy(
        "assessment", "Cytopenia of grade 4 in one lineage or more, new or worse?"
    ),
    "triglycerides": pgettext_lazy("assessment", "Triglycerides"),
    "other": pgettext_lazy("assessment", "Further manifestations"),
    "explained_otherwise": pgettext_lazy(
        "assessment", "Do CRS, infection or the disease alone explain it?"
    ),
    "severity": pgettext_lazy("assessment", "Severity"),
    "ctcae_crs": pgettext_lazy("assessment", "Findings"),
    "malignancy_course": pgettext_lazy("assessment", "Course of the second malignancy"),
    "deauville": pgettext_lazy("assessment", "Deauville score"),
    "metabolic_change": pgettext_lazy("assessment", "Uptake against baseline"),
    "new_lesion": pgettext_lazy("assessment", "Is there a new lesion?"),
    "other_sites_normal": pgettext_lazy(
        "assessment", "Have other lesions, spleen, organs and marrow returned to normal?"
    ),
    "serum_baseline": pgettext_lazy("assessment", "Serum M protein at baseline"),
    "serum_nadir": pgettext_lazy("assessment", "Serum M protein, lowest so far"),
    "serum_now": pgettext_lazy("assessment", "Serum M protein now"),
    "urine_baseline": pgettext_lazy("assessment", "Urine M protein at baseline"),
    "urine_nadir": pgettext_lazy("assessment", "Urine M protein, lowest so far"),
    "urine_now": pgettext_lazy("assessment", "Urine M protein now"),
    "urine_measurable": pgettext_lazy("assessment", "Was urine M protein measurable at baseline?"),
    "light_chain_disease": pgettext_lazy(
        "assessment", "Light-chain disease only: neither serum nor urine measurable?"
    ),
    "light_chains_baseline": pgettext_lazy("assessment", "Light-chain difference at baseline"),
    "light_chains_nadir": pgettext_lazy("assessment", "Light-chain difference, lowest so far"),
    "light_chains_now": pgettext_lazy("assessment", "Light-chain difference now"),
    "serum_ifx_negative": pgettext_lazy("assessment", "Serum immunofixation negative?"),
    "urine_ifx_negative": pgettext_lazy("assessment", "Urine immunofixation negative?"),
    "light_chain_ratio_normal": pgettext_lazy(
        "assessment", "Is the free light-chain ratio normal?"
    ),
    "plasmacytoma": pgettext_lazy("assessment", "Is there a soft-tissue plasmacytoma?"),
    "marrow_plasma_cells": pgettext_lazy("assessment", "Plasma cells in marrow"),
    "clonal_plasma_cells": pgettext_lazy("assessment", "Clonal plasma cells in marrow?"),
    "marrow_blasts": pgettext_lazy("assessment", "Blasts in marrow"),
    "extramedullary": pgettext_lazy("assessment", "Is there extramedullary disease?"),
    "anc": pgettext_lazy("assessment", "Neutrophils"),
    "platelets": pgettext_lazy("assessment", "Platelets"),
    "earlier_remission": pgettext_lazy(
        "assessment", "Has there been a remission since the infusion?"
    ),
    "mrd": pgettext_lazy("assessment", "Measurable residual disease"),
    "nadir_sum": pgettext_lazy("assessment", "Smallest sum of diameters so far, baseline included"),
    "non_target": pgettext_lazy("assessment", "Lesions that are not measured"),
}
TARGETS = {
    "kind": pgettext_lazy("assessment", "Node or other lesion"),
    "ldi": pgettext_lazy("assessment", "Longest diameter now"),
    "ppd": pgettext_lazy("assessment", "Product of diameters now"),
    "nadir_ldi": pgettext_lazy("assessment", "Longest diameter, smallest so far"),
    "nadir_ppd": pgettext_lazy("assessment", "Product of diameters, smallest so far"),
    "baseline_ppd": pgettext_lazy("assessment", "Product of diameters at baseline"),
    "baseline": pgettext_lazy("assessment", "Diameter at baseline (short axis of a node)"),
    "now": pgettext_lazy("assessment", "Diameter now (short axis of a node)"),
}
OPTIONS = {
    ("oxygen", "NONE"): pgettext_lazy("assessment answer", "None"),
    ("oxygen", "NASAL_CANNULA"): pgettext_lazy("assessment answer", "Nasal cannula"),
    ("oxygen", "BLOW_BY"): pgettext_lazy("assessment answer", "Blow-by"),
    ("oxygen", "FACE_MASK"): pgettext_lazy("assessment answer", "Face mask"),
    ("oxygen", "NON_REBREATHER"): pgettext_lazy("assessment answer", "Non-rebreather mask"),
    ("oxygen", "VENTURI"): pgettext_lazy("assessment answer", "Venturi mask"),
    ("oxygen", "CPAP"): pgettext_lazy("assessment answer", "CPAP"),
    ("oxygen", "BIPAP"): pgettext_lazy("assessment answer", "BiPAP"),
    ("oxygen", "VENTILATION"): pgettext_lazy("assessment answer", "Intubation and ventilation"),
    ("consciousness", "NORMAL"): pgettext_lazy("assessment answer", "Awake, not depressed"),
    ("consciousness", "AWAKENS_SPONTANEOUSLY"): pgettext_lazy(
        "assessment answer", "Awakens spontaneously"
    ),
    ("consciousness", "TO_VOICE"): pgettext_lazy("assessment answer", "Awakens to voice"),
    ("consciousness", "TO_TACTILE"): pgettext_lazy("assessment answer", "Awakens only to touch"),
    ("consciousness", "UNAROUSABLE"): pgettext_lazy(
        "assessment answer", "Cannot be roused, or only by vigorous stimuli"
    ),
    ("seizure", "NONE"): pgettext_lazy("assessment answer", "No seizure"),
    ("seizure", "BRIEF"): pgettext_lazy("assessment answer", "Resolves rapidly"),
    ("seizure", "NON_CONVULSIVE_RESOLVED"): pgettext_lazy(
        "assessment answer", "Non-convulsive on EEG, resolves with treatment"
    ),
    ("seizure", "PROLONGED"): pgettext_lazy("assessment answer", "Longer than 5 minutes"),
    ("seizure", "REPETITIVE"): pgettext_lazy(
        "assessment answer", "Repetitive without return to baseline"
    ),
    ("motor", "NONE"): pgettext_lazy("assessment answer", "No weakness"),
    ("motor", "DEEP_FOCAL_WEAKNESS"): pgettext_lazy("assessment answer", "Deep focal weakness"),
    ("pressure", "NONE"): pgettext_lazy("assessment answer", "No sign of it"),
    ("pressure", "FOCAL_OEDEMA"): pgettext_lazy("assessment answer", "Focal oedema on imaging"),
    ("pressure", "DIFFUSE_OR_RAISED"): pgettext_lazy(
        "assessment answer", "Diffuse oedema or signs of raised pressure"
    ),
    ("capd", "NEVER"): pgettext_lazy("how often a child is seen so", "Never"),
    ("capd", "RARELY"): pgettext_lazy("how often a child is seen so", "Rarely"),
    ("capd", "SOMETIMES"): pgettext_lazy("how often a child is seen so", "Sometimes"),
    ("capd", "OFTEN"): pgettext_lazy("how often a child is seen so", "Often"),
    ("capd", "ALWAYS"): pgettext_lazy("how often a child is seen so", "Always"),
    ("severity", "OBSERVATION_ONLY"): pgettext_lazy(
        "assessment answer", "Asymptomatic or mild: observation only"
    ),
    ("severity", "INTERVENTION"): pgettext_lazy(
        "assessment answer", "Mild to moderate: intervention needed"
    ),
    ("severity", "SEVERE"): pgettext_lazy(
        "assessment answer", "Severe, not immediately life-threatening"
    ),
    ("severity", "LIFE_THREATENING"): pgettext_lazy("assessment answer", "Life-threatening"),
    ("severity", "DEATH"): pgettext_lazy("assessment answer", "Death"),
    ("ctcae_crs", "FEVER_ONLY"): pgettext_lazy("assessment answer", "Fever alone"),
    ("ctcae_crs", "FLUIDS_OR_OXYGEN_BELOW_40"): pgettext_lazy(
        "assessment answer", "Hypotension responding to fluids, or oxygen below 40 %"
    ),
    ("ctcae_crs", "ONE_PRESSOR_OR_OXYGEN_40"): pgettext_lazy(
        "assessment answer", "One vasopressor, or oxygen of 40 % and more"
    ),
    ("ctcae_crs", "LIFE_THREATENING"): pgettext_lazy("assessment answer", "Life-threatening"),
    ("ctcae_crs", "DEATH"): pgettext_lazy("assessment answer", "Death"),
    ("malignancy_course", "NOT_LIFE_THREATENING"): pgettext_lazy(
        "assessment answer", "Not life-threatening"
    ),
    ("malignancy_course", "LIFE_THREATENING"): pgettext_lazy(
        "assessment answer", "Acutely life-threatening, or blast crisis"
    ),
    ("malignancy_course", "DEATH"): pgettext_lazy("assessment answer", "Death"),
    ("metabolic_change", "REDUCED"): pgettext_lazy("assessment answer", "Reduced"),
    ("metabolic_change", "UNCHANGED"): pgettext_lazy("assessment answer", "Unchanged"),
    ("metabolic_change", "INCREASED"): pgettext_lazy("assessment answer", "Increased"),
    ("non_target", "NONE"): pgettext_lazy("assessment answer", "There were none"),
    ("non_target", "COMPLETE"): pgettext_lazy("assessment answer", "Gone"),
    ("non_target", "NON_COMPLETE"): pgettext_lazy("assessment answer", "Present, not progressing"),
    ("non_target", "PROGRESSION"): pgettext_lazy("assessment answer", "Clearly progressing"),
    ("non_target", "NOT_EVALUATED"): pgettext_lazy("assessment answer", "Not evaluated"),
    ("kind", "NODE"): pgettext_lazy("assessment answer", "Node"),
    ("kind", "OTHER"): pgettext_lazy("assessment answer", "Other lesion"),
    ("other", "ldh"): pgettext_lazy("assessment answer", "LDH above the upper limit"),
    ("other", "coagulation"): pgettext_lazy("assessment answer", "PT or PTT prolonged"),
    ("other", "bilirubin"): pgettext_lazy("assessment answer", "Direct bilirubin raised"),
    ("other", "splenomegaly"): pgettext_lazy("assessment answer", "New splenomegaly"),
    ("other", "fever"): pgettext_lazy("assessment answer", "Fever"),
    ("other", "neurotoxicity"): pgettext_lazy("assessment answer", "Neurotoxicity"),
    ("other", "lung"): pgettext_lazy("assessment answer", "Lung manifestation"),
    ("other", "renal"): pgettext_lazy("assessment answer", "Renal insufficiency"),
}
