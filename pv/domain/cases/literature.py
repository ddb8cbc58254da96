"""A case found in the literature as an E2B(R3) tree: what the article says, nothing filled in.

Source: ICH E2B(R3) C.4.r.1; GVP 2021 no. 65 art. 46 and 50.
"""

from dataclasses import dataclass
from datetime import datetime

from pv.domain.cases.told_reports import Told, compose_told
from pv.domain.e2b.message import Message
from pv.domain.e2b.text_lengths import fitted


@dataclass(frozen=True, slots=True)
class Article(Told):
    """What was read of a patient in an article; empty means that it does not say."""

    citation: str


def compose_article(
    article: Article, *, worldwide_id: str, holder: str, product: str, inn: str, at: datetime
) -> Message:
    """The first version of the case; the patient is the one the article describes."""
    message = compose_told(
        article, worldwide_id=worldwide_id, holder=holder, product=product, inn=inn, at=at
    )
    message.root.add("C.4.r").values["C.4.r.1"] = fitted(article.citation, 500)
    return message
