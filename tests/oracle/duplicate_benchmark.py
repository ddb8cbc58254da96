"""Benchmark of the duplicate score: made-up cases, reports of them by two senders, known answers.

Run: python -m tests.oracle.duplicate_benchmark --cases 2000 --seed 1
Every number is a function of the seed. The noise of the reports (gaps, partial dates, off-by-some
days, other wording) is set here and shares nothing with the weights of the score.
"""

import argparse
import json
import random
import sys
import time
from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from itertools import combinations
from pathlib import Path

from followup.domain.dates import PartialDate
from pv.domain.duplicates import Verdict, read_duplicate_rules, score, search_keys

ROOT = Path(__file__).parents[2]
PATH = ROOT / "pv" / "reference" / "duplicates.json"
PRODUCTS = ("AXI_CEL", "RELMA_CEL", "EQUE_CEL", "INATI_CEL", "ZEVOR_CEL", "CILTA_CEL")
TERMS = (
    "Cytokine release syndrome",
    "Immune effector cell-associated neurotoxicity syndrome",
    "Pneumonia",
    "Neutropenia",
    "Thrombocytopenia",
    "Hypogammaglobulinaemia",
    "T-cell lymphoma",
    "Hepatitis B reactivation",
    "Sepsis",
    "Myelodysplastic syndrome",
)
# How often a field is left out of a report, and how often it comes wrong or vague.
GAP = 0.25
VAGUE = 0.2
OFF = 0.08
LEAST_TIME_APART = 60  # days between two events of one patient that are two cases


def _person(rng, number):
    born = date(1935, 1, 1) + timedelta(days=rng.randrange(27_000))
    return {
        "person_key": f"person{number}",
        "initials": rng.choice("ZWLCYXHM") + rng.choice("SWJHYLMQ"),
        "birth_date": born,
        "sex": rng.choice(("MALE", "FEMALE")),
        "country": "CN",
        "site_key": f"site{rng.randrange(12)}",
        "product_code": rng.choice(PRODUCTS),
        "infused_on": date(2021, 7, 1) + timedelta(days=rng.randrange(1800)),
        "lot": f"L{number:06d}" if rng.random() < 0.9 else None,
    }


def _case(rng, person, earliest):
    onset = earliest + timedelta(days=int(rng.expovariate(1 / 60)))
    fatal = rng.random() < 0.1
    return {
        **person,
        "terms": frozenset(rng.sample(TERMS, rng.choice((1, 1, 2)))),
        "onset": onset,
        "died_on": onset + timedelta(days=rng.randrange(1, 40)) if fatal else None,
        "outcome": "FATAL" if fatal else rng.choice(("RECOVERED", "RECOVERING", "UNKNOWN")),
        "age_years": Decimal((onset - person["birth_date"]).days // 365),
    }


def _said(rng, day, *, may_be_off):
    """A date as a reporter gives it: exact, off by some days, month only, year only."""
    chance = rng.random()
    if may_be_off and chance < OFF:
        day += timedelta(days=rng.choice((-10, -2, -1, 1, 2, 30)))
    elif chance < OFF + VAGUE * 0.7:
        return PartialDate(day.year, day.month)
    elif chance < OFF + VAGUE:
        return PartialDate(day.year)
    return PartialDate.of(day)


def _report(rng, case, number, sender):
    """One sender's report of a case. Only the hospital's own reports carry the person key."""
    report = {"product_code": case["product_code"], "sex": case["sex"], "country": "CN"}
    keep = GAP if sender == "hospital" else GAP * 1.4
    for name in ("initials", "site_key", "lot", "outcome"):
        if case[name] is not None and rng.random() > keep:
            report[name] = case[name]
    for name in ("birth_date", "infused_on", "onset", "died_on"):
        if case[name] is not None and rng.random() > keep:
            report[name] = _said(rng, case[name], may_be_off=name != "birth_date")
    if rng.random() > keep:
        report["age_years"] = case["age_years"] + rng.choice((0, 0, 0, 1))
    terms = set(case["terms"])
    if len(terms) > 1 and rng.random() < 0.3:
        terms.remove(rng.choice(sorted(terms)))  # pop() would follow the hash seed
    if rng.random() < OFF:
        terms = {rng.choice(TERMS)}
    report["terms"] = frozenset(terms)
    if sender == "hospital" and rng.random() < 0.8:
        report["person_key"] = case["person_key"]
    report["report_ids"] = frozenset({f"{sender}-{number}"})
    return report


def benchmark_set(cases, seed):
    """Reports and the set of true pairs: a third of the cases reported twice, a fifth of the
    patients with a second, later case of their own that is no duplicate.
    """
    rng = random.Random(seed)
    reports, owner = [], []
    for number in range(cases):
        person = _person(rng, number)
        made = [_case(rng, person, person["infused_on"])]
        if rng.random() < 0.2:
            later = made[0]["onset"] + timedelta(days=LEAST_TIME_APART + rng.randrange(400))
            made.append(_case(rng, person, later))
        for index, case in enumerate(made):
            copies = 2 if rng.random() < 1 / 3 else 1
            for copy in range(copies):
                sender = ("hospital", "holder")[copy] if copies > 1 else "hospital"
                owner.append((number, index))
                reports.append(_report(rng, case, len(reports), sender))
    first = {}
    truth = set()
    for position, key in enumerate(owner):
        if key in first:
            truth.add((first[key], position))
        first.setdefault(key, position)
    return reports, truth


def _rates(found, truth):
    hits = len(found & truth)
    return {
        "found": len(found),
        "precision": round(hits / len(found), 4) if found else None,
        "recall": round(hits / len(truth), 4) if truth else None,
    }


def candidate_pairs(reports, keys, *, largest_block):
    """Pairs that share a block; a block of more than so many says nothing and is left out."""
    blocks = defaultdict(list)
    for number, report in enumerate(reports):
        for key in search_keys(report, keys):
            blocks[key].append(number)
    members = [block for block in blocks.values() if len(block) <= largest_block]
    return {pair for block in members for pair in combinations(block, 2)}


def run(cases, seed):
    """Precision and recall at both limits, recall of the candidate search, pairs per second."""
    data = json.loads(PATH.read_text(encoding="utf-8"))
    rules = read_duplicate_rules(data)
    reports, truth = benchmark_set(cases, seed)
    started = time.perf_counter()
    pairs = candidate_pairs(reports, data["blocking"], largest_block=data["largest_block"])
    blocked = time.perf_counter()
    verdicts = {pair: score(rules, reports[pair[0]], reports[pair[1]]).verdict for pair in pairs}
    scored = time.perf_counter()
    probable = {pair for pair, verdict in verdicts.items() if verdict is Verdict.PROBABLE}
    suspect = {pair for pair, verdict in verdicts.items() if verdict is Verdict.SUSPECT}
    return {
        "seed": seed,
        "reports": len(reports),
        "true_pairs": len(truth),
        "candidates": len(pairs),
        "candidate_recall": round(len(truth & set(pairs)) / len(truth), 4),
        "probable": _rates(probable, truth),
        "probable_or_suspect": _rates(probable | suspect, truth),
        "blocking_seconds": round(blocked - started, 3),
        "pairs_per_second": round(len(pairs) / max(scored - blocked, 1e-9)),
    }


def main():
    """Print the measures as one JSON line; exit 1 when they fall under the asked limits."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--precision", type=float, default=0.93)
    parser.add_argument("--recall", type=float, default=0.85)
    asked = parser.parse_args()
    result = run(asked.cases, asked.seed)
    sys.stdout.write(json.dumps(result) + "\n")
    good = (
        result["probable"]["precision"] >= asked.precision
        and result["probable_or_suspect"]["recall"] >= asked.recall
    )
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
