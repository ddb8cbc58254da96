"""What a receiver's portal showed after a filing by hand: kept as it came, as the proof."""

import hashlib
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from followup.actions.files import intake
from followup.core import clock as time
from followup.core.action import part
from followup.core.actor import Actor
from followup.core.problems import Refused
from followup.domain.files import stored_name
from pv.domain.e2b.acknowledgements import InboundState
from pv.domain.e2b.deliveries import Effect
from pv.models import Acknowledgement, InboundFile, Submission
from pv.models.states import INBOUND_FILE


@dataclass(frozen=True, slots=True)
class PortalReceipt:
    """A printout or picture of what the portal said: PDF, JPEG or PNG."""

    name: str
    content: bytes = field(repr=False)


@part
def keep(actor: Actor, row: Submission, receipt: PortalReceipt | None) -> InboundFile | None:
    """Keep the bytes as they came beside the submission; one file may prove several filings.

    Refused: another type, larger than 10 MB, a PDF that acts, malware, a file that came in as an
    answer of a receiver or proves a filing of another product.
    """
    if receipt is None:
        return None
    kind = intake.checked(receipt.content).kind
    sha256 = hashlib.sha256(receipt.content).hexdigest()
    known = InboundFile.objects.filter(sha256=sha256).first()
    if known is not None:
        _proves_also(known, row)
        return known
    file = InboundFile.objects.create(
        file_name=stored_name(receipt.name, kind),
        door=InboundFile.Door.PORTAL,
        content=receipt.content,
        sha256=sha256,
        size=len(receipt.content),
        received_at=time.now(),
        received_by_id=actor.id,
    )
    kept = Acknowledgement(
        file=file, product_id=row.product_id, worked_at=time.now(), lines=[_line(row)]
    )
    INBOUND_FILE.settle(kept, InboundState.FILED)
    kept.save()
    return file


def _proves_also(file: InboundFile, row: Submission) -> None:
    """The line of a further filing on a file that is a proof already."""
    kept = Acknowledgement.objects.select_for_update().filter(file=file).first()
    if kept is None or kept.state != InboundState.FILED or kept.product_id != row.product_id:
        text = _("This file is here already and is no proof of this product: %(file)s.")
        raise Refused({"file": text % {"file": file.file_name}})
    if str(row.id) not in {line["submission"] for line in kept.lines}:
        kept.lines = [*kept.lines, _line(row)]
        kept.save(update_fields=["lines"])


def _line(row: Submission) -> dict[str, Any]:
    return {
        "message": row.report_number,
        "submission": str(row.id),
        "file_name": row.file_name,
        "ours": True,
        "effect": Effect.MOVED.value,
        "decision": "",
        "problem": "",
        "words": {},
    }
