"""The field dictionary's own words: tables, kinds, who needs a field, what it is as data."""

from django.utils.translation import gettext_lazy, pgettext_lazy

from followup.domain.consents import Assent, Purpose, Signer, Word
from followup.domain.fields import Dataset, Kind, Need, Personal

DATASETS = {
    Dataset.PATIENTS: pgettext_lazy("dataset", "Patients"),
    Dataset.INFUSIONS: pgettext_lazy("dataset", "Infusions"),
    Dataset.VISITS: pgettext_lazy("dataset", "Contacts"),
    Dataset.EVENTS: pgettext_lazy("dataset", "Adverse events"),
    Dataset.SAMPLES: pgettext_lazy("dataset", "Samples"),
    Dataset.RESULTS: pgettext_lazy("dataset", "Molecular results"),
    Dataset.LABORATORY: pgettext_lazy("dataset", "Laboratory values"),
    Dataset.CARE: pgettext_lazy("dataset", "Treatments and stays"),
}
KINDS = {
    Kind.TEXT: pgettext_lazy("kind of field", "Text"),
    Kind.DAY: pgettext_lazy("kind of field", "Full date, year-month-day"),
    Kind.PARTIAL: pgettext_lazy("kind of field", "Date, or year and month, or the year"),
    Kind.MOMENT: pgettext_lazy("kind of field", "Date and time, Beijing time"),
    Kind.TIME: pgettext_lazy("kind of field", "Time of day, Beijing time"),
    Kind.CODE: pgettext_lazy("kind of field", "Code"),
    Kind.CODES: pgettext_lazy("kind of field", "Codes, separated by semicolons"),
    Kind.NUMBER: pgettext_lazy("kind of field", "Number"),
    Kind.YES_NO: pgettext_lazy("kind of field", "YES or NO; empty where nobody answered"),
    Kind.TICK: pgettext_lazy("kind of field", "yes, or empty"),
}
NEEDS = {
    Need.PROTOCOL: pgettext_lazy("need", "Follow-up protocols"),
    Need.ICSR: pgettext_lazy("need", "Case safety report (ICH E2B)"),
    Need.REGISTRY: pgettext_lazy("need", "Registries of cell therapy"),
    Need.STUDY: pgettext_lazy("need", "Long-term study of the holder"),
    Need.TRACEABILITY: pgettext_lazy("need", "Traceability"),
    Need.CARE: pgettext_lazy("need", "Care at the hospital"),
}
PERSONAL = {
    Personal.IDENTITY: pgettext_lazy("personal data", "Tells who the person is"),
    Personal.PSEUDONYM: pgettext_lazy("personal data", "Leads to a person with the key"),
    Personal.HEALTH: pgettext_lazy("personal data", "Health data"),
    Personal.FREE_TEXT: pgettext_lazy("personal data", "Free text, may name people"),
    Personal.STAFF: pgettext_lazy("personal data", "Names staff"),
    Personal.NONE: pgettext_lazy("personal data", "Not personal"),
}
PURPOSES = {
    Purpose.FOLLOW_UP: pgettext_lazy("consent", "Long-term follow-up"),
    Purpose.HOLDER: pgettext_lazy("consent", "Sharing coded data with the MAH"),
    Purpose.SAMPLES: pgettext_lazy("consent", "Sample storage and testing"),
    Purpose.CROSS_BORDER: pgettext_lazy("consent", "Data and samples outside mainland China"),
    Purpose.LATER_CONTACT: pgettext_lazy("consent", "Being asked about later studies"),
    Purpose.RESEARCH: pgettext_lazy("consent", "Research"),
}
SIGNERS = {
    Signer.PATIENT: pgettext_lazy("consent", "The patient"),
    Signer.GUARDIAN: pgettext_lazy("consent", "The guardian"),
    Signer.PROXY: pgettext_lazy("consent", "A proxy"),
}
ASSENTS = {
    Assent.AGREED: pgettext_lazy("consent", "The child agreed"),
    Assent.REFUSED: pgettext_lazy("consent", "The child said no"),
}
STANDINGS = {
    Word.AGREED: pgettext_lazy("consent", "Agreed"),
    Word.REFUSED: pgettext_lazy("consent", "Refused"),
    Word.WITHDRAWN: pgettext_lazy("consent", "Withdrawn"),
    Word.NEVER_AGREED: pgettext_lazy("consent", "Not answered"),
}
LEFT_OUT = {
    "REFUSED": gettext_lazy("has refused this purpose"),
    "NEVER_AGREED": gettext_lazy("has not agreed to this purpose"),
    "WITHDRAWN": gettext_lazy("has withdrawn the consent to this purpose"),
}
