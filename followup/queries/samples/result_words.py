"""A molecular result in words: the number as it bounds, and everything else a laboratory said."""

from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from followup.core.naming import localized_name
from followup.models import MolecularResult
from followup.queries.samples.rows import ResultLine


def _number(value: Decimal | None) -> str:
    return "" if value is None else f"{value.normalize():f}"


def measured(row: MolecularResult) -> str:
    """The number with its bound and unit, "not detected", or empty where nothing was measured."""
    if row.comparator == "ND":
        return pgettext("result", "not detected")
    if row.below_quantification:
        sign = "≤" if row.comparator == "≤" else "<"
        return f"{sign} {_number(row.lower_limit)} {row.unit}".strip()
    if row.value is None:
        return ""
    return f"{row.comparator} {_number(row.value)} {row.unit}".strip()


def _answer(value: bool | None) -> str:
    return "" if value is None else str(_("Yes") if value else _("No"))


def _sites(row: MolecularResult) -> list[str]:
    said = {True: _("expression changed"), False: _("expression unchanged"), None: ""}
    return [
        " ".join(
            part
            for part in (
                f"{site['chromosome']}:{site['position']}",
                site["strand"],
                site["gene"],
                f"{site['percent']} %" if site["percent"] else "",
                "" if site["distance_bp"] is None else f"{site['distance_bp']} bp",
                said[site["expression_changed"]],
            )
            if part
        )
        for site in row.details.get("sites", ())
    ]


def _variants(row: MolecularResult) -> list[str]:
    return [
        " ".join(
            part
            for part in (
                one["gene"],
                one["change"],
                f"{one['percent']} %" if one["percent"] else "",
            )
            if part
        )
        for one in row.details.get("variants", ())
    ]


def facts(line: ResultLine) -> list[tuple[str, str]]:
    """Name and text of everything a result says, in the order of its form; what it lacks is out."""
    row = line.result
    limit = "" if row.below_quantification else _number(row.lower_limit)
    markers = [f"{m}{'+' if on else '−'}" for m, on in row.details.get("markers", {}).items()]
    content = "" if row.tumour_content is None else f"{_number(row.tumour_content)} %"
    found = [
        (_("Finding"), localized_name(line.finding) if line.finding else row.finding),
        (_("Method"), localized_name(line.method) if line.method else row.method),
        (_("What the number measures"), _measure(line)),
        (_("Measured number"), measured(row)),
        (_("As the laboratory wrote it"), row.reported),
        (_("Lower limit of quantification (LLOQ)"), f"{limit} {row.unit}" if limit else ""),
        (_("Limit of detection (LOD)"), _with_unit(row.detection_limit, row.unit)),
        (_("Did the test reach its limit of detection?"), _answer(row.lod_met)),
        (_("Tumour content of the sample"), content),
        (_("Is it the clone of the tumour?"), _answer(row.same_clone)),
        (_("Integration sites"), "\n".join(_sites(row))),
        (_("Variants"), "\n".join(_variants(row))),
        (_("Markers"), " ".join(markers)),
        (_("Laboratory"), row.laboratory),
        (_("Date of the report"), str(row.resulted_on)),
        (pgettext("column", "Known since"), str(row.received_on)),
        (_("Remarks"), row.comment),
        (_("Reason for the change"), row.reason),
    ]
    return [(str(name), text) for name, text in found if text]


def _measure(line: ResultLine) -> str:
    known = line.assay.measure(line.result.measure) if line.assay else None
    return localized_name(known) if known else line.result.measure


def _with_unit(value: Decimal | None, unit: str) -> str:
    return "" if value is None else f"{_number(value)} {unit}".strip()
