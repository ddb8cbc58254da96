"""The owner of a commitment is told what somebody else said of it."""

from django.utils.translation import gettext as _

from followup.core.permissions import Perm
from followup.queries.reminders import NoticeFacts, ObligationSource

# Where nobody owns the commitment nobody is told: what was said is on its page.
_OWED = """
SELECT said.id::text AS key, said.commitment_id::text AS target, 1 AS due_version,
    (said.written_at AT TIME ZONE 'Asia/Shanghai')::date AS opens,
    (said.written_at AT TIME ZONE 'Asia/Shanghai')::date AS due,
    {product} AS label,
    commitment.title AS mark, NULL::uuid AS site_id, said.product_id,
    commitment.owner_id AS person,
    CASE WHEN said.withdrawn_at IS NOT NULL OR NOT coalesce(owner.is_active, FALSE)
        OR commitment.owner_id = said.written_by_id THEN 'closed' ELSE '' END AS silence
FROM pv_commitmentcomment AS said
JOIN pv_commitment AS commitment ON commitment.id = said.commitment_id
JOIN followup_product AS product ON product.id = said.product_id
LEFT JOIN core_user AS owner ON owner.id = commitment.owner_id
WHERE {condition}
"""
_OPEN = "said.withdrawn_at IS NULL AND "
_DAY = "(said.written_at AT TIME ZONE 'Asia/Shanghai')::date BETWEEN %(first)s AND %(last)s"
_TOUCHED = """
SELECT DISTINCT row_id FROM core_change
WHERE {fresh} AND table_name = 'pv_commitmentcomment'
"""


def _title(facts: NoticeFacts) -> str:
    return _("%(product)s: a comment on “%(commitment)s”") % {
        "product": facts.label,
        "commitment": facts.mark,
    }


SOURCES = (
    ObligationSource(
        kind="comment",
        needs=Perm.COMMITMENT_WRITE,
        page="commitment",
        owed=_OWED,
        crossing={"opens": _OPEN + _DAY, "due": _OPEN + _DAY},
        open_keys=_OPEN + "said.id = ANY(%(keys)s::uuid[])",
        any_keys="said.id = ANY(%(keys)s::uuid[])",
        touched=_TOUCHED,
        title=_title,
        personal=True,
        informs=True,
    ),
)
