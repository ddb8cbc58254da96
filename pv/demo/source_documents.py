"""Source data verification of the demo: samples whose errors are planted, so the rate is known."""

from collections.abc import Mapping

from followup.actions import source_verifications as actions
from followup.actions.source_verifications import CheckInput, SampleInput
from followup.core import clock
from followup.core.permissions import Role
from followup.domain.dates import add_months
from followup.models import SourceVerification
from followup.queries import source_verifications as queries
from pv.demo.setup import Stage

# Every how many fields one differs from the source: from no error to one in twenty.
EVERY: Mapping[str, int] = {"SH01": 50, "BJ01": 0, "TJ01": 40, "NJ01": 25, "WH01": 20, "CD01": 100}
PATIENTS = 2
MONTHS = 60
OPEN_AT = "SH01"  # left in progress, its last patient not compared


def planted(site: str, fields: int) -> int:
    """How many errors a sample of the demo has among its compared fields."""
    every = EVERY[site]
    return -(-fields // every) if every else 0


def compare(stage: Stage) -> list[SourceVerification]:
    """A sample of each hospital that has patients to be read, compared by the study manager."""
    monitor, today, found = stage.of(Role.STUDY_MANAGER), clock.today(), []
    for code, site in sorted(stage.sites.items()):
        since = add_months(today, -MONTHS)
        if not queries.frame(monitor, queries.VerifiedPeriod(site, None, since, today)):
            continue
        given = SampleInput(since, today, number=PATIENTS, seed=f"demo-{code}")
        row = actions.plan(monitor, site, given=given)
        people = [person.key for person in queries.patients(monitor, row)]
        left = people[-1:] if code == OPEN_AT and len(people) > 1 else []
        checks = [
            c for key in people if key not in left for c in queries.worklist(monitor, row, key)
        ]
        every = EVERY[code]
        answers = [
            CheckInput(check.id, "DIFFERS", "演示：源文件不同", check.version)
            if every and place % every == 0
            else CheckInput(check.id, "AGREES", "", check.version)
            for place, check in enumerate(checks)
        ]
        actions.check(monitor, row, checks=answers)
        found.append(row if left else actions.close(monitor, row, version=row.version))
    return found
