"""What box 7 and 13 and box 23 of the form say: reactions, tests, narrative, history.

Source: domain 6 (CIOMS I, 1990).
"""

from pv.domain.cioms.display_values import Reader
from pv.domain.e2b.message import Node

CRITERIA = ("E.i.3.2a", "E.i.3.2b", "E.i.3.2c", "E.i.3.2d", "E.i.3.2e", "E.i.3.2f")
FREE_HISTORY = "D.7.2"


def joined(*parts: str, by: str) -> str:
    """The parts that say something."""
    return by.join(part for part in parts if part)


def numbered(blocks: list[str]) -> str:
    """Blocks one under the other, numbered when there are several."""
    if len(blocks) < 2:
        return "".join(blocks)
    return "\n".join(f"#{index} {block}" for index, block in enumerate(blocks, 1))


def reaction(reader: Reader, node: Node) -> str:
    """One reaction: words, code, dates, outcome, criteria of seriousness."""
    text = reader.text
    translated = text(node, "E.i.1.2")
    name = reader.term(node, "E.i.1.1a", "E.i.2.1b", "E.i.2.1a")
    return reader.statements(
        f"{name}{reader.aside(translated)}".strip(),
        reader.said("started", node, "E.i.4"),
        reader.said("ended", node, "E.i.5"),
        reader.labelled("lasted", reader.amount(node, "E.i.6a", "E.i.6b")),
        reader.said("outcome", node, "E.i.7"),
        reader.labelled("serious", _criteria(reader, node)),
        reader.said("highlighted", node, "E.i.3.1"),
        reader.said("confirmed", node, "E.i.8"),
        reader.said("country", node, "E.i.9"),
    )


def _criteria(reader: Reader, node: Node) -> str:
    """The criteria that hold; one that was denied says so, one not stated stays unticked."""
    named = []
    for element in CRITERIA:
        answer = reader.text(node, element)
        if node.text(element) is not None:
            denied = node.text(element) != "true"
            named.append(
                f"{reader.name(element)}{reader.aside(answer)}" if denied else reader.name(element)
            )
    return reader.values(*named)


def test(reader: Reader, node: Node) -> str:
    """One test or procedure with its result and range."""
    low, high = reader.text(node, "F.r.4"), reader.text(node, "F.r.5")
    span = f"{low} – {high}" if low or high else ""
    return reader.statements(
        reader.text(node, "F.r.1"),
        reader.term(node, "F.r.2.1", "F.r.2.2b", "F.r.2.2a"),
        reader.text(node, "F.r.3.1"),
        joined(reader.text(node, "F.r.3.2"), reader.text(node, "F.r.3.3"), by=" "),
        reader.text(node, "F.r.3.4"),
        reader.labelled("range", span),
        reader.text(node, "F.r.6"),
        reader.said("more_information", node, "F.r.7"),
    )


def description(reader: Reader, narrative: str, *, generated: bool) -> str:
    """Box 7 and 13: reactions, then the narrative, tests, comments and opinions."""
    root, message = reader.message.root, reader.message
    told = reader.text(root, "H.1")
    narrative = narrative or told
    heading = reader.word("narrative") + (f" {reader.word('generated')}" if generated else "")
    parts = [
        numbered([reaction(reader, node) for node in message.each("E.i")]),
        f"{heading}\n{narrative}" if narrative else "",
        f"{reader.name('H.1')}{reader.aside('H.1')}\n{told}"
        if told and told.strip() != narrative.strip()
        else "",
        _block(reader, "tests", [test(reader, node) for node in message.each("F.r")]),
        _block(reader, "reporter_comments", [reader.text(root, "H.2")]),
        _block(reader, "sender_comments", [reader.text(root, "H.4")]),
        _block(reader, "diagnoses", _diagnoses(reader)),
        _block(reader, "summaries", _summaries(reader)),
        _block(reader, "causality", _opinions(reader)),
    ]
    return joined(*parts, by="\n\n")


def _block(reader: Reader, key: str, lines: list[str]) -> str:
    said = [line for line in lines if line]
    return f"{reader.word(key)}\n{numbered(said)}" if said else ""


def _diagnoses(reader: Reader) -> list[str]:
    nodes = reader.message.each("H.3.r")
    return [reader.term(node, "", "H.3.r.1b", "H.3.r.1a") for node in nodes]


def _summaries(reader: Reader) -> list[str]:
    nodes = reader.message.each("H.5.r")
    return [joined(reader.text(n, "H.5.r.1a"), reader.text(n, "H.5.r.1b"), by=" ") for n in nodes]


def _opinions(reader: Reader) -> list[str]:
    """Who assessed which drug against which reaction, by which method, with which result."""
    reactions = {node.id: node for node in reader.message.each("E.i")}
    lines = []
    for drug in reader.message.each("G.k"):
        for link in drug.each("G.k.9.i"):
            reader.text(link, "G.k.9.i.1")
            about = reactions.get(link.text("G.k.9.i.1"))
            pair = joined(
                reader.text(drug, "G.k.2.2"),
                reader.text(about, "E.i.1.1a") if about else "",
                by=" – ",
            )
            for opinion in link.each("G.k.9.i.2.r"):
                said = [reader.text(opinion, f"G.k.9.i.2.r.{n}") for n in (1, 2, 3)]
                lines.append(reader.pair(pair, reader.values(*said)))
    return lines


def history(reader: Reader) -> str:
    """Box 23: history, body, pregnancy, past drugs, death."""
    root, message = reader.message.root, reader.message
    blocks = [
        reader.statements(
            reader.said("weight", root, "D.3"),
            reader.said("height", root, "D.4"),
            reader.said("lmp", root, "D.6"),
            reader.said("concomitant_therapy", root, "D.7.3"),
        ),
        reader.text(root, FREE_HISTORY),
        *(_condition(reader, node) for node in message.each("D.7.1.r")),
        *(_past_drug(reader, node) for node in message.each("D.8.r")),
        reader.statements(
            reader.said("died", root, "D.9.1"), reader.said("autopsy", root, "D.9.3")
        ),
        *(_cause(reader, "cause", n, "D.9.2.r") for n in message.each("D.9.2.r")),
        *(_cause(reader, "autopsy_cause", n, "D.9.4.r") for n in message.each("D.9.4.r")),
    ]
    return joined(*blocks, by="\n")


def _condition(reader: Reader, node: Node) -> str:
    return reader.statements(
        reader.term(node, "", "D.7.1.r.1b", "D.7.1.r.1a"),
        joined(reader.text(node, "D.7.1.r.2"), reader.text(node, "D.7.1.r.4"), by=" – "),
        reader.said("continuing", node, "D.7.1.r.3"),
        reader.said("family", node, "D.7.1.r.6"),
        reader.text(node, "D.7.1.r.5"),
    )


def _past_drug(reader: Reader, node: Node) -> str:
    indication = reader.term(node, "", "D.8.r.6b", "D.8.r.6a")
    effect = reader.term(node, "", "D.8.r.7b", "D.8.r.7a")
    return reader.statements(
        reader.said("past_drugs", node, "D.8.r.1"),
        joined(reader.text(node, "D.8.r.4"), reader.text(node, "D.8.r.5"), by=" – "),
        reader.labelled("indication", indication),
        reader.labelled("reaction", effect),
    )


def _cause(reader: Reader, key: str, node: Node, group: str) -> str:
    found = reader.term(node, f"{group}.2", f"{group}.1b", f"{group}.1a")
    return reader.labelled(key, found)
