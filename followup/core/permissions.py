"""What people may do: permissions, and roles as lists of them with one sentence each."""

from dataclasses import dataclass
from enum import StrEnum


class Perm(StrEnum):
    """One thing an actor may do."""

    OWN_ACCOUNT = "account.own"  # settings, drafts, reminders, calendar, tokens of one's own
    PATIENT_READ = "patient.read"
    PATIENT_WRITE = "patient.write"
    IDENTITY_READ = "identity.read"
    IDENTITY_WRITE = "identity.write"
    IDENTITY_REVEAL = "identity.reveal"  # break-glass: one patient, a short time, told at once
    VISIT_READ = "visit.read"
    VISIT_WRITE = "visit.write"
    VISIT_SIGN = "visit.sign"  # signs recorded contacts as their investigator, and unlocks them
    EVENT_READ = "event.read"
    EVENT_WRITE = "event.write"
    SAMPLE_READ = "sample.read"
    SAMPLE_WRITE = "sample.write"
    REFERENCE_READ = "reference.read"
    REFERENCE_WRITE = "reference.write"
    PROTOCOL_WRITE = "protocol.write"
    QUERY_WRITE = "query.write"  # asks about recorded data, and closes the question
    VERIFICATION_READ = "verification.read"  # samples compared with source documents, error rates
    VERIFICATION_WRITE = "verification.write"
    CASE_READ = "case.read"
    CASE_WRITE = "case.write"
    CASE_ASSESS = "case.assess"
    ICSR_EXPORT = "icsr.export"
    ICSR_IMPORT = "icsr.import"
    EXCHANGE_READ = "exchange.read"
    EXCHANGE_WRITE = "exchange.write"
    COMMITMENT_READ = "commitment.read"
    COMMITMENT_WRITE = "commitment.write"
    REPORT_READ = "report.read"
    REPORT_WRITE = "report.write"
    AUDIT_READ = "audit.read"
    AUDIT_REVIEW = "audit.review"
    PRIVACY_READ = "privacy.read"  # who was shown an identity by break-glass, and why
    PRIVACY_REVIEW = "privacy.review"
    PRIVACY_WRITE = "privacy.write"  # all that is held of one person: handed out, identity erased
    OPERATION_READ = "operation.read"  # backups, restores, upgrades: how the system is kept alive
    USER_READ = "user.read"
    USER_WRITE = "user.write"
    SYSTEM = "system"


class Role(StrEnum):
    """The trades that live in the product."""

    NURSE = "nurse"
    PHYSICIAN = "physician"
    SITE_LEAD = "site_lead"
    STUDY_MANAGER = "study_manager"
    REGULATORY = "regulatory"
    SAFETY_OFFICER = "safety_officer"
    MEDICAL_REVIEWER = "medical_reviewer"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


class Basis(StrEnum):
    """On what a role reads rows about one patient (PIPL articles 13 and 29)."""

    CARE = "care"  # one's own hospital, an inspection
    CONSENT = "consent"  # the patient's consent to passing coded data to the holder, in force
    DUTY = "duty"  # that consent, or the legal duty of whoever processes a reported event


@dataclass(frozen=True, slots=True)
class RoleSpec:
    """One human sentence, the permissions behind it, and on what basis they reach a patient."""

    sentence: str
    permissions: frozenset[Perm]
    basis: Basis = Basis.CARE


_CARE = frozenset(
    {
        Perm.PATIENT_READ,
        Perm.PATIENT_WRITE,
        Perm.IDENTITY_READ,
        Perm.IDENTITY_WRITE,
        Perm.VISIT_READ,
        Perm.VISIT_WRITE,
        Perm.EVENT_READ,
        Perm.EVENT_WRITE,
        Perm.SAMPLE_READ,
        Perm.SAMPLE_WRITE,
        Perm.REFERENCE_READ,
    }
)
_HOLDER = frozenset(
    {
        Perm.PATIENT_READ,
        Perm.VISIT_READ,
        Perm.EVENT_READ,
        Perm.SAMPLE_READ,
        Perm.REFERENCE_READ,
        Perm.COMMITMENT_READ,
        Perm.REPORT_READ,
    }
)
_SAFETY = frozenset(
    {
        Perm.PATIENT_READ,
        Perm.VISIT_READ,
        Perm.EVENT_READ,
        Perm.SAMPLE_READ,
        Perm.REFERENCE_READ,
        Perm.CASE_READ,
        Perm.REPORT_READ,
    }
)


def _role(sentence: str, permissions: frozenset[Perm], basis: Basis = Basis.CARE) -> RoleSpec:
    """Whoever holds any role keeps one's own account."""
    return RoleSpec(sentence, permissions | {Perm.OWN_ACCOUNT}, basis)


ROLES: dict[Role, RoleSpec] = {
    Role.NURSE: _role(
        "Follows the patients of one's own hospital: registers, calls, samples, reports events.",
        _CARE,
    ),
    Role.PHYSICIAN: _role(
        "Treats the patients of one's own hospital and assesses their events.",
        _CARE | {Perm.IDENTITY_REVEAL, Perm.PRIVACY_WRITE, Perm.VISIT_SIGN},
    ),
    Role.SITE_LEAD: _role(
        "Answers for follow-up at one's own hospital and reads its audit trail.",
        _CARE
        | {
            Perm.AUDIT_READ,
            Perm.AUDIT_REVIEW,
            Perm.IDENTITY_REVEAL,
            Perm.PRIVACY_READ,
            Perm.PRIVACY_REVIEW,
            Perm.PRIVACY_WRITE,
            Perm.PROTOCOL_WRITE,
            Perm.QUERY_WRITE,
            Perm.VERIFICATION_READ,
            Perm.VERIFICATION_WRITE,
            Perm.VISIT_SIGN,
        },
    ),
    Role.STUDY_MANAGER: _role(
        "Runs the holder's long-term follow-up; never sees who a patient is.",
        _HOLDER
        | {
            Perm.COMMITMENT_WRITE,
            Perm.REPORT_WRITE,
            Perm.PROTOCOL_WRITE,
            Perm.QUERY_WRITE,
            Perm.VERIFICATION_READ,
            Perm.VERIFICATION_WRITE,
        },
        Basis.CONSENT,
    ),
    Role.REGULATORY: _role(
        "Keeps the holder's commitments and reports to the authorities.",
        _HOLDER | {Perm.COMMITMENT_WRITE, Perm.REPORT_WRITE, Perm.CASE_READ},
        Basis.CONSENT,
    ),
    Role.SAFETY_OFFICER: _role(
        "Turns events into cases, validates and exports them within their clocks.",
        _SAFETY
        | {
            Perm.CASE_WRITE,
            Perm.ICSR_EXPORT,
            Perm.ICSR_IMPORT,
            Perm.EXCHANGE_READ,
            Perm.REPORT_WRITE,
            Perm.SAMPLE_WRITE,
        },
        Basis.DUTY,
    ),
    Role.MEDICAL_REVIEWER: _role(
        "Assesses causality and expectedness of cases.",
        _SAFETY | {Perm.CASE_ASSESS},
        Basis.DUTY,
    ),
    Role.AUDITOR: _role(
        "Reads everything in the scope of the inspection and reviews the trail; changes no record.",
        frozenset(
            {
                Perm.PATIENT_READ,
                Perm.VISIT_READ,
                Perm.EVENT_READ,
                Perm.SAMPLE_READ,
                Perm.REFERENCE_READ,
                Perm.CASE_READ,
                Perm.EXCHANGE_READ,
                Perm.COMMITMENT_READ,
                Perm.REPORT_READ,
                Perm.VERIFICATION_READ,
                Perm.AUDIT_READ,
                Perm.AUDIT_REVIEW,
                Perm.IDENTITY_REVEAL,
                Perm.PRIVACY_READ,
                Perm.OPERATION_READ,
                Perm.USER_READ,
            }
        ),
    ),
    Role.ADMINISTRATOR: _role(
        "Manages users, reference data and channels to receivers, sees no clinical data.",
        frozenset(
            {
                Perm.USER_READ,
                Perm.USER_WRITE,
                Perm.REFERENCE_READ,
                Perm.REFERENCE_WRITE,
                Perm.EXCHANGE_READ,
                Perm.EXCHANGE_WRITE,
                Perm.OPERATION_READ,
            }
        ),
    ),
}
