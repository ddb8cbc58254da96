"""The menu of the safety officer and the holder."""

from followup.core.menus import MenuItem

MENU: tuple[MenuItem, ...] = ()
