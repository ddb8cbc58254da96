"""A letter to a reporter: drafted from its template, printed as PDF and as a Word document."""

from dataclasses import dataclass
from datetime import date

from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from followup.core import clock
from followup.core.actor import Actor
from followup.core.pdf import Report
from followup.core.problems import NotFound
from followup.core.security import access
from followup.core.word import WordDocument
from pv.adapters import pdf
from pv.domain.cases.follow_up_requests import Way, filled
from pv.domain.cases.summaries import summary
from pv.domain.e2b import storage
from pv.domain.e2b.message import Node
from pv.models import Case, CaseVersion, FollowUpRequest
from pv.queries import follow_up_requests as requests

TAGS = {"zh": "zh-hans", "en": "en"}
# Title, given and family name, organisation, department, street, city, province, postcode.
_NAME = ("C.2.r.1.1", "C.2.r.1.2", "C.2.r.1.3", "C.2.r.1.4")
_ADDRESS = ("C.2.r.2.1", "C.2.r.2.2", "C.2.r.2.3", "C.2.r.2.4", "C.2.r.2.5", "C.2.r.2.6")


@dataclass(frozen=True, slots=True)
class LetterDraft:
    """What a letter begins with; a person writes on."""

    recipient: str
    subject: str
    text: str


def _recipient(root: Node) -> str:
    """The first reporter as the case names it (C.2.r); empty where it does not."""
    for reporter in root.each("C.2.r"):
        name = " ".join(text for code in _NAME if (text := reporter.text(code)))
        lines = [name, *(reporter.text(code) or "" for code in _ADDRESS)]
        return "\n".join(line for line in lines if line)
    return ""


def _product(case: Case, language: str) -> str:
    if case.product is None:
        return pgettext("letter", "our product")
    named = case.product.generic_zh if language == "zh" else ""
    return named or case.product.inn


def draft(
    case: Case,
    version: CaseVersion,
    *,
    template: str,
    language: str,
    elements: list[str],
    due: date,
) -> LetterDraft:
    """The letter of a template with the values of the case, in the letter's own language."""
    row = requests.template(template)
    if row is None or language not in requests.LANGUAGES:
        raise NotFound()
    root = storage.from_data(version.message)
    with translation.override(TAGS[language]):
        # The reporter reads what was told: the name of its code, else the words, no bare code.
        known = [line.name or line.words for line in summary(root).reactions]
        events = [text for text in known if text] or [case.title]
        values = {
            "case": case.number,
            "product": _product(case, language),
            "event": ("；" if language == "zh" else "; ").join(events),
            "questions": "\n".join(f"- {requests.name(path, language)}" for path in elements),
            "due": date_format(due, "DATE_FORMAT"),
        }
    return LetterDraft(
        _recipient(root),
        filled(row[f"subject_{language}"], values),
        filled(row[f"body_{language}"], values),
    )


def printed(actor: Actor, row: FollowUpRequest, *, kind: str) -> pdf.Document:
    """The letter as it was written, as `pdf` or `docx`; the print is in the log of reads."""
    if row.way != Way.LETTER or kind not in ("pdf", "docx"):
        raise NotFound()
    with translation.override(TAGS[row.language]):
        day = date_format(row.asked_on, "DATE_FORMAT")
        head = _("Case %(number)s") % {"number": row.case.number}
        content = _pdf(row, head, day) if kind == "pdf" else _word(row, head, day)
    access.record(
        actor,
        "print.letter",
        row.case_id,
        reason=f"{row.case.number} {row.asked_on} {kind}",
        site=row.site_id,
        product=row.product_id,
    )
    return pdf.Document(f"{row.case.number}-letter-{row.asked_on}-{row.language}.{kind}", content)


def _holder(row: FollowUpRequest) -> str:
    product = row.case.product
    if product is None:
        return ""
    holder = product.holder
    return (holder.name_zh if row.language == "zh" else holder.name_en) or holder.name_zh


def _pdf(row: FollowUpRequest, head: str, day: str) -> bytes:
    language = TAGS[row.language]
    report = Report(
        title=row.subject, language=language, running=_holder(row), foot=head, landscape=False
    )
    for block in (row.recipient, day, row.text, _holder(row)):
        for line in block.splitlines():
            report.paragraph(line or " ")
        report.paragraph(" ")
    return report.pdf()


def _word(row: FollowUpRequest, head: str, day: str) -> bytes:
    document = WordDocument(
        title=row.subject,
        language=TAGS[row.language],
        running=f"{_holder(row)} {head}",
        made_at=clock.now(),
        landscape=False,
    )
    document.title(row.subject)
    for block in (row.recipient, day, row.text, _holder(row)):
        for line in block.splitlines():
            document.paragraph(line)
        document.paragraph("")
    return document.content()
