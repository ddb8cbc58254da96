"""What follow-up adds to the common pages and duties; see `followup.core.extensions`."""

from typing import TYPE_CHECKING

from followup.core.extensions import Extensions
from followup.lazy_modules import lazy

if TYPE_CHECKING:
    from followup.actions import (
        access_reviews,
        erasure_lists,
        factor_keys,
        identity,
        identity_providers,
        message_channels,
        questionnaires,
        sessions,
        transfers,
        verifications,
        visit_locks,
    )
    from followup.actions.laboratory import messages
    from followup.domain import facts
    from followup.queries import access_reviews as reviews_of_access
    from followup.queries import calendars, identity_reveals, metrics, signables
    from followup.queries.reminders import agreements as agreement_reminders
    from followup.queries.reminders import consents as consent_reminders
    from followup.queries.reminders import data_queries as query_reminders
    from followup.queries.reminders import transfers as transfer_reminders
    from followup.queries.reminders import visits as visit_reminders
    from followup.web import finders, menu
else:
    access_reviews = lazy("followup.actions.access_reviews")
    erasure_lists = lazy("followup.actions.erasure_lists")
    factor_keys = lazy("followup.actions.factor_keys")
    facts = lazy("followup.domain.facts")
    identity = lazy("followup.actions.identity")
    identity_providers = lazy("followup.actions.identity_providers")
    identity_reveals = lazy("followup.queries.identity_reveals")
    reviews_of_access = lazy("followup.queries.access_reviews")
    questionnaires = lazy("followup.actions.questionnaires")
    sessions = lazy("followup.actions.sessions")
    transfers = lazy("followup.actions.transfers")
    verifications = lazy("followup.actions.verifications")
    visit_locks = lazy("followup.actions.visit_locks")
    message_channels = lazy("followup.actions.message_channels")
    messages = lazy("followup.actions.laboratory.messages")
    calendars = lazy("followup.queries.calendars")
    metrics = lazy("followup.queries.metrics")
    signables = lazy("followup.queries.signables")
    agreement_reminders = lazy("followup.queries.reminders.agreements")
    consent_reminders = lazy("followup.queries.reminders.consents")
    query_reminders = lazy("followup.queries.reminders.data_queries")
    transfer_reminders = lazy("followup.queries.reminders.transfers")
    visit_reminders = lazy("followup.queries.reminders.visits")
    finders = lazy("followup.web.finders")
    menu = lazy("followup.web.menu")

EXTENSIONS = Extensions(
    finders=lambda: (
        finders.find_samples,  # first: a scan must land on its sample
        finders.find_kits,
        finders.find_patients,
        finders.find_infusions,
    ),
    trail_numbers=(
        ("followup.Patient", "study_code"),
        ("followup.Sample", "number"),
        ("followup.Kit", "number"),
    ),
    trail_crossing=("query.raise_for_case", "query.reopen_for_case", "query.close_for_case"),
    fact_handlers=lambda: {
        facts.RecordSigned: (
            access_reviews.on_signature,
            visit_locks.on_signature,
        )
    },
    signables=lambda: signables.SIGNABLES,
    menu=lambda: menu.MENU,
    daily=lambda: {
        "followup.actions.transfers.daily": transfers.daily,  # before reminders of the day
        "followup.actions.verifications.daily": verifications.daily,
        "followup.actions.sessions.end_access_over": sessions.end_access_over,
        "followup.actions.access_reviews.open": access_reviews.open_of_period,
        "followup.actions.erasure_lists.daily": erasure_lists.daily,
        "followup.actions.questionnaires.flag_again": questionnaires.flag_again,
        "followup.actions.laboratory.messages.read_left": messages.read_left,
    },
    calendars=lambda: (calendars.entries, calendars.agreements),
    metrics=lambda: {  # each alone: one that fails leaves the others
        "database": metrics.database,
        "processes": metrics.processes,
        "outbox": metrics.outbox,
        "jobs": metrics.jobs,
        "seal": metrics.seal,
        "drills": metrics.drills,
    },
    rotations=lambda: {
        "second factors": factor_keys.rotate_keys,
        "identity providers": identity_providers.rotate_keys,
        "message channels": message_channels.rotate_keys,
        "files": identity.rotate_files,
        "released files": identity.released_files,
    },
    reminders=lambda: (
        *visit_reminders.SOURCES,
        *agreement_reminders.SOURCES,
        *consent_reminders.SOURCES,
        *query_reminders.SOURCES,
        *transfer_reminders.SOURCES,
        *reviews_of_access.SOURCES,
        *identity_reveals.SOURCES,
    ),
)
