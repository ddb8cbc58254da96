"""The columns of safety that hold a state, with the words of their states and events."""

from typing import Any

from django.utils.translation import pgettext_lazy

from followup.core.states import StateColumn
from pv.domain.cases.follow_up_requests import REQUEST, RequestEvent, RequestState
from pv.domain.cases.stages import (
    CASE,
    RECEIVED,
    CaseEvent,
    CaseStage,
    ReceivedEvent,
    ReceivedState,
)
from pv.domain.e2b.acknowledgements import INBOUND, InboundEvent, InboundState
from pv.domain.e2b.sendings import SENDING, SendingEvent, SendingState
from pv.domain.e2b.submissions import ANSWERS, SUBMISSION, Delivery, DeliveryEvent
from pv.domain.malignancies import BY_SAMPLES, WORK_UP, WorkUpEvent, WorkUpState
from pv.domain.periodic.stages import REPORT, ReportEvent, ReportState
from pv.domain.signals.steps import SIGNAL, SignalEvent, SignalState

MALIGNANCY_WORK_UP = StateColumn(
    WORK_UP,
    "state",
    pgettext_lazy("state machine", "Malignancy work-up"),
    {
        WorkUpState.REPORTED: pgettext_lazy("work-up state", "Reported"),
        WorkUpState.TRIAGED: pgettext_lazy("work-up state", "Triaged"),
        WorkUpState.SAMPLES_REQUESTED: pgettext_lazy("work-up state", "Samples requested"),
        WorkUpState.SAMPLES_PARTIAL: pgettext_lazy("work-up state", "Some samples in"),
        WorkUpState.SAMPLES_COMPLETE: pgettext_lazy("work-up state", "All samples in"),
        WorkUpState.TESTING: pgettext_lazy("work-up state", "Testing"),
        WorkUpState.RESULTS_IN: pgettext_lazy("work-up state", "Results in"),
        WorkUpState.ADJUDICATED: pgettext_lazy("work-up state", "Adjudicated"),
        WorkUpState.CLOSED: pgettext_lazy("work-up state", "Closed"),
        WorkUpState.SAMPLES_UNOBTAINABLE: pgettext_lazy("work-up state", "No sample to be had"),
        WorkUpState.EXCLUDED: pgettext_lazy("work-up state", "Excluded"),
        WorkUpState.CONSENT_REFUSED: pgettext_lazy("work-up state", "Consent refused"),
    },
    {
        WorkUpEvent.TRIAGE: pgettext_lazy("work-up step", "Triaged"),
        WorkUpEvent.REQUEST_SAMPLES: pgettext_lazy("work-up step", "Samples requested"),
        WorkUpEvent.SAMPLE_ARRIVED: pgettext_lazy("work-up step", "A sample arrived"),
        WorkUpEvent.SAMPLES_ALL_IN: pgettext_lazy("work-up step", "All samples are in"),
        WorkUpEvent.START_TESTING: pgettext_lazy("work-up step", "Testing started"),
        WorkUpEvent.RESULTS_COMPLETE: pgettext_lazy("work-up step", "Results complete"),
        WorkUpEvent.ADJUDICATE: pgettext_lazy("work-up step", "Adjudicated"),
        WorkUpEvent.CLOSE: pgettext_lazy("work-up step", "Closed"),
        WorkUpEvent.REOPEN: pgettext_lazy("work-up step", "Reopened"),
        WorkUpEvent.SAMPLES_LOST: pgettext_lazy("work-up step", "No sample to be had"),
        WorkUpEvent.NONE_OBTAINABLE: pgettext_lazy("work-up step", "No sample obtainable"),
        WorkUpEvent.SAMPLES_CORRECTED: pgettext_lazy("work-up step", "Samples corrected"),
        WorkUpEvent.EXCLUDE: pgettext_lazy("work-up step", "Excluded"),
        WorkUpEvent.REFUSE_CONSENT: pgettext_lazy("work-up step", "Consent refused"),
    },
    BY_SAMPLES,
)
CASE_STAGE = StateColumn(
    CASE,
    "stage",
    pgettext_lazy("state machine", "Case"),
    {
        CaseStage.DRAFTED: pgettext_lazy("stage", "Drafted"),
        CaseStage.ENTRY: pgettext_lazy("stage", "Entry"),
        CaseStage.QUALITY: pgettext_lazy("stage", "Quality check"),
        CaseStage.MEDICAL: pgettext_lazy("stage", "Medical review"),
        CaseStage.SUBMISSION: pgettext_lazy("stage", "Submission"),
        CaseStage.CLOSED: pgettext_lazy("stage", "Closed"),
        CaseStage.NULLIFIED: pgettext_lazy("stage", "Nullified"),
    },
    {
        CaseEvent.ADVANCE: pgettext_lazy("case event", "Move to the next stage"),
        CaseEvent.SEND_BACK: pgettext_lazy("case event", "Send back"),
        CaseEvent.NEW_VERSION: pgettext_lazy("case event", "Open a new version"),
        CaseEvent.ACCEPT_REPORT: pgettext_lazy("case event", "Accept a received report"),
        CaseEvent.REOPEN: pgettext_lazy("case event", "New information comes"),
        CaseEvent.REOPEN_DUTY: pgettext_lazy("case event", "Reopen a duty"),
        CaseEvent.NULLIFY: pgettext_lazy("case event", "Nullify"),
        CaseEvent.RESTORE: pgettext_lazy("case event", "Restore"),
        CaseEvent.NOT_REPORT: pgettext_lazy("case event", "Sign that it is not reportable"),
    },
    frozenset({CaseEvent.REOPEN}),
)
SUBMITTED_FILE = StateColumn(
    SUBMISSION,
    "state",
    pgettext_lazy("state machine", "Submission"),
    {
        Delivery.GENERATED: pgettext_lazy("submission state", "Generated"),
        Delivery.SENT: pgettext_lazy("submission state", "Sent"),
        Delivery.RECEIVED: pgettext_lazy("submission state", "Received"),
        Delivery.ACCEPTED: pgettext_lazy("submission state", "Accepted"),
        Delivery.ACCEPTED_WITH_WARNINGS: pgettext_lazy(
            "submission state", "Accepted with warnings"
        ),
        Delivery.REJECTED: pgettext_lazy("submission state", "Rejected"),
    },
    {
        DeliveryEvent.SEND: pgettext_lazy("submission event", "Record the sending"),
        DeliveryEvent.RETRACT_SENDING: pgettext_lazy("submission event", "Retract the sending"),
        DeliveryEvent.ACKNOWLEDGE_RECEIPT: pgettext_lazy("submission event", "Receipt confirmed"),
        DeliveryEvent.ACCEPT: pgettext_lazy("submission event", "Acknowledged as accepted"),
        DeliveryEvent.ACCEPT_WITH_WARNINGS: pgettext_lazy(
            "submission event", "Acknowledged with warnings"
        ),
        DeliveryEvent.REJECT: pgettext_lazy("submission event", "Acknowledged as rejected"),
    },
    frozenset(ANSWERS.values()),
)
RECEIVED_REPORT = StateColumn(
    RECEIVED,
    "state",
    pgettext_lazy("state machine", "Received report"),
    {
        ReceivedState.TO_REVIEW: pgettext_lazy("received report", "To review"),
        ReceivedState.ACCEPTED: pgettext_lazy("received report", "Accepted"),
        ReceivedState.REJECTED: pgettext_lazy("received report", "Rejected"),
        ReceivedState.HISTORY: pgettext_lazy("received report", "Kept as history"),
    },
    {
        ReceivedEvent.ACCEPT: pgettext_lazy("received report event", "Accept the report"),
        ReceivedEvent.REJECT: pgettext_lazy("received report event", "Reject the report"),
        ReceivedEvent.OVERTAKE: pgettext_lazy("received report event", "A newer one is accepted"),
    },
    frozenset({ReceivedEvent.OVERTAKE}),
)
INBOUND_FILE = StateColumn(
    INBOUND,
    "state",
    pgettext_lazy("state machine", "Acknowledgement"),
    {
        InboundState.APPLIED: pgettext_lazy("acknowledgement", "Applied"),
        InboundState.REPEATED: pgettext_lazy("acknowledgement", "Repeated: nothing changed"),
        InboundState.UNKNOWN: pgettext_lazy("acknowledgement", "No file of ours"),
        InboundState.CONFLICT: pgettext_lazy("acknowledgement", "Contradicts an earlier one"),
        InboundState.UNCLEAR: pgettext_lazy("acknowledgement", "About a file of ours, not clear"),
        InboundState.PARTLY: pgettext_lazy("acknowledgement", "Applied in part"),
        InboundState.UNREADABLE: pgettext_lazy("acknowledgement", "Not readable"),
        InboundState.SET_ASIDE: pgettext_lazy("acknowledgement", "Set aside"),
        InboundState.FILED: pgettext_lazy("acknowledgement", "Proof of a filing by hand"),
    },
    {
        InboundEvent.REWORK: pgettext_lazy("acknowledgement event", "Apply all the same"),
        InboundEvent.SET_ASIDE: pgettext_lazy("acknowledgement event", "Set aside"),
    },
)
SENDING_COLUMN = StateColumn(
    SENDING,
    "state",
    pgettext_lazy("state machine", "Sending by a channel"),
    {
        SendingState.QUEUED: pgettext_lazy("sending", "Waiting to be sent"),
        SendingState.SENDING: pgettext_lazy("sending", "Being sent"),
        SendingState.DELIVERED: pgettext_lazy("sending", "Handed over"),
        SendingState.UNPROVEN: pgettext_lazy("sending", "Received without proof"),
        SendingState.AMBIGUOUS: pgettext_lazy("sending", "In doubt: a person decides"),
        SendingState.FAILED: pgettext_lazy("sending", "Did not arrive"),
    },
    {
        SendingEvent.CLAIM: pgettext_lazy("sending event", "An attempt begins"),
        SendingEvent.RETRY: pgettext_lazy("sending event", "Wait and try again"),
        SendingEvent.DELIVER: pgettext_lazy("sending event", "Handed over"),
        SendingEvent.RECEIVE_UNPROVEN: pgettext_lazy("sending event", "Receipt without proof"),
        SendingEvent.DOUBT: pgettext_lazy("sending event", "The attempt ended in doubt"),
        SendingEvent.GIVE_UP: pgettext_lazy("sending event", "It did not arrive"),
        SendingEvent.SEND_AGAIN: pgettext_lazy("sending event", "Send again"),
    },
    frozenset(
        {
            SendingEvent.CLAIM,
            SendingEvent.RETRY,
            SendingEvent.DELIVER,
            SendingEvent.RECEIVE_UNPROVEN,
            SendingEvent.DOUBT,
        }
    ),
)
SIGNAL_STATE = StateColumn(
    SIGNAL,
    "state",
    pgettext_lazy("state machine", "Signal"),
    {
        SignalState.DETECTED: pgettext_lazy("signal state", "Detected"),
        SignalState.VALIDATED: pgettext_lazy("signal state", "Validated"),
        SignalState.NOT_VALIDATED: pgettext_lazy("signal state", "Not validated"),
        SignalState.ASSESSED: pgettext_lazy("signal state", "Assessed"),
        SignalState.DECIDED: pgettext_lazy("signal state", "Decided"),
        SignalState.SIGNED: pgettext_lazy("signal state", "Decision signed"),
    },
    {
        SignalEvent.VALIDATE: pgettext_lazy("signal step", "Validate"),
        SignalEvent.REFUSE: pgettext_lazy("signal step", "Do not validate"),
        SignalEvent.ASSESS: pgettext_lazy("signal step", "Record the assessment"),
        SignalEvent.DECIDE: pgettext_lazy("signal step", "Decide"),
        SignalEvent.SIGN: pgettext_lazy("signal step", "Sign the decision"),
        SignalEvent.REOPEN: pgettext_lazy("signal step", "Reopen"),
    },
    frozenset({SignalEvent.SIGN}),
)
SIGNAL_WORDS = tuple((event.value, word) for event, word in SIGNAL_STATE.events.items())
AGGREGATE_REPORT = StateColumn(
    REPORT,
    "state",
    pgettext_lazy("state machine", "Aggregate report"),
    {
        ReportState.DRAFT: pgettext_lazy("aggregate report", "Draft"),
        ReportState.REVIEWED: pgettext_lazy("aggregate report", "Reviewed"),
        ReportState.APPROVED: pgettext_lazy("aggregate report", "Approved"),
    },
    {
        ReportEvent.REVIEW: pgettext_lazy("aggregate report step", "Record the review"),
        ReportEvent.RETURN: pgettext_lazy("aggregate report step", "Send back to the author"),
        ReportEvent.EDIT: pgettext_lazy("aggregate report step", "Change a text"),
        ReportEvent.APPROVE: pgettext_lazy("aggregate report step", "Approve by signature"),
    },
    frozenset({ReportEvent.EDIT, ReportEvent.APPROVE}),
)
FOLLOW_UP_REQUEST = StateColumn(
    REQUEST,
    "state",
    pgettext_lazy("state machine", "Request for follow-up information"),
    {
        RequestState.OPEN: pgettext_lazy("request state", "Open"),
        RequestState.ANSWERED: pgettext_lazy("request state", "Answered"),
        RequestState.CLOSED: pgettext_lazy("request state", "Closed"),
        RequestState.WITHDRAWN: pgettext_lazy("request state", "Withdrawn"),
    },
    {
        RequestEvent.ANSWER: pgettext_lazy("request event", "The answer comes"),
        RequestEvent.ASK_AGAIN: pgettext_lazy("request event", "Ask again"),
        RequestEvent.CLOSE: pgettext_lazy("request event", "Close"),
        RequestEvent.WITHDRAW: pgettext_lazy("request event", "Withdraw"),
    },
)
COLUMNS: tuple[StateColumn[Any, Any], ...] = (
    MALIGNANCY_WORK_UP,
    CASE_STAGE,
    SUBMITTED_FILE,
    RECEIVED_REPORT,
    INBOUND_FILE,
    SENDING_COLUMN,
    SIGNAL_STATE,
    AGGREGATE_REPORT,
    FOLLOW_UP_REQUEST,
)
