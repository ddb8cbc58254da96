"""The product's English name in what a receiver who reads English gets.

Only our own names are put into English, each by the name of the same product: words of a reporter
stay as they were said.

Source: ICH E2B(R3) implementation guide, G.k.2.2; the product's own rule of which name is sent.
"""

from collections.abc import Mapping

from pv.domain.e2b.message import DRUG_GROUP, Node

NAME = "G.k.2.2"


def name_in_english(root: Node, names: Mapping[str, str]) -> None:
    """Put the English name where a drug has one of the Chinese `names`, spaces around it or not."""
    for drug in root.each(DRUG_GROUP):
        own = (drug.text(NAME) or "").strip()
        if own and (english := names.get(own)):
            drug.values[NAME] = english
