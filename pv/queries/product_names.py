"""What a product is called in a report: as its lock knew it, in the language of the file."""

from followup.core.actor import Actor
from followup.core.models import DataLock
from followup.languages import is_chinese
from followup.models import Product
from followup.queries import data_locks, reference


def product_at(actor: Actor, product: Product, lock: DataLock | None) -> Product:
    """The product as a lock knew it; as it is now without one, or when it came later."""
    if lock is None:
        return product
    with data_locks.known_at(lock):
        return reference.products(actor).filter(id=product.id).first() or product


def drug_names(product: Product, language: str) -> dict[str, str]:
    """The product's name in the language of a file, by the name a report of the other one has."""
    english, chinese = product.inn, product.generic_zh
    if not (english and chinese):
        return {}
    return {english: chinese} if is_chinese(language) else {chinese: english}
