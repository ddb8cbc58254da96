"""The field dictionary's own words: tables, kinds, who needs a field, what it is as data."""

from django.utils.translation import gettext_lazy, pgettext_lazy

from followup.domain.consents import Purpose
from followup.domain.fields import Dataset, Kind, Need, Personal

DATASETS = {
    Dataset.PATIENTS: pgettext_lazy("dataset", "Patients"),
    Dataset.INFUSIONS: pgettext_lazy("dataset", "Infusions"),
    Dataset.VISITS: pgettext_lazy("dataset", "Contacts"),
    Dataset.EVENTS: pgettext_lazy("dataset", "Adverse events"),
    Dataset.SAMPLES: pgettext_lazy("dataset", "Samples"),
    Dataset.RESULTS: pgettext_lazy("dataset", "Molecular results"),
    Dataset.LABORATORY: pgettext_lazy("dataset", "Laboratory values"),
}
KINDS = {
    Kind.TEXT: pgettext_lazy("kind of field", "Text"),
    Kind.DAY: pgettext_lazy("kind of field", "Full date, year-month-day"),
    Kind.PARTIAL: pgettext_lazy("kind of field", "Date, or year and month, or the year"),
    Kind.MOMENT: pgettext_lazy("kind of field", "Date and time, Beijing time"),
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
    Purpose.RESEARCH: pgettext_lazy("consent", "Research"),
}
LEFT_OUT = {
    "NEVER_AGREED": gettext_lazy("has not agreed to this purpose"),
    "WITHDRAWN": gettext_lazy("has withdrawn the consent to this purpose"),
}
