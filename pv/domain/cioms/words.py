"""Words that stand between the values of a CIOMS I form, in Chinese and English.

Source: domain 6 (CIOMS I, 1990).
"""

from collections.abc import Mapping

from followup.languages import is_chinese

WORDS: Mapping[str, tuple[str, str]] = {
    # Punctuation between what the form says: Chinese print is full-width.
    "said": ("{word}：{value}", "{word}: {value}"),
    "aside": ("（{text}）", " ({text})"),
    "statements": ("；", "; "),
    "values": ("，", ", "),
    "more": ("……（全文见续页）", "… (full text on the continuation page)"),
    "to": ("至", "to"),
    "batch": ("批号", "Batch"),
    "expiry": ("有效期至", "Expiry"),
    "cumulative": ("至首次反应累计剂量", "Cumulative dose to first reaction"),
    "every": ("每", "every"),
    "outcome": ("转归", "Outcome"),
    "serious": ("严重性", "Seriousness"),
    "started": ("发生", "Start"),
    "ended": ("结束", "End"),
    "lasted": ("持续", "Duration"),
    "confirmed": ("经医务人员确认", "Medically confirmed"),
    "highlighted": ("报告者强调", "Highlighted by reporter"),
    "country": ("国家", "Country"),
    "code": ("MedDRA {version} 编码 {code}", "MedDRA {version} code {code}"),
    "received": ("{name}（接收时的术语名称）", "{name} (term name as received)"),
    "route": ("给药途径编码 {code}", "route code {code}"),
    "narrative": ("病例叙述", "Case narrative"),
    "generated": (
        "（由编码数据自动生成，未经人员修订）",
        "(drafted automatically from the coded data, not edited by a person)",
    ),
    "tests": ("检查", "Tests"),
    "range": ("参考范围", "Reference range"),
    "more_information": ("另有资料", "More information available"),
    "reporter_comments": ("报告者评论", "Reporter's comments"),
    "sender_comments": ("发送者评论", "Sender's comments"),
    "diagnoses": ("发送者诊断", "Sender's diagnoses"),
    "summaries": ("病例摘要", "Case summaries"),
    "causality": ("关联性评价", "Assessment of relatedness"),
    "weight": ("体重", "Weight"),
    "height": ("身高", "Height"),
    "lmp": ("末次月经", "Last menstrual period"),
    "history": ("病史", "Medical history"),
    "past_drugs": ("既往用药", "Past drugs"),
    "continuing": ("持续中", "Continuing"),
    "family": ("家族史", "Family history"),
    "indication": ("适应症", "Indication"),
    "reaction": ("反应", "Reaction"),
    "died": ("死亡日期", "Date of death"),
    "cause": ("死因", "Cause of death"),
    "autopsy": ("尸检", "Autopsy"),
    "autopsy_cause": ("尸检死因", "Cause of death by autopsy"),
    "concomitant_therapy": ("合并治疗", "Concomitant therapy"),
    "substances": ("成分", "Substances"),
    "holder": ("持有人", "Holder"),
    "approval": ("批准文号", "Approval number"),
    "role": ("作用", "Role"),
    "action": ("采取的措施", "Action taken"),
    "none": ("未报告", "None reported"),
    "first_received": ("首次获知", "First received"),
    "document": (
        "附件，{type}，{size} 字符（编码后）",
        "Document, {type}, {size} characters encoded",
    ),
    "withheld": ("（不印出，由发送者保存）", "(withheld on this form, held by the sender)"),
    "yes": ("是", "Yes"),
    "no": ("否", "No"),
    "null.MSK": ("隐去", "masked"),
    "null.UNK": ("不详", "unknown"),
    "null.ASKU": ("询问后仍不详", "asked but unknown"),
    "null.NASK": ("未询问", "not asked"),
    "null.NI": ("无资料", "no information"),
    "null.NA": ("不适用", "not applicable"),
    "null.NINF": ("负无穷", "minus infinity"),
    "null.PINF": ("正无穷", "plus infinity"),
}


def word(key: str, language: str) -> str:
    """The word in `zh` or `en` (any tag beginning with zh). KeyError for an unknown word."""
    chinese, english = WORDS[key]
    return chinese if is_chinese(language) else english
