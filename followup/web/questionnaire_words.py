"""The patient's questions and answers in words, for the patient and for whoever reviews them."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from followup.core import clock
from followup.domain.questionnaires import RedFlag, red_flags
from followup.queries import questionnaires as queries
from followup.web.code_choices import label
from followup.web.contacts_form import DISEASE, MALIGNANCY
from followup.web.date_tags import shown_date
from followup.web.events_form import YES_NO

INFORMANTS = (
    ("PATIENT", pgettext_lazy("questionnaire", "I am the patient")),
    ("FAMILY", pgettext_lazy("questionnaire", "I am family and answer for the patient")),
    ("OTHER", pgettext_lazy("questionnaire", "I am somebody else and answer for the patient")),
)
STATUS = (
    ("ALIVE", pgettext_lazy("questionnaire", "The patient is alive")),
    ("DEAD", pgettext_lazy("questionnaire", "The patient has died")),
    ("UNKNOWN", pgettext_lazy("questionnaire", "I do not know")),
)
ILLNESS = (
    ("REMISSION", pgettext_lazy("questionnaire", "No, the doctor says it is in remission")),
    ("PROGRESSION", pgettext_lazy("questionnaire", "Yes")),
    ("NOT_ASSESSED", pgettext_lazy("questionnaire", "I do not know, or was not examined")),
)
KNOWN = (
    ("NO", pgettext_lazy("questionnaire", "No")),
    ("YES", pgettext_lazy("questionnaire", "Yes")),
    ("UNKNOWN", pgettext_lazy("questionnaire", "I do not know")),
)
SAID = KNOWN[:2]
QUESTIONS = {
    "informant": gettext_lazy("1. Who answers?"),
    "vital_status": gettext_lazy("2. If you answer for the patient: how is the patient?"),
    "disease_status": gettext_lazy(
        "3. Has a doctor said that the treated illness came back or got worse?"
    ),
    "new_malignancy": gettext_lazy(
        "4. Has a doctor found a new tumour or a new illness of the blood, or suspects one?"
    ),
    "other_event": gettext_lazy(
        "5. Since the last contact: a stay in hospital, a serious infection, or another illness?"
    ),
    "new_therapy": gettext_lazy(
        "6. Since the last contact: a new treatment against the illness, or a pregnancy?"
    ),
}


def _told(code: str, words: dict[str, Any]) -> str:
    return str(words.get(code, code)) if code else "—"


def answered(report: Any) -> list[tuple[str, str]]:
    """Question and answer in the words of a record; what was not answered shows a dash."""
    answers = queries.answers_of(report)
    yes = dict(YES_NO)
    status = label("vital_status", answers.alive) if answers.alive else "—"
    lines = [
        (pgettext("contact", "Who answered"), label("informant", answers.informant)),
        (_("Vital status"), status),
        (_("Date of death"), shown_date(answers.died_on.isoformat()) if answers.died_on else ""),
        (_("Disease status"), _told(answers.disease_status, dict(DISEASE))),
        (
            _("Date of relapse or progression"),
            shown_date(answers.progressed_on.isoformat()) if answers.progressed_on else "",
        ),
        (
            _("New malignancy, T-cell malignancy included"),
            _told(answers.new_malignancy, dict(MALIGNANCY)),
        ),
        (_("In the patient's words"), answers.malignancy_words),
        (_("Another adverse event to record"), _told(answers.other_event, yes)),
        (_("In the patient's words"), answers.event_words),
        (_("New anti-tumour treatment, or pregnancy"), _told(answers.new_therapy, yes)),
        (_("In the patient's words"), answers.therapy_words),
        (_("Remarks"), answers.words),
    ]
    return [(question, str(text)) for question, text in lines if text]


def event_start(report: Any) -> dict[str, Any]:
    """What an event report begins with: the patient's words and the day they came."""
    answers = queries.answers_of(report)
    flags = red_flags(answers)
    words = answers.malignancy_words if RedFlag.MALIGNANCY in flags else answers.event_words
    day = report.received_at.astimezone(clock.SHANGHAI).date()
    return {"verbatim": words or answers.words, "aware_on": day}
