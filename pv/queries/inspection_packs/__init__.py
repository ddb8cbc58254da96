"""What an inspector asks of a product first, as tables: the annexes of the system master file.

The order follows the annexes of a pharmacovigilance system master file (EU GVP module II.B.4.8;
China GVP 2021 no. 65 art. 104 to 106 asks for the same). Each table reads through the query of its
own page, so that file and page cannot say different things.
"""

from collections.abc import Callable, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.models import Product
from followup.queries import data_locks, reference
from pv.adapters.inspection_packs import Annex
from pv.queries.inspection_packs import performance, registers, risks
from pv.queries.inspection_packs.annexes import PackChoice, Row, Tables

__all__ = ["PackChoice", "annexes", "products"]

_Part = tuple[Callable[[], str], Perm, Callable[[Actor, PackChoice], Tables]]
_PARTS: Sequence[_Part] = (
    (lambda: _("Certificates"), Perm.COMMITMENT_READ, registers.certificates),
    (lambda: _("Authorisations in other markets"), Perm.CASE_READ, registers.authorisations),
    (lambda: _("Label versions"), Perm.CASE_READ, registers.labels),
    (lambda: _("Classification of the product"), Perm.REPORT_READ, risks.classification),
    (lambda: _("Risk management plan"), Perm.REPORT_READ, risks.risk_plan),
    (lambda: _("Interactions with the authority"), Perm.REPORT_READ, risks.interactions),
    (lambda: _("Evidence behind the approval"), Perm.REPORT_READ, risks.evidence),
    (lambda: _("Investigator-initiated trials and INDs"), Perm.REPORT_READ, risks.studies),
    (lambda: _("Documents of the registers"), Perm.REPORT_READ, risks.documents),
    (lambda: _("Agreements with partners"), Perm.CASE_READ, registers.agreements),
    (lambda: _("Literature and media screening"), Perm.CASE_READ, registers.sources),
    (lambda: _("Duties of the certificates"), Perm.COMMITMENT_READ, performance.duties),
    (
        lambda: pgettext("inspection pack", "Commitments"),
        Perm.COMMITMENT_READ,
        performance.commitments,
    ),
    (
        lambda: pgettext("register", "Comments on commitments"),
        Perm.COMMITMENT_READ,
        performance.comments,
    ),
    (lambda: _("Aggregate reports"), Perm.REPORT_READ, performance.reports),
    (lambda: _("Signals"), Perm.CASE_READ, performance.signals),
    (lambda: _("Compliance of reporting"), Perm.CASE_READ, performance.compliance),
    (lambda: _("Computerised system"), Perm.REPORT_WRITE, performance.system),
    (lambda: _("Restores, drills and upgrades"), Perm.OPERATION_READ, performance.operation),
)


def annexes(actor: Actor, choice: PackChoice) -> list[Annex]:
    """Every annex as known at the lock, in the active language; one not allowed says so."""
    found: list[Annex] = []
    with data_locks.known_at(choice.lock):
        for title, needs, tables in _PARTS:
            if actor.may(needs, product=choice.product.id):
                found += [_annex(*table) for table in tables(actor, choice)]
            else:
                found.append(Annex(title(), (), (), left_out=True))
    return found


def _annex(title: str, columns: Sequence[str], rows: Sequence[Row]) -> Annex:
    """A table in which a dash stands where there is nothing."""
    return Annex(title, columns, [[cell or "—" for cell in row] for row in rows])


def products(actor: Actor) -> list[Product]:
    """Products whose pack the actor may make."""
    return list(reference.products_for(actor, Perm.REPORT_WRITE))
