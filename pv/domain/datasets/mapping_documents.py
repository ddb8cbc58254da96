"""The mapping out of its reference document, refused where it is wrong.

Source: CDISC SDTM implementation guide 3.4, sections 2.2, 4.1 and 8.4.
"""

import re
from collections.abc import Mapping
from typing import Any

from followup.domain.documents import LANGUAGES, codes, one_of, text
from pv.domain.datasets.mapping import (
    CORES,
    LABEL_BYTES,
    ROLES,
    CodeList,
    Dataset,
    DatasetMapping,
    Origin,
    Qualifier,
    SdtmMapping,
    Source,
    Term,
    Type,
    Variable,
)
from pv.domain.datasets.trial_design import read_design

_NAME = re.compile(r"[A-Z][A-Z0-9]{0,7}", re.ASCII)


def _variable(row: Mapping[str, Any], known: Mapping[str, CodeList], names: set[str]) -> Variable:
    text(row, "name", *LANGUAGES)
    if not _NAME.fullmatch(row["name"]):
        raise ValueError("name is no variable name of at most 8 characters")
    for language in LANGUAGES:
        if len(row[language].encode()) > LABEL_BYTES:
            raise ValueError(f"{language} is a label of more than {LABEL_BYTES} bytes")
    one_of(row, "core", CORES)
    one_of(row, "role", ROLES)
    if row["codes"]:
        one_of(row, "codes", known)
    source = Source(row["source"])
    if source in (Source.STUDY_DAY, Source.EPOCH, Source.CONTINUATION):
        one_of(row, "of", names)
    if (source in (Source.SEQUENCE, Source.NONE)) == bool(row["of"]):
        raise ValueError("of is named for a value that comes from somewhere, and for no other")
    return Variable(
        name=row["name"],
        en=row["en"],
        zh=row["zh"],
        type=Type(row["type"]),
        core=row["core"],
        origin=Origin(row["origin"]),
        role=row["role"],
        source=source,
        of=row["of"],
        codes=row["codes"],
        methods={of: row[f"method_{of}"] for of in LANGUAGES if row.get(f"method_{of}")},
    )


def _qualifier(row: Mapping[str, Any], known: Mapping[str, CodeList]) -> Qualifier:
    text(row, "name", "fact", *LANGUAGES)
    if not _NAME.fullmatch(row["name"]):
        raise ValueError("name is no qualifier name of at most 8 characters")
    for language in LANGUAGES:
        if len(row[language].encode()) > LABEL_BYTES:
            raise ValueError(f"{language} is a label of more than {LABEL_BYTES} bytes")
    if row["codes"]:
        one_of(row, "codes", known)
    origin = Origin(row["origin"])
    return Qualifier(row["name"], row["en"], row["zh"], row["fact"], row["codes"], origin)


def _dataset(row: Mapping[str, Any], known: Mapping[str, CodeList]) -> Dataset:
    text(row, "class", "structure")
    names = {each["name"] for each in row["variables"]}
    if len(names) != len(row["variables"]):
        raise ValueError("a variable is named twice")
    variables = [_variable(each, known, names) for each in row["variables"]]
    for key in row["keys"]:
        if key not in names:
            raise ValueError(f"{key} is a key and no variable")
    return Dataset(
        row["code"],
        row["en"],
        row["zh"],
        row["class"],
        row["structure"],
        tuple(row["keys"]),
        tuple(variables),
        tuple(_qualifier(each, known) for each in row.get("supplemental", ())),
        row.get("subclass", ""),
    )


def _codelist(row: Mapping[str, Any]) -> CodeList:
    codes(row["terms"], "value", *LANGUAGES)
    terms = {
        each["code"]: Term(each["code"], each["value"], each["nci"], each["en"], each["zh"])
        for each in row["terms"]
    }
    return CodeList(row["code"], row["en"], row["nci"], terms)


def read_mapping(data: Mapping[str, Any]) -> SdtmMapping:
    """The mapping out of its document. ValueError, KeyError or TypeError where it is wrong."""
    text(data, "country")
    common = _common(data)
    names = {row["code"] for row in data["datasets"]}
    for row in data["assays"]:
        one_of(row, "dataset", names)
    return SdtmMapping(
        standard="SDTM",
        **common,
        country=data["country"],
        clinical_events=frozenset(data["clinical_events"]),
        assays={code: row["dataset"] for row in data["assays"] for code in row["codes"]},
        design=read_design(data["trial_design"]),
    )


def read_analysis_mapping(data: Mapping[str, Any]) -> DatasetMapping:
    """The mapping to analysis data sets; wrong ones are refused in the same way."""
    return DatasetMapping(standard="ADaM", **_common(data))


def _common(data: Mapping[str, Any]) -> dict[str, Any]:
    text(data, "citation", "confidence", "guide_version", "terminology_version")
    codes(data["codelists"], *LANGUAGES)
    codes(data["datasets"], *LANGUAGES)
    known = {row["code"]: _codelist(row) for row in data["codelists"]}
    return {
        "version": data["version"],
        "guide": data["guide_version"],
        "terminology": data["terminology_version"],
        "datasets": tuple(_dataset(row, known) for row in data["datasets"]),
        "codelists": known,
    }
