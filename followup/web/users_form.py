"""Forms of accounts: a new one, a right at one or all sites and products; roles in words."""

from collections.abc import Callable
from typing import Any, cast
from uuid import UUID

from django import forms
from django.utils.functional import Promise, lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from followup.core import naming
from followup.core.actor import Actor
from followup.core.forms import Form
from followup.core.naming import localized_name
from followup.core.permissions import Role
from followup.domain.identity_providers import Extent
from followup.queries import reference
from followup.queries.second_persons import second_administrators
from followup.web.dates import DateField
from followup.web.second_persons import shown

ALL = "all"

_role_name = cast(Callable[[str], Promise], lazy(lambda code: naming.value(code, "role")[0], str))
# The sentence of each role as `permissions.ROLES` says it, with a name, for both languages.
ROLES: dict[str, tuple[str | Promise, str | Promise]] = {
    Role.NURSE: (
        _role_name(Role.NURSE),
        gettext_lazy(
            "Follows the patients of one's own hospital: registers, calls, samples, reports events."
        ),
    ),
    Role.PHYSICIAN: (
        _role_name(Role.PHYSICIAN),
        gettext_lazy("Treats the patients of one's own hospital and assesses their events."),
    ),
    Role.SITE_LEAD: (
        _role_name(Role.SITE_LEAD),
        gettext_lazy("Answers for follow-up at one's own hospital and reads its audit trail."),
    ),
    Role.STUDY_MANAGER: (
        _role_name(Role.STUDY_MANAGER),
        gettext_lazy("Runs the holder's long-term follow-up; never sees who a patient is."),
    ),
    Role.REGULATORY: (
        _role_name(Role.REGULATORY),
        gettext_lazy("Keeps the holder's commitments and reports to the authorities."),
    ),
    Role.SAFETY_OFFICER: (
        _role_name(Role.SAFETY_OFFICER),
        gettext_lazy("Turns events into cases, validates and exports them within their clocks."),
    ),
    Role.MEDICAL_REVIEWER: (
        _role_name(Role.MEDICAL_REVIEWER),
        gettext_lazy("Assesses causality and expectedness of cases."),
    ),
    Role.AUDITOR: (
        _role_name(Role.AUDITOR),
        gettext_lazy(
            "Reads everything in the scope of the inspection and reviews the trail; "
            "changes no record."
        ),
    ),
    Role.ADMINISTRATOR: (
        _role_name(Role.ADMINISTRATOR),
        gettext_lazy(
            "Manages users, reference data and channels to receivers, sees no clinical data."
        ),
    ),
}


class CreateForm(Form):
    """A new account. The language is the only preset: it may follow the browser."""

    username = forms.CharField(
        label=pgettext_lazy("account", "User name"),
        max_length=60,
        help_text=gettext_lazy("3 to 60 small letters, digits, dots, dashes. It is never reused."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
    )
    display_name = forms.CharField(label=gettext_lazy("Name of the person"), max_length=60)
    email = forms.CharField(label=gettext_lazy("E-mail"), required=False, max_length=254)
    language = forms.ChoiceField(
        label=gettext_lazy("Language"),
        choices=[
            ("", gettext_lazy("As the browser prefers")),
            ("zh-hans", "简体中文"),
            ("en", "English"),
        ],
        required=False,
    )
    password = forms.CharField(
        label=gettext_lazy("First password"),
        strip=False,
        max_length=200,
        help_text=gettext_lazy("At least 15 characters. Tell it to the person in person."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "class": "w-medium"}),
    )


class ExtentForm(Form):
    """A role, where, and for what; all sites or all products are chosen, never assumed."""

    role = forms.ChoiceField(label=gettext_lazy("Role"))
    site = forms.ChoiceField(label=gettext_lazy("At"))
    product = forms.ChoiceField(label=gettext_lazy("For"))

    def offer_extents(self, actor: Actor) -> None:
        """Offer the roles, and the sites and products there are."""
        sites = [(str(s.id), localized_name(s)) for s in reference.sites(actor)]
        products = [(str(p.id), localized_name(p)) for p in reference.products(actor)]
        self.offer("role", [("", "—"), *((code, name) for code, (name, _text) in ROLES.items())])
        self.offer("site", [("", "—"), (ALL, _("All sites")), *sites])
        self.offer("product", [("", "—"), (ALL, _("All products")), *products])

    def extent(self) -> dict[str, Any]:
        """The right as the arguments of an action."""
        clean = self.cleaned_data
        site, product = clean["site"], clean["product"]
        return {
            "role": clean["role"],
            "site": None if site == ALL else UUID(site),
            "product": None if product == ALL else UUID(product),
            "all_sites": site == ALL,
            "all_products": product == ALL,
        }


class GrantForm(ExtentForm):
    """A right somebody is to get, with its last day and why."""

    ends_on = DateField(
        label=gettext_lazy("Last day"),
        required=False,
        help_text=gettext_lazy(
            "Empty: until somebody ends the right. An auditor's right always has a last day."
        ),
    )

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=500,
        help_text=gettext_lazy("For an inspection: who ordered it, and what it covers."),
    )

    def given(self) -> dict[str, Any]:
        """The arguments of the action."""
        clean = self.cleaned_data
        return {**self.extent(), "ends_on": clean["ends_on"], "reason": clean["reason"]}


def grant_form(actor: Actor, data: Any = None) -> GrantForm:
    """The form with the sites and products there are."""
    form = GrantForm(data, auto_id="grant_%s")
    form.offer_extents(actor)
    return form


class GrantNames:
    """The words of grants: role, site and product by name."""

    def __init__(self, actor: Actor) -> None:
        self.actor = actor
        self.sites = {s.id: localized_name(s) for s in reference.sites(actor)}
        self.products = {p.id: localized_name(p) for p in reference.products(actor)}

    def line(self, row: Any) -> dict[str, Any]:
        """One grant; the id stands for a site that is closed meanwhile."""
        return {
            "row": row,
            "ended": row.revoked_at is not None or row.over,
            **self._where(row),
        }

    def request_line(self, row: Any) -> dict[str, Any]:
        """One request for a right or for its end."""
        return {"row": row, "ends": row.kind == "revocation", **self._where(row)}

    def waiting_line(self, row: Any) -> dict[str, Any]:
        """The same of one that waits, with who may agree where the reader may not."""
        gets = row.kind != "revocation" and row.user_id == self.actor.id
        agrees = self.actor.id != row.asked_by_id and not gets
        second = None if agrees else shown(second_administrators(self.actor, row))
        return {**self.request_line(row), "agrees": agrees, "second": second}

    def rule_line(self, row: Any) -> dict[str, Any]:
        """For which right a group of an identity provider speaks."""
        return {"row": row, **self._where(row)}

    def extent_line(self, extent: Extent) -> dict[str, Any]:
        """A right that is proposed."""
        return self._named(extent.role, extent.site, extent.product)

    def _where(self, row: Any) -> dict[str, Any]:
        return self._named(row.role, row.site_id, row.product_id)

    def _named(self, role: str, site: UUID | None, product: UUID | None) -> dict[str, Any]:
        """None is all of them, as the constraints of the tables have it."""
        name, _sentence = ROLES.get(role, (role, ""))
        return {
            "role": name,
            "site": _("All sites") if site is None else self.sites.get(site, site),
            "product": _("All products")
            if product is None
            else self.products.get(product, product),
        }
