"""Tables of pharmacovigilance; constraints keep the truth."""

from pv.models.aggregate_reports import AggregateReport, ReportSection
from pv.models.agreements import PartnerAgreement
from pv.models.approval_evidence import ApprovalEvidence
from pv.models.authorisations import Authorisation
from pv.models.case_links import CaseLink
from pv.models.cases import Case, CaseSource, CaseStep, CaseVersion, Submission
from pv.models.causality_assessments import CausalityAssessment
from pv.models.centre_reminders import CentreReminder
from pv.models.certificates import Certificate, DutyDay, DutyRecord
from pv.models.channel_certificates import ChannelCertificate, ChannelMessage, ChannelMessageContent
from pv.models.channels import Channel, ChannelCredential, ChannelTest, Transmission
from pv.models.classifications import ProductClassification
from pv.models.coding import (
    CodingSynonym,
    DrugCodingDecision,
    DrugDictionary,
    DrugName,
    StandardisedQuery,
    StandardisedQueryTerm,
    VersionUpgrade,
    VersionUpgradeLine,
)
from pv.models.commitment_comments import CommitmentComment
from pv.models.commitments import (
    Commitment,
    CommitmentEvent,
    EnrolmentCount,
    ForecastScenario,
    Milestone,
    TrialCentre,
)
from pv.models.dictionaries import (
    CodingDecision,
    DictionaryPlacement,
    DictionaryRelease,
    DictionaryTerm,
)
from pv.models.duplicates import CaseFeatures, DuplicateDecision
from pv.models.follow_up_requests import FollowUpRequest, FollowUpRequestEntry
from pv.models.interactions import Interaction, InteractionAnswer
from pv.models.labels import ExpectednessDecision, LabelReview, LabelTerm, LabelVersion
from pv.models.late_reports import LateReport
from pv.models.literature import LiteratureHit, LiteratureSearch, LiteratureSource
from pv.models.lots import LotCluster, LotContact, ProductComplaint
from pv.models.monitoring_items import WatchItem
from pv.models.product_entries import ProductEntry
from pv.models.receptions import ReceivedReport
from pv.models.reconciliations import PartnerReconciliation, ReconciliationDifference
from pv.models.register_documents import RegisterContent, RegisterDocument
from pv.models.report_clocks import ReportClock
from pv.models.reports import PeriodicReport
from pv.models.risk_plans import (
    EffectivenessCheck,
    MeasureCompletion,
    PlanMeasure,
    PlanRisk,
    RiskPlan,
)
from pv.models.signals import Signal, SignalStep
from pv.models.studies import Study, StudySafety, StudyStatus
from pv.models.transmissions import Acknowledgement, InboundFile, TransmissionEvent
from pv.models.treatment_decisions import TreatmentDecision
from pv.models.triage import Absence, TriageDecision
from pv.models.version_unlocks import VersionUnlock
from pv.models.workups import WorkUp, WorkUpReading, WorkUpStep, WorkUpTask

__all__ = [
    "CentreReminder",
    "ProductEntry",
    "ApprovalEvidence",
    "Study",
    "StudySafety",
    "StudyStatus",
    "Interaction",
    "InteractionAnswer",
    "ProductClassification",
    "EffectivenessCheck",
    "MeasureCompletion",
    "PlanMeasure",
    "PlanRisk",
    "RegisterContent",
    "RegisterDocument",
    "RiskPlan",
    "PartnerReconciliation",
    "ReconciliationDifference",
    "PartnerAgreement",
    "Authorisation",
    "LiteratureSource",
    "LiteratureSearch",
    "LiteratureHit",
    "ProductComplaint",
    "LotContact",
    "LotCluster",
    "VersionUpgradeLine",
    "VersionUpgrade",
    "StandardisedQueryTerm",
    "StandardisedQuery",
    "DrugName",
    "DrugCodingDecision",
    "DrugDictionary",
    "CodingSynonym",
    "Absence",
    "TreatmentDecision",
    "TriageDecision",
    "Acknowledgement",
    "AggregateReport",
    "Case",
    "CaseFeatures",
    "CaseLink",
    "CausalityAssessment",
    "CaseSource",
    "CaseStep",
    "CaseVersion",
    "Certificate",
    "Channel",
    "ChannelCertificate",
    "ChannelCredential",
    "ChannelMessage",
    "ChannelMessageContent",
    "ChannelTest",
    "CodingDecision",
    "Commitment",
    "CommitmentComment",
    "CommitmentEvent",
    "DictionaryPlacement",
    "DictionaryRelease",
    "DictionaryTerm",
    "DutyDay",
    "DutyRecord",
    "DuplicateDecision",
    "EnrolmentCount",
    "ExpectednessDecision",
    "FollowUpRequest",
    "ForecastScenario",
    "FollowUpRequestEntry",
    "InboundFile",
    "LabelReview",
    "LabelTerm",
    "LabelVersion",
    "LateReport",
    "Milestone",
    "PeriodicReport",
    "ReceivedReport",
    "ReportClock",
    "ReportSection",
    "Signal",
    "SignalStep",
    "Submission",
    "Transmission",
    "TransmissionEvent",
    "TrialCentre",
    "VersionUnlock",
    "WatchItem",
    "WorkUp",
    "WorkUpReading",
    "WorkUpStep",
    "WorkUpTask",
]
