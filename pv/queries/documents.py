"""The readers that must accept each reference document of pharmacovigilance before it is loaded."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from followup.core.permissions import Perm
from followup.domain.documents import LANGUAGES, Check, codes, number, one_of, text
from pv.domain.approvals.interactions import read_interaction_rules
from pv.domain.approvals.studies import read_study_rules
from pv.domain.cases.follow_up_requests import filled
from pv.domain.causality import read_causality_rules
from pv.domain.classifications import read_class_scheme
from pv.domain.clocks import Party, RuleSet
from pv.domain.datasets import read_analysis_mapping, read_mapping
from pv.domain.datasets.registries import read_registries
from pv.domain.duplicates import read_duplicate_rules
from pv.domain.e2b.answers import wait_of
from pv.domain.e2b.channels import ANSWERING, LOOKED_INTO, ChannelKind
from pv.domain.e2b.checks import Profile
from pv.domain.e2b.sendings import patience
from pv.domain.events import read_event_rules
from pv.domain.labels import LabelKind, read_bases
from pv.domain.malignancies import (
    AttributionClass,
    read_adjudication_rules,
    read_attribution_rules,
    read_clonality_rules,
    read_task_rules,
)
from pv.domain.periodic.sections import read_report_kinds, read_topics
from pv.domain.signals.steps import WAITING
from pv.domain.statistics.disproportionality import Theta
from pv.domain.statistics.disproportionality import rules as signal_rules
from pv.queries.commitments.rulebook import Rulebook


def _attribution(data: Mapping[str, Any]) -> None:
    """Thresholds, clonality, adjudication and the workflow's targets of a work-up."""
    read_attribution_rules(data)
    read_clonality_rules(data["clonality"])
    adjudication = read_adjudication_rules(data["adjudication"])
    if adjudication.least_readers < 1:
        raise ValueError("at least one reader is needed")
    codes(data["classes"], *LANGUAGES)
    conclusions = codes(data["conclusions"], *LANGUAGES)
    for row in data["classes"]:
        AttributionClass(row["code"])
        one_of(row, "conclusion", conclusions)
    codes(data["flags"], *LANGUAGES)
    codes(data["targets"], *LANGUAGES)
    for target in data["targets"]:
        given = [target[name] for name in ("hours", "days", "working_days")]
        if len([value for value in given if value is not None]) != 1:
            raise ValueError("one of hours, days and working_days is needed")
    read_task_rules(data)


def _rule_sets(data: Mapping[str, Any]) -> None:
    """Reporting rules, and whose awareness starts a clock."""
    RuleSet.from_dict(data)
    for name in ("counts", "counts_overseas"):
        for party in data["awareness"][name]:
            Party(party)


def _causality(data: Mapping[str, Any]) -> None:
    """The methods of causality assessment, each cited."""
    read_causality_rules(data)
    text(data["citations"], "naranjo", "who_umc", "china", "opinion")


def _commitments(data: Mapping[str, Any]) -> None:
    """The rulebook, and limits that are counted in whole months."""
    Rulebook.from_dict(data)
    for row in data["limits"]:
        number(row, "max_months", "start_within_months")
    for row in data["certificates"]:
        number(row, "validity_months", "apply_before_months")


def _published_counts(data: Mapping[str, Any]) -> None:
    """What others have counted; a count nobody cites is none."""
    codes(data["counts"], "source", "citation", "confidence")
    for row in data["counts"]:
        number(row, "count")
        if row["denominator"] is not None:
            number(row, "denominator")


def _receivers(data: Mapping[str, Any]) -> None:
    """Whom a message is addressed to, by the name of the profile; every profile has a row."""
    if missing := [name for name in Profile if name not in data["receivers"]]:
        raise ValueError(f"receivers are missing: {', '.join(missing)}")
    for name in data["receivers"]:
        row = data["receivers"][name]
        text(row, "batch", "message", "label_en", "label_zh")
        one_of(row, "environment", ("production", "test", "none"))
        if row["environment"] == "production":
            text(row, "authority")
        wait_of(row)


def _risks(data: Mapping[str, Any]) -> None:
    """The starting list of risks by category."""
    known = codes(data["categories"], *LANGUAGES)
    codes(data["risks"], *LANGUAGES, "category", "applies_to")
    for row in data["risks"]:
        one_of(row, "category", known)


def _reviews(data: Mapping[str, Any]) -> None:
    """Who passes which stage of a case, and which two stages want two persons."""
    text(data, "citation", "citation_zh", "confidence")
    for pair in data["four_eyes"]:
        first, second = pair
        for stage in (first, second):
            if stage not in ("entry", "quality", "medical", "submission"):
                raise ValueError(f"{stage} is no stage that is passed")
    for permission in data["passed_by"].values():
        Perm(permission)
    if set(data["unlocked_by_another"]) - {"medical_review", "release", "nullification"}:
        raise ValueError("unlocked_by_another names a signature there is not")
    if not data["released_from"]:
        raise ValueError("a file must be released from some stage")


def _casework(data: Mapping[str, Any]) -> None:
    """Reasons of triage and teams; a reason that needs words is one of them."""
    text(data, "citation", "citation_zh", "confidence")
    known = codes(data["reasons"], "label_en", "label_zh")
    codes(data["teams"], "label_en", "label_zh")
    for code in data["told_in_words"]:
        if code not in known:
            raise ValueError(f"{code} is no reason")
    kinds = {"accept", "follow_up", "duplicate", "not_a_case", "not_reportable"}
    if {kind for row in data["reasons"] for kind in row["decisions"]} != kinds:
        raise ValueError(f"each of {', '.join(sorted(kinds))} needs a reason, and no other")


def _cohorts(data: Mapping[str, Any]) -> None:
    """The smallest counts shown, and the ages by which overdue visits are counted."""
    text(data, "citation", "confidence")
    number(data, "least_count")
    number(data, "few_at_risk")
    days = data["overdue_days"]
    if days != sorted(set(days)) or not all(isinstance(day, int) and day > 0 for day in days):
        raise ValueError("overdue_days must be whole numbers that rise")


def _channels(data: Mapping[str, Any]) -> None:
    """How each kind of channel retries, and the days a certificate is warned of."""
    for kind, row in data["kinds"].items():
        code = ChannelKind(kind)
        needed = ["rest_seconds"] * (code in LOOKED_INTO) + ["answer_seconds"] * (code in ANSWERING)
        number(row, "lease_minutes", *needed)
        if code is ChannelKind.FDA:
            ages = [age for age, _wait in row["ask_minutes"]]
            if not row["hosts"] or ages != sorted(set(ages)):
                raise ValueError("a gateway that is asked needs its hosts, and ages that rise")
        patience(row)
    number(data, "own_certificate_days")
    if not data["certificate_warning_days"]:
        raise ValueError("the end of a certificate must be warned of")


def _aggregate_reports(data: Mapping[str, Any]) -> None:
    """The sections of each kind of report, the topics, and ages that rise."""
    codes(data["kinds"], *LANGUAGES, "short", "citation", "confidence")
    codes(data["topics"], *LANGUAGES)
    for row in data["kinds"]:
        if "sections" in row:
            codes(row["sections"], *LANGUAGES)
    read_report_kinds(data)
    read_topics(data)
    ages = data["ages"]
    if ages != sorted(set(ages)) or not all(isinstance(age, int) and age >= 0 for age in ages):
        raise ValueError("ages must be whole numbers that rise")
    text(data, "citation", "confidence")


def _duties(data: Mapping[str, Any]) -> None:
    """The days of the annual report and of re-registration; the rules of reports."""
    annual, again = data["annual_report"], data["reregistration"]
    date(2001, annual["month"], annual["day"])
    number(again, "months_before")
    number(data, "ahead_months")
    for row in (annual, again):
        text(row, "citation", "confidence")
    for name in ("psur", "dsur"):
        text(data["periodic"], name)
    for row in data["abroad"].values():
        text(row, "code", "rule", "set_code", "set_rule", "citation", "confidence")
    for row in data["trials_abroad"].values():
        text(row, "code", "rule", "born_code", "born_rule", "citation", "confidence")


def _faers(data: Mapping[str, Any]) -> None:
    """The drugs of the class, each with a part of a name at least."""
    text(data, "citation", "confidence")
    codes(data["drugs"], *LANGUAGES)
    for row in data["drugs"]:
        if not row["names"] or any(len(name) < 4 or name != name.upper() for name in row["names"]):
            raise ValueError("names are parts of at least 4 characters, in capitals")


def _amount(data: Mapping[str, Any], name: str) -> None:
    """A number above zero, whole or not."""
    if not isinstance(data[name], int | float) or not data[name] > 0:
        raise ValueError(f"{name} must be a number above 0")


def _signals(data: Mapping[str, Any]) -> None:
    """Rules of detection, the prior, sequential limits and the days of each step."""
    signal_rules(data["rules"])
    Theta(**data["prior"])
    for name in ("lag_days", "prior_pairs"):
        number(data, name)
    for name in ("masking_share", "flat_rate_per_100k"):
        _amount(data, name)
    for name in ("upper_limit", "alpha"):
        _amount(data["sequential"], name)
    for state in WAITING:
        number(data["step_days"], state.value)
    text(data, "citation", "confidence")


def _labels(data: Mapping[str, Any]) -> None:
    """The label each receiver asks for, that of periodic reports, the days of a review."""
    read_bases(data)
    for row in data["receivers"]:
        Profile(row["receiver"])
        text(row, "home", "citation", "confidence")
    LabelKind(data["periodic"]["kind"])
    number(data, "review_days")
    text(data, "citation", "confidence")


def _lots(data: Mapping[str, Any]) -> None:
    """The days to the manufacturer."""
    number(data, "manufacturer_days")
    text(data, "citation", "confidence")


def _screening(data: Mapping[str, Any]) -> None:
    """The rhythm of the literature screening."""
    number(data, "period_days", "grace_days")
    if not data["period_days"]:
        raise ValueError("period_days must be a number above 0")
    text(data, "citation", "confidence")


def _follow_up_requests(data: Mapping[str, Any]) -> None:
    """Days, attempts, codes with their words; letters name only what a letter can say."""
    text(data, "citation", "citation_zh", "confidence")
    number(data, "answer_days", "attempts_before_escalation")
    for name in ("channels", "outcomes", "templates"):
        codes(data[name], "label_en", "label_zh")
    known = codes(data["closures"], "label_en", "label_zh")
    for row in data["templates"]:
        for name in ("subject_en", "subject_zh", "body_en", "body_zh"):
            filled(row[name], {})
    for row in data["closures"]:
        if not isinstance(row["needs_answer"], bool):
            raise ValueError("needs_answer is yes or no")
    if unknown := set(data["told_in_words"]) - set(known):
        raise ValueError(f"{', '.join(sorted(unknown))} is no reason to close")


CHECKS: Mapping[str, Sequence[Check]] = {
    "document aggregate_reports": (_aggregate_reports,),
    "document rule_sets": (_rule_sets,),
    "document authority_interactions": (read_interaction_rules,),
    "document atmp": (read_class_scheme,),
    "document attribution": (_attribution,),
    "document causality": (_causality,),
    "document casework": (_casework,),
    "document channels": (_channels,),
    "document adam": (read_analysis_mapping,),
    "document cohorts": (_cohorts,),
    "document commitments": (_commitments,),
    "document duties": (_duties,),
    "document duplicates": (read_duplicate_rules,),
    "document follow_up_requests": (_follow_up_requests,),
    "document events": (read_event_rules,),
    "document labels": (_labels,),
    "document lots": (_lots,),
    "document published_counts": (_published_counts,),
    "document receivers": (_receivers,),
    "document reviews": (_reviews,),
    "document risks": (_risks,),
    "document faers": (_faers,),
    "document registries": (read_registries,),
    "document sdtm": (read_mapping,),
    "document screening": (_screening,),
    "document signals": (_signals,),
    "document studies": (read_study_rules,),
}
