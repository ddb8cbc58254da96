"""What stands against an attempt that reached nobody, and its next day."""

from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext as _

from followup.domain.contacts import AttemptMethod


def next_attempt_problems(next_try_on: date, method: str, today: date) -> dict[str, Any]:
    """By field: the next day lies ahead, within a year; the way is one that can reach people."""
    problems: dict[str, Any] = {}
    if next_try_on <= today:
        problems["next_try_on"] = _("The next attempt must be after today.")
    if next_try_on > today + timedelta(days=366):
        problems["next_try_on"] = _("The next attempt is too far away: please check the year.")
    if method not in AttemptMethod.__members__ or method == AttemptMethod.REGISTRY_LINKAGE:
        problems["method"] = _("State the method of contact.")
    return problems
