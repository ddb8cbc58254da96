"""Elements of E2B(R2) with the element of E2B(R3) each becomes, and the codes that changed.

A field is tag, element and kind; the tag of a date's format and of a term's version is beside it.

Source: ICH ICSR DTD 2.1 and ICH E2B(R3) IG, backward and forward compatibility; from memory, high
confidence: neither text was found. Routes, intervals, actions and outcomes were compared with the
field reference of openFDA (drugevent.yaml), dose units with a vendor's table for China's centre;
secondary.
"""

from collections.abc import Mapping
from enum import Enum, auto

Codes = Mapping[str, str]


class Kind(Enum):
    """How the text of a tag is read."""

    TEXT = auto()
    DATE = auto()  # digits; the tag of its format, such as `receivedateformat`, goes with it
    YES_NO = auto()  # 1 yes, 2 no
    TERM = auto()  # a MedDRA code, or words; with the tag of its version


Field = tuple[str, str, Kind | Codes]


def same(codes: str) -> Codes:
    """Codes that kept their meaning."""
    return {code: code for code in codes}


OUTCOMES: Codes = {**same("12345"), "6": "0"}
ACTIONS: Codes = {**same("1234"), "5": "0", "6": "9"}
_TIMES = {"801": "a", "802": "mo", "803": "wk", "804": "d", "805": "h", "806": "min", "807": "s"}
AGES: Codes = {
    "800": "{decade}",
    **{code: _TIMES[code] for code in ("801", "802", "803", "804", "805")},
}
DURATIONS: Codes = _TIMES
GESTATIONS: Codes = {"802": "mo", "803": "wk", "804": "d", "810": "{trimester}"}
INTERVALS: Codes = {
    **{code: unit for code, unit in _TIMES.items() if code != "807"},
    "810": "{cyclical}",
    # 811, a trimester, is no interval of E2B(R3): it finds no place and stays beside the dose.
    "812": "{asnecessary}",
    "813": "{total}",
}
DOSES: Codes = dict(
    zip(
        [f"{number:03}" for number in range(1, 33)],
        "kg g mg ug ng pg mg/kg ug/kg mg/m2 ug/m2 L mL uL Bq GBq MBq kBq Ci mCi uCi nCi mol mmol "
        "umol [iU] k[iU] M[iU] [iU]/kg meq % [drp] {DF}".split(),
        strict=True,
    )
)
ROUTES: Codes = dict(
    zip(
        [f"{number:03}" for number in range(1, 68)],
        "Auricular (otic)|Buccal|Cutaneous|Dental|Endocervical|Endosinusial|Endotracheal|Epidural|"
        "Extra-amniotic|Hemodialysis|Intra corpus cavernosum|Intra-amniotic|Intra-arterial|"
        "Intra-articular|Intra-uterine|Intracardiac|Intracavernous|Intracerebral|Intracervical|"
        "Intracisternal|Intracorneal|Intracoronary|Intradermal|Intradiscal (intraspinal)|"
        "Intrahepatic|Intralesional|Intralymphatic|Intramedullar (bone marrow)|Intrameningeal|"
        "Intramuscular|Intraocular|Intrapericardial|Intraperitoneal|Intrapleural|Intrasynovial|"
        "Intratumor|Intrathecal|Intrathoracic|Intratracheal|Intravenous bolus|Intravenous drip|"
        "Intravenous (not otherwise specified)|Intravesical|Iontophoresis|Nasal|"
        "Occlusive dressing technique|Ophthalmic|Oral|Oropharingeal|Other|Parenteral|"
        "Periarticular|Perineural|Rectal|Respiratory (inhalation)|Retrobulbar|Subconjunctival|"
        "Subcutaneous|Subdermal|Sublingual|Topical|Transdermal|Transmammary|Transplacental|Unknown|"
        "Urethral|Vaginal".split("|"),
        strict=True,
    )
)
LANGUAGES: Codes = {
    "en": "eng",
    "fr": "fra",
    "de": "deu",
    "es": "spa",
    "it": "ita",
    "ja": "jpn",
    "zh": "zho",
    "pt": "por",
    "nl": "nld",
    "sv": "swe",
    "ko": "kor",
    "ru": "rus",
}
_T, _D, _Y, _M = Kind.TEXT, Kind.DATE, Kind.YES_NO, Kind.TERM

REPORT: tuple[Field, ...] = (
    ("safetyreportid", "C.1.1", _T),
    ("transmissiondate", "C.1.2", _D),
    ("reporttype", "C.1.3", same("1234")),
    ("receivedate", "C.1.4", _D),
    ("receiptdate", "C.1.5", _D),
    ("additionaldocument", "C.1.6.1", _Y),
    ("fulfillexpeditecriteria", "C.1.7", _Y),
    ("duplicate", "C.1.9.1", {"1": "true"}),
    ("casenullification", "C.1.11.1", same("1")),
    ("nullificationreason", "C.1.11.2", _T),
)
SERIOUSNESS = (
    ("seriousnessdeath", "E.i.3.2a"),
    ("seriousnesslifethreatening", "E.i.3.2b"),
    ("seriousnesshospitalization", "E.i.3.2c"),
    ("seriousnessdisabling", "E.i.3.2d"),
    ("seriousnesscongenitalanomali", "E.i.3.2e"),
    ("seriousnessother", "E.i.3.2f"),
)
REPORTER: tuple[Field, ...] = (
    ("reportertitle", "C.2.r.1.1", _T),
    ("reportergivename", "C.2.r.1.2", _T),
    ("reportermiddlename", "C.2.r.1.3", _T),
    ("reporterfamilyname", "C.2.r.1.4", _T),
    ("reporterorganization", "C.2.r.2.1", _T),
    ("reporterdepartment", "C.2.r.2.2", _T),
    ("reporterstreet", "C.2.r.2.3", _T),
    ("reportercity", "C.2.r.2.4", _T),
    ("reporterstate", "C.2.r.2.5", _T),
    ("reporterpostcode", "C.2.r.2.6", _T),
    ("reportercountry", "C.2.r.3", _T),
    ("qualification", "C.2.r.4", same("12345")),
)
STUDY: tuple[Field, ...] = (
    ("studyname", "C.5.2", _T),
    ("sponsorstudynumb", "C.5.3", _T),
    ("observestudytype", "C.5.4", same("123")),
)
SENDER: tuple[Field, ...] = (
    ("sendertype", "C.3.1", same("123456")),
    ("senderorganization", "C.3.2", _T),
    ("senderdepartment", "C.3.3.1", _T),
    ("sendertitle", "C.3.3.2", _T),
    ("sendergivename", "C.3.3.3", _T),
    ("sendermiddlename", "C.3.3.4", _T),
    ("senderfamilyname", "C.3.3.5", _T),
    ("senderstreetaddress", "C.3.4.1", _T),
    ("sendercity", "C.3.4.2", _T),
    ("senderstate", "C.3.4.3", _T),
    ("senderpostcode", "C.3.4.4", _T),
    ("sendercountrycode", "C.3.4.5", _T),
    ("senderemailaddress", "C.3.4.8", _T),
)
PATIENT: tuple[Field, ...] = (
    ("patientinitial", "D.1", _T),
    ("patientgpmedicalrecordnumb", "D.1.1.1", _T),
    ("patientspecialistrecordnumb", "D.1.1.2", _T),
    ("patienthospitalrecordnumb", "D.1.1.3", _T),
    ("patientinvestigationnumb", "D.1.1.4", _T),
    ("patientbirthdate", "D.2.1", _D),
    ("patientonsetage", "D.2.2a", _T),
    ("patientonsetageunit", "D.2.2b", AGES),
    ("gestationperiod", "D.2.2.1a", _T),
    ("gestationperiodunit", "D.2.2.1b", GESTATIONS),
    ("patientagegroup", "D.2.3", same("123456")),
    ("patientweight", "D.3", _T),
    ("patientheight", "D.4", _T),
    ("patientsex", "D.5", same("12")),
    ("patientlastmenstrualdate", "D.6", _D),
    ("patientmedicalhistorytext", "D.7.2", _T),
)
PARENT: tuple[Field, ...] = (
    ("parentidentification", "D.10.1", _T),
    ("parentbirthdate", "D.10.2.1", _D),
    ("parentage", "D.10.2.2a", _T),
    ("parentageunit", "D.10.2.2b", AGES),
    ("parentlastmenstrualdate", "D.10.3", _D),
    ("parentweight", "D.10.4", _T),
    ("parentheight", "D.10.5", _T),
    ("parentsex", "D.10.6", same("12")),
    ("parentmedicalrelevanttext", "D.10.7.2", _T),
)


def history(group: str, name: str) -> tuple[Field, ...]:
    """One episode of the history of the patient or the parent."""
    return (
        (name, f"{group}.1b", _M),
        (
            "patientmedicalstartdate" if group == "D.7.1.r" else "parentmedicalstartdate",
            f"{group}.2",
            _D,
        ),
        (
            "patientmedicalenddate" if group == "D.7.1.r" else "parentmedicalenddate",
            f"{group}.4",
            _D,
        ),
        (
            "patientmedicalcomment" if group == "D.7.1.r" else "parentmedicalcomment",
            f"{group}.5",
            _T,
        ),
    )


def past_drug(group: str, stem: str, indication: str, reaction: str) -> tuple[Field, ...]:
    """One past drug of the patient or the parent."""
    return (
        (f"{stem}drugname", f"{group}.1", _T),
        (f"{stem}drugstartdate", f"{group}.4", _D),
        (f"{stem}drugenddate", f"{group}.5", _D),
        (indication, f"{group}.6b", _M),
        (reaction, f"{group}.7b", _M),
    )


REACTION: tuple[Field, ...] = (
    ("primarysourcereaction", "E.i.1.1a", _T),
    ("termhighlighted", "E.i.3.1", same("1234")),
    ("reactionstartdate", "E.i.4", _D),
    ("reactionenddate", "E.i.5", _D),
    ("reactionduration", "E.i.6a", _T),
    ("reactiondurationunit", "E.i.6b", DURATIONS),
    ("reactionoutcome", "E.i.7", OUTCOMES),
)
DRUG: tuple[Field, ...] = (
    ("drugcharacterization", "G.k.1", same("123")),
    ("medicinalproduct", "G.k.2.2", _T),
    ("obtaindrugcountry", "G.k.2.4", _T),
    ("drugauthorizationnumb", "G.k.3.1", _T),
    ("drugauthorizationcountry", "G.k.3.2", _T),
    ("drugauthorizationholder", "G.k.3.3", _T),
    ("drugcumulativedosagenumb", "G.k.5a", _T),
    ("drugcumulativedosageunit", "G.k.5b", DOSES),
    ("reactiongestationperiod", "G.k.6a", _T),
    ("reactiongestationperiodunit", "G.k.6b", GESTATIONS),
    ("actiondrug", "G.k.8", ACTIONS),
    ("drugadditional", "G.k.11", _T),
)
DOSAGE: tuple[Field, ...] = (
    ("drugstructuredosagenumb", "G.k.4.r.1a", _T),
    ("drugstructuredosageunit", "G.k.4.r.1b", DOSES),
    ("drugstartdate", "G.k.4.r.4", _D),
    ("drugenddate", "G.k.4.r.5", _D),
    ("drugtreatmentduration", "G.k.4.r.6a", _T),
    ("drugtreatmentdurationunit", "G.k.4.r.6b", DURATIONS),
    ("drugbatchnumb", "G.k.4.r.7", _T),
    ("drugdosagetext", "G.k.4.r.8", _T),
    ("drugdosageform", "G.k.4.r.9.1", _T),
    ("drugadministrationroute", "G.k.4.r.10.1", ROUTES),
    ("drugparadministration", "G.k.4.r.11.1", ROUTES),
)
OPINION: tuple[Field, ...] = (
    ("drugassessmentsource", "G.k.9.i.2.r.1", _T),
    ("drugassessmentmethod", "G.k.9.i.2.r.2", _T),
    ("drugresult", "G.k.9.i.2.r.3", _T),
)
# Tags whose MedDRA version has a name of its own; elsewhere it begins like the tag.
VERSIONS: Codes = {
    "reactionmeddrallt": "reactionmeddraversionllt",
    "reactionmeddrapt": "reactionmeddraversionpt",
    "patientepisodename": "patientepisodenamemeddraversion",
    "patientdrugindication": "patientindicationmeddraversion",
    "patientdrugreaction": "patientdrgreactionmeddraversion",
    "patientdeathreport": "patientdeathreportmeddraversion",
    "patientdetermineautopsy": "patientdetermautopsmeddraversion",
    "parentmedicalepisodename": "parentmdepisodemeddraversion",
    "parentdrugindication": "parentdrgindicationmeddraversion",
    "parentdrugreaction": "parentdrgreactionmeddraversion",
    "drugindication": "drugindicationmeddraversion",
    "drugrecuraction": "drugrecuractionmeddraversion",
    "drugreactionasses": "drugreactionassesmeddraversion",
    "senderdiagnosis": "senderdiagnosismeddraversion",
}
FORMATS: Codes = {"patientlastmenstrualdate": "lastmenstrualdateformat"}
