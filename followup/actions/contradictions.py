"""What is wrong or unlikely in an adverse event, in words and at its field."""

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from followup.actions.observations import EventInput, t_cell
from followup.core.confirmations import Question
from followup.domain import event_classes
from followup.domain.events import (
    PREGNANCY_OUTCOMES,
    Contradiction,
    Doubt,
    EventCategory,
    EventFacts,
    Kept,
    Pathology,
    TransgeneTest,
    contradictions,
    doubts,
)
from followup.queries import codes

_CONTRADICTIONS: dict[Contradiction, tuple[str, Promise]] = {
    Contradiction.SERIOUS_AFTER_ALL: (
        "serious",
        gettext_lazy(
            "“Not serious” contradicts another answer: a criterion, a death, a new malignancy, a"
            " lost pregnancy or an anomaly makes the event serious. Correct one of them."
        ),
    ),
    Contradiction.DEATH_BUT_RECOVERING: (
        "outcome",
        gettext_lazy("The criterion death contradicts the outcome. Correct one of them."),
    ),
    Contradiction.DEATH_GRADE_NOT_FATAL: (
        "outcome",
        gettext_lazy("Grade 5 is a death: the outcome is fatal, or the grade is lower."),
    ),
    Contradiction.END_BEFORE_ONSET: (
        "ended",
        gettext_lazy("The event cannot end before it began."),
    ),
    Contradiction.END_LATER_THAN_TODAY: (
        "ended",
        gettext_lazy("The date cannot be later than today."),
    ),
    Contradiction.ONSET_AFTER_DEATH: (
        "onset",
        gettext_lazy(
            "The patient died on %(died)s: the event cannot begin later. Check the date, leave it"
            " empty, or correct the death on the patient's page."
        ),
    ),
    Contradiction.END_AFTER_DEATH: (
        "ended",
        gettext_lazy(
            "The patient died on %(died)s: the event cannot end later. Check the date, or correct"
            " the death on the patient's page."
        ),
    ),
    Contradiction.ONSET_BEFORE_BIRTH: (
        "onset",
        gettext_lazy("The onset is too far back: please check the year."),
    ),
    Contradiction.PREGNANT_MAN: (
        "pregnancy_of",
        gettext_lazy(
            "The patient is recorded as male. Is it a partner's pregnancy? Otherwise correct the"
            " sex of the patient first."
        ),
    ),
    Contradiction.ANOMALY_DENIED: (
        "congenital_anomaly",
        gettext_lazy("The criterion congenital anomaly contradicts this answer."),
    ),
}
_DOUBTS: dict[Doubt, tuple[str, str, Promise]] = {
    Doubt.ONSET_BEFORE_INFUSION: (
        "onset",
        "onset",
        gettext_lazy("The event began (%(onset)s) before the infusion (%(infused)s)."),
    ),
    Doubt.AWARE_BEFORE_INFUSION: (
        "aware_on",
        "aware_on",
        gettext_lazy("You learned of it (%(aware_on)s) before the infusion (%(infused)s)."),
    ),
    Doubt.AWARE_LONG_AGO: (
        "aware_on",
        "aware_on",
        gettext_lazy("You learned of it more than a year ago (%(aware_on)s)."),
    ),
    Doubt.DEATH_NOT_OUTCOME: (
        "outcome",
        "outcome",
        gettext_lazy("The criterion is death, but the outcome is not fatal."),
    ),
    Doubt.GRADE_OF_A_SURVIVOR: (
        "grade",
        "grade",
        gettext_lazy("The outcome is fatal, but the grade is %(grade)s: a death is grade 5."),
    ),
    Doubt.ENDED_NOT_OVER: (
        "ended",
        "ended",
        gettext_lazy("The event has an end (%(ended)s), but its outcome says that it goes on."),
    ),
    Doubt.MALIGNANT_TYPE: (
        "haematologic_type",
        "haematologic_type",
        gettext_lazy(
            "This disorder of the blood is a malignancy, but the event is said to be no new"
            " malignancy."
        ),
    ),
    Doubt.PREGNANT_SEX_UNKNOWN: (
        "pregnancy_of",
        "",
        gettext_lazy("The patient is pregnant, but the sex of the patient is not known."),
    ),
    Doubt.PARTNER_OF_A_WOMAN: (
        "pregnancy_of",
        "",
        gettext_lazy("The patient is recorded as female: is it a partner's pregnancy?"),
    ),
    Doubt.ANOTHER_PREGNANCY: (
        "pregnancy_of",
        "",
        gettext_lazy("A pregnancy that has not ended is already recorded: is this another one?"),
    ),
    Doubt.LONG_PREGNANCY: (
        "last_period",
        "last_period",
        gettext_lazy("The last period (%(last_period)s) is more than 45 weeks back."),
    ),
}


def _values(facts: EventFacts) -> dict[str, str]:
    """The values the sentences name; a partial date keeps its precision."""
    dates = {
        "onset": facts.onset,
        "ended": facts.ended,
        "last_period": facts.last_period,
        "died": facts.died_on,
        "aware_on": facts.aware_on,
        "infused": facts.infused_on,
    }
    shown = {name: day.isoformat() if day else "" for name, day in dates.items()}
    coded = {"outcome": facts.outcome, "haematologic_type": facts.haematologic_type}
    return shown | coded | {"grade": str(facts.grade or "")}


def problems(given: EventInput, facts: EventFacts) -> dict[str, Any]:
    """Everything to be refused, by field."""
    found: dict[str, Any] = {}
    for contradiction in contradictions(facts):
        field, text = _CONTRADICTIONS[contradiction]
        found.setdefault(field, str(text) % _values(facts))
    if not given.verbatim.strip():
        found["verbatim"] = _("What happened, in the reporter's words?")
    if not given.reporter_name.strip():
        found["reporter_name"] = _("Who reports the event?")
    if given.aware_on > facts.today:
        found["aware_on"] = _("The day you learned of it cannot be later than today.")
    if given.onset and given.onset.earliest > min(given.aware_on, facts.today):
        found["onset"] = _("The event cannot begin after the day you learned of it.")
    if given.serious is False and given.seriousness:
        found["seriousness"] = _("A ticked criterion makes the event serious.")
    if given.serious and not given.seriousness and not (facts.malignancy or facts.fatal):
        found["seriousness"] = _("Which criterion makes the event serious?")
    if given.grade is not None and not given.grade_scale:
        found["grade_scale"] = _("Name the scale of the grade.")
    return found | _code_problems(given) | _class_problems(given) | _pregnancy_problems(given)


def questions(facts: EventFacts) -> list[Question]:
    """Everything to be confirmed, each about the value it was asked for."""
    values, found = _values(facts), []
    for doubt in doubts(facts):
        field, about, text = _DOUBTS[doubt]
        found.append(Question(doubt.value, str(text) % values, field, values.get(about, "")))
    return found


def new_questions(facts: EventFacts, before: EventFacts) -> list[Question]:
    """Those that did not stand before: what was confirmed once is not asked at every change."""
    keys = {question.key for question in questions(before)}
    return [question for question in questions(facts) if question.key not in keys]


def _code_problems(given: EventInput) -> dict[str, Any]:
    """Codes no form offers; an answer that was not given stays empty."""
    asked = (
        ("pathology", given.pathology, Pathology),
        ("transgene", given.transgene, TransgeneTest),
        ("specimen_kept", given.specimen_kept, Kept),
        ("t_cell_suspected", t_cell(given), Kept),
    )
    return {
        name: _("Choose from the list.")
        for name, value, codes in asked
        if value not in ("", *codes)
    }


def _class_problems(given: EventInput) -> dict[str, Any]:
    """A class against the answer about a malignancy, items its class does not ask for, codes."""
    malignancy = given.is_new_malignancy
    if not event_classes.agrees(given.event_class, malignancy=malignancy):
        if malignancy:
            return {"event_class": _("A new malignancy is a class of its own: choose no other.")}
        return {"event_class": _("Say at its own question that it is a new malignancy.")}
    chosen = {name: getattr(given, name) for name in event_classes.CLASSIFIED}
    found: dict[str, Any] = {
        name: _("Choose from the list.")
        for name, code_list in event_classes.CODE_LISTS.items()
        if chosen[name] and chosen[name] not in {code for code, *_words in codes.items(code_list)}
    }
    said = event_classes.class_of(given.event_class, malignancy=malignancy)
    for name in event_classes.not_asked(said, chosen):
        found[name] = _("This is not asked of the class of the event: leave it empty.")
    return found


def _pregnancy_problems(given: EventInput) -> dict[str, Any]:
    if given.kind != EventCategory.PREGNANCY:
        asked = (given.pregnancy_of, given.pregnancy_outcome, given.congenital_anomaly)
        if any(asked) or given.last_period:
            return {"pregnancy_of": _("These answers need a pregnancy.")}
        return {}
    found: dict[str, Any] = {}
    if given.is_new_malignancy:
        found["kind"] = _("Report the pregnancy and the malignancy as two events.")
    if given.pregnancy_of not in ("PATIENT", "PARTNER"):
        found["pregnancy_of"] = _("Whose pregnancy is it: the patient's or a partner's?")
    if given.pregnancy_outcome not in ("", *PREGNANCY_OUTCOMES):
        found["pregnancy_outcome"] = _("Choose from the list.")
    if given.congenital_anomaly not in ("", *Kept):
        found["congenital_anomaly"] = _("Answer yes, no or not known.")
    if given.last_period and given.last_period.earliest > given.aware_on:
        found["last_period"] = _("The last period cannot be after the day you learned of it.")
    return found
