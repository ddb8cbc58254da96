"""What a site lead has begun: a protocol version, a move of patients, a cohort to take over."""

from datetime import timedelta

from followup.actions import amendment_jobs, amendments, cohort_files, protocols
from followup.core import clock
from followup.core.permissions import Role
from followup.domain.cohort_columns import COLUMNS
from followup.models import Infusion, ReferenceItem
from followup.queries import protocols as protocol_queries
from pv.demo.setup import FORM_VERSION, Stage

SITE = "SH01"


def begin(stage: Stage) -> None:
    """Work that waits for the next step, so that its pages have something to show."""
    lead = stage.at(Role.SITE_LEAD, SITE)
    base = protocol_queries.latest()
    draft = protocols.draft(lead, base, purpose="M9 与 M18 改为 ±45 天，便于外地患者返院")
    for place, entry in enumerate(draft.data["points"]):
        if entry["code"] in ("M9", "M18"):
            point = {**entry, "before": 30, "after": 45}
            draft = protocols.put_point(
                lead, draft, place=place, point=point, version=draft.version
            )
    infusion = Infusion.objects.filter(site=stage.sites[SITE]).order_by("id").first()
    target = ReferenceItem.objects.filter(kind="protocol").exclude(id=base.id).first()
    if infusion is not None and target is not None:
        row = amendments.propose(
            lead,
            infusion.product,
            site=stage.sites[SITE],
            source=base,
            target=target,
            purpose="与登记方案一致",
        )
        amendment_jobs.request(lead, row, trial=True)  # made as soon as a worker runs
    cohort_files.receive(
        stage.at(Role.NURSE, SITE), stage.sites[SITE], name="既往队列.csv", content=_file(infusion)
    )


def _file(infusion: Infusion | None) -> bytes:
    """Two patients of an earlier study with one visit each, as a spreadsheet saves them."""
    day = clock.today() - timedelta(days=800)
    product = infusion.product.code if infusion else ""
    rows = [",".join(column.zh for column in COLUMNS)]
    for key, name in ((1, "方旧一"), (2, "方旧二")):
        values = {
            "key": str(key),
            "name": name,
            "sex": "男",
            "birth_date": f"196{key}-02-03",
            "hospital_number": f"OLD{key:04d}",
            "consent_version": FORM_VERSION,
            "consent_purposes": "长期随访",
            "consent_on": str(day - timedelta(days=20)),
            "product": product,
            "off_label_reason": "临床研究",
            "infused_on": str(day + timedelta(days=key)),
            "lot": f"OLD-{key}",
            "chain_of_identity": f"OLD-COI-{key}",
            "contact_on": str(day + timedelta(days=28)),
            "visit_code": "D28",
            "contact_type": "治疗中心就诊",
            "informant": "患者本人",
            "vital_status": "存活",
        }
        rows.append(",".join(values.get(column.code, "") for column in COLUMNS))
    return "\r\n".join(rows).encode("gb18030")
