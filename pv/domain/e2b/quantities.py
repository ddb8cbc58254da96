"""Units and moments of an ICSR as people read them, in Chinese and English.

Source: domain 6 (ICH E2B(R3): UCUM units, HL7 time stamps).
"""

import re
from datetime import datetime, timedelta, timezone

from followup.languages import is_chinese
from pv.domain.e2b.elements import label
from pv.domain.e2b.message import Node

# Units of time, which English counts: the code list names one of each (UCUM).
_SPANS = {
    "a": "year",
    "mo": "month",
    "wk": "week",
    "d": "day",
    "h": "hour",
    "min": "minute",
    "s": "second",
    "10.a": "decade",
    "{trimester}": "trimester",
}
_POWER = re.compile(r"10\*([+-]?\d+)", re.ASCII)
_MOMENT = re.compile(r"(\d{8})(\d\d)(\d\d)?(\d\d)?(?:\.\d+)?([+-]\d{4})?", re.ASCII)
CHINA = timezone(timedelta(hours=8))


def unit(ucum: str) -> str:
    """A unit as people write it: `10*6.{cells}/kg` is `10^6 cells/kg`."""
    text = _POWER.sub(r"10^\1", ucum).replace(".{", " {")
    return text.replace("{", "").replace("}", "")


def unit_of(element: str, code: str, number: str, language: str) -> str:
    """The unit behind a number in words: 63 `years`, 1 `year`, 63 `岁`, 95.6 `×10^6 cells`."""
    if not is_chinese(language) and (span := _SPANS.get(code)):
        return span if number == "1" else f"{span}s"
    shown = label(element, code, language) or unit(code)
    if is_chinese(language):  # what is counted is written in the unit: {cells}
        shown = shown.replace(" cells", " 个细胞")
    return f"×{shown}" if shown.startswith("10^") else shown


def amount(node: Node, number: str, unit_element: str, language: str) -> str:
    """A number of a message with its unit in words; "" where there is no number."""
    value, code = node.text(number), node.text(unit_element)
    if not value:
        return ""
    return f"{value} {unit_of(unit_element, code, value, language)}" if code else value


def moment(text: str) -> str:
    """A date with a time as people read it; "" for what is none, as a date alone.

    With an offset it is shown in China's time: `20260927034700+0000` is `2026-09-27 11:47 +08:00`.
    """
    found = _MOMENT.fullmatch(text)
    if not found:
        return ""
    day, hour, minute, second, zone = found.groups()
    if zone is None or minute is None:  # as it was written
        clock = ":".join(part for part in (hour, minute, second) if part)
        return " ".join(part for part in (f"{day[:4]}-{day[4:6]}-{day[6:]}", clock, zone) if part)
    try:
        read = datetime.strptime(f"{day}{hour}{minute}{second or '00'}{zone}", "%Y%m%d%H%M%S%z")
        local = read.astimezone(CHINA)
    except (OverflowError, ValueError):
        return ""
    return f"{local:%Y-%m-%d %H:%M:%S} +08:00" if local.second else f"{local:%Y-%m-%d %H:%M} +08:00"
