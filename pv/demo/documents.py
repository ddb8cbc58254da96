"""Documents of the demo: a pathology report from outside and a signed consent, both drawn here."""

import io
from importlib.resources import as_file, files

from PIL import Image, ImageDraw, ImageFont

from followup.actions import files as documents
from followup.actions.files import FileInput
from followup.core.permissions import Role
from followup.models import AdverseEvent, Patient
from followup.queries import files as queries
from pv.demo.setup import Stage

SITE = "SH01"
REPORT = (
    "病理诊断报告（演示，虚构）",
    "送检材料：右颈部淋巴结穿刺",
    "镜下所见：异型淋巴样细胞弥漫增生",
    "免疫组化：CD3（+）  CD20（-）  Ki-67 约 70%",
    "诊断：考虑外周 T 细胞淋巴瘤，建议检测 CAR 转基因",
)
CONSENT = ("长期随访知情同意书（演示，虚构）", "第 3 版", "签名：（略）")


def _page(lines: tuple[str, ...]) -> Image.Image:
    page = Image.new("RGB", (1240, 877), "white")
    drawing = ImageDraw.Draw(page)
    with as_file(files("followup.core").joinpath("fonts/NotoSansSC-Regular.ttf")) as place:
        for row, line in enumerate(lines):
            font = ImageFont.truetype(str(place), 44 if row == 0 else 32)
            drawing.text((90, 90 + row * 90), line, fill="black", font=font)
    return page


def _bytes(page: Image.Image, kind: str) -> bytes:
    out = io.BytesIO()
    page.save(out, kind)
    return out.getvalue()


def leave(stage: Stage) -> None:
    """A photographed consent of the first patient; a pathology report, released where agreed."""
    nurse, site = stage.at(Role.NURSE, SITE), stage.sites[SITE]
    patient = Patient.objects.filter(site=site).order_by("study_code").first()
    if patient is not None:
        consent = _bytes(_page(CONSENT), "JPEG")
        documents.add(nurse, patient, given=FileInput("同意书.jpg", consent, "CONSENT"))
    suspected = AdverseEvent.objects.filter(
        site=site, is_new_malignancy=True, withdrawn_at__isnull=True
    )
    event = suspected.select_related("patient").order_by("-recorded_at").first()
    if event is None:
        return
    report = _bytes(_page(REPORT), "PDF")
    given = FileInput("病理.pdf", report, "PATHOLOGY", event=event)
    row = documents.add(nurse, event.patient, given=given)
    if queries.may_be_read_by_holder(nurse, event.patient):
        documents.release(nurse, row, version=1, title="病理诊断报告", names_nobody=True)
