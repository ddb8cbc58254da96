"""What a case is compared by in the search for duplicates, kept beside it as it stands."""

from followup.core.action import part
from pv.domain.duplicates import search_keys, to_data
from pv.models import Case, CaseFeatures
from pv.queries import duplicates


@part
def index(case: Case) -> None:
    """Keep what a locked case is compared by, as its current version stands."""
    report = duplicates.of_case(case)
    CaseFeatures.objects.update_or_create(
        case=case,
        defaults={
            "product_id": case.product_id,
            "site_id": case.site_id,
            "values": to_data(report),
            "keys": search_keys(report, duplicates.rules().blocking),
        },
    )
