"""The table of ISBT 128 product codes as a licensed site exports it: code and description.

Source: ISBT 128 Standard ST-001, data structure 003 (the first five characters are the product
description code); the table itself is ICCBBA's and is never shipped.
"""

import csv
import io
import re
from dataclasses import dataclass

LONGEST = 300
_CODE = re.compile(r"[A-Z][A-Z0-9]{4}")
_HEADS = frozenset({"code", "product code", "product description code", "pdc", "产品代码"})


@dataclass(frozen=True, slots=True)
class CodeTable:
    """Descriptions by code, and the lines that are none."""

    codes: dict[str, str]
    wrong: tuple[int, ...]


def description_code(product_code: str) -> str:
    """The part of a product code that is described: what follows is the collection's own."""
    return product_code[:5]


def read_code_table(content: bytes) -> CodeTable:
    """Two columns, comma, semicolon or tab, with or without a head; UTF-8 or GB18030.

    ValueError when it is text of neither. A code that stands twice with two descriptions is wrong.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("gb18030")
    first = text.partition("\n")[0]
    mark = next((sign for sign in ("\t", ";") if sign in first), ",")
    codes: dict[str, str] = {}
    wrong: list[int] = []
    reader = csv.reader(io.StringIO(text), delimiter=mark)
    for row in reader:
        cells = [cell.strip() for cell in row]
        if not any(cells) or (reader.line_num == 1 and cells[0].casefold() in _HEADS):
            continue
        described = cells[1] if len(cells) > 1 else ""
        fits = _CODE.fullmatch(cells[0]) and 0 < len(described) <= LONGEST and "\0" not in described
        if not fits or codes.get(cells[0], described) != described:
            wrong.append(reader.line_num)
            continue
        codes[cells[0]] = described
    return CodeTable(codes, tuple(wrong))
