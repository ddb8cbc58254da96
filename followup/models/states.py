"""The columns of follow-up that hold a state, with the words of their states and events."""

from typing import Any

from django.utils.translation import pgettext_lazy

from followup.core.states import StateColumn
from followup.domain.appointments import (
    APPOINTMENTS,
    AppointmentEvent,
    AppointmentState,
)
from followup.domain.data_queries import QUERIES, QueryEvent, QueryState
from followup.domain.patient_messages import MESSAGES, MessageEvent, MessageState
from followup.domain.questionnaires import REPORTS, ReportEvent, ReportState
from followup.domain.registrations import (
    REGISTRATIONS,
    RegistrationEvent,
    RegistrationState,
)
from followup.domain.samples import CUSTODY, CustodyEventKind, CustodyState
from followup.domain.samples.kits import KITS, KitState, KitStepKind
from followup.domain.source_verifications import (
    VERIFICATIONS,
    VerificationEvent,
    VerificationState,
)
from followup.domain.visits import (
    FOLLOW_UP,
    VISITS,
    FollowUpEvent,
    FollowUpState,
    VisitEvent,
    VisitState,
)
from followup.models.erasure_states import ERASURE
from followup.models.laboratory_states import (
    IDENTIFIER_FINDING,
    LABORATORY_FINDING,
    LABORATORY_LINE,
    LABORATORY_MESSAGE,
)
from followup.models.transfer_states import TRANSFER

PLANNED_VISIT = StateColumn(
    VISITS,
    "state",
    pgettext_lazy("state machine", "Planned visit"),
    {
        VisitState.PLANNED: pgettext_lazy("visit state", "Planned"),
        VisitState.DONE_IN_WINDOW: pgettext_lazy("visit state", "Done"),
        VisitState.DONE_OUT_OF_WINDOW: pgettext_lazy("visit state", "Done outside the window"),
        VisitState.MISSED: pgettext_lazy("visit state", "Missed"),
        VisitState.BEFORE_REGISTER: pgettext_lazy("visit state", "Before register"),
        VisitState.CANCELLED: pgettext_lazy("visit state", "Cancelled"),
    },
    {
        VisitEvent.RECORDED: pgettext_lazy("visit event", "Record a contact"),
        VisitEvent.CORRECTED: pgettext_lazy("visit event", "Correct a contact"),
        VisitEvent.RETRACTED: pgettext_lazy("visit event", "Retract a contact"),
        VisitEvent.SUCCESSOR_OPENED: pgettext_lazy("visit event", "The next window opens"),
        VisitEvent.SCHEDULE_ENDED: pgettext_lazy("visit event", "The schedule ends"),
        VisitEvent.SCHEDULE_RESUMED: pgettext_lazy("visit event", "The schedule goes on"),
        VisitEvent.DAY_ZERO_MOVED: pgettext_lazy("visit event", "Day zero is corrected"),
        VisitEvent.POINT_DROPPED: pgettext_lazy(
            "visit event", "The new protocol has no such visit"
        ),
        VisitEvent.POINT_ADDED: pgettext_lazy("visit event", "The new protocol asks for it"),
    },
    frozenset(VisitEvent) - {VisitEvent.RECORDED, VisitEvent.CORRECTED, VisitEvent.RETRACTED},
)
PATIENT_FOLLOW_UP = StateColumn(
    FOLLOW_UP,
    "follow_up_state",
    pgettext_lazy("state machine", "Follow-up of a patient"),
    {
        FollowUpState.ACTIVE: pgettext_lazy("follow-up state", "In follow-up"),
        FollowUpState.LOST_PROVISIONAL: pgettext_lazy("follow-up state", "Provisionally lost"),
        FollowUpState.LOST: pgettext_lazy("follow-up state", "Lost to follow-up"),
        FollowUpState.WITHDRAWN_NEW_DATA: pgettext_lazy(
            "follow-up state", "Withdrawn: no new data"
        ),
        FollowUpState.TRANSFERRED: pgettext_lazy("follow-up state", "Followed elsewhere"),
        FollowUpState.DEAD: pgettext_lazy("follow-up state", "Dead"),
    },
    {
        FollowUpEvent.ATTEMPT_FAILED: pgettext_lazy(
            "follow-up event", "Record an unsuccessful contact attempt"
        ),
        FollowUpEvent.CONTACT_MADE: pgettext_lazy("follow-up event", "Record a contact"),
        FollowUpEvent.LOSS_DECLARED: pgettext_lazy("follow-up event", "Declare the patient lost"),
        FollowUpEvent.LOSS_RETRACTED: pgettext_lazy("follow-up event", "Retract the loss"),
        FollowUpEvent.CONSENT_WITHDRAWN: pgettext_lazy(
            "follow-up event", "Record a withdrawal of consent"
        ),
        FollowUpEvent.CONSENT_RENEWED: pgettext_lazy("follow-up event", "Record a new consent"),
        FollowUpEvent.TRANSFERRED_OUT: pgettext_lazy("follow-up event", "Record a transfer"),
        FollowUpEvent.DEATH_LEARNED: pgettext_lazy("follow-up event", "Record a death"),
        FollowUpEvent.DEATH_RETRACTED: pgettext_lazy("follow-up event", "Retract the death"),
    },
)
PATIENT_MESSAGE = StateColumn(
    MESSAGES,
    "state",
    pgettext_lazy("state machine", "Message to a patient"),
    {
        MessageState.WAITING: pgettext_lazy("patient message state", "Waiting"),
        MessageState.SENDING: pgettext_lazy("patient message state", "Being sent"),
        MessageState.SENT: pgettext_lazy("patient message state", "Sent"),
        MessageState.CANCELLED: pgettext_lazy("patient message state", "Cancelled"),
        MessageState.DROPPED: pgettext_lazy("patient message state", "Not sent"),
        MessageState.REFUSED: pgettext_lazy("patient message state", "Refused by the gateway"),
        MessageState.FAILED: pgettext_lazy("patient message state", "Failed"),
    },
    {
        MessageEvent.BEGIN: pgettext_lazy("patient message event", "Begin to send"),
        MessageEvent.TAKE: pgettext_lazy("patient message event", "The gateway took it"),
        MessageEvent.RETRY: pgettext_lazy("patient message event", "Try again later"),
        MessageEvent.CANCEL: pgettext_lazy("patient message event", "Cancel the message"),
        MessageEvent.DROP: pgettext_lazy("patient message event", "It is no longer to be sent"),
        MessageEvent.REFUSE: pgettext_lazy("patient message event", "The gateway refused it"),
        MessageEvent.GIVE_UP: pgettext_lazy("patient message event", "Tried too often"),
    },
    by_record=frozenset(MessageEvent) - {MessageEvent.CANCEL},
)
APPOINTMENT = StateColumn(
    APPOINTMENTS,
    "state",
    pgettext_lazy("state machine", "Appointment"),
    {
        AppointmentState.BOOKED: pgettext_lazy("appointment state", "Booked"),
        AppointmentState.CAME: pgettext_lazy("appointment state", "Came"),
        AppointmentState.NOT_COME: pgettext_lazy("appointment state", "Did not come"),
        AppointmentState.MOVED: pgettext_lazy("appointment state", "Moved"),
        AppointmentState.CANCELLED: pgettext_lazy("appointment state", "Cancelled"),
    },
    {
        AppointmentEvent.COME: pgettext_lazy("appointment event", "The patient came"),
        AppointmentEvent.STAY_AWAY: pgettext_lazy("appointment event", "The patient did not come"),
        AppointmentEvent.MOVE: pgettext_lazy("appointment event", "Move"),
        AppointmentEvent.CANCEL: pgettext_lazy("appointment event", "Cancel"),
        AppointmentEvent.CORRECT: pgettext_lazy("appointment event", "Correct what was noted"),
    },
    frozenset({AppointmentEvent.CORRECT}),
)
PATIENT_REPORT = StateColumn(
    REPORTS,
    "state",
    pgettext_lazy("state machine", "Patient's answers"),
    {
        ReportState.WAITING: pgettext_lazy("patient report state", "Waits for review"),
        ReportState.TAKEN: pgettext_lazy("patient report state", "Taken as a contact"),
        ReportState.SET_ASIDE: pgettext_lazy("patient report state", "Set aside"),
    },
    {
        ReportEvent.TAKE: pgettext_lazy("patient report event", "Take as a contact"),
        ReportEvent.SET_ASIDE: pgettext_lazy("patient report event", "Set aside"),
        ReportEvent.CONTACT_UNDONE: pgettext_lazy("patient report event", "Undo the contact"),
    },
    frozenset({ReportEvent.CONTACT_UNDONE}),
)
REGISTRATION = StateColumn(
    REGISTRATIONS,
    "state",
    pgettext_lazy("state machine", "Decision about a registration"),
    {
        RegistrationState.ASKED: pgettext_lazy("registration state", "Waits for a second person"),
        RegistrationState.DONE: pgettext_lazy("registration state", "Done"),
        RegistrationState.REFUSED: pgettext_lazy("registration state", "Refused"),
        RegistrationState.WITHDRAWN: pgettext_lazy("registration state", "Withdrawn"),
        RegistrationState.UNDONE: pgettext_lazy("registration state", "Undone"),
    },
    {
        RegistrationEvent.CONFIRM: pgettext_lazy("registration event", "Confirm"),
        RegistrationEvent.REFUSE: pgettext_lazy("registration event", "Refuse"),
        RegistrationEvent.WITHDRAW: pgettext_lazy("registration event", "Withdraw"),
        RegistrationEvent.UNDO: pgettext_lazy("registration event", "Undo"),
    },
)
SAMPLE_CUSTODY = StateColumn(
    CUSTODY,
    "state",
    pgettext_lazy("state machine", "Custody of a sample"),
    {
        CustodyState.PLANNED: pgettext_lazy("sample state", "Planned"),
        CustodyState.COLLECTED: pgettext_lazy("sample state", "Collected"),
        CustodyState.PROCESSED: pgettext_lazy("sample state", "Processed"),
        CustodyState.STORED: pgettext_lazy("sample state", "Stored"),
        CustodyState.SHIPPED: pgettext_lazy("sample state", "Shipped"),
        CustodyState.RECEIVED: pgettext_lazy("sample state", "Received"),
        CustodyState.IN_TESTING: pgettext_lazy("sample state", "In testing"),
        CustodyState.RESULTED: pgettext_lazy("sample state", "Result in"),
        CustodyState.FAILED: pgettext_lazy("sample state", "Failed"),
        CustodyState.UNOBTAINABLE: pgettext_lazy("sample state", "Not obtainable"),
        CustodyState.DESTROYED: pgettext_lazy("sample state", "Destroyed"),
    },
    {
        CustodyEventKind.PLAN: pgettext_lazy("sample step", "Planned"),
        CustodyEventKind.LOCATE: pgettext_lazy("sample step", "Found in its store"),
        CustodyEventKind.COLLECT: pgettext_lazy("sample step", "Collect"),
        CustodyEventKind.PROCESS: pgettext_lazy("sample step", "Process"),
        CustodyEventKind.STORE: pgettext_lazy("sample step", "Store"),
        CustodyEventKind.SHIP: pgettext_lazy("sample step", "Ship"),
        CustodyEventKind.RECEIVE: pgettext_lazy("sample step", "Receive"),
        CustodyEventKind.START_TEST: pgettext_lazy("sample step", "Start testing"),
        CustodyEventKind.RESULT: pgettext_lazy("sample step", "Result"),
        CustodyEventKind.FAIL: pgettext_lazy("sample step", "Failed"),
        CustodyEventKind.MARK_UNOBTAINABLE: pgettext_lazy("sample step", "Not obtainable"),
        CustodyEventKind.DESTROY: pgettext_lazy("sample step", "Destroy"),
    },
)
SOURCE_VERIFICATION = StateColumn(
    VERIFICATIONS,
    "state",
    pgettext_lazy("state machine", "Source data verification"),
    {
        VerificationState.OPEN: pgettext_lazy("source verification state", "In progress"),
        VerificationState.CLOSED: pgettext_lazy("source verification state", "Completed"),
        VerificationState.CANCELLED: pgettext_lazy("source verification state", "Cancelled"),
    },
    {
        VerificationEvent.CLOSE: pgettext_lazy("source verification event", "Complete"),
        VerificationEvent.REOPEN: pgettext_lazy("source verification event", "Reopen"),
        VerificationEvent.CANCEL: pgettext_lazy("source verification event", "Cancel"),
    },
)
DATA_QUERY = StateColumn(
    QUERIES,
    "state",
    pgettext_lazy("state machine", "Question about recorded data"),
    {
        QueryState.OPEN: pgettext_lazy("query state", "Open"),
        QueryState.ANSWERED: pgettext_lazy("query state", "Answered"),
        QueryState.CLOSED: pgettext_lazy("query state", "Closed"),
    },
    {
        QueryEvent.ANSWER: pgettext_lazy("query event", "Answer"),
        QueryEvent.REOPEN: pgettext_lazy("query event", "Ask again"),
        QueryEvent.CLOSE: pgettext_lazy("query event", "Close"),
        QueryEvent.RESOLVE: pgettext_lazy("query event", "The record is corrected"),
    },
    frozenset({QueryEvent.RESOLVE}),
)
KIT = StateColumn(
    KITS,
    "state",
    pgettext_lazy("state machine", "Sampling kit"),
    {
        KitState.ASSEMBLED: pgettext_lazy("kit state", "Assembled"),
        KitState.SENT: pgettext_lazy("kit state", "On its way"),
        KitState.RECEIVED: pgettext_lazy("kit state", "At the site"),
        KitState.IN_USE: pgettext_lazy("kit state", "Used"),
        KitState.RETURNED: pgettext_lazy("kit state", "Sent back"),
        KitState.ARRIVED: pgettext_lazy("kit state", "Back where it goes"),
        KitState.LOST: pgettext_lazy("kit state", "Lost"),
        KitState.DISCARDED: pgettext_lazy("kit state", "Discarded"),
    },
    {
        KitStepKind.ASSEMBLE: pgettext_lazy("kit step", "Assemble"),
        KitStepKind.SEND: pgettext_lazy("kit step", "Send to the site"),
        KitStepKind.RECEIVE: pgettext_lazy("kit step", "Receive"),
        KitStepKind.USE: pgettext_lazy("kit step", "Use for a sample"),
        KitStepKind.FORWARD: pgettext_lazy("kit step", "Forward to another site"),
        KitStepKind.RETURN: pgettext_lazy("kit step", "Send back"),
        KitStepKind.ARRIVE: pgettext_lazy("kit step", "Arrived back"),
        KitStepKind.LOSE: pgettext_lazy("kit step", "Record as lost"),
        KitStepKind.FIND: pgettext_lazy("kit step", "Found again"),
        KitStepKind.DISCARD: pgettext_lazy("kit step", "Discard"),
    },
)
COLUMNS: tuple[StateColumn[Any, Any], ...] = (
    PLANNED_VISIT,
    PATIENT_FOLLOW_UP,
    SAMPLE_CUSTODY,
    LABORATORY_FINDING,
    LABORATORY_LINE,
    LABORATORY_MESSAGE,
    IDENTIFIER_FINDING,
    DATA_QUERY,
    REGISTRATION,
    TRANSFER,
    APPOINTMENT,
    PATIENT_MESSAGE,
    ERASURE,
    PATIENT_REPORT,
    SOURCE_VERIFICATION,
    KIT,
)
