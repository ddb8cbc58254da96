"""Where a rule of a commitment is written, in the reader's language."""

from django import template
from django.utils.translation import gettext, gettext_noop

from followup.core import naming

register = template.Library()
# What `commitments.json` cites; a citation that is not here is shown as the document gives it.
CITED = frozenset(
    {
        gettext_noop("CDE review report disitamab vedotin 2021: start within one year of approval"),
        gettext_noop("CDE review report disitamab vedotin 2021: start within one year"),
        gettext_noop("Decision on a request made before the deadline, received after it"),
        gettext_noop("Default of this system"),
        gettext_noop(
            "Defaults of this system: reporting from maturity to submission, review of "
            "200 working days with stops, share of patients lost before the endpoint"
        ),
        gettext_noop("Drug Administration Law art. 26, 78; limit of four years"),
        gettext_noop("Drug Administration Law art. 37; day: 30 April for the year before"),
        gettext_noop("Drug Administration Law art. 78"),
        gettext_noop("Drug Registration Provisions 2020 art. 12"),
        gettext_noop("Drug Registration Provisions 2020 art. 63-67"),
        gettext_noop("Drug Registration Provisions 2020"),
        gettext_noop(
            "Extension with reasons before the deadline; good reason: Drug Registration "
            "Provisions 2020 art. 84"
        ),
        gettext_noop(
            "Four years from approval at most for the confirmatory trial; Drug "
            "Administration Law art. 26, 78; 2020 no. 82 trial procedure"
        ),
        gettext_noop("GVP 2021 no. 65 art. 80-81"),
        gettext_noop("GVP 2021 no. 65 art. 87"),
        gettext_noop("Late submission; the authority's action stays on record"),
        gettext_noop(
            "NMPA Announcement 2026 no. 41, working procedure for the review and approval of "
            "conditional marketing applications, in force on the day of issue; Drug Administration "
            "Law art. 26, 78"
        ),
        gettext_noop("The study must be finished within the limit"),
    }
)


@register.filter
def cited(citation: str) -> str:
    """A citation in the reader's language."""
    return gettext(citation) if citation in CITED else naming.citation(citation)
