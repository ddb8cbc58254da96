"""FDA's numbered rules on combination products and their devices (post-market).

Source: domain 6 (FDA's regional requirements and business rules).
"""

from pv.domain.e2b.checks.fda.numbered import TRUE, fda
from pv.domain.e2b.checks.instances import GroupInstance, MessageFacts
from pv.domain.e2b.checks.profiles import Profile, warnings
from pv.domain.e2b.checks.rule import Authority, CheckKind, Rule, rule

POST = (Profile.FDA,)
_SUSPECT = frozenset("13")


def _faulty(place: GroupInstance) -> bool:
    """Whether a device constituent of this drug malfunctioned."""
    return any(d.text("FDA.G.k.12.r.1") == TRUE for d in place.each("FDA.G.k.12.r"))


def _similar_device_case(facts: MessageFacts, place: GroupInstance) -> bool:
    return facts.root.text("FDA.C.1.12") == TRUE and _faulty(place) and place.text("G.k.1") == "4"


def _no_faulty_suspect(facts: MessageFacts, place: GroupInstance) -> bool:
    return place.text("FDA.C.1.7.1") == "5" and not any(
        drug.text("G.k.1") in (*_SUSPECT, "4") and _faulty(drug) for drug in facts.each("G.k")
    )


def _unnamed(facts: MessageFacts, _: GroupInstance) -> bool:
    """A combination product of which some device, or no device, has either name."""
    devices = facts.each("FDA.G.k.12.r")
    return facts.root.text("FDA.C.1.12") == TRUE and (
        not devices
        or any(not d.has("FDA.G.k.12.r.4") and not d.has("FDA.G.k.12.r.5") for d in devices)
    )


def _uncoded(_: MessageFacts, place: GroupInstance) -> bool:
    names = ("FDA.G.k.12.r.4", "FDA.G.k.12.r.5")
    return not any(place.known(n) for n in names) and not place.has("FDA.G.k.12.r.6")


_NAME = (
    "For a combination product (FDA.C.1.12 is true) each device needs its brand name"
    " (FDA.G.k.12.r.4) or common name (FDA.G.k.12.r.5).",
    "组合产品（FDA.C.1.12 为 true）的每个器械须填写商品名（FDA.G.k.12.r.4）"
    "或通用名（FDA.G.k.12.r.5）。",
)

RULES: tuple[Rule, ...] = (
    fda(
        "R0072",
        "FDA.G.k.1.a",
        lambda facts, place: place.has("FDA.G.k.1.a") and not _similar_device_case(facts, place),
        "A similar device (FDA.G.k.1.a) is only allowed for a combination product whose device"
        " malfunctioned and that was not administered (G.k.1 is 4).",
        "仅当组合产品的器械发生故障且未给药（G.k.1 为 4）时，才可填写同类器械（FDA.G.k.1.a）。",
        profiles=POST,
        kind=CheckKind.RELATION,
        scope="G.k",
        touches=("FDA.C.1.12", "FDA.G.k.12.r.1", "G.k.1"),
    ),
    rule(
        Authority.FDA,
        "FDA.G.k.1.a",
        "SIMILAR",
        lambda facts, place: not place.has("FDA.G.k.1.a") and _similar_device_case(facts, place),
        "The device malfunctioned and was not administered: say whether it is a similar device"
        " (FDA.G.k.1.a).",
        "器械发生故障且未给药时，请说明是否为同类器械（FDA.G.k.1.a）。",
        scope="G.k",
        severity=warnings(*POST),
        touches=("FDA.C.1.12", "FDA.G.k.12.r.1", "G.k.1"),
        source="FDA rule R0072: its text only allows the element, its error message demands it",
        confirmed=False,
    ),
    fda(
        "R0092",
        "FDA.G.k.12.r.1",
        _no_faulty_suspect,
        "A 30-day report (FDA.C.1.7.1 is 5) needs a suspect product whose device malfunctioned"
        " (FDA.G.k.12.r.1 is true).",
        "30 日报告（FDA.C.1.7.1 为 5）须至少有一个怀疑产品的器械发生故障"
        "（FDA.G.k.12.r.1 为 true）。",
        profiles=POST,
        touches=("FDA.C.1.7.1", "G.k.1"),
    ),
    fda(
        "R0093",
        "FDA.G.k.12.r.3.r",
        lambda _, place: (
            place.text("FDA.G.k.12.r.1") == TRUE
            and not any(n.values for n in place.each("FDA.G.k.12.r.3.r"))
        ),
        "The device malfunctioned (FDA.G.k.12.r.1), so a device problem code (FDA.G.k.12.r.3.r)"
        " must be given.",
        "器械发生故障（FDA.G.k.12.r.1）时，必须填写器械问题代码（FDA.G.k.12.r.3.r）。",
        profiles=POST,
        scope="FDA.G.k.12.r",
        touches=("FDA.G.k.12.r.1",),
    ),
    fda(
        "R0094",
        "FDA.G.k.12.r.4",
        _unnamed,
        *_NAME,
        profiles=POST,
        touches=("FDA.C.1.12", "FDA.G.k.12.r.5"),
    ),
    fda(
        "R0095",
        "FDA.G.k.12.r.5",
        _unnamed,
        *_NAME,
        profiles=POST,
        touches=("FDA.C.1.12", "FDA.G.k.12.r.4"),
    ),
    fda(
        "R0096",
        "FDA.G.k.12.r.6",
        _uncoded,
        "A device without a known brand or common name needs a product code (FDA.G.k.12.r.6).",
        "器械商品名和通用名均不详时，必须填写器械产品代码（FDA.G.k.12.r.6）。",
        profiles=POST,
        scope="FDA.G.k.12.r",
        touches=("FDA.G.k.12.r.4", "FDA.G.k.12.r.5"),
    ),
    fda(
        "W0007",
        "FDA.G.k.12.r.11.r",
        lambda facts, place: (
            facts.root.text("FDA.C.1.7.1") == "4"
            and place.text("FDA.G.k.12.r.1") == TRUE
            and not any(n.values for n in place.each("FDA.G.k.12.r.11.r"))
        ),
        "A 5-day report (FDA.C.1.7.1 is 4) on a malfunction should name the remedial action"
        " (FDA.G.k.12.r.11.r).",
        "涉及故障的 5 日报告（FDA.C.1.7.1 为 4）应填写已启动的补救措施（FDA.G.k.12.r.11.r）。",
        profiles=POST,
        scope="FDA.G.k.12.r",
        touches=("FDA.C.1.7.1", "FDA.G.k.12.r.1"),
    ),
)
