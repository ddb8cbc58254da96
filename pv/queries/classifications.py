"""Classes of products by the decision table: what holds, what waits, what is to be asked again."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import pgettext

from followup.core import scope
from followup.core.actor import Actor
from followup.core.naming import reader_language, reads_chinese
from followup.core.permissions import Perm
from followup.models import Product
from followup.queries import reference
from pv.domain.classifications import ClassRow, ClassScheme, read_class_scheme
from pv.models import ProductClassification
from pv.queries import rules

Answer = bool | str


@dataclass(frozen=True, slots=True)
class ClassQuestion:
    """A question in the reader's language with the answers it takes, by code."""

    code: str
    text: str
    options: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ClassLine:
    """A product with the class that holds; `again`: a newer scheme is to be asked."""

    product: Product
    held: ProductClassification | None
    again: bool


def scheme() -> ClassScheme:
    """The table as loaded."""
    return read_class_scheme(rules.data("atmp"))


def _options(kind: str) -> tuple[tuple[str, str], ...]:
    words = {
        "yes": pgettext("answer", "Yes"),
        "no": pgettext("answer", "No"),
        "MICROBIAL": pgettext("vector", "A microbe"),
        "NOT_MICROBIAL": pgettext("vector", "No microbe"),
    }
    codes = ["yes", "no"] if kind == "boolean" else kind.split(" or ")
    return tuple((code, words.get(code, code)) for code in codes)


def questions() -> Mapping[str, ClassQuestion]:
    """The questions of the table as loaded, by code."""
    language = reader_language()
    return {
        row["code"]: ClassQuestion(row["code"], str(row[language]), _options(row["kind"]))
        for row in rules.data("atmp")["questions"]
    }


def typed(sent: Mapping[str, str]) -> dict[str, Answer]:
    """Answers by code as the table asks for them; what is no answer to a question is left out."""
    known: dict[str, Answer] = {}
    for code, question in questions().items():
        value = sent.get(code, "")
        if value in dict(question.options):
            known[code] = value == "yes" if value in ("yes", "no") else value
    return known


def as_typed(answer: Answer) -> str:
    """An answer as `typed` reads it."""
    if isinstance(answer, bool):
        return "yes" if answer else "no"
    return answer


def sayings(answers: Mapping[str, Answer]) -> list[tuple[str, str]]:
    """Questions with the answers given, in words."""
    known = questions()
    found = []
    for code, value in answers.items():
        key, question = as_typed(value), known.get(code)
        options = dict(question.options) if question else {}
        found.append((question.text if question else code, options.get(key, key)))
    return found


def reason(row: ProductClassification | ClassRow) -> str:
    """What the row of the table says, in the reader's language."""
    return row.reason_zh if reads_chinese() else row.reason_en


def _entries(actor: Actor) -> "QuerySet[ProductClassification]":
    related = ("product", "entered_by", "confirmed_by")
    return scope.visible(actor, ProductClassification.objects.select_related(*related))


def is_old(row: ProductClassification, current: ClassScheme | None = None) -> bool:
    """Whether the scheme it was answered by is no longer the one loaded."""
    current = current or scheme()
    return (row.scheme, row.scheme_version) != (current.scheme, current.version)


def lines(actor: Actor) -> list[ClassLine]:
    """Every product of the reader with the class that holds."""
    rows = _entries(actor).filter(confirmed_at__isnull=False)
    rows = rows.order_by("product_id", "-confirmed_at").distinct("product_id")
    held = {row.product_id: row for row in rows}
    current = scheme()
    found = []
    for product in reference.products_for(actor, Perm.REPORT_READ):
        row = held.get(product.id)
        again = row is not None and is_old(row, current)
        found.append(ClassLine(product, row, again))
    return sorted(found, key=lambda line: line.product.code)


def waiting(actor: Actor) -> list[ProductClassification]:
    """Entries a second person has not looked at, the oldest first."""
    rows = _entries(actor).filter(confirmed_at__isnull=True, refused_because="")
    return list(rows.order_by("entered_at"))


def one(actor: Actor, entry_id: UUID | str) -> ProductClassification:
    """One entry; NotFound otherwise."""
    return scope.one(actor, _entries(actor), id=entry_id)


def of_product(actor: Actor, product_id: UUID) -> list[ProductClassification]:
    """Every entry of a product, the newest first."""
    return list(_entries(actor).filter(product_id=product_id).order_by("-entered_at"))
