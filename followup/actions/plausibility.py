"""What of a registration is possible but unlikely: asked once, then taken."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from followup.actions.consent_papers import signed_on
from followup.core.confirmations import Question
from followup.core.naming import localized_name
from followup.domain.dates import add_months
from followup.models import Indication, Product
from followup.queries import codes


def questions(consent: Mapping[str, Any], infusion: Mapping[str, Any]) -> list[Question]:
    """Questions about the values that could be read; a value that could not says nothing."""
    asked: list[Question] = []
    infused, signed = infusion.get("infused_on"), signed_on(consent)
    if infused and signed and signed.earliest > infused:
        text = _("The consent was signed on %(signed)s, after the infusion of %(infused)s.")
        day = signed.isoformat()
        days = {"signed": day, "infused": infused.isoformat()}
        asked.append(Question("consent_after_infusion", text % days, "given_on", about=day))
    if infused and infusion.get("product"):
        asked += _long_before_approval(infusion["product"], infused)
    dose = infusion.get("dose_cells")
    if dose is not None and dose > 0:
        asked += _dose(dose)
    return asked


def _long_before_approval(product: Product, infused: date) -> list[Question]:
    """Trials precede an approval by some years; an infusion earlier than that is a slip."""
    rows = Indication.objects.filter(product=product, approved_from__isnull=False)
    approved = rows.order_by("approved_from").values_list("approved_from", flat=True).first()
    years = codes.plausible_range("years_before_approval").get("high")
    if approved is None or years is None or infused >= add_months(approved, -12 * int(years)):
        return []
    text = _("%(product)s was approved in %(year)s: the infusion of %(infused)s is long before.")
    values = {
        "product": localized_name(product),
        "year": approved.year,
        "infused": infused.isoformat(),
    }
    return [Question("before_approval", text % values, "infused_on", about=infused)]


def _dose(dose: Decimal) -> list[Question]:
    known = codes.plausible_range("dose_cells")
    if not known or Decimal(str(known["low"])) <= dose <= Decimal(str(known["high"])):
        return []
    text = _("A dose of %(dose)s ×10⁶ cells is unusual: %(low)s to %(high)s are common.")
    values = {"dose": f"{dose.normalize():f}", "low": known["low"], "high": known["high"]}
    return [Question("dose_unusual", text % values, "dose_cells", about=dose)]
