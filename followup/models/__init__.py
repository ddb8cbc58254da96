"""Tables of follow-up; constraints keep the truth."""

from followup.models import bases
from followup.models.appointments import Appointment, CallBack, Carer, Cover
from followup.models.batches import VisitBatch, VisitBatchRow
from followup.models.clinical_assessments import ClinicalAssessment
from followup.models.cohorts import CohortFile
from followup.models.concomitant_care import ConcomitantCare
from followup.models.consents import Consent, ConsentVersion, ConsentWithdrawal
from followup.models.data_keys import DataKey
from followup.models.data_queries import DataQuery, DataQueryEntry
from followup.models.decisions import FollowUpDecision
from followup.models.erasures import IdentityErasure
from followup.models.events import AdverseEvent
from followup.models.files import FileContent, PatientFile, ReleasedContent, ReleasedFile
from followup.models.hospital_reports import HospitalReport
from followup.models.identity import Identity
from followup.models.infusions import Infusion
from followup.models.kits import Kit, KitItem, KitStep
from followup.models.laboratory import LaboratoryFinding, LaboratoryResult
from followup.models.laboratory_files import (
    IdentifierFinding,
    LaboratoryCode,
    LaboratoryFile,
    LaboratoryLine,
    LaboratoryMessage,
    LaboratorySource,
)
from followup.models.patient_messages import PatientMessage
from followup.models.patients import Patient
from followup.models.practice import PracticePatient
from followup.models.products import Holder, Indication, Product, ReferenceItem
from followup.models.protocols import ProtocolAmendment, ProtocolDraft
from followup.models.questionnaires import PatientReport, QuestionnaireLink
from followup.models.registrations import RegistrationDecision, RetiredPatient
from followup.models.samples import CustodyEvent, MolecularResult, Sample
from followup.models.saved_reports import SavedReport
from followup.models.schedules import PlannedVisit, Schedule
from followup.models.sites import Site
from followup.models.source_verifications import SourceCheck, SourceVerification
from followup.models.storage import StorageBox, StorageCount, StoragePlace
from followup.models.transfers import PatientSite, PatientTransfer
from followup.models.views import SavedView
from followup.models.visit_locks import VisitCut, VisitLock
from followup.models.visits import ContactAttempt, Visit

__all__ = [
    "SavedReport",
    "PatientSite",
    "PatientTransfer",
    "VisitBatch",
    "VisitCut",
    "VisitLock",
    "VisitBatchRow",
    "SourceCheck",
    "SourceVerification",
    "StorageBox",
    "StorageCount",
    "StoragePlace",
    "AdverseEvent",
    "HospitalReport",
    "Appointment",
    "CallBack",
    "Carer",
    "Cover",
    "ClinicalAssessment",
    "CohortFile",
    "ConcomitantCare",
    "Consent",
    "ConsentVersion",
    "ConsentWithdrawal",
    "ContactAttempt",
    "CustodyEvent",
    "DataKey",
    "DataQuery",
    "DataQueryEntry",
    "FileContent",
    "PatientFile",
    "PatientMessage",
    "PatientReport",
    "QuestionnaireLink",
    "ReleasedContent",
    "ReleasedFile",
    "FollowUpDecision",
    "Holder",
    "IdentifierFinding",
    "Identity",
    "IdentityErasure",
    "Indication",
    "Infusion",
    "Kit",
    "KitItem",
    "KitStep",
    "LaboratoryCode",
    "LaboratoryFile",
    "LaboratoryFinding",
    "LaboratoryLine",
    "LaboratoryMessage",
    "LaboratoryResult",
    "LaboratorySource",
    "MolecularResult",
    "Patient",
    "PlannedVisit",
    "Product",
    "ProtocolAmendment",
    "ProtocolDraft",
    "ReferenceItem",
    "RegistrationDecision",
    "PracticePatient",
    "RetiredPatient",
    "Sample",
    "SavedView",
    "Schedule",
    "Site",
    "Visit",
    "bases",
]
