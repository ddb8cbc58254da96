"""The columns of the sheet a clinic brings a cohort in, and how each is read.

The product's own rule.
"""

from dataclasses import dataclass
from enum import StrEnum


class CellKind(StrEnum):
    """How a cell is read."""

    TEXT = "text"
    DAY = "day"
    PARTIAL = "partial"
    CODE = "code"
    NUMBER = "number"
    TIME = "time"
    TICK = "tick"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the template. `codes` names the code list of a coded one.

    `digits` are all the digits a number may have, `decimals` those behind the point.
    """

    code: str
    en: str
    zh: str
    kind: CellKind = CellKind.TEXT
    needed: bool = False
    codes: str = ""
    digits: int = 20
    decimals: int = 0


_ANSWER = "yes_no_unknown"


def _number(code: str, en: str, zh: str, digits: int, decimals: int) -> Column:
    return Column(code, en, zh, CellKind.NUMBER, digits=digits, decimals=decimals)


def _answer(code: str, en: str, zh: str) -> Column:
    return Column(code, en, zh, CellKind.CODE, codes=_ANSWER)


# How the product was made and given, and what went before it; nothing of it is needed.
DETAILS = (
    Column("manufacturing_site", "Manufacturing site", "生产场地"),
    Column("apheresis_on", "Day of apheresis", "单采日期", CellKind.PARTIAL),
    _number(
        "vector_copy_number",
        "Vector copies per transduced cell, at release",
        "放行时每个转导细胞的载体拷贝数（VCN）",
        *(6, 3),
    ),
    _number("viability", "Cell viability (%)", "细胞存活率（%）", 5, 2),
    _answer("out_of_specification", "Used out of specification", "超出质量标准（OOS）使用"),
    Column("out_of_specification_note", "What was out of specification", "超出质量标准的内容"),
    Column("thawed_at", "Time of thawing", "细胞复苏时间", CellKind.TIME),
    _number(
        "dose_per_kg",
        "Dose per kg of body weight (10^6 CAR+/kg)",
        "每公斤体重剂量（10^6 CAR+/kg）",
        *(10, 3),
    ),
    _number("fludarabine_dose", "Fludarabine, total dose (mg/m2)", "氟达拉滨总剂量（mg/m2）", 8, 2),
    _number(
        "cyclophosphamide_dose",
        "Cyclophosphamide, total dose (mg/m2)",
        "环磷酰胺总剂量（mg/m2）",
        *(8, 2),
    ),
    _answer("bridging_therapy", "Bridging therapy", "桥接治疗"),
    Column("bridging_note", "What the bridging therapy was", "桥接治疗内容"),
    Column(
        "prior_hsct",
        "Prior stem cell transplantation",
        "既往造血干细胞移植",
        CellKind.CODE,
        codes="prior_hsct",
    ),
    _answer("prior_alkylator", "Prior alkylating agent", "既往烷化剂治疗"),
    _answer("prior_radiation", "Prior radiotherapy", "既往放疗"),
)
PATIENT = (
    Column("name", "Name", "姓名", needed=True),
    Column("sex", "Sex", "性别", CellKind.CODE, needed=True, codes="sex"),
    Column("birth_date", "Birth date", "出生日期", CellKind.PARTIAL),
    Column(
        "document_kind",
        "Kind of identity document",
        "证件类型",
        CellKind.CODE,
        codes="identity_document",
    ),
    Column("national_id", "Identity number", "证件号码"),
    Column("hospital_number", "Hospital number", "住院号"),
    Column("phone", "Telephone", "电话"),
    Column("phone_family", "Telephone of the family", "家属电话"),
    Column("relation", "Relation", "与患者关系", CellKind.CODE, codes="contact_relation"),
    Column("address", "Address", "地址"),
    Column("consent_version", "Version of the consent form", "知情同意书版本", needed=True),
    Column("consent_purposes", "Purposes agreed to", "同意的用途", needed=True),
    Column("consent_on", "Consent signed on", "签署日期", CellKind.DAY, needed=True),
    Column("product", "Product", "产品", needed=True),
    Column("indication", "Indication", "适应症"),
    Column("off_label_reason", "Reason of an unapproved use", "超适应症原因"),
    Column("infused_on", "Infusion date", "输注日期", CellKind.DAY, needed=True),
    Column("lot", "Lot number", "批号", needed=True),
    Column("chain_of_identity", "Chain-of-identity number", "身份链编号", needed=True),
    _number("dose_cells", "Dose (10^6 CAR+ cells)", "剂量（10^6 CAR+ 细胞）", 12, 3),
    _number("prior_lines", "Prior lines of therapy", "既往治疗线数", 4, 0),
    *DETAILS,
    Column(
        "not_same", "Compared: another person than those alike", "已比对：不是同一人", CellKind.TICK
    ),
    Column("checked", "Unusual values checked", "异常值已核对", CellKind.TICK),
)
VISIT = (
    Column("contact_on", "Visit date", "随访日期", CellKind.DAY),
    Column("visit_code", "Visit", "访视"),
    Column("contact_type", "Way of contact", "随访方式", CellKind.CODE, codes="contact_type"),
    Column("informant", "Who answered", "应答人", CellKind.CODE, codes="informant"),
    Column("vital_status", "Vital status", "生存状态", CellKind.CODE, codes="vital_status"),
    Column("died_on", "Date of death", "死亡日期", CellKind.PARTIAL),
    Column("death_cause", "Cause of death", "死亡原因"),
    Column("death_cause_code", "Underlying cause, ICD-10 code", "根本死因 ICD-10 编码"),
    _answer("autopsy", "Autopsy", "尸检"),
    Column("disease_status", "Disease", "疾病状态", CellKind.CODE, codes="disease_status"),
    Column("progressed_on", "Relapse or progression on", "复发或进展日期", CellKind.PARTIAL),
    _answer("new_malignancy", "New malignancy", "新发肿瘤"),
    _answer("other_event", "Another adverse event", "其他不良事件"),
    _answer("new_therapy", "New therapy or pregnancy", "新治疗或妊娠"),
    Column("note", "Remarks", "备注"),
)
KEY = Column("key", "Patient in this file", "文件内患者编号", needed=True)
COLUMNS = (KEY, *PATIENT, *VISIT)
BY_CODE = {column.code: column for column in COLUMNS}
NEEDED = tuple(column.code for column in COLUMNS if column.needed)
