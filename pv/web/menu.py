"""The menu of the safety officer and the holder."""

from django.utils.translation import pgettext_lazy

from followup.core.menus import MenuItem
from followup.core.permissions import Perm, Role

MENU: tuple[MenuItem, ...] = (
    MenuItem(
        pgettext_lazy("menu", "Cases"),
        "cases",
        needs=Perm.CASE_READ,
        icon="case",
        home_for=frozenset({Role.SAFETY_OFFICER, Role.MEDICAL_REVIEWER}),
        key="g c",
    ),
)
