"""A tiny invented drug dictionary in both layouts; no name of a licensed one."""

NAMES = (("900001", "01", "001", "Mossamab"), ("900001", "01", "002", "Mossbrand"))
BELL = ("900002", "01", "001", "铃花片")


def b3(**changed: str) -> dict[str, bytes]:
    """DD and DDA at fixed widths; `changed` replaces the text of a file, named with _ for dot."""
    texts = {
        "dd.txt": "".join(
            f"{record}{one}{two}1N26WHO CHN00001010263{name:<1500}\r\n"
            for record, one, two, name in (*NAMES, BELL)
        ),
        "dda.txt": "900001010011263L01XL  \r\n",
    }
    return {
        name: text.encode()
        for name, text in (texts | {n.replace("_", "."): t for n, t in changed.items()}).items()
    }


def c3() -> dict[str, bytes]:
    """MP, THG, ING and SUN as comma-separated values."""
    products = "".join(
        f"{n},{n},{record},{one},{two},,,{'Y' if two == '001' else 'N'},{name},,,,,CHN\r\n"
        for n, (record, one, two, name) in enumerate(NAMES, 7001)
    )
    texts = {
        "mp.csv": products,
        "thg.csv": "1,L01XL,20260901,Y,7001\r\n",
        "ing.csv": "1,20260901,55,,,,1,7001\r\n",
        "sun.csv": "55,,1,mossamab ultimate\r\n",
    }
    return {name: text.encode() for name, text in texts.items()}
