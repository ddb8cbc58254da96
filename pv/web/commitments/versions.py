"""What a page sent: its values, and the version it was made of (optimistic lock)."""

from typing import Any

from django.http import HttpRequest, QueryDict

from followup.core.http.numbers import version_sent, whole_number
from followup.web.drafts import FormDraft


def posted_lock(request: HttpRequest) -> int:
    """The version of the commitment the page showed; 0, which never fits, when none was sent."""
    return version_sent(request.POST.get("lock_version", ""))


def posted(request: HttpRequest) -> QueryDict | None:
    """The values of a form that was sent, even when it was sent empty; None when it was not."""
    return request.POST if request.method == "POST" else None


def opened_lock(row: Any, draft: FormDraft) -> int:
    """The version a form is opened with: that of the draft shown again, else the present one."""
    kept = whole_number(draft.values.get("lock_version"))
    return int(row.lock_version) if kept is None else kept
