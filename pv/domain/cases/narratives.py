"""A drafted narrative in Chinese or English, made of the coded values and nothing else.

The product's own form of ICH E2B(R3) H.1 (domain 6).
"""

from dataclasses import dataclass

from followup.domain import deaths
from followup.domain.dates import PartialDate
from followup.languages import is_chinese
from pv.domain.cases.reported import ReportedCase, Test

_WORDS = {
    "zh": {
        "MALE": "男性",
        "FEMALE": "女性",
        "": "性别不详",
        "age.a": "{sex}，{n} 岁",
        "age.mo": "{sex}，{n} 月龄",
        "age.d": "{sex}，{n} 日龄",
        "born": "{sex}，{year}年出生",
        "no_age": "{sex}，年龄不详",
        "patient": "患者（研究编号 {code}），{person}。",
        "day": " {day} ",
        "month": "{year}年{month}月",
        "year": "{year}年",
        "infused": "因{indication}于{day}输注{product}（批号 {lot}）{dose}。",
        "no_indication": "（适应症未填）",
        "off_label": "批准适应症以外的用途（报告的理由：“{reason}”）",
        "dose": "，剂量 {n}×10^6 个 CAR 阳性细胞",
        "event": "报告者原述：“{term}”，{onset}。",
        "onset": "发生于{day}（输注后第 {n} 天）",
        "onset_before": "发生于{day}（输注前 {n} 天）",
        "onset_partial": "发生于{day}",
        "onset_none": "发生日期不详",
        "serious": "严重性标准：{list}。",
        "not_serious": "报告为非严重。",
        "unknown_serious": "严重性尚未评价。",
        "grade": "分级：{scale}{n} 级。",
        "pathology": "病理：{text}。",
        "phenotype": "免疫表型：{text}。",
        "tests": "检查：{list}。",
        "below": "低于定量下限 {n} {unit}",
        "outcome": "转归：{text}。",
        "death": "患者于{day}死亡，死因：{cause}。",
        "no_cause": "不详",
        "autopsy.YES": "已行尸检。",
        "autopsy.NO": "未行尸检。",
        "causality": "报告者评价该事件与产品的关系为“{text}”。",
        "join": "、",
    },
    "en": {
        "MALE": "male patient",
        "FEMALE": "female patient",
        "": "patient of unknown sex",
        "age.a": "{article} {n}-year-old {sex}",
        "age.mo": "{article} {n}-month-old {sex}",
        "age.d": "{article} {n}-day-old {sex}",
        "born": "A {sex} born in {year}",
        "no_age": "A {sex} whose age is not known",
        "patient": "{person} (study code {code}) ",
        "day": "on {day}",
        "month": "in {month} {year}",
        "year": "in {year}",
        "infused": "received {product} (lot {lot}{dose}) {day} for {indication}. ",
        "no_indication": "an indication not stated",
        "off_label": 'a use outside its approved indications (reason as reported: "{reason}")',
        "dose": "; {n} x 10^6 CAR-positive cells",
        "event": 'The reporter described the event as "{term}"; {onset}. ',
        "onset": "onset was {day} (day {n} after infusion)",
        "onset_before": "onset was {day} ({n} days before infusion)",
        "onset_partial": "onset was {day}",
        "onset_none": "the date of onset is not known",
        "serious": "Seriousness criteria: {list}. ",
        "not_serious": "The event was reported as not serious. ",
        "unknown_serious": "Seriousness has not yet been assessed. ",
        "grade": "Severity: {scale}grade {n}. ",
        "pathology": "Pathology: {text}. ",
        "phenotype": "Immunophenotype: {text}. ",
        "tests": "Tests: {list}. ",
        "below": "below the limit of quantification of {n} {unit}",
        "outcome": "Outcome: {text}. ",
        "death": "The patient died {day}; cause of death: {cause}. ",
        "no_cause": "not known",
        "autopsy.YES": "An autopsy was done. ",
        "autopsy.NO": "No autopsy was done. ",
        "causality": "{text} ",
        "join": ", ",
    },
}
_MONTHS = (
    "January February March April May June July August September October November December"
).split()
_CRITERIA = {
    "DEATH": ("死亡", "death"),
    "LIFE_THREATENING": ("危及生命", "life-threatening"),
    "HOSPITALISATION": ("住院或延长住院", "hospitalisation or its prolongation"),
    "DISABILITY": ("残疾或功能丧失", "disability or incapacity"),
    "CONGENITAL_ANOMALY": ("先天异常", "congenital anomaly"),
    "OTHER_IMPORTANT": ("其他重要医学事件", "other medically important event"),
}
_OUTCOMES = {
    "RECOVERED": ("痊愈", "recovered"),
    "RECOVERING": ("好转", "recovering"),
    "NOT_RECOVERED": ("未好转", "not recovered"),
    "RECOVERED_WITH_SEQUELAE": ("痊愈伴后遗症", "recovered with sequelae"),
    "FATAL": ("死亡", "fatal"),
    "UNKNOWN": ("不详", "unknown"),
}
_RELATED = "The reporter assessed the event as {} related to the product."
_CAUSALITY = {
    "CERTAIN": ("肯定", _RELATED.format("certainly")),
    "PROBABLE": ("很可能", _RELATED.format("probably")),
    "POSSIBLE": ("可能", _RELATED.format("possibly")),
    "UNLIKELY": (
        "可能无关",
        "The reporter assessed the event as unlikely to be related to the product.",
    ),
    "CONDITIONAL": ("待评价", "The reporter's causality assessment awaits further data."),
    "UNASSESSABLE": (
        "无法评价",
        "The reporter could not assess the causal relation to the product.",
    ),
}
# Scales that name a syndrome; any other is named by its own abbreviation.
_SCALES = {
    "ASTCT_CRS": ("ASTCT 细胞因子释放综合征 ", "ASTCT cytokine release syndrome "),
    "ASTCT_ICANS": (
        "ASTCT 免疫效应细胞相关神经毒性综合征 ",
        "ASTCT immune effector cell-associated neurotoxicity syndrome ",
    ),
}


@dataclass(frozen=True, slots=True)
class Sent:
    """The narrative a reader of a language gets, and the language it is in (`zh` or `en`)."""

    text: str
    language: str

    @property
    def chinese(self) -> bool:
        """Whether it is the Chinese text."""
        return self.language == "zh"


def sent(chinese: str, english: str, language: str) -> Sent:
    """The text for a reader of `language` (any tag): the other language's before none at all."""
    own = Sent(chinese, "zh") if is_chinese(language) else Sent(english, "en")
    other = Sent(english, "en") if is_chinese(language) else Sent(chinese, "zh")
    return own if own.text.strip() or not other.text.strip() else other


def narrative(case: ReportedCase, language: str) -> str:
    """The draft in `zh` or `en`; unknown values are said to be unknown. KeyError otherwise."""
    words, second = _WORDS[language], 0 if language == "zh" else 1
    reaction = case.reaction
    parts = [_who(case, words), _what(case, words, second), _course(case, words)]
    if reaction.serious and reaction.seriousness:
        listed = [_CRITERIA[c][second] for c in _CRITERIA if c in reaction.seriousness]
        parts.append(words["serious"].format(list=words["join"].join(listed)))
    elif reaction.serious is False:
        parts.append(words["not_serious"])
    elif reaction.serious is None:
        parts.append(words["unknown_serious"])
    parts += _findings(case, words, second)
    if reaction.outcome in _OUTCOMES:
        parts.append(words["outcome"].format(text=_OUTCOMES[reaction.outcome][second]))
    if case.died_on:
        cause = deaths.cause(case.death_cause, case.death_cause_code) or words["no_cause"]
        parts.append(words["death"].format(day=_on(case.died_on, words), cause=cause))
        parts.append(words.get(f"autopsy.{case.autopsy}", ""))
    if reaction.causality in _CAUSALITY:
        parts.append(words["causality"].format(text=_CAUSALITY[reaction.causality][second]))
    return "".join(parts).strip()


def _on(day: PartialDate, words: dict[str, str]) -> str:
    """A date within a sentence; what is not known of it is left unsaid."""
    if day.exact:
        return words["day"].format(day=day.isoformat())
    if day.month is None:
        return words["year"].format(year=day.year)
    month = str(day.month) if words is _WORDS["zh"] else _MONTHS[day.month - 1]
    return words["month"].format(year=day.year, month=month)


def _who(case: ReportedCase, words: dict[str, str]) -> str:
    sex = words.get(case.sex, words[""])
    person = words["no_age"].format(sex=sex)
    if case.age is not None:
        # An eight-, eleven- or eighteen-year-old, and an eighty-year-old.
        n = case.age.number
        article = "An" if n in (8, 11, 18) or 80 <= n < 90 else "A"
        person = words[f"age.{case.age.unit}"].format(article=article, n=n, sex=sex)
    elif case.birth_year is not None:
        person = words["born"].format(year=case.birth_year, sex=sex)
    return words["patient"].format(code=case.study_code, person=person)


def _what(case: ReportedCase, words: dict[str, str], second: int) -> str:
    suspect = case.suspect
    dose = ""
    if suspect.dose_cells is not None:
        dose = words["dose"].format(n=f"{suspect.dose_cells.normalize():f}")
    indication = (suspect.indication_zh, suspect.indication_en)[second] or words["no_indication"]
    if suspect.off_label_reason:
        indication = words["off_label"].format(reason=suspect.off_label_reason)
    return words["infused"].format(
        indication=indication,
        day=_on(PartialDate.of(suspect.infused_on), words),
        product=(suspect.generic_zh, suspect.inn)[second],
        lot=suspect.lot,
        dose=dose,
    )


def _course(case: ReportedCase, words: dict[str, str]) -> str:
    onset, text = case.reaction.onset, words["onset_none"]
    if onset and onset.exact:
        days = (onset.exact - case.suspect.infused_on).days
        kind = "onset" if days >= 0 else "onset_before"
        text = words[kind].format(day=_on(onset, words).rstrip(), n=abs(days))
    elif onset:
        text = words["onset_partial"].format(day=_on(onset, words))
    return words["event"].format(onset=text, term=case.reaction.verbatim)


def _findings(case: ReportedCase, words: dict[str, str], second: int) -> list[str]:
    reaction, parts = case.reaction, []
    if reaction.grade is not None:
        own = f"{reaction.grade_scale} ".lstrip()
        scale = _SCALES.get(reaction.grade_scale, (own, own))[second]
        parts.append(words["grade"].format(scale=scale, n=reaction.grade))
    if reaction.pathology_note:
        parts.append(words["pathology"].format(text=reaction.pathology_note))
    if reaction.immunophenotype:
        parts.append(words["phenotype"].format(text=reaction.immunophenotype))
    if case.tests:
        listed = words["join"].join(_said(test, words, second) for test in case.tests)
        parts.append(words["tests"].format(list=listed))
    return parts


def _said(test: Test, words: dict[str, str], second: int) -> str:
    day = _on(test.on, words).strip() if test.on else ""
    name, finding = (test.name, test.name_en)[second], (test.finding, test.finding_en)[second]
    number = ""
    if test.below is not None:
        number = words["below"].format(n=f"{test.below.normalize():f}", unit=test.unit)
    elif test.value is not None:
        number = f"{test.bound}{test.value.normalize():f} {test.unit}"
    return " ".join(part for part in (day, name, finding, number) if part)
