"""Which file is which, and the columns of a layout under the names of today.

Source: README files of the quarterly extracts; the reports were keyed by ISR and CASE until 2012Q3
and by primaryid (case and version) since; gndr_cod became sex and lot_nbr lot_num in 2014Q3.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum


class UnknownLayout(ValueError):
    """A file whose name or first line is none of the extracts'."""


class Kind(StrEnum):
    """One file of a quarter."""

    DEMO = "demo"  # reports and patients
    DRUG = "drug"
    REAC = "reac"  # reactions
    OUTC = "outc"  # outcomes
    RPSR = "rpsr"  # sources
    THER = "ther"  # dates of therapy
    INDI = "indi"  # indications
    DELETED = "deleted"


# Every column any layout has, under the name of today, in the order of the table.
COLUMNS: Mapping[Kind, Sequence[str]] = {
    Kind.DEMO: (
        "primaryid caseid caseversion i_f_code event_dt mfr_dt init_fda_dt fda_dt rept_cod auth_num"
        " mfr_num mfr_sndr lit_ref age age_cod age_grp sex e_sub wt wt_cod rept_dt to_mfr occp_cod"
        " reporter_country occr_country image death_dt confid foll_seq"
    ).split(),
    Kind.DRUG: (
        "primaryid caseid drug_seq role_cod drugname prod_ai val_vbm route dose_vbm cum_dose_chr"
        " cum_dose_unit dechal rechal lot_num exp_dt nda_num dose_amt dose_unit dose_form dose_freq"
    ).split(),
    Kind.REAC: "primaryid caseid pt drug_rec_act".split(),
    Kind.OUTC: "primaryid caseid outc_cod".split(),
    Kind.RPSR: "primaryid caseid rpsr_cod".split(),
    Kind.THER: "primaryid caseid dsg_drug_seq start_dt end_dt dur dur_cod".split(),
    Kind.INDI: "primaryid caseid indi_drug_seq indi_pt".split(),
}
_RENAMED = {
    "isr": "primaryid",
    "case": "caseid",
    "gndr_cod": "sex",
    "lot_nbr": "lot_num",
    "outc_code": "outc_cod",
    "i_f_cod": "i_f_code",
    "drug_seq": "drug_seq",
}
_SEQUENCES = {Kind.THER: "dsg_drug_seq", Kind.INDI: "indi_drug_seq"}
_FILE = re.compile(r"(demo|drug|reac|outc|rpsr|ther|indi)(\d\d)q([1-4])(?:_new)?\.txt", re.I)
_QUARTER = re.compile(r"(\d{4})q([1-4])", re.I)
_DELETED = re.compile(r"(?:delete|adr(?:ce)?(\d\d)q[1-4]delete|.*deletedcases.*)", re.I)
FAERS_FROM = (2012, 4)


@dataclass(frozen=True, slots=True, order=True)
class Quarter:
    """A quarter of a year."""

    year: int
    number: int

    def __str__(self) -> str:
        return f"{self.year}Q{self.number}"

    @property
    def legacy(self) -> bool:
        """Whether its reports are keyed by ISR: the extracts before FAERS."""
        return (self.year, self.number) < FAERS_FROM

    @classmethod
    def read(cls, text: str) -> "Quarter":
        """Out of `2014Q3`. UnknownLayout otherwise."""
        found = _QUARTER.search(text)
        if found is None:
            raise UnknownLayout(text)
        return cls(int(found[1]), int(found[2]))


def quarter_of(archive: str) -> Quarter:
    """The quarter an archive is of, by its name (`faers_ascii_2014q3.zip`)."""
    return Quarter.read(archive)


def kind_of(path: str) -> Kind | None:
    """Which file of a quarter a path inside an archive is; None for a README and the like."""
    *folders, name = path.replace("\\", "/").split("/")
    found = _FILE.fullmatch(name)
    if found:
        return Kind(found[1].lower())
    inside = any(folder.lower().startswith("delete") for folder in folders)
    if name.lower().endswith(".txt") and (inside or _DELETED.fullmatch(name[:-4])):
        return Kind.DELETED
    return None


def columns_of(kind: Kind, header: bytes) -> list[str]:
    """The columns of a file under the names of today, in its own order. UnknownLayout otherwise.

    A header may close with the separator or not, and a name may have a blank before it.
    """
    text = header.decode("latin-1").strip("\r\n \ufeff")
    if text.startswith("ï»¿"):
        text = text[3:]
    names = [name.strip().lower() for name in text.removesuffix("$").split("$")]
    made = []
    for name in names:
        own = _RENAMED.get(name, name)
        if own == "drug_seq" and kind in _SEQUENCES:
            own = _SEQUENCES[kind]
        if own not in COLUMNS[kind]:
            raise UnknownLayout(f"{kind}: {name[:40]!r}")
        made.append(own)
    if made[0] != "primaryid" or len(set(made)) != len(made):
        raise UnknownLayout(f"{kind}: {text[:60]!r}")
    return made


def deleted_cases(content: bytes) -> Iterator[str]:
    """Case numbers of a list of deleted cases, which may have a heading."""
    for line in content.splitlines():
        text = line.strip(b" \t\r\n$").decode("latin-1")
        if text.isascii() and text.isdigit():
            yield text.lstrip("0") or "0"
