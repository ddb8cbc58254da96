"""What pharmacovigilance adds to the common pages and duties; see `followup.core.extensions`."""

from typing import TYPE_CHECKING

from followup.core.extensions import Extensions
from followup.lazy_modules import lazy

if TYPE_CHECKING:
    from pv import fact_handlers
    from pv.actions import (
        acknowledgements,
        certificates,
        channel_certificates,
        channel_credentials,
        channel_message_contents,
        commitments,
        interactions,
        register_documents,
        studies,
    )
    from pv.queries import (
        answer_reminders,
        calendars,
        centre_reminders,
        comment_reminders,
        dictionaries,
        duty_reminders,
        interaction_reminders,
        metrics,
        monitoring_items,
        reminders,
        request_reminders,
        risk_plans,
        screening_reminders,
        signables,
        study_reminders,
    )
    from pv.web import approval_evidence, finders, menu, safety_banners
else:
    fact_handlers = lazy("pv.fact_handlers")
    acknowledgements = lazy("pv.actions.acknowledgements")
    certificates = lazy("pv.actions.certificates")
    channel_certificates = lazy("pv.actions.channel_certificates")
    channel_credentials = lazy("pv.actions.channel_credentials")
    channel_message_contents = lazy("pv.actions.channel_message_contents")
    commitments = lazy("pv.actions.commitments")
    interactions = lazy("pv.actions.interactions")
    register_documents = lazy("pv.actions.register_documents")
    studies = lazy("pv.actions.studies")
    answer_reminders = lazy("pv.queries.answer_reminders")
    calendars = lazy("pv.queries.calendars")
    centre_reminders = lazy("pv.queries.centre_reminders")
    comment_reminders = lazy("pv.queries.comment_reminders")
    dictionaries = lazy("pv.queries.dictionaries")
    duty_reminders = lazy("pv.queries.duty_reminders")
    interaction_reminders = lazy("pv.queries.interaction_reminders")
    metrics = lazy("pv.queries.metrics")
    monitoring_items = lazy("pv.queries.monitoring_items")
    reminders = lazy("pv.queries.reminders")
    request_reminders = lazy("pv.queries.request_reminders")
    risk_plans = lazy("pv.queries.risk_plans")
    screening_reminders = lazy("pv.queries.screening_reminders")
    signables = lazy("pv.queries.signables")
    study_reminders = lazy("pv.queries.study_reminders")
    approval_evidence = lazy("pv.web.approval_evidence")
    finders = lazy("pv.web.finders")
    menu = lazy("pv.web.menu")
    safety_banners = lazy("pv.web.safety_banners")

EXTENSIONS = Extensions(
    finders=lambda: (finders.find_cases, finders.find_commitments),
    trail_numbers=(("pv.Case", "number"),),
    trail_crossing=("centre.remind", "watch.note_result", "work_up.open_by_hand"),
    event_notes=lambda: (safety_banners.of_event,),
    sample_notes=lambda: (safety_banners.of_sample,),
    product_notes=lambda: (approval_evidence.of_product,),
    fact_handlers=lambda: fact_handlers.FACT_HANDLERS,
    signables=lambda: signables.SIGNABLES,
    menu=lambda: menu.MENU,
    daily=lambda: {
        "pv.actions.commitments.review": commitments.review,
        "pv.actions.acknowledgements.work_left": acknowledgements.work_left,
        "pv.actions.interactions.recount": interactions.recount,
        "pv.actions.studies.recount": studies.recount,
        "pv.actions.certificates.count_duties": certificates.count_duties,
    },
    calendars=lambda: (calendars.entries,),
    dictionaries=lambda: dictionaries.loaded(),
    rotations=lambda: {
        "keys of channels": channel_certificates.rotate_keys,
        "credentials of channels": channel_credentials.rotate_keys,
        "refused messages": channel_message_contents.rotate_keys,
        "documents of registers": register_documents.written_once,
    },
    metrics=lambda: {"clocks": metrics.clocks},
    reminders=lambda: (
        *reminders.SOURCES,
        *monitoring_items.SOURCES,
        *answer_reminders.SOURCES,
        *screening_reminders.SOURCES,
        *request_reminders.SOURCES,
        risk_plans.reminders,
        *interaction_reminders.SOURCES,
        *study_reminders.SOURCES,
        *comment_reminders.SOURCES,
        *centre_reminders.SOURCES,
        *duty_reminders.SOURCES,
    ),
)
