"""Tables of where the product is approved: certificates, markets abroad, indications, labels."""

from collections.abc import Callable, Mapping, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from followup.core import clock
from followup.core.naming import localized_name
from followup.models import Indication
from pv.domain.periodic.blocks import Block, Grid, Paragraph
from pv.domain.periodic.sections import TableCode
from pv.models import Authorisation, Certificate, LabelVersion
from pv.queries import authorisations
from pv.queries.aggregate_reports.basis import Basis
from pv.queries.aggregate_reports.register_tables import NONE_KEPT, readable
from pv.queries.commitments import partial


def held(basis: Basis) -> list[Certificate]:
    """Of each number the entry confirmed last."""
    rows = readable(basis, Certificate.objects.select_related("confirmed_by", "entered_by"))
    rows = rows.filter(confirmed_at__isnull=False, refused_because="")
    return list(rows.order_by("number", "-confirmed_at").distinct("number"))


def certificates(basis: Basis) -> list[Block]:
    """Certificates, authorisations in other markets and approved indications."""
    found: list[Block] = []
    rows = [
        [
            row.number,
            str(row.approved_on),
            str(row.valid_to),
            str(row.reregistered_on or NONE_KEPT),
            row.label_version or NONE_KEPT,
        ]
        for row in held(basis)
    ]
    if rows:
        headings = [
            pgettext("certificate", "Number"),
            pgettext("certificate", "Approved on"),
            pgettext("certificate", "Valid to"),
            _("First re-registration"),
            _("Version of the label"),
        ]
        found.append(Grid(_("Certificates"), headings, rows))
    else:
        found.append(Paragraph(_("No certificate of this product is confirmed in the register.")))
    found += _abroad(basis)
    indications = [
        [localized_name(row), _approved(row), _approval(str(row.status))]
        for row in basis.product.indications.order_by("approved_from", "code")
    ]
    if indications:
        headings = [
            pgettext("column", "Indication"),
            pgettext("certificate", "Approved on"),
            pgettext("column", "Approval"),
        ]
        found.append(Grid(_("Indications"), headings, indications))
    return found


def _abroad(basis: Basis) -> list[Block]:
    """Marketing authorisations abroad up to the end of the period; nothing without any."""
    held_abroad = Authorisation.objects.filter(
        setting=Authorisation.Setting.POST_MARKET, authorised_on__lte=basis.end
    )
    regimes = dict(authorisations.REGIMES)
    rows = [
        [
            str(regimes.get(row.market, row.market)),
            row.number,
            str(row.authorised_on),
            str(row.ended_on or NONE_KEPT),
        ]
        for row in authorisations.latest(readable(basis, held_abroad))
    ]
    headings = [
        _("Market"),
        pgettext("certificate", "Number"),
        _("Authorised on"),
        _("Ended on"),
    ]
    return [Grid(_("Authorisations in other markets"), headings, rows)] if rows else []


def _approved(row: Indication) -> str:
    """The approval date as far as it is known, unknown parts visible: `2023-06-??`."""
    known = partial(row.approved_from, row.approved_precision)
    return known.shown() if known else NONE_KEPT


def _approval(status: str) -> str:
    words = {
        "full": pgettext("approval", "Full"),
        "conditional": pgettext("approval", "Conditional"),
        "unknown": pgettext("approval", "Not known"),
    }
    return words.get(status, status)


def label_versions(basis: Basis) -> list[Block]:
    """Confirmed versions of the label and the reference safety information, those of the period
    marked; without any the versions named with the certificates."""
    known = readable(basis, LabelVersion.objects.filter(confirmed_at__isnull=False))
    known = known.filter(refused_because="", valid_from__lte=basis.end)
    listed = [
        [
            row.get_kind_display(),
            row.country or NONE_KEPT,
            row.number,
            str(row.valid_from),
            pgettext("report", "yes") if basis.start <= row.valid_from else "",
            row.source,
        ]
        for row in known.order_by("kind", "country", "valid_from")
    ]
    if not listed:
        return _of_certificates(basis)
    headings = [
        pgettext("column", "Kind"),
        pgettext("column", "Country"),
        _("Version of the label"),
        pgettext("report", "In force from"),
        pgettext("report", "In the period"),
        _("Document this was taken from"),
    ]
    return [Grid(_("Versions of the label"), headings, listed)]


def _of_certificates(basis: Basis) -> list[Block]:
    """Versions of the label named with a certificate, by the day the entry was confirmed."""
    rows = readable(basis, Certificate.objects.select_related("confirmed_by"))
    rows = rows.filter(confirmed_at__isnull=False, refused_because="").exclude(label_version="")
    found: list[Sequence[str]] = []
    before: dict[str, str] = {}
    for row in rows.order_by("confirmed_at"):
        if before.get(row.number) == row.label_version:
            continue
        before[row.number] = row.label_version
        day = row.confirmed_at.astimezone(clock.SHANGHAI).date()
        inside = pgettext("report", "yes") if basis.start <= day <= basis.end else ""
        found.append([row.number, row.label_version, str(day), inside, row.source])
    if not found:
        return [Paragraph(_("No version of the label is recorded with a certificate."))]
    headings = [
        pgettext("certificate", "Number"),
        _("Version of the label"),
        pgettext("report", "Confirmed on"),
        pgettext("report", "In the period"),
        _("Document this was taken from"),
    ]
    return [Grid(_("Versions of the label"), headings, found)]


TABLES: Mapping[TableCode, Callable[[Basis], list[Block]]] = {
    TableCode.CERTIFICATES: certificates,
    TableCode.LABEL_VERSIONS: label_versions,
}
