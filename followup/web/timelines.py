"""A patient's story in words and marks: for the patient page, its table and its PDF."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from followup.core.naming import localized_name
from followup.domain.concomitant_care import STAYS, CareKind
from followup.domain.dates import PartialDate
from followup.domain.timelines import Lane, Moment, Panel, panels
from followup.web import concomitant_care_words, visit_states
from followup.web.code_choices import label
from followup.web.contacts_form import DISEASE
from followup.web.date_tags import shown_date

# Colour and shape of each kind of mark; shape and words tell what colour alone may not.
LOOKS = {
    "infusion": ("diamond", "#0958d9"),
    "remission": ("circle", "#1b6e3c"),
    "progression": ("cross", "#b42318"),
    "not_assessed": ("ring", "#566070"),
    "done": ("circle", "#1b6e3c"),
    "partial": ("half", "#9a5b00"),
    "failed": ("cross", "#566070"),
    "overdue": ("triangle", "#b42318"),
    "due": ("circle", "#9a5b00"),
    "open": ("ring", "#566070"),
    "contact": ("square", "#1b6e3c"),
    "event": ("triangle", "#9a5b00"),
    "serious": ("triangle", "#b42318"),
    "therapy": ("square", "#6941c6"),
    "care": ("circle", "#6941c6"),
    "stay": ("square", "#9a5b00"),
    "death": ("cross", "#111111"),
    "transfer": ("square", "#0958d9"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table behind the picture."""

    row: int
    day: str
    lane: str
    text: str


@dataclass(frozen=True, slots=True)
class Story:
    """The picture and its table; no panel without an infusion."""

    panels: tuple[Panel, ...]
    lines: tuple[Line, ...]
    lanes: dict[str, str]


def lanes() -> dict[str, str]:
    """The names of the lanes."""
    return {
        "infusion": pgettext("timeline", "Infusion"),
        "disease": pgettext("timeline", "Disease"),
        "visit": pgettext("timeline", "Visits"),
        "event": pgettext("timeline", "Events"),
        "therapy": pgettext("timeline", "Therapies"),
        "care": pgettext("timeline", "Supportive care"),
        "stay": pgettext("timeline", "Hospital"),
        "life": pgettext("timeline", "Survival"),
    }


def story(
    patient: Any,
    *,
    infusions: Sequence[Any],
    planned: Sequence[Any],
    visits: Sequence[Any],
    events: Sequence[Any],
    transfers: Sequence[Any] = (),
    care: Sequence[Any] = (),
    today: date,
    called: bool,
) -> Story:
    """The picture of a patient out of what the page has read already."""
    names = lanes()
    if not infusions:
        return Story((), (), names)
    found = [*_infusions(infusions), *_planned(planned, today, called), *_visits(visits)]
    found += [*_events(events), *_death(patient), *_transfers(transfers)]
    found += _care(care, _last_day(patient, today))
    found.sort(key=lambda pair: (pair[0].first, pair[0].lane, pair[0].label))
    day_zero = min(infusion.infused_on for infusion in infusions)
    made = panels([moment for moment, _day in found], day_zero, today)
    lines = tuple(
        Line(row, day, names[moment.lane], moment.label) for row, (moment, day) in enumerate(found)
    )
    return Story(made, lines, names)


Found = list[tuple[Moment, str]]


def _exact(lane: Lane, kind: str, on: date, text: str) -> tuple[Moment, str]:
    return Moment(lane, kind, on, on, text), on.isoformat()


def _partly(lane: Lane, kind: str, text: str, words: str, until: str = "") -> tuple[Moment, str]:
    """A date as exact as it is known: the mark spans every day it can mean."""
    day = PartialDate.from_iso(text)
    end = PartialDate.from_iso(until).latest if until else None
    return Moment(lane, kind, day.earliest, day.latest, words, end), shown_date(text)


def _infusions(infusions: Sequence[Any]) -> Found:
    return [
        _exact(Lane.INFUSION, "infusion", i.infused_on, localized_name(i.product))
        for i in infusions
    ]


def _planned(planned: Sequence[Any], today: date, called: bool) -> Found:
    """Visits at the day they were done, else at their target; what never was is left out."""
    found = []
    for visit in planned:
        kind, words = visit_states.shown(visit, today, called=called)
        if kind != "na":
            on = visit.done_on or visit.target
            found.append(_exact(Lane.VISIT, kind, on, f"{visit.code} {words}"))
    return found


def _visits(visits: Sequence[Any]) -> Found:
    diseases, found = dict(DISEASE), []
    for visit in visits:
        if visit.planned_id is None:
            text = _("unscheduled contact")
            found.append(_exact(Lane.VISIT, "contact", visit.contact_on, text))
        if visit.disease_status:
            kind = visit.disease_status.lower()
            words = str(diseases.get(visit.disease_status, visit.disease_status))
            if visit.progressed_on_text:
                found.append(_partly(Lane.DISEASE, kind, visit.progressed_on_text, words))
            else:
                found.append(_exact(Lane.DISEASE, kind, visit.contact_on, words))
        if visit.new_therapy == "YES":
            text = visit.therapy_note or _("New therapy or pregnancy")
            found.append(_exact(Lane.THERAPY, "therapy", visit.contact_on, text))
    return found


def _events(events: Sequence[Any]) -> Found:
    found = []
    for event in events:
        if event.kind == "DEATH":  # has a mark of its own
            continue
        kind = "serious" if event.serious or event.is_new_malignancy else "event"
        if event.onset_text:
            ended = getattr(event, "ended_text", "")
            found.append(_partly(Lane.EVENT, kind, event.onset_text, event.verbatim, ended))
        else:
            words = _("%(event)s (known on this day, onset not known)") % {"event": event.verbatim}
            found.append(_exact(Lane.EVENT, kind, event.aware_on, words))
    return found


_THERAPIES = (CareKind.SUBSEQUENT_THERAPY, CareKind.MUTAGEN_EXPOSURE)


def _last_day(patient: Any, today: date) -> date:
    """Today, or the last day a patient who died can have lived."""
    if patient.vital_status != "DEAD" or not patient.died_on_text:
        return today
    return min(today, PartialDate.from_iso(patient.died_on_text).latest)


def _care(care: Sequence[Any], last: date) -> Found:
    """Treatments and stays over the days they lasted, to the last day where they went on."""
    found = []
    for row in care:
        lane, kind = Lane.CARE, "care"
        if row.kind in STAYS:
            lane, kind = Lane.STAY, "stay"
        elif row.kind in _THERAPIES:
            lane, kind = Lane.THERAPY, "therapy"
        until = last.isoformat() if row.ongoing == "YES" else row.ended_on_text
        text = concomitant_care_words.story(row)
        found.append(_partly(lane, kind, row.started_on_text, text, until))
    return found


def _transfers(transfers: Sequence[Any]) -> Found:
    """The first day at each further site."""
    words = _("Followed at %(site)s from now on")
    return [
        _exact(
            Lane.LIFE, "transfer", row.effective_on, words % {"site": localized_name(row.to_site)}
        )
        for row in transfers
        if row.state == "IN_FORCE"
    ]


def _death(patient: Any) -> Found:
    if patient.vital_status != "DEAD" or not patient.died_on_text:
        return []
    # The cause stands once on the page, under the heading.
    return [_partly(Lane.LIFE, "death", patient.died_on_text, label("vital_status", "DEAD"))]
