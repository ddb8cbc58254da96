"""The hospital's menu and what the shell shows to everyone."""

from django.utils.translation import pgettext_lazy

from followup.core import jobs
from followup.core.http.menus import MenuItem, MenuPlace
from followup.core.permissions import Perm, Role
from followup.queries import accounts, data_queries, erasures, notices

MENU: tuple[MenuItem, ...] = (
    MenuItem(
        pgettext_lazy("menu", "Worklist"),
        "worklist",
        needs=Perm.VISIT_WRITE,
        icon="worklist",
        home_for=frozenset({Role.NURSE, Role.PHYSICIAN}),
        key="g w",
        also=("/day/", "/cover/", "/batches/", "/visits/", "/appointments/", "/call-backs/"),
    ),
    MenuItem(
        pgettext_lazy("menu", "Patients"),
        "patients",
        needs=Perm.PATIENT_READ,
        icon="patients",
        key="g p",
        also=("/adoptions/", "/contacts/", "/events/", "/files/", "/infusions/"),
    ),
    MenuItem(
        pgettext_lazy("menu", "Follow-up matrix"),
        "matrix",
        needs=Perm.VISIT_READ,
        icon="matrix",
        key="g m",
    ),
    MenuItem(
        pgettext_lazy("menu", "Centre quality"),
        "quality",
        needs=Perm.VISIT_READ,
        icon="chart",
        home_for=frozenset({Role.SITE_LEAD}),
        key="g q",
    ),
    MenuItem(
        pgettext_lazy("menu", "My own data"),
        "centre-data",
        needs=Perm.PATIENT_WRITE,
        icon="download",
    ),
    MenuItem(
        pgettext_lazy("menu", "Consent"),
        "consents",
        needs=Perm.PATIENT_READ,
        icon="consent",
    ),
    MenuItem(
        pgettext_lazy("menu", "Data queries"),
        "queries",
        needs=Perm.VISIT_READ,
        icon="query",
        badge=data_queries.open_count,
    ),
    MenuItem(
        pgettext_lazy("menu", "Source verification"),
        "source-verifications",
        needs=Perm.VERIFICATION_READ,
        icon="scale",
    ),
    MenuItem(
        pgettext_lazy("menu", "Samples"),
        "samples",
        needs=Perm.SAMPLE_READ,
        icon="sample",
        key="g s",
        also=("/sample-steps/", "/sample-results/"),
    ),
    MenuItem(
        pgettext_lazy("menu", "Scan a code"),
        "scan",
        needs=Perm.PATIENT_READ,
        or_needs=Perm.SAMPLE_READ,
        icon="scan",
    ),
    MenuItem(
        pgettext_lazy("menu", "Laboratory"),
        "laboratory-findings",
        needs=Perm.VISIT_READ,
        icon="chart",
        key="g l",
        also=("/laboratory-results/",),
    ),
    MenuItem(
        pgettext_lazy("menu", "Products"),
        "products",
        needs=Perm.REFERENCE_READ,
        icon="product",
    ),
    MenuItem(
        pgettext_lazy("menu", "Protocols"),
        "protocol-versions",
        needs=Perm.PROTOCOL_WRITE,
        or_needs=Perm.AUDIT_READ,
        icon="list",
    ),
    MenuItem(
        pgettext_lazy("menu", "Audit trail"),
        "trail",
        needs=Perm.AUDIT_READ,
        icon="audit",
        home_for=frozenset({Role.AUDITOR}),
    ),
    MenuItem(
        pgettext_lazy("menu", "Signatures"),
        "signatures",
        needs=Perm.AUDIT_READ,
        icon="signature",
        also=("/sign/",),
    ),
    MenuItem(
        pgettext_lazy("menu", "Reveals of identity"),
        "identity-reveals",
        needs=Perm.IDENTITY_REVEAL,
        icon="key",
    ),
    MenuItem(
        pgettext_lazy("menu", "Personal data"),
        "erasures",
        needs=Perm.PRIVACY_READ,
        or_needs=Perm.PRIVACY_WRITE,
        icon="lock",
        badge=erasures.waiting,
    ),
    MenuItem(
        pgettext_lazy("menu", "Seal of the trail"),
        "seal",
        needs=Perm.AUDIT_READ,
        icon="lock",
    ),
    MenuItem(
        pgettext_lazy("menu", "Data locks"),
        "locks",
        needs=Perm.REPORT_READ,
        icon="lock",
    ),
    MenuItem(
        pgettext_lazy("menu", "Backups and restores"),
        "recovery",
        needs=Perm.OPERATION_READ,
        icon="history",
    ),
    MenuItem(
        pgettext_lazy("menu", "Users"),
        "users",
        needs=Perm.USER_READ,
        icon="users",
        home_for=frozenset({Role.ADMINISTRATOR}),
        key="g u",
        badge=accounts.requests_to_decide,
    ),
    MenuItem(
        pgettext_lazy("menu", "Jobs"),
        "jobs",
        icon="job",
        place=MenuPlace.HEADER,
        badge=jobs.active_count,
    ),
    MenuItem(
        pgettext_lazy("menu", "Reminders"),
        "notices",
        icon="bell",
        place=MenuPlace.HEADER,
        badge=notices.unread_count,
    ),
    MenuItem(
        pgettext_lazy("menu", "Calendar feed"),
        "calendar",
        icon="calendar",
        place=MenuPlace.ACCOUNT,
    ),
    MenuItem(pgettext_lazy("menu", "My drafts"), "drafts", icon="draft", place=MenuPlace.ACCOUNT),
    MenuItem(
        pgettext_lazy("menu", "My settings"), "account", icon="settings", place=MenuPlace.ACCOUNT
    ),
    MenuItem(pgettext_lazy("menu", "API tokens"), "tokens", icon="link", place=MenuPlace.ACCOUNT),
    MenuItem(
        pgettext_lazy("menu", "Change password"),
        "password-change",
        icon="key",
        place=MenuPlace.ACCOUNT,
    ),
)
