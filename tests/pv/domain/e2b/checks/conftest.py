"""A whole message for every receiver, and short ways to change it."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from pv.domain.e2b.checks import REGISTRY, Finding, Profile, validate
from pv.domain.e2b.elements import ELEMENTS, GROUPS
from pv.domain.e2b.message import Batch, Message, Node, Null, Value

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
REACTION = "11111111-1111-4111-8111-111111111111"
DRUG = "22222222-2222-4222-8222-222222222222"
RECEIVERS = {
    Profile.ICH: ("RECEIVER", "RECEIVER"),
    Profile.NMPA: ("nmpacdr_test", "nmpacdr_test"),
    Profile.CDE: ("nmpacdr_test", "nmpacdr_test"),
    Profile.FDA: ("ZZFDA", "CDER"),
    Profile.FDA_IND: ("ZZFDA_PREMKT", "CBER_IND"),
    Profile.EMA: ("EVTEST", "EVTEST"),
    Profile.EMA_TRIAL: ("EVCTMTEST", "EVCTMTEST"),
    Profile.MHRA: ("MHRAUK", "MHRAUK"),
    Profile.PMDA: ("PMDA", "PMDA"),
    Profile.MFDS: ("MFDS", "MFDS"),
    Profile.HEALTH_CANADA: ("HC", "HC"),
    Profile.PARTNER: ("PARTNER", "PARTNER"),
}
TRIALS = (Profile.CDE, Profile.FDA_IND, Profile.EMA_TRIAL)
NI = Null("NI")
CORE = {
    "N.1.1": "1",
    "N.1.2": "BATCH-1",
    "N.1.3": "SENDER",
    "N.1.5": "20261101120000+0800",
    "N.2.r.1": "CN-EVERWATCH-0001",
    "N.2.r.2": "SENDER",
    "N.2.r.4": "20261101110000+0800",
    "C.1.1": "CN-EVERWATCH-0001",
    "C.1.2": "20261101110000+0800",
    "C.1.3": "1",
    "C.1.4": "20261020",
    "C.1.5": "20261020",
    "C.1.6.1": "false",
    "C.1.7": "true",
    "C.1.8.1": "CN-EVERWATCH-0001",
    "C.1.8.2": "2",
    "C.1.9.1": NI,
    "C.2.r.3": "CN",
    "C.2.r.4": "1",
    "C.2.r.5": "1",
    "C.3.1": "1",
    "C.3.2": "Everwatch",
    "D.1": "WLM",
    "D.2.1": "19690308",
    "D.5": "2",
    "D.7.2": "None",
    "E.i.1.2": "T-cell lymphoma",
    "E.i.2.1a": "27.1",
    "E.i.2.1b": "10042971",
    "E.i.3.2a": NI,
    "E.i.3.2b": NI,
    "E.i.3.2c": "true",
    "E.i.3.2d": NI,
    "E.i.3.2e": NI,
    "E.i.3.2f": "true",
    "E.i.4": "20261001",
    "E.i.7": "3",
    "G.k.1": "1",
    "G.k.2.2": "瑞基奥仑赛注射液",
    "G.k.2.3.r.1": "relmacabtagene autoleucel",
    "G.k.4.r.4": "20250301",
    "G.k.4.r.7": "COI-0001",
    "G.k.9.i.1": REACTION,
    "G.k.9.i.2.r.1": "Sponsor",
    "G.k.9.i.2.r.2": "直报系统方法",
    "G.k.9.i.2.r.3": "Suspected",
    "H.1": "A patient developed a T-cell lymphoma.",
}
SENDER = {
    "C.3.3.1": "Safety",
    "C.3.3.2": "Dr",
    "C.3.3.3": "Li",
    "C.3.3.5": "Wang",
    "C.3.4.1": "1 Road",
    "C.3.4.2": "Shanghai",
    "C.3.4.3": "Shanghai",
    "C.3.4.4": "200000",
    "C.3.4.5": "CN",
    "C.3.4.6": "+862100000000",
    "C.3.4.7": "+862100000001",
    "C.3.4.8": "safety@example.org",
}
AMERICAN = SENDER | {
    "FDA.C.1.7.1": "1",
    "FDA.C.1.12": "false",
    "FDA.C.2.r.2.8": "reporter@example.org",
    "FDA.D.11.r.1": "C41260",
    "FDA.D.12": "C41222",
    "FDA.E.i.3.2h": NI,
}
REGIONAL: dict[Profile, dict[str, Value]] = {
    Profile.ICH: {},
    Profile.NMPA: {
        "H.1": "患者发生 T 细胞淋巴瘤。",
        "C.1.CN.1": "3",
        "C.1.CN.2": "12",
        "G.k.CN.3": "true",
        "G.k.CN.4": "国药准字S20210035",
        "G.k.9.i.CN.2": "1",
    },
    Profile.CDE: {
        "H.1": "患者发生 T 细胞淋巴瘤。",
        "C.1.CN.2": "11",
        "C.5.1.r.1": "CXSL2000001",
        "G.k.CN.4": "CXSL2000001",
        "G.k.9.i.CN.1": "1",
        "G.k.9.i.CN.2": "1",
    },
    Profile.FDA: AMERICAN,
    Profile.FDA_IND: AMERICAN
    | {"FDA.C.5.5a": "123456", "FDA.C.5.6.r": Null("NA"), "G.k.9.i.2.r.2": "FDA"},
    Profile.EMA: {},
    Profile.EMA_TRIAL: {
        "G.k.9.i.2.r.1.EU.1": "3",
        "G.k.9.i.2.r.2.EU.1": "1",
        "G.k.9.i.2.r.3.EU.1": "1",
    },
}


class Draft:
    """A batch of one message to be changed by element code; instances count from 0."""

    def __init__(self, profile: Profile) -> None:
        self.root = Node("")
        self.batch = Batch({}, (Message(self.root),))
        values = CORE | REGIONAL.get(profile, {})
        if profile in TRIALS:
            values |= {"C.1.3": "2", "C.5.4": "1"}
        values["N.1.4"], values["N.2.r.3"] = RECEIVERS[profile]
        for code, value in values.items():
            self.put(code, value)
        self.node("E.i").id = REACTION
        self.node("G.k").id = DRUG

    def node(self, group: str, at: int = 0) -> Node:
        """The instance of a group, made with its parents when it is not there."""
        if group == "":
            return self.root
        parent = self.node(GROUPS[group].parent or "")
        while len(parent.each(group)) <= at:
            parent.add(group)
        return parent.each(group)[at]

    def put(self, code: str, value: Value | str, at: int = 0) -> "Draft":
        """Say a value in the ``at``-th instance of the element's group."""
        group = ELEMENTS[code].group if code in ELEMENTS else ""
        values = self.batch.values if group == "N.1" else self.node(group, at).values
        values[code] = value
        return self

    def drop(self, *codes: str, at: int = 0) -> "Draft":
        """Make elements absent."""
        for code in codes:
            group = ELEMENTS[code].group
            values = self.batch.values if group == "N.1" else self.node(group, at).values
            values.pop(code, None)
        return self

    def clear(self, group: str) -> "Draft":
        """Remove every instance of a group (in the first instance of its parent)."""
        self.node(GROUPS[group].parent or "").groups.pop(group, None)
        return self

    def add(self, group: str, id: str | None = None) -> "Draft":
        """Add an instance of a group."""
        self.node(GROUPS[group].parent or "").add(group, id)
        return self

    def check(self, profile: Profile, initial: bool | None = None) -> list[Finding]:
        return validate(self.batch, profile, now=NOW, initial=initial)


Change = Callable[[Draft], object]


@pytest.fixture(scope="session")
def draft() -> type[Draft]:
    return Draft


@pytest.fixture(scope="session")
def both_ways() -> Callable[[str, Change, Change | None], None]:
    """Assert that a rule finds its broken message and leaves the kept one, in each profile."""

    def check(rule: str, breaks: Change, keeps: Change | None) -> None:
        severities = REGISTRY[rule].severity
        assert severities, f"{rule} is applied nowhere"
        for profile, severity in severities.items():
            broken = Draft(profile)
            breaks(broken)
            found = [f for f in broken.check(profile, initial=True) if f.rule == rule]
            assert found, f"{rule} does not see its broken message in {profile}"
            assert {f.severity for f in found} == {severity}
            kept = Draft(profile)
            if keeps is not None:
                keeps(kept)
            ids = [f.rule for f in kept.check(profile, initial=True)]
            assert rule not in ids, f"{rule} sees a fault in its kept message in {profile}"

    return check
