"""Everwatch's own plausibility checks: contradictions no receiver's list names, always warnings.

The product's own rule.
"""

from pv.domain.e2b.checks.dates import is_after
from pv.domain.e2b.checks.instances import MESSAGE, GroupInstance, MessageFacts
from pv.domain.e2b.checks.profiles import EVERYONE, warnings
from pv.domain.e2b.checks.rule import Authority, CheckKind, NodeTest, Rule, Text, rule, with_test
from pv.domain.e2b.elements import ELEMENTS

SOURCE = "Everwatch plausibility check"
_SERIOUS = tuple(f"E.i.3.2{letter}" for letter in "abcdef")
_SUSPECT = frozenset("13")
_WARN = warnings(*EVERYONE)
_PERIODS = (
    ("C.1.4", "C.1.5"),
    ("C.1.5", "C.1.2"),
    ("D.2.1", "D.9.1"),
    ("D.7.1.r.2", "D.7.1.r.4"),
    ("D.8.r.4", "D.8.r.5"),
    ("D.10.7.1.r.2", "D.10.7.1.r.4"),
    ("D.10.8.r.4", "D.10.8.r.5"),
    ("E.i.4", "E.i.5"),
    ("G.k.4.r.4", "G.k.4.r.5"),
)
_MEDDRA_LENGTH = 8


def _rule(
    element: str,
    name: str,
    broken: NodeTest,
    en: str,
    zh: str,
    *,
    scope: str = MESSAGE,
    touches: tuple[str, ...] = (),
    kind: CheckKind = CheckKind.RELATION,
) -> Rule:
    return rule(
        Authority.EW,
        element,
        name,
        broken,
        en,
        zh,
        kind=kind,
        scope=scope,
        severity=_WARN,
        touches=touches,
        source=SOURCE,
    )


def _order(first: str, second: str) -> Rule:
    one, other = ELEMENTS[first], ELEMENTS[second]

    def broken(_: MessageFacts, place: GroupInstance) -> bool:
        start, end = place.text(first), place.text(second)
        return start is not None and end is not None and is_after(start, end)

    return _rule(
        second,
        "ORDER",
        broken,
        f"{other.name_en} ({second}) lies before {one.name_en.lower()} ({first}).",
        f"{second}（{other.name_zh}）早于 {first}（{one.name_zh}）。",
        scope=one.group,
        touches=(first,),
        kind=CheckKind.ORDER,
    )


def _digits(code: str) -> Rule:
    element = ELEMENTS[code]
    return with_test(
        Authority.EW,
        code,
        "DIGITS",
        lambda text: len(text) != _MEDDRA_LENGTH,
        f"{element.name_en} ({code}) is not eight digits, as every MedDRA code is.",
        f"{code}（{element.name_zh}）不是八位数字，MedDRA 编码均为八位。",
        severity=_WARN,
        reason=Text(
            "The receiver will not find the term in MedDRA.", "接收方在 MedDRA 中将查不到该术语。"
        ),
        source=SOURCE,
        kind=CheckKind.TERMS,
    )


def _serious(place: GroupInstance) -> bool:
    return any(place.text(code) == "true" for code in _SERIOUS)


def _after_death(facts: MessageFacts, place: GroupInstance) -> bool:
    start, death = place.text("E.i.4"), facts.root.text("D.9.1")
    return start is not None and death is not None and is_after(start, death)


def _before_birth(facts: MessageFacts, place: GroupInstance) -> bool:
    start, birth = place.text("E.i.4"), facts.root.text("D.2.1")
    return start is not None and birth is not None and is_after(birth, start)


def _started_after(facts: MessageFacts, place: GroupInstance) -> bool:
    """A suspect drug whose every dose began after a reaction that it is assessed for.

    Without an assessment all reactions count; a dose without a date proves nothing.
    """
    if place.text("G.k.1") not in _SUSPECT:
        return False
    starts = [dose.text("G.k.4.r.4") for dose in place.each("G.k.4.r")]
    assessed = {row.text("G.k.9.i.1") for row in place.each("G.k.9.i")}
    onsets = [
        event.text("E.i.4")
        for event in facts.each("E.i")
        if not assessed or event.node.id in assessed
    ]
    return bool(starts) and any(
        onset is not None and all(start is not None and is_after(start, onset) for start in starts)
        for onset in onsets
    )


def _death_unsaid(facts: MessageFacts, place: GroupInstance) -> bool:
    died = any(event.text("E.i.3.2a") == "true" for event in facts.each("E.i"))
    return died and not place.has("D.9.1") and not place.each("D.9.2.r")


def _assessed_twice(_: MessageFacts, place: GroupInstance) -> bool:
    rows = [row.text("G.k.9.i.1") for row in place.each("G.k.9.i")]
    return len(set(rows)) < len(rows)


def _same_id(facts: MessageFacts, group: str) -> bool:
    ids = [place.node.id for place in facts.each(group) if place.node.id is not None]
    return len(set(ids)) < len(ids)


RULES: tuple[Rule, ...] = (
    *(_order(first, second) for first, second in _PERIODS),
    *(_digits(code) for code, element in ELEMENTS.items() if element.code_list == "MEDDRA"),
    _rule(
        "N.2.r.1",
        "UNIQUE",
        lambda facts, _: facts.text("N.2.r.1") in facts.repeated,
        "Two messages of the batch carry the same message identifier (N.2.r.1).",
        "同一批次中有两条消息的消息标识（N.2.r.1）相同。",
    ),
    _rule(
        "C.1.6.1",
        "LISTED",
        lambda _, place: place.text("C.1.6.1") == "false" and bool(place.each("C.1.6.1.r")),
        "Documents are listed (C.1.6.1.r) although C.1.6.1 says there are none.",
        "C.1.6.1 为“无附加文件”，但列出了文件（C.1.6.1.r）。",
        touches=("C.1.6.1.r.1", "C.1.6.1.r.2"),
    ),
    _rule(
        "C.1.9.1",
        "LISTED",
        lambda _, place: place.text("C.1.9.1") != "true" and bool(place.each("C.1.9.1.r")),
        "Other case identifiers are listed (C.1.9.1.r), so C.1.9.1 should be true.",
        "已列出其他病例标识（C.1.9.1.r），C.1.9.1 应为 true。",
        touches=("C.1.9.1.r.1", "C.1.9.1.r.2"),
    ),
    _rule(
        "D.6",
        "MALE",
        lambda _, place: place.text("D.5") == "1" and place.known("D.6"),
        "A last menstrual period (D.6) is given for a male patient (D.5 is 1).",
        "患者为男性（D.5 为 1），却填写了末次月经日期（D.6）。",
        touches=("D.5",),
    ),
    _rule(
        "D.9.1",
        "DEATH",
        _death_unsaid,
        "A reaction results in death (E.i.3.2a), but neither date (D.9.1) nor cause of death"
        " (D.9.2.r) is given.",
        "有反应导致死亡（E.i.3.2a），但未填写死亡日期（D.9.1）和死因（D.9.2.r）。",
        touches=("E.i.3.2a", "D.9.2.r.1b", "D.9.2.r.2"),
    ),
    _rule(
        "E.i.3.1",
        "SERIOUS",
        lambda _, place: place.text("E.i.3.1") in ("3", "4") and not _serious(place),
        "The reporter's term is marked serious (E.i.3.1), but no seriousness criterion is true.",
        "报告者强调的术语标为严重（E.i.3.1），但没有任何一项严重性标准成立。",
        scope="E.i",
        touches=_SERIOUS,
    ),
    _rule(
        "E.i.3.1",
        "NOTSERIOUS",
        lambda _, place: place.text("E.i.3.1") in ("1", "2") and _serious(place),
        "The reporter's term is marked not serious (E.i.3.1), but a seriousness criterion is true.",
        "报告者强调的术语标为非严重（E.i.3.1），但有严重性标准成立。",
        scope="E.i",
        touches=_SERIOUS,
    ),
    _rule(
        "E.i.3.2a",
        "FATAL",
        lambda _, place: place.text("E.i.7") == "5" and place.text("E.i.3.2a") != "true",
        "The outcome is fatal (E.i.7 is 5), but results in death (E.i.3.2a) is not true.",
        "转归为死亡（E.i.7 为 5），但“导致死亡”（E.i.3.2a）不为 true。",
        scope="E.i",
        touches=("E.i.7",),
    ),
    _rule(
        "E.i.7",
        "FATAL",
        lambda _, place: place.text("E.i.3.2a") == "true" and place.text("E.i.7") != "5",
        "The reaction results in death (E.i.3.2a), but its outcome is not fatal (E.i.7).",
        "反应导致死亡（E.i.3.2a），但转归（E.i.7）不是死亡。",
        scope="E.i",
        touches=("E.i.3.2a",),
    ),
    _rule(
        "E.i.4",
        "DEATH",
        _after_death,
        "The reaction starts (E.i.4) after the patient's death (D.9.1).",
        "反应开始日期（E.i.4）晚于死亡日期（D.9.1）。",
        scope="E.i",
        touches=("D.9.1",),
        kind=CheckKind.ORDER,
    ),
    _rule(
        "E.i.4",
        "BIRTH",
        _before_birth,
        "The reaction starts (E.i.4) before the patient's birth (D.2.1).",
        "反应开始日期（E.i.4）早于出生日期（D.2.1）。",
        scope="E.i",
        touches=("D.2.1",),
        kind=CheckKind.ORDER,
    ),
    _rule(
        "G.k.4.r.4",
        "ONSET",
        _started_after,
        "A suspect drug was first given (G.k.4.r.4) after the reaction had begun (E.i.4).",
        "怀疑药品的首次用药（G.k.4.r.4）晚于反应开始（E.i.4）。",
        scope="G.k",
        touches=("E.i.4", "G.k.1", "G.k.9.i.1"),
        kind=CheckKind.ORDER,
    ),
    _rule(
        "E.i",
        "ID",
        lambda facts, _: _same_id(facts, "E.i"),
        "Two reactions carry the same identifier, so assessments cannot tell them apart.",
        "两个反应的标识相同，评价无法区分。",
    ),
    _rule(
        "G.k",
        "ID",
        lambda facts, _: _same_id(facts, "G.k"),
        "Two drugs carry the same identifier, so roles and assessments cannot tell them apart.",
        "两个药品的标识相同，作用特征和评价无法区分。",
    ),
    _rule(
        "G.k.9.i.1",
        "TWICE",
        _assessed_twice,
        "A drug has two entries (G.k.9.i) for the same reaction.",
        "同一药品对同一反应有两条评价记录（G.k.9.i）。",
        scope="G.k",
    ),
)
