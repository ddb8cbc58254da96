"""Every message of a received file, taken in one by one: a bad one never stops the rest."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from followup.core.actor import Actor
from followup.core.problems import Refused
from pv.actions.receptions.intake import Taken, import_icsr
from pv.domain.e2b.message import Message
from pv.domain.e2b.refusals import MessageRefused, Refusal


@dataclass(frozen=True, slots=True)
class Line:
    """What became of one message of a file; ``refused`` says why nothing did."""

    number: int
    taken: Taken | None = None
    refused: str = ""
    unplaced: tuple[tuple[str, str], ...] = ()


def in_words(refused: MessageRefused) -> str:
    """Why a file or a message cannot be read, for people."""
    words = {
        Refusal.NOT_XML: _("This is not a readable XML file."),
        Refusal.DOCTYPE: _("The file has a document type (DOCTYPE), which E2B(R3) does not have."),
        Refusal.E2B_R2: _(
            "This is an E2B(R2) file: its reports can be imported, but it is neither validated nor "
            "written back."
        ),
        Refusal.E2B_R2_ACKNOWLEDGEMENT: _("This is an acknowledgement of E2B(R2)."),
        Refusal.TOO_LARGE: _("The file is too large."),
        Refusal.TOO_DEEP: _("The file is nested too deeply."),
        Refusal.TOO_MANY: _("The file holds too many messages."),
        Refusal.NOT_ICSR_BATCH: _("The file is no batch of E2B(R3) safety reports."),
    }
    said = words.get(refused.code, _("The message cannot be read."))
    return f"{said} ({refused.detail or refused.code})"


def import_icsrs(
    actor: Actor, messages: Iterable[Message | MessageRefused], *, file_name: str
) -> Iterator[Line]:
    """One line per message, in order; a file that breaks off ends with a line that says so."""
    number = 0
    try:
        for number, message in enumerate(messages, 1):
            yield _line(actor, message, number, file_name)
    except MessageRefused as refused:
        yield Line(number + 1, refused=in_words(refused))
        return
    if not number:
        yield Line(1, refused=_("The file holds no message."))


def _line(actor: Actor, message: Message | MessageRefused, number: int, name: str) -> Line:
    if isinstance(message, MessageRefused):
        return Line(number, refused=in_words(message))
    try:
        taken = import_icsr(actor, message, file_name=name)
    except Refused as refused:
        return Line(number, refused=str(refused))
    return Line(number, taken, unplaced=tuple((u.path, u.value) for u in message.unplaced))
