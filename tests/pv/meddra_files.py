"""A tiny invented dictionary in the layout of a MedAscii folder; no term of a licensed one."""

ENGLISH = {
    10900001: "Moss eruption",
    10900002: "Moss rash (old name)",
    10900003: "Bell lymph node",
    10900004: "Moss fever",
}
CHINESE = {10900001: "苔藓疹", 10900002: "苔样皮疹", 10900003: "铃状淋巴结", 10900004: "苔藓热"}
PREFERRED = {10900001: 10900001, 10900002: 10900001, 10900003: 10900003, 10900004: 10900004}
OLD = {10900002}
# Code, name, level, status; then query, term, its level (0 query, 4 preferred, 5 lowest), scope.
QUERIES = (
    (20900001, "Mosses of all kinds", 1, "A"),
    (20900002, "Mosses of the skin", 2, "A"),
    (20900003, "Retired query", 1, "I"),
)
CONTENT = (
    (20900001, 20900002, 0, 0, "A"),
    (20900001, 10900004, 4, 1, "A"),
    (20900001, 10900003, 4, 2, "I"),
    (20900002, 10900001, 4, 2, "A"),
    (20900003, 10900003, 4, 2, "A"),
)


def release(version: str = "98.0", language: str = "en", **changed: str) -> dict[str, bytes]:
    """The files by name; `changed` replaces the text of a file, named with _ for the dot."""
    names = ENGLISH if language == "en" else CHINESE
    pts = sorted(set(PREFERRED.values()))
    texts = {
        "llt.asc": "".join(
            f"{c}${names[c]}${PREFERRED[c]}$$$$$$${'N' if c in OLD else 'Y'}$$\r\n" for c in names
        ),
        "pt.asc": "".join(f"{c}${names[c]}$$10900030$$$$$$$$\r\n" for c in pts),
        "mdhier.asc": "".join(
            f"{c}$10900010$10900020$10900030${names[c]}$Mosses$Plants of skin$Garden disorders"
            f"$Gard$$10900030$Y$\r\n"
            for c in pts
        ),
        "smq_list.asc": "".join(
            f"{code}${name}${level}$d$s$n${version}${status}$N$\r\n"
            for code, name, level, status in QUERIES
        ),
        "smq_content.asc": "".join(
            f"{query}${term}${level}${scope}$A$0${status}${version}${version}$\r\n"
            for query, term, level, scope, status in CONTENT
        ),
        "meddra_release.asc": f"{version}${'English' if language == 'en' else 'Chinese'}$$$$\r\n",
    }
    texts |= {name.replace("_asc", ".asc"): text for name, text in changed.items()}
    return {name: text.encode() for name, text in texts.items()}
