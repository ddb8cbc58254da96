"""The hospital's menu and what stands in the shell for everyone."""

from django.utils.translation import pgettext_lazy

from followup.core.menus import MenuItem, Place

MENU: tuple[MenuItem, ...] = (
    MenuItem(pgettext_lazy("menu", "My drafts"), "drafts", icon="draft", place=Place.ACCOUNT),
    MenuItem(pgettext_lazy("menu", "My settings"), "account", icon="settings", place=Place.ACCOUNT),
    MenuItem(
        pgettext_lazy("menu", "Change password"),
        "password-change",
        icon="key",
        place=Place.ACCOUNT,
    ),
)
