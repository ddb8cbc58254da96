"""The form of a registration: identity, consent and infusion, read as the actions take them."""

from collections.abc import Collection
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from followup.actions.identity import Contact, IdentityInput
from followup.core.forms import AnswerField, AnswersField, Form, NumberField, WholeNumberField
from followup.core.naming import localized_name
from followup.domain import scans
from followup.queries import field_words
from followup.web.code_choices import choices
from followup.web.dates import DateField, PartialDateField

OFF_LABEL = "off-label"


PURPOSES = tuple((code.value, text) for code, text in field_words.PURPOSES.items())
SIGNERS = tuple((code.value, text) for code, text in field_words.SIGNERS.items())
ASSENTS = tuple((code.value, text) for code, text in field_words.ASSENTS.items())


def refused_field() -> AnswersField:
    """The purposes the paper says no to."""
    return AnswersField(label=gettext_lazy("The patient refused"), choices=PURPOSES, required=False)


def signer_field() -> AnswerField:
    """Who signed; nobody knows of many an old paper."""
    return AnswerField(
        label=gettext_lazy("Signed by"), choices=SIGNERS, required=False, empty_value=""
    )


def assent_field() -> AnswerField:
    """What a child said that is old enough to be asked."""
    return AnswerField(
        label=gettext_lazy("The child's own answer"),
        help_text=gettext_lazy("Of a child old enough to be asked, whose guardian signed."),
        choices=ASSENTS,
        required=False,
        empty_value="",
    )


class PersonForm(Form):
    """Who somebody is: the questions that a registration and a correction share."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=50)
    sex = AnswerField(label=gettext_lazy("Sex"), choices=choices("sex"))
    birth_date = PartialDateField(
        label=gettext_lazy("Birth date"),
        help_text=gettext_lazy("The year alone if no more is known."),
        required=False,
        future=False,
    )
    document_kind = forms.ChoiceField(
        label=gettext_lazy("Identity document"),
        choices=choices("identity_document"),
        required=False,
    )
    national_id = forms.CharField(
        label=gettext_lazy("Identity number"), required=False, max_length=60
    )
    hospital_number = forms.CharField(
        label=gettext_lazy("Hospital number"), required=False, max_length=40
    )
    address = forms.CharField(label=gettext_lazy("Address"), required=False, max_length=200)


class RegisterForm(PersonForm):
    """Identity and contact, consent, diagnosis and infusion."""

    field_order = (
        *(
            "site",
            "practice",
            "name",
            "sex",
            "birth_date",
            "document_kind",
            "national_id",
            "hospital_number",
        ),
        *("phone", "phone_family", "relation", "relative", "phone_note", "address"),
    )

    site = forms.ChoiceField(label=gettext_lazy("Treating site"))
    practice = forms.BooleanField(
        label=gettext_lazy("Practice patient"),
        help_text=gettext_lazy(
            "An invented person to learn the product on, for good: counts nowhere, nobody outside"
            " is told. No identity number; a chain-of-identity number beginning with PRACTICE-."
        ),
        required=False,
    )
    phone = forms.CharField(label=gettext_lazy("Telephone of the patient"), max_length=40)
    phone_family = forms.CharField(
        label=gettext_lazy("Telephone of a relative"), required=False, max_length=40
    )
    relation = forms.ChoiceField(
        label=gettext_lazy("Who the relative is"),
        help_text=gettext_lazy("A guardian is due for a child under 14."),
        required=False,
    )
    relative = forms.CharField(
        label=gettext_lazy("Name of the relative"), required=False, max_length=50
    )
    phone_note = forms.CharField(
        label=gettext_lazy("Notes for callers"),
        help_text=gettext_lazy("For example: evenings only, dialect, do not mention the tumour."),
        required=False,
        max_length=200,
    )
    consent_version = forms.CharField(
        label=gettext_lazy("Version of the consent form"), max_length=40
    )
    consent_on = PartialDateField(
        label=gettext_lazy("Signed on"),
        help_text=gettext_lazy("Year and month, or the year, if no more is known."),
        future=False,
    )
    consent_signed_by = signer_field()
    consent_assent = assent_field()
    purposes = AnswersField(
        label=gettext_lazy("The patient agreed to"),
        choices=PURPOSES,
    )
    consent_refused = refused_field()
    product = forms.ChoiceField(label=gettext_lazy("Product"))
    indication = forms.ChoiceField(label=gettext_lazy("Indication"))
    off_label_reason = forms.CharField(
        label=gettext_lazy("Why it was given outside its indications"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    infused_on = DateField(label=gettext_lazy("Infusion date"), future=False)
    lot = forms.CharField(label=gettext_lazy("Lot number"), max_length=60)
    chain_of_identity = forms.CharField(
        label=gettext_lazy("Chain-of-identity number"), max_length=60
    )
    bag_label = forms.CharField(
        label=gettext_lazy("Scan of the bag's label"),
        help_text=gettext_lazy(
            "ISBT 128 or GS1. Compared with lot and chain of identity; what differs is refused."
        ),
        max_length=200,
        required=False,
        strip=False,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "lang": "en", "inputmode": "none", "data-scan": "next"}
        ),
    )
    dose_cells = NumberField(
        label=gettext_lazy("Dose"),
        unit="×10⁶ CAR+",
        required=False,
        min_value=0,
        max_digits=12,
        decimal_places=3,
    )
    lymphodepletion = AnswersField(
        label=gettext_lazy("Lymphodepletion"), choices=choices("lymphodepletion"), required=False
    )
    prior_lines = WholeNumberField(
        label=gettext_lazy("Earlier lines of treatment"), required=False, min_value=0, max_value=99
    )

    def __init__(
        self,
        *args: Any,
        sites: list[Any],
        products: list[Any],
        familiar: Collection[Any] = (),
        indications: list[Any],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.rows: dict[str, dict[str, Any]] = {
            "site": {str(s.id): s for s in sites},
            "product": {str(p.id): p for p in products},
            "indication": {str(i.id): i for i in indications},
        }
        only = [] if len(sites) == 1 else [("", "—")]
        self.offer("site", only + [(str(s.id), localized_name(s)) for s in sites])
        self.offer("product", [("", "—"), *_products(products, familiar)])
        self.offer("relation", [("", "—"), *choices("contact_relation")()])
        self.fields["indication"].widget.attrs["data-follows"] = "product"
        by_product = [
            (
                localized_name(p),
                [(str(i.id), localized_name(i)) for i in indications if i.product_id == p.id],
            )
            for p in products
        ]
        approved: list[Any] = [(title, rows) for title, rows in by_product if rows]
        none = (OFF_LABEL, _("None of the approved indications"))
        self.offer("indication", [("", "—"), none, *approved])

    def identity(self) -> IdentityInput:
        """Who it is, as far as it could be read."""
        clean = self.cleaned_data
        note, boxes = (
            clean.get("phone_note", ""),
            (("phone", "PATIENT"), ("phone_family", "FAMILY")),
        )
        return IdentityInput(
            name=clean.get("name", ""),
            birth_date=clean.get("birth_date"),
            national_id=clean.get("national_id", ""),
            document_kind=clean.get("document_kind", ""),
            contacts=[
                Contact(clean[box], whose, note)
                if whose == "PATIENT"
                else Contact(
                    clean[box], whose, "", clean.get("relation", ""), clean.get("relative", "")
                )
                for box, whose in boxes
                if clean.get(box)
            ],
            address=clean.get("address", ""),
            hospital_number=clean.get("hospital_number", ""),
        )

    def consent(self) -> dict[str, Any]:
        """What was signed, as far as it could be read: fields of ConsentInput."""
        clean = self.cleaned_data
        own = {name: FIELDS.get(name, name) for name in ("purposes", *FIELDS)}
        return {name: clean[box] for name, box in own.items() if box in clean}

    def clean_bag_label(self) -> str:
        """With its separators in brackets, since no record holds them as they come."""
        return scans.printed(str(self.cleaned_data["bag_label"]))

    def infusion(self) -> dict[str, Any]:
        """What was given, as far as it could be read: fields of InfusionInput."""
        clean = self.cleaned_data
        same = ("infused_on", "lot", "chain_of_identity", "bag_label", "dose_cells", "prior_lines")
        found: dict[str, Any] = {name: clean[name] for name in same if name in clean}
        if "product" in clean:
            found["product"] = self.rows["product"][clean["product"]]
        if "lymphodepletion" in clean:
            found["lymphodepletion"] = "+".join(clean["lymphodepletion"] or ())
        if "indication" in clean:
            found["indication"] = self.rows["indication"].get(clean["indication"])
            if clean["indication"] != OFF_LABEL:
                found["off_label_reason"] = ""
            elif "off_label_reason" in clean:
                found["off_label_reason"] = clean["off_label_reason"]
        return found


# Where an action's field has another name on the form.
FIELDS = {
    "form_version": "consent_version",
    "given_on": "consent_on",
    "refused": "consent_refused",
    "signed_by": "consent_signed_by",
    "assent": "consent_assent",
}


def _products(products: list[Any], familiar: Collection[Any]) -> list[Any]:
    """Products the site has given first, the rest under a heading of their own."""
    rows = {True: [], False: []}  # type: dict[bool, list[tuple[str, str]]]
    for product in products:
        rows[product.id in familiar].append((str(product.id), localized_name(product)))
    if not rows[True] or not rows[False]:
        return rows[True] or rows[False]
    return [(_("Given here before"), rows[True]), (_("Other products"), rows[False])]
