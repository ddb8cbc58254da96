"""Lots: complaints with their clock to the manufacturer, clusters, and who was reached."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from followup.core import clock, versions
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.advisory_locks import wait_for
from followup.core.limits import within
from followup.core.naming import localized_name
from followup.core.numbering import last_number
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.models import Product, Site
from pv.actions.cases.information import save_source, settle
from pv.models import Case, LotCluster, LotContact, ProductComplaint
from pv.queries import lots, rules
from pv.queries.obligations import CLUSTER


def _dated(problems: dict[str, Any], name: str, day: date) -> None:
    if day > clock.today():
        problems[name] = _("The day lies in the future.")


@action("complaint.record", needs=Perm.CASE_WRITE)
def record(
    actor: Actor, product: Product, *, values: Mapping[str, Any], site: Site | None = None
) -> ProductComplaint:
    """Enter a complaint; the clock to the manufacturer counts from the day of awareness."""
    actor.require(Perm.CASE_WRITE, product=product.id, site=site.id if site else None)
    problems: dict[str, Any] = {}
    for name in ("lot", "source", "description"):
        if not values[name].strip():
            problems[name] = _("Enter it.")
    if values["kind"] not in ProductComplaint.Kind.values:
        problems["kind"] = _("Choose what the complaint is about.")
    received = values["received_on"]
    _dated(problems, "received_on", received)
    if other := lots.product_of_lot(actor, product, values["lot"]):
        text = _("The lot is one of %(product)s. Choose that product, or correct the number.")
        problems["lot"] = text % {"product": localized_name(other)}
    if problems:
        raise Refused(problems)
    prefix = f"Q{received:%y}-"
    wait_for("complaint number", prefix)
    number = last_number(ProductComplaint.objects.all(), "number", prefix) + 1
    return ProductComplaint.objects.create(
        number=f"{prefix}{number:04d}",
        product=product,
        site=site,
        lot=values["lot"].strip(),
        kind=values["kind"],
        received_on=received,
        source=values["source"],
        description=values["description"],
        due=received + timedelta(days=int(rules.data("lots")["manufacturer_days"])),
        recorded_by_id=actor.id,
        recorded_at=clock.now(),
    )


def _locked(complaint: ProductComplaint, version: int) -> ProductComplaint:
    row = ProductComplaint.objects.select_for_update().get(id=complaint.id)
    versions.must_be(row, version)
    return row


@action("complaint.tell_manufacturer", needs=Perm.CASE_WRITE)
def tell_manufacturer(
    actor: Actor, complaint: ProductComplaint, *, told_on: date, proof: str, version: int
) -> ProductComplaint:
    """Note that the manufacturer was told, with the proof."""
    row = _locked(complaint, version)
    problems: dict[str, Any] = {}
    if row.told_on is not None:
        raise Refused(lots.told_words(row))
    _dated(problems, "told_on", told_on)
    if told_on < row.received_on:
        problems["told_on"] = _("This is before the complaint came.")
    if not proof.strip():
        problems["proof"] = _("Name the proof: a number, a letter, a file.")
    if problems:
        raise Refused(problems)
    row.told_on, row.proof, row.version = told_on, proof, row.version + 1
    row.told_by_id = actor.id
    row.save(update_fields=["told_on", "proof", "told_by", "version"])
    return row


@action("complaint.conclude", needs=Perm.CASE_WRITE)
def conclude(
    actor: Actor, complaint: ProductComplaint, *, concluded_on: date, conclusion: str, version: int
) -> ProductComplaint:
    """Close a complaint with what the investigation came to; the manufacturer was told first."""
    row = _locked(complaint, version)
    problems: dict[str, Any] = {}
    if row.told_on is None:
        raise Refused(_("Tell the manufacturer before the complaint is closed."))
    if row.concluded_on is not None:
        raise Refused(lots.closed_words(row))
    _dated(problems, "concluded_on", concluded_on)
    if concluded_on < row.told_on:
        problems["concluded_on"] = _("This is before the manufacturer was told.")
    if not conclusion.strip():
        problems["conclusion"] = _("Say what the investigation came to.")
    if problems:
        raise Refused(problems)
    row.concluded_on, row.conclusion, row.version = concluded_on, conclusion, row.version + 1
    row.concluded_by_id = actor.id
    row.save(update_fields=["concluded_on", "conclusion", "concluded_by", "version"])
    return row


@action("lot.declare_cluster", needs=Perm.CASE_WRITE)
def declare_cluster(
    actor: Actor,
    product: Product,
    *,
    lot: str,
    cases: Iterable[UUID],
    seen_on: date,
    reason: str,
    adjacent: str = "",
) -> LotCluster:
    """Declare a cluster; its clock runs on each of the cases from the day it was seen."""
    actor.require(Perm.CASE_WRITE, product=product.id)
    found = lots.one(actor, product.id, lot)
    chosen = [case for case in found.cases if case.id in set(cases)]
    problems: dict[str, Any] = {}
    if not chosen:
        problems["cases"] = _("Tick the cases of the cluster.")
    if not reason.strip():
        problems["reason"] = _("Say why they are a cluster.")
    _dated(problems, "seen_on", seen_on)
    if chosen and seen_on < min(case.received_on for case in chosen):
        problems["seen_on"] = _("This is before the first of the cases was known.")
    if problems:
        raise Refused(problems)
    row = LotCluster.objects.create(
        product=product,
        lot=found.lot,
        adjacent=within(adjacent, 300, "adjacent"),
        seen_on=seen_on,
        reason=reason,
        declared_by_id=actor.id,
        declared_at=clock.now(),
    )
    for one in chosen:
        case = Case.objects.select_for_update().get(id=one.id)
        save_source(
            case,
            None,
            CLUSTER,
            str(row.id),
            received_on=seen_on,
            starts_clock=False,
            adopted_at=clock.now(),
            adopted_version=case.current_version,
        )
        settle(actor, case, reason=reason)
    return row


@action("lot.note_contact", needs=Perm.CASE_WRITE)
def note_contact(
    actor: Actor, product: Product, *, lot: str, site: Site, reached_on: date, how: str, answer: str
) -> LotContact:
    """Note that a hospital was reached about a lot, and what it answered."""
    actor.require(Perm.CASE_WRITE, product=product.id, site=site.id)
    problems: dict[str, Any] = {}
    _dated(problems, "reached_on", reached_on)
    for name, text in (("how", how), ("answer", answer)):
        if not text.strip():
            problems[name] = _("Enter it.")
    if problems:
        raise Refused(problems)
    return LotContact.objects.create(
        product=product,
        site=site,
        lot=lot.strip().upper(),
        reached_on=reached_on,
        how=how,
        answer=answer,
        recorded_by_id=actor.id,
        recorded_at=clock.now(),
    )
