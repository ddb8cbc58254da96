"""The stage: invented hospitals, the people who sign in, and how common each treatment is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from followup.core import clock
from followup.core.permissions import Role
from pv.demo.facts import SiteSpec, Use

SITES = (
    SiteSpec("SH01", "上海示范血液病医院", "Shanghai Demonstration Hematology Hospital", "上海", 3),
    SiteSpec(
        "BJ01", "北京示范大学附属医院", "Beijing Demonstration University Hospital", "北京", 2
    ),
    SiteSpec("TJ01", "天津示范血液病研究所", "Tianjin Demonstration Blood Institute", "天津", 2),
    SiteSpec("NJ01", "南京示范大学第一医院", "Nanjing Demonstration First Hospital", "江苏", 2),
    SiteSpec("WH01", "武汉示范肿瘤医院", "Wuhan Demonstration Cancer Hospital", "湖北", 1),
    SiteSpec("CD01", "成都示范人民医院", "Chengdu Demonstration People's Hospital", "四川", 1),
)
# How often a product is given, relative to the others once all are approved.
COMMON: Mapping[str, float] = {
    "AXI_CEL": 3,
    "RELMA_CEL": 3,
    "EQUE_CEL": 2.5,
    "INATI_CEL": 1.5,
    "ZEVOR_CEL": 1.5,
    "CILTA_CEL": 1,
    "RENI_CEL": 1,
    "PCAR_19B": 0.7,
    "SATRI_CEL": 1,
}
LAUNCH = timedelta(days=45)  # from approval to the first patient treated


@dataclass(frozen=True, slots=True)
class Login:
    """One person of the demo. Empty `site` or `product` means all of them."""

    username: str
    display_name: str
    role: Role
    password: str
    site: str = ""
    product: str = ""
    shown: bool = True


# Fixed on purpose, for the demo only: the README prints them, production refuses to make them.
LOGINS = (
    Login("nurse", "王晓燕", Role.NURSE, "willow-lantern-morning-41", "SH01"),
    Login("physician", "李建国", Role.PHYSICIAN, "harbour-maple-evening-52", "SH01"),
    Login("lead", "陈志明", Role.SITE_LEAD, "copper-garden-window-63", "SH01"),
    Login("study", "周敏", Role.STUDY_MANAGER, "silver-orchard-bridge-74"),
    Login("regulatory", "赵琳", Role.REGULATORY, "amber-river-station-85"),
    Login("safety", "孙浩", Role.SAFETY_OFFICER, "velvet-mountain-signal-96"),
    Login("reviewer", "欧阳慧", Role.MEDICAL_REVIEWER, "quiet-pepper-library-17"),
    Login("auditor", "高翔", Role.AUDITOR, "winter-compass-meadow-28"),
    Login("admin", "郑凯", Role.ADMINISTRATOR, "golden-thunder-teapot-39"),
    # What needs two persons of one role: rights, sign-on, entries of the register.
    Login("admin.second", "罗军", Role.ADMINISTRATOR, "saffron-anchor-meridian-81"),
    Login("regulatory.second", "唐雪", Role.REGULATORY, "juniper-lighthouse-canvas-82"),
    Login("nurse.beijing", "刘芳", Role.NURSE, "bamboo-candle-terrace-43", "BJ01"),
    Login("safety.axi", "何静", Role.SAFETY_OFFICER, "cobalt-feather-market-54", "", "AXI_CEL"),
    Login("regulatory.eque", "林涛", Role.REGULATORY, "crimson-pebble-harvest-65", "", "EQUE_CEL"),
    Login(
        "doctor.tj01", "吴秀英", Role.PHYSICIAN, "cedar-lantern-pavilion-71", "TJ01", shown=False
    ),
    Login("doctor.nj01", "徐红", Role.PHYSICIAN, "basil-harbour-pavilion-72", "NJ01", shown=False),
    Login("doctor.wh01", "朱梅", Role.PHYSICIAN, "thyme-garden-pavilion-73", "WH01", shown=False),
    Login("doctor.cd01", "梁辉", Role.PHYSICIAN, "anise-bridge-pavilion-74", "CD01", shown=False),
)


def uses(approved: Iterable[tuple[str, str, str, date]]) -> list[Use]:
    """Treatments from (product, indication, disease, last day the approval can mean).

    Several indications of one product share its weight.
    """
    rows = [row for row in approved if row[0] in COMMON]
    counts: dict[str, int] = {}
    for product, *_rest in rows:
        counts[product] = counts.get(product, 0) + 1
    return [
        Use(product, indication, disease, since + LAUNCH, COMMON[product] / counts[product])
        for product, indication, disease, since in sorted(rows)
    ]


def of_all_sites(role: Role) -> Login:
    """Who holds a role for all sites and products."""
    return next(g for g in LOGINS if g.role is role and not g.site and not g.product)


def morning_of(day: date) -> datetime:
    """Eleven o'clock in China, when a holder's people are at work."""
    return datetime.combine(day, time(11), clock.SHANGHAI)


def staff(role: Role, site: str) -> Login:
    """Who does the work of a role at a site; small hospitals have one person for all of it."""
    here = [login for login in LOGINS if login.site == site]
    return next((login for login in here if login.role is role), here[0])
