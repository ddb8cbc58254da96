"""The menu of the safety officer and the holder."""

from django.utils.translation import pgettext_lazy

from followup.core.http.menus import MenuItem
from followup.core.permissions import Perm, Role
from pv.queries import commitments

MENU: tuple[MenuItem, ...] = (
    MenuItem(
        pgettext_lazy("menu", "Cases"),
        "cases",
        needs=Perm.CASE_READ,
        icon="case",
        home_for=frozenset({Role.SAFETY_OFFICER, Role.MEDICAL_REVIEWER}),
        key="g c",
        also=("/received/", "/follow-up-requests/"),
    ),
    MenuItem(
        pgettext_lazy("menu", "Inbox"),
        "inbox",
        needs=Perm.CASE_READ,
        icon="inbox",
        also=("/absences/",),
    ),
    MenuItem(
        pgettext_lazy("menu", "Malignancy work-ups"),
        "work-ups",
        needs=Perm.CASE_READ,
        icon="malignancy",
    ),
    MenuItem(
        pgettext_lazy("menu", "Labels"),
        "labels",
        needs=Perm.CASE_READ,
        icon="file",
    ),
    MenuItem(
        pgettext_lazy("menu", "Lots and complaints"),
        "lots",
        needs=Perm.CASE_READ,
        icon="product",
        also=("/complaints/",),
    ),
    MenuItem(
        pgettext_lazy("menu", "Literature"),
        "literature",
        needs=Perm.CASE_READ,
        icon="query",
    ),
    MenuItem(
        pgettext_lazy("menu", "Submissions"),
        "submissions",
        needs=Perm.CASE_READ,
        icon="send",
        also=("/acknowledgements/", "/compliance/"),
    ),
    MenuItem(
        pgettext_lazy("menu", "Channels"),
        "channels",
        needs=Perm.EXCHANGE_READ,
        icon="transfer",
        also=("/channel-certificates/",),
    ),
    MenuItem(
        pgettext_lazy("menu", "Commitments"),
        "commitments",
        needs=Perm.COMMITMENT_READ,
        icon="commitment",
        badge=commitments.at_risk,
        home_for=frozenset({Role.STUDY_MANAGER, Role.REGULATORY}),
        key="g o",
    ),
    MenuItem(
        pgettext_lazy("menu", "Duties"),
        "duties",
        needs=Perm.COMMITMENT_READ,
        icon="calendar",
        also=("/certificates/",),
    ),
    MenuItem(
        pgettext_lazy("menu", "Registers"),
        "risk-plans",
        needs=Perm.REPORT_READ,
        icon="file",
        also=(
            "/register-documents/",
            "/classifications/",
            "/interactions/",
            "/evidence/",
            "/studies/",
        ),
    ),
    MenuItem(
        pgettext_lazy("menu", "Cohort"),
        "cohort",
        needs=Perm.REPORT_READ,
        icon="chart",
        also=("/centres/",),
    ),
    MenuItem(
        pgettext_lazy("menu", "Signals"),
        "signals",
        needs=Perm.CASE_READ,
        icon="signal",
    ),
    MenuItem(
        pgettext_lazy("menu", "Reports"),
        "reports",
        needs=Perm.REPORT_READ,
        icon="report",
        key="g r",
        also=("/listings/",),
    ),
    MenuItem(
        pgettext_lazy("menu", "Study data sets"),
        "datasets",
        needs=Perm.REPORT_WRITE,
        or_needs=Perm.PATIENT_WRITE,
        icon="download",
    ),
    MenuItem(
        pgettext_lazy("menu", "Reference"),
        "elements",
        needs=Perm.REFERENCE_READ,
        icon="list",
        key="g d",
        also=("/reference/", "/dictionaries/"),
    ),
)
