"""The page of the scanner, for a telephone above all: what a code says, and whom it leads to."""

from typing import Any, cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from followup.core.actor import Actor
from followup.core.forms import Form
from followup.core.http.requests import ActingRequest
from followup.core.permissions import Perm
from followup.core.texts import storable
from followup.domain import scans
from followup.domain.scans import Part, ScanKind
from followup.queries import product_codes
from followup.web.search import find, grouped

MOST = 50  # hits; a lot of a product from donors may name many patients

KINDS = {
    ScanKind.DONATION: gettext_lazy("Donation number (ISBT 128)"),
    ScanKind.CHAIN_OF_IDENTITY: gettext_lazy("Chain-of-identity number"),
    ScanKind.PRODUCT_CODE: gettext_lazy("Product code (ISBT 128)"),
    ScanKind.TRADE_ITEM: gettext_lazy("Trade item number (GTIN)"),
    ScanKind.LOT: gettext_lazy("Lot number"),
    ScanKind.SERIAL: gettext_lazy("Serial number"),
    ScanKind.EXPIRY: gettext_lazy("Expiry date (year, month, day)"),
    ScanKind.DRUG_CODE: gettext_lazy("Drug traceability code"),
    ScanKind.OTHER: gettext_lazy("Number or text"),
}


class ScanForm(Form):
    """One code, from a scanner, the camera or the keyboard."""

    code = forms.CharField(
        label=gettext_lazy("Scan a code, or type it"),
        help_text=gettext_lazy(
            "A sample, a bag (ISBT 128 or GS1), a 20-digit drug code, a study code."
        ),
        max_length=200,
        strip=False,
        error_messages={"required": gettext_lazy("Scan a code, or type it.")},
        widget=forms.TextInput(
            attrs={
                "autocomplete": "off",
                "autofocus": True,
                "class": "mono",
                "data-scan": "submit",
                "lang": "en",
                "spellcheck": "false",
            }
        ),
    )

    def clean_code(self) -> str:
        """The code as it is printed; one that contradicts itself leads nowhere."""
        code = storable(scans.printed(str(self.cleaned_data["code"]))).strip()
        if not code:
            raise forms.ValidationError(self.fields["code"].error_messages["required"])
        if scans.read(code).problem is not None:
            raise forms.ValidationError(
                _("This code cannot be right: a part of it is wrong. Scan again.")
            )
        return code


def _stands_for(actor: Actor, part: Part) -> str:
    """What a product code stands for, where the installation has its table; else nothing."""
    if part.kind is not ScanKind.PRODUCT_CODE:
        return ""
    return product_codes.description(actor, part.value)


@require_http_methods(["GET", "POST"])
def scan(request: HttpRequest) -> HttpResponse:
    """One hit opens; else what the code says and what was found, and the field for the next.

    POST, as the search: what was scanned must not stay in the browser's history.
    """
    actor = cast(ActingRequest, request).actor
    if not actor.may(Perm.SAMPLE_READ):
        actor.require(Perm.PATIENT_READ)
    form = ScanForm(request.POST or None)
    context: dict[str, Any] = {}
    if request.method == "POST" and form.is_valid():
        code = form.cleaned_data["code"]
        hits = find(actor, code, MOST)
        if len(hits) == 1:
            return redirect(hits[0].href)
        parts = [
            (KINDS[part.kind], part.value, _stands_for(actor, part))
            for part in scans.read(code).parts
        ]
        context = {"code": code, "parts": parts, "groups": grouped(hits)}
        form = ScanForm()  # for the next code
    context["form"] = form
    return render(request, "followup/scans/page.html", context, status=form.status)


urlpatterns = [path("scan/", scan, name="scan")]
