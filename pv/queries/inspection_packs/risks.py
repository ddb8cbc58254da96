"""Annexes of the risks of a product: its class, and the risk management plan in force."""

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from followup.core.actor import Actor
from followup.core.naming import citation
from followup.core.spreadsheets.workbooks import Cell
from pv.queries import approval_evidence, register_documents, risk_plans
from pv.queries import classifications as classes
from pv.queries import interactions as exchanges
from pv.queries import studies as trials
from pv.queries.inspection_packs.annexes import (
    PackChoice,
    Tables,
    day,
    entered,
    local_day,
    of_product,
    second_person,
)


def classification(actor: Actor, choice: PackChoice) -> Tables:
    """Its class by the rules, with the row reached and its source."""
    head = (
        _("Class"),
        _("Row of the table"),
        _("Source"),
        _("Version of the rules"),
        *entered(),
    )
    rows = [
        (
            classes.reason(line.held),
            line.held.code,
            citation(line.held.citation),
            line.held.scheme_version,
            *second_person(line.held),
        )
        for line in classes.lines(actor)
        if line.held and line.product.id == choice.product.id
    ]
    yield _("Classification of the product"), head, rows


def risk_plan(actor: Actor, choice: PackChoice) -> Tables:
    """Each risk with its measures, what was done and whether it worked."""
    head = (
        _("Version"),
        _("Category"),
        _("Risk"),
        _("Measure"),
        _("Owner"),
        _("Due"),
        _("Done on"),
        _("Last effectiveness check"),
    )
    colon = pgettext("punctuation", ": ")
    rows: list[tuple[str, ...]] = []
    for plan in of_product(choice, risk_plans.held(actor)):
        for line in risk_plans.lines(actor, plan):
            risk = (plan.number, line.category, line.risk.name)
            rows += [
                (
                    *risk,
                    f"{each.measure.get_kind_display()}{colon}{each.measure.description}",
                    each.measure.owner_name or "—",
                    day(each.measure.due),
                    day(each.done.done_on if each.done else None),
                    str(each.checks[0].get_outcome_display()) if each.checks else "—",
                )
                for each in line.measures
            ] or [(*risk, "—", "—", "—", "—", "—")]
    yield _("Risk management plan"), head, rows


def interactions(actor: Actor, choice: PackChoice) -> Tables:
    """What passed between holder and authority, with the documents and their hashes."""
    lines = exchanges.every(actor, product_id=choice.product.id)
    rows = [exchanges.cells(each)[1:] for each in lines]
    yield _("Interactions with the authority"), exchanges.heading()[1:], rows


def documents(actor: Actor, choice: PackChoice) -> Tables:
    """Documents attached to entries of the registers; the hash tells a file from another."""
    head = (
        _("Register"),
        _("Document"),
        _("File name"),
        "SHA-256",
        _("Added on"),
        _("Why it is removed"),
    )
    rows = [
        (
            str(row.get_register_display()),
            row.title,
            row.name,
            row.sha256,
            local_day(row.added_at),
            row.removed_because,
        )
        for row in register_documents.of_product(actor, choice.product.id)
    ]
    yield _("Documents of the registers"), head, rows


def evidence(actor: Actor, choice: PackChoice) -> Tables:
    """What the approval of each indication rests on."""
    rows = approval_evidence.held(actor, product_id=choice.product.id)
    made = [_texts(approval_evidence.cells(row)[1:]) for row in rows]
    yield _("Evidence behind the approval"), approval_evidence.heading()[1:], made


def studies(actor: Actor, choice: PackChoice) -> Tables:
    """Investigator-initiated trials and trial applications, and what was seen in them."""
    lines = trials.listing(actor, product_id=choice.product.id)
    rows = [_texts(trials.cells(line)[1:]) for line in lines]
    yield _("Investigator-initiated trials and INDs"), trials.heading()[1:], rows
    counts = trials.every_count(actor, product_id=choice.product.id)
    seen = [_texts(trials.safety_cells(line)) for line in counts]
    yield _("Safety seen in studies"), trials.safety_heading(), seen


def _texts(cells: Sequence[Cell]) -> tuple[str, ...]:
    return tuple("—" if cell in ("", None) else str(cell) for cell in cells)
