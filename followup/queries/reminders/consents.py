"""New consent forms that ask for signatures, as obligations of the hospital."""

from django.utils.translation import gettext as _

from followup.core.permissions import Perm
from followup.queries.reminders.sources import NoticeFacts, ObligationSource

# One obligation per form: who has to sign is a list that shrinks with each signature. The last
# reminder falls thirty days after its first day; a form that ended before asks nobody.
_OWED = """
SELECT form.id::text AS key, form.id::text AS target, form.version AS due_version,
    form.valid_from AS opens, form.valid_from + 30 AS due, form.code AS label, '' AS mark,
    form.site_id, NULL::uuid AS product_id,
    CASE WHEN form.renews AND (form.valid_until IS NULL OR form.valid_until > form.valid_from + 30)
        THEN '' ELSE 'closed' END AS silence
FROM followup_consentversion AS form WHERE {condition}
"""
# The ids of other tables are no UUIDs: the cast waits until the table is chosen.
_TOUCHED = """
WITH seen AS MATERIALIZED (
    SELECT DISTINCT row_id::uuid AS id FROM core_change
    WHERE {fresh} AND table_name = 'followup_consentversion')
SELECT form.id::text FROM seen JOIN followup_consentversion AS form USING (id)
WHERE form.valid_from <= %(today)s
"""
_OPEN = "form.renews"


def _title(facts: NoticeFacts) -> str:
    return _("Consent form %(code)s: to be signed by earlier patients") % {"code": facts.label}


SOURCES = (
    ObligationSource(
        kind="consent_form",
        needs=Perm.PATIENT_WRITE,
        page="consent-version",
        owed=_OWED,
        crossing={
            "opens": f"{_OPEN} AND form.valid_from BETWEEN %(first)s AND %(last)s",
            "due": f"{_OPEN} AND form.valid_from + 30 BETWEEN %(first)s AND %(last)s",
        },
        open_keys=f"{_OPEN} AND form.id = ANY(%(keys)s::uuid[])",
        any_keys="form.id = ANY(%(keys)s::uuid[])",
        touched=_TOUCHED,
        title=_title,
    ),
)
