"""The CIOMS I form of a case as a printed document; each print is in the log of reads."""

from uuid import UUID

from django.utils import translation

from followup.core import clock
from followup.core.actor import Actor
from followup.core.pdf import fonts
from followup.core.security import access
from followup.core.trail import signables
from followup.languages import is_chinese
from followup.queries import signatures
from pv.adapters import pdf
from pv.domain.cases import sent
from pv.domain.cases.causality_opinions import in_language
from pv.domain.cioms import CiomsForm, CiomsSheet, form
from pv.domain.e2b.message import Message
from pv.models import Case, CaseVersion
from pv.queries import cases, causality


def sheet(case: Case, row: CaseVersion, language: str) -> CiomsSheet:
    """What the register knows of a version; the narrative in the other language before none."""
    text = sent(row.narrative_zh, row.narrative_en, language).text
    return CiomsSheet(
        number=case.number,
        version=row.number,
        follow_up=row.kind != CaseVersion.Kind.INITIAL,
        narrative=fonts.visible(text),
        generated=row.narrative_generated and bool(text),
        serious=row.serious,
    )


def read(actor: Actor, case: Case, *, language: str, version: int | None = None) -> CiomsForm:
    """The form of a version, the current one by default; NotFound outside the scope."""
    message, told = prepared(actor, case, language=language, version=version)
    return form(message, told, language)


def prepared(
    actor: Actor, case: Case, *, language: str, version: int | None = None
) -> tuple[Message, CiomsSheet]:
    """The message of a version in words a printer has, and what is known beside it."""
    row = cases.version(actor, case, version)
    message = cases.message(row)
    half = "zh" if is_chinese(language) else "en"
    in_language(causality.causality_rules(), message.root, half)
    message, told = _printable(message), sheet(case, row, language)
    if told.narrative:
        message.root.values.pop("H.1", None)  # one narrative: the one that is sent
    return message, told


def _printable(message: Message) -> Message:
    """A character no font has becomes its code point before the text is fitted to a box."""
    for _path, node, code, value in list(message.walk()):
        if isinstance(value, str):
            node.values[code] = fonts.visible(value)
    return message


def printed(
    actor: Actor, case_id: UUID | str, *, language: str, version: int | None = None
) -> pdf.Document:
    """The PDF of the form. Needs to see the case; DocumentFailed."""
    case = cases.one(actor, case_id)
    filled = read(actor, case, language=language, version=version)
    product = ""
    if case.product:
        chinese = is_chinese(language)
        product = case.product.generic_zh if chinese else case.product.inn
    title = f"{case.number} v{filled.sheet.version}"
    with translation.override(language):
        signed = signatures.under(signables.of("case"), case, title=title)
    document = pdf.cioms(
        filled, language=language, product=product, printed_at=clock.now(), signed=signed
    )
    access.record(
        actor,
        "print.cioms",
        case.id,
        reason=f"{case.number} v{filled.sheet.version} {language}",
        site=case.site_id,
        product=case.product_id,
    )
    return document
