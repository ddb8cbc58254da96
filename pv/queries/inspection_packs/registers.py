"""Annexes of what is entered: certificates, authorisations, labels, partners, sources."""

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from followup.core.actor import Actor
from pv.queries import agreements as partner_agreements
from pv.queries import authorisation_tables, duties, literature
from pv.queries import authorisations as markets
from pv.queries import labels as label_versions
from pv.queries.inspection_packs.annexes import (
    PackChoice,
    Tables,
    day,
    entered,
    of_product,
    second_person,
)


def certificates(actor: Actor, choice: PackChoice) -> Tables:
    """Certificates of the product."""
    head = (
        pgettext("certificate", "Number"),
        _("Approved on"),
        _("Valid to"),
        _("First re-registration"),
        _("Label version"),
        _("Risk management plan"),
        _("Document"),
        *entered(),
    )
    rows = [
        (
            row.number,
            day(row.approved_on),
            day(row.valid_to),
            day(row.reregistered_on),
            row.label_version or "—",
            row.plan_version or "—",
            row.source,
            *second_person(row),
        )
        for row in of_product(choice, duties.certificates(actor))
    ]
    yield _("Certificates"), head, rows


def authorisations(actor: Actor, choice: PackChoice) -> Tables:
    """Where else it may be sold or tried."""
    head = (*authorisation_tables.facts_heading(), *entered())
    rows = [
        (*authorisation_tables.facts(row, none="—"), *second_person(row))
        for row in markets.held(actor, choice.product.id)
    ]
    yield _("Authorisations in other markets"), head, rows


def labels(actor: Actor, choice: PackChoice) -> Tables:
    """Its labels and reference safety information."""
    head = (
        pgettext("label", "Kind"),
        _("Country"),
        _("Version"),
        _("In force from"),
        "MedDRA",
        _("Document"),
        *entered(),
    )
    rows = [
        (
            str(row.get_kind_display()),
            row.country or "—",
            row.number,
            day(row.valid_from),
            row.dictionary,
            row.source,
            *second_person(row),
        )
        for row in of_product(choice, label_versions.held(actor))
    ]
    yield _("Label versions"), head, rows


def agreements(actor: Actor, choice: PackChoice) -> Tables:
    """Who owes whom what."""
    head = (
        _("Partner"),
        _("Agreement"),
        _("In force from"),
        _("Last day"),
        _("We send: fatal, serious, other (days)"),
        _("They send: fatal, serious, other (days)"),
        _("Document"),
        "SHA-256",
        *entered(),
    )
    rows = [
        (
            row.partner_name,
            row.number,
            day(row.valid_from),
            day(row.valid_to),
            _days(row.to_fatal_days, row.to_serious_days, row.to_other_days),
            _days(row.from_fatal_days, row.from_serious_days, row.from_other_days),
            row.document_name,
            row.document_sha256,
            *second_person(row),
        )
        for row in of_product(choice, partner_agreements.held(actor))
    ]
    yield _("Agreements with partners"), head, rows


def _days(*values: int | None) -> str:
    return ", ".join("—" if value is None else str(value) for value in values)


def sources(actor: Actor, choice: PackChoice) -> Tables:
    """Where safety information is looked for."""
    head = (
        pgettext("screening", "Source"),
        pgettext("screening", "What it is"),
        pgettext("screening", "Search string"),
        pgettext("screening", "Searched from"),
        _("Ended on"),
        _("Last search up to"),
        _("Next search due"),
    )
    rows = [(line.source, line.last) for line in literature.sources(actor, choice.end)]
    ended = of_product(choice, literature.ended(actor, most=None))
    rows += [(row, literature.last_search(row)) for row in ended]
    yield (
        _("Literature and media screening"),
        head,
        [
            (
                row.name,
                str(row.get_kind_display()),
                row.search,
                day(row.active_from),
                day(row.ended_on),
                day(last.end if last else None),
                "—" if row.ended_on else day(row.next_due),
            )
            for row, last in rows
            if row.product_id == choice.product.id
        ],
    )
