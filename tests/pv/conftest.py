"""People, places and cases of the tests of pharmacovigilance."""

import pytest

from followup.core import clock
from followup.core.permissions import Role
from followup.domain.dates import add_months
from followup.models import Indication
from pv.actions import commitments as actions
from pv.actions.commitments import CommitmentInput, MilestoneInput
from pv.models import Commitment, Milestone
from tests import factories
from tests.people import case, nurse, officer, site

__all__ = ["case", "nurse", "officer", "site"]


@pytest.fixture
def trial():
    """A trial whose first patient came 18 months ago, and who keeps it."""
    keeper, today = factories.make_actor(Role.STUDY_MANAGER), clock.today()
    indication = Indication.objects.get(code="CILTA_CEL_MM")
    given = CommitmentInput(
        kind="CONFIRMATORY_TRIAL",
        title="III 期",
        document="批件",
        legal_end=add_months(today, 36),
        override_reason="测试",
    )
    row = actions.begin(keeper, indication, given=given)
    first = Milestone.objects.get(commitment=row, code="FPI")
    actions.update_milestone(
        keeper,
        first,
        given=MilestoneInput(actual=add_months(today, -18), forecast=None),
        lock_version=row.lock_version,
        reason="",
    )
    return keeper, Commitment.objects.get(id=row.id)
