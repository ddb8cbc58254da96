"""Words that are longer than the element that takes them.

Source: ICH E2B(R3) implementation guide, the lengths of its elements. What does not fit is told in
full by the narrative; the element shows that its words go on.
"""

MORE = "…"


def fitted(text: str, characters: int, *, end: str = "") -> str:
    """The text when it fits into so many characters, else its beginning, a mark, and its `end`.

    `end` is what must not be lost, such as a code behind the words; the text ends in it.
    """
    if len(text) <= characters:
        return text
    return f"{text[: characters - len(MORE) - len(end)].rstrip()}{MORE}{end}"


def told_whole(element: str, text: str, characters: int, *, end: str = "") -> str:
    """The text itself when the element holds what fitted of it, else what the element holds.

    Files of earlier versions were cut without a mark.
    """
    cut = text[:characters]
    return text if element in (fitted(text, characters, end=end), cut) else element
