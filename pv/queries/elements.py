"""Looking up elements of the report: by code, by name in both languages, by what a code means."""

from functools import lru_cache

from pv.domain.e2b.elements import CODE_LISTS, ELEMENTS, Element, Profile


@lru_cache(maxsize=1)
def _texts() -> dict[str, str]:
    """Everything an element can be found by, folded; the labels of its closed list included."""
    texts = {}
    for element in ELEMENTS.values():
        labels = CODE_LISTS.get(element.code_list or "", ())
        parts = [element.code, element.name_en, element.name_zh, element.code_list or ""]
        parts += [text for label in labels for text in (label.en, label.zh)]
        texts[element.code] = "\n".join(parts).casefold()
    return texts


def search(text: str, region: Profile | None = None) -> list[Element]:
    """The elements a reader may mean, in table order; every word must be found.

    An exact code or the beginning of one (`C.5.`) counts as well; with `region` only those which
    that region reads.
    """
    words = text.casefold().split()
    return [
        element
        for element in ELEMENTS.values()
        if (region is None or region in element.profiles)
        and all(word in _texts()[element.code] for word in words)
    ]


@lru_cache(maxsize=1)
def _order() -> tuple[str, ...]:
    return tuple(ELEMENTS)


def neighbours(code: str) -> tuple[str, str]:
    """The codes before and after an element in table order; empty at the ends and for a group."""
    order = _order()
    if code not in ELEMENTS:
        return "", ""
    place = order.index(code)
    return (
        order[place - 1] if place else "",
        order[place + 1] if place + 1 < len(order) else "",
    )
