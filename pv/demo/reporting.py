"""A data lock of the demo and a safety update report that was begun on it.

Apart from the seeding: a lock seals what is committed, and the seeding is one transaction.
"""

from datetime import date

from followup.actions import data_locks
from followup.core import clock
from followup.core.models import User
from followup.core.permissions import Role
from followup.core.security.accounts import actor_of
from followup.models import Product
from pv.actions import aggregate_reports
from pv.demo.world import of_all_sites
from pv.models import AggregateReport

PRODUCT = "AXI_CEL"
KIND = "PSUR"
# The day and month that the periods of its certificate in the demo end on, by its birth date.
LAST_DAY = (10, 17)
TEXTS = {
    "1": "本报告依据演示数据编写，汇总报告期内及累计的安全性信息。",
    "16.1": "重要已识别风险：细胞因子释放综合征；T细胞来源的继发恶性肿瘤。（草稿，演示）",
}


def begin(language: str = "zh-hans") -> AggregateReport:
    """Lock what is known, and write the first sections of the report on the last whole period."""
    login = of_all_sites(Role.REGULATORY)
    actor = actor_of(User.objects.get(username=login.username), request_id="demo")
    end = last_end(clock.today())
    lock = data_locks.make(actor, name=f"PSUR {end}（演示）", purpose="定期安全性更新报告（演示）")
    report = aggregate_reports.open_report(
        actor,
        Product.objects.get(code=PRODUCT),
        kind=KIND,
        start=end.replace(year=end.year - 1, day=end.day + 1),
        end=end,
        lock=lock,
    )
    for code, text in TEXTS.items():
        aggregate_reports.write(actor, report, code=code, language=language, text=text, number=0)
    return report


def last_end(today: date) -> date:
    """The last day of a period that is over."""
    end = date(today.year, *LAST_DAY)
    return end if end < today else end.replace(year=today.year - 1)
