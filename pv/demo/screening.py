"""The literature log of the demo: searches week by week, one late, hits decided and open."""

from datetime import date, timedelta

from followup.core import clock
from followup.core.permissions import Role
from pv.actions import literature
from pv.demo.setup import Stage
from pv.demo.world import morning_of
from pv.models import LiteratureHit, LiteratureSource

PRODUCT = "AXI_CEL"
JOURNALS, MEDIA = "中文期刊数据库（演示）", "公众媒体（演示）"
SEARCH = "（阿基仑赛 OR 嵌合抗原受体） AND （不良反应 OR 继发肿瘤）"
WEEKS = 6
# By the week in which a search found it; the last one waits for its decision.
FOUND = {
    2: "综述：嵌合抗原受体T细胞治疗的神经毒性。演示杂志 2026;1:1-8。",
    WEEKS: "个案报告：输注后第四个月发现皮肤肿物一例。演示杂志 2026;2:33-35。",
}


def keep_log(stage: Stage, today: date) -> None:
    """A source that is searched each week, and one whose first search is late."""
    began = today - timedelta(days=7 * WEEKS)
    with clock.pinned(morning_of(began)):
        journals = _source(stage, JOURNALS, LiteratureSource.Kind.LITERATURE, began)
        _source(stage, MEDIA, LiteratureSource.Kind.MEDIA, began)
    for week in range(1, WEEKS + 1):
        end = began + timedelta(days=7 * week - 1)
        with clock.pinned(morning_of(end + timedelta(days=1))):
            _searched(stage, journals, end, FOUND.get(week))
    review = LiteratureHit.objects.get(citation=FOUND[2])
    with clock.pinned(morning_of(began + timedelta(days=15))):
        literature.decide(
            stage.of(Role.SAFETY_OFFICER),
            review,
            decision=LiteratureHit.Decision.NOT_CASE,
            reason="综述，没有可识别的患者。",
        )


def _source(stage: Stage, name: str, kind: str, day: date) -> LiteratureSource:
    values = {"name": name, "kind": kind, "search": SEARCH, "active_from": day}
    officer, product = stage.of(Role.SAFETY_OFFICER), stage.products[PRODUCT]
    return literature.add_source(officer, product, values=values)


def _searched(stage: Stage, source: LiteratureSource, end: date, hit: str | None) -> None:
    literature.record_search(
        stage.of(Role.SAFETY_OFFICER),
        source,
        end=end,
        searched_on=clock.today(),
        search=SEARCH,
        hits=1 if hit else 0,
        citations=(hit,) if hit else (),
    )
